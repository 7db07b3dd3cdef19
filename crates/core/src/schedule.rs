//! The clocks as pictures need them: when the parts of a call are over, when a lost connection dials again, and how
//! many processes dial in each second when all of them have lost theirs at once.

use crate::plan::{Connection, Knob};

/// What a call survives, and what it does not.
pub const CALL_OUTLASTS: &str = "It has to outlast one connection that has died without a word. What takes longer, a \
                                 failover for example, fails the call within the deadline; then the connection's clock \
                                 goes on.";

/// What the connection survives.
pub const DIALS_OUTLAST: &str = "It has to outlast every failure, however long: each wait is random from zero to its \
                                 bound, the mark is the average.";

/// A part of a call, each as long as it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What happens in it.
    pub what: &'static str,
    /// ms from the start of the call.
    pub from_ms: u32,
    /// ms from the start of the call.
    pub to_ms: u32,
    /// It may be shorter: its length is random.
    pub jitter: bool,
}

/// The parts of a call that meets a connection which has died without a word, in their order; they end before the
/// deadline.
pub fn call(connection: &Connection) -> Vec<Part> {
    let Connection { connect_timeout_ms, command_timeout_ms, pool, retry, .. } = connection;
    let again = retry.attempts.value > Some(1);
    let all = [
        ("waits for a connection of the pool", &pool.wait_ms, false, true),
        ("first try, on a dead connection", command_timeout_ms, false, again),
        ("pause", &retry.base_ms, true, again),
        ("dial: name, TCP, TLS, AUTH", connect_timeout_ms, false, true),
        (if again { "second try" } else { "the only try" }, command_timeout_ms, false, true),
    ];
    let mut parts = Vec::new();
    let mut at = 0;
    for (what, knob, jitter, there) in all {
        let length = knob.value.filter(|_| there).unwrap_or(0);
        if length > 0 {
            parts.push(Part { what, from_ms: at, to_ms: at + length, jitter });
            at += length;
        }
    }
    parts
}

/// A dial after a connection was lost: anywhere from zero to its latest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// ms that the wait before it lasts at most.
    pub wait_ms: u32,
    /// ms from the loss: the sum of the waits, each as long as it can be.
    pub latest_ms: u32,
}

/// The dials until the longest wait is reached; it goes on with that one for ever.
pub fn dials(connection: &Connection) -> Vec<Dial> {
    let (base, cap) = bounds(connection);
    let mut dials: Vec<Dial> = Vec::new();
    while dials.last().is_none_or(|last| last.wait_ms < cap) {
        let wait_ms = bound(base, cap, dials.len() as u32);
        let latest_ms = dials.last().map_or(0, |last| last.latest_ms) + wait_ms;
        dials.push(Dial { wait_ms, latest_ms });
    }
    dials
}

/// Base and cap, at least 1 ms.
fn bounds(connection: &Connection) -> (u32, u32) {
    let least = |knob: &Knob| knob.value.unwrap_or_default().max(1);
    let base = least(&connection.reconnect.base_ms);
    (base, least(&connection.reconnect.cap_ms).max(base))
}

fn bound(base: u32, cap: u32, dial: u32) -> u32 {
    base.saturating_mul(1 << dial.min(20)).min(cap)
}

/// Dials in each second after all processes have lost their connection at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// s that Redis is away.
    pub away_s: u32,
    /// With the waits of the project, random from zero to their bound.
    pub with_jitter: Vec<u32>,
    /// With waits that are as long on average, but the same in every process.
    pub without: Vec<u32>,
}

impl Storm {
    /// What to see in it.
    pub fn told(&self) -> &'static str {
        if self.with_jitter.iter().max() < self.without.iter().max() {
            "Without jitter all of them dial in the same moment, again and again; with it they come one after the other."
        } else {
            "So few processes make no storm that seconds could show; the jitter is there for the day when there are more."
        }
    }
}

/// How long Redis is away in the picture: as in the lab's `failover`, because Redis Cloud does not publish its own.
const AWAY_S: u32 = 3;
/// More processes than this are counted by as many that stand for them.
const SIMULATED: u32 = 1000;

/// The storm of so many processes.
///
/// A simulation, the same at every run: process `n` draws from its own stream of SplitMix64, seeded with `n`. A dial
/// takes no time, and the first one after Redis is back succeeds.
pub fn storm(connection: &Connection, processes: u32) -> Storm {
    storm_of(connection, processes, AWAY_S)
}

fn storm_of(connection: &Connection, processes: u32, away_s: u32) -> Storm {
    let (base, cap) = bounds(connection);
    let simulated = processes.min(SIMULATED);
    let mut storm = Storm { away_s, with_jitter: Vec::new(), without: Vec::new() };
    for process in 0..simulated {
        let mut random = SplitMix64(u64::from(process));
        count(&mut storm.with_jitter, away_s * 1000, |dial| random.up_to(bound(base, cap, dial)));
        count(&mut storm.without, away_s * 1000, |dial| bound(base, cap, dial) / 2);
    }
    let seconds = storm.with_jitter.len().max(storm.without.len());
    for counts in [&mut storm.with_jitter, &mut storm.without] {
        counts.resize(seconds, 0);
        for count in counts {
            *count = (u64::from(*count) * u64::from(processes)).div_ceil(u64::from(simulated.max(1))) as u32;
        }
    }
    storm
}

/// Counts the dials of one process until one succeeds.
fn count(seconds: &mut Vec<u32>, away_ms: u32, mut wait: impl FnMut(u32) -> u32) {
    let mut at = 0;
    for dial in 0.. {
        at += wait(dial);
        let second = (at / 1000) as usize;
        if seconds.len() <= second {
            seconds.resize(second + 1, 0);
        }
        seconds[second] += 1;
        if at >= away_ms {
            return;
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): one addition and two
/// multiplications, good enough to be spread evenly, and no secret depends on it.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From zero to `most`, both included.
    fn up_to(&mut self, most: u32) -> u32 {
        (self.next() % (u64::from(most) + 1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend;

    fn of(link: &str) -> (Connection, u32) {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        (recommend(&answers).connection, answers.instances)
    }

    #[test]
    fn the_parts_of_a_call_follow_each_other_and_end_before_the_deadline() {
        for deadline in [50, 100, 400, 2000, 60_000] {
            for client in ["redis-py", "lettuce", "hiredis"] {
                let parts = call(&of(&format!("deadline={deadline}&client={client}")).0);
                assert_eq!(parts[0].from_ms, 0);
                assert!(parts.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms), "{parts:?}");
                assert!(parts.last().unwrap().to_ms <= deadline, "{parts:?}");
            }
        }
        assert_eq!(call(&of("").0).iter().map(|part| part.to_ms).collect::<Vec<_>>(), [200, 780, 830, 1410, 1990]);
        assert_eq!(call(&of("deadline=100").0).last().unwrap().what, "the only try");
    }

    #[test]
    fn waits_double_until_they_are_the_longest() {
        let dials = dials(&of("").0);
        assert_eq!(dials.iter().map(|dial| dial.wait_ms).collect::<Vec<_>>(), [200, 400, 800, 1600, 2000]);
        assert_eq!(dials.last().unwrap().latest_ms, 5000);
    }

    #[test]
    fn a_hundred_clients_come_at_once_without_jitter_and_spread_with_it() {
        // As in the lab's storm: connections are cut, and Redis is there.
        let (connection, processes) = of("instances=100");
        let storm = storm_of(&connection, processes, 0);
        assert_eq!(storm.without.iter().max(), Some(&100));
        assert!(storm.with_jitter.iter().max() <= Some(&30), "{storm:?}");
        assert!(storm.told().starts_with("Without jitter"));
        let (connection, processes) = of("instances=1");
        assert!(super::storm(&connection, processes).told().starts_with("So few"));
        assert_eq!(storm.with_jitter.iter().sum::<u32>(), 100);
        assert!(storm.with_jitter.len() <= 10);
    }

    #[test]
    fn a_storm_is_the_same_every_time_and_has_no_end_of_processes() {
        let (connection, processes) = of("instances=100000");
        let seen = storm(&connection, processes);
        assert_eq!(seen, storm(&connection, processes));
        assert_eq!(seen.with_jitter.len(), seen.without.len());
        assert!(seen.without.iter().sum::<u32>() >= 100_000 && seen.with_jitter.iter().sum::<u32>() >= 100_000);
        assert_eq!(storm(&connection, 0).without, [0; 0]);
    }

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first outputs of the authors' splitmix64.c for the seed 1234567.
        let mut random = SplitMix64(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }
}
