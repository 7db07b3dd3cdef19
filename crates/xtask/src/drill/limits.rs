//! What our projects have to reach with the default answers, margins included: the longest call is the
//! deadline of 2 s and a quarter; the recovery is the longest pause between two dials, 2 s, and one
//! more for the dial and the call, after what the name's TTL may cost.

use holdfast::evidence::{Record, Subject};

/// Above this one-minute load the machine is not quiet: seconds then tell of the machine, and are
/// not judged. That a client comes back within a minute, and what it did to its writes, always is.
pub const QUIET: f64 = 4.0;
/// The longest that anybody may be away.
const AWAY_S: f64 = 60.0;
/// The longest call, in every drill.
const LONGEST_CALL_S: f64 = 2.5;
/// A refusal at the start.
const REFUSED_S: f64 = 5.0;
/// Connections of a refused client within 20 s.
const REFUSED_CONNECTS: u64 = 5;
/// What the reconnect clock allows of them where nobody says that it is a refusal: twice a second in the middle.
const SILENT_CONNECTS: u64 = 40;
/// Why that is more than a refusal may have, for readers of page and docs.
const SILENT: &str = "nothing says that it is a refusal, so the reconnect clock goes on, at most 40";
/// To another region, from the fault.
const REGION_S: f64 = 5.0;
/// All of a hundred clients back.
const STORM_S: f64 = 10.0;
/// Of their connections in one second.
const STORM_PEAK: u64 = 30;

/// What is expected of a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Back within 3 s of the cure, nothing lost.
    Soon,
    /// Back within 3 s after the name's old address may be forgotten, nothing lost.
    Name,
    /// The same; the replica had not heard all that was acknowledged, so something may be lost.
    Failover,
    /// Back within a minute: a refusal is not tried again at once.
    Rotation,
    /// In the next region within 5 s of the fault; at home again within a minute after what was written
    /// away has arrived there, and not before.
    Region,
    /// All back within 10 s, and not at once.
    Storm,
    /// Told at the start, in time, without knocking again and again.
    Refusal,
    /// The peer says nothing at all, so that a refusal can't be told from a dead peer: an error in
    /// time, and dials by the reconnect clock.
    Silence,
}

impl Limit {
    /// Seconds from the cure; nothing where there is none.
    pub fn recovered_s(self, ttl_s: u32) -> Option<f64> {
        match self {
            Limit::Soon => Some(3.0),
            Limit::Name | Limit::Failover => Some(f64::from(ttl_s) + 3.0),
            Limit::Rotation => Some(AWAY_S),
            Limit::Region => Some(REGION_S),
            Limit::Storm => Some(STORM_S),
            Limit::Refusal | Limit::Silence => None,
        }
    }

    /// What is expected, in words.
    pub fn words(self, ttl_s: u32) -> String {
        let first = match self.recovered_s(ttl_s) {
            Some(seconds) => format!("back within {seconds} s"),
            None => format!("refused within {REFUSED_S} s, at most {REFUSED_CONNECTS} connections in 20 s"),
        };
        let lost = if self == Limit::Failover { "" } else { " or lost" };
        format!("{first}, no call longer than {LONGEST_CALL_S} s, nothing doubled{lost}")
    }

    /// What the record misses, worst runs counting; seconds only of a quiet machine.
    pub fn missed(self, record: &Record) -> Vec<String> {
        if record.subject != Subject::Holdfast {
            return Vec::new();
        }
        let mut missed = Vec::new();
        let mut at_most = |what: &str, found: Option<f64>, limit: f64| match found {
            None => missed.push(format!("{what}: never, limit {limit}")),
            Some(found) if found > limit => {
                missed.push(format!("{what}: {}, limit {limit}", (found * 100.0).round() / 100.0))
            }
            Some(_) => {}
        };
        let quiet = record.load <= QUIET;
        let seconds = |limit: f64| if quiet { limit } else { AWAY_S };
        match self.recovered_s(record.ttl_s) {
            Some(limit) => at_most("recovered, s", record.recovered_s.map(|spread| spread.max), seconds(limit)),
            None => {
                at_most("refused, s", record.refused_s.map(|spread| spread.max), seconds(REFUSED_S));
                at_most("connects", Some(record.connects as f64), REFUSED_CONNECTS as f64);
            }
        }
        if self == Limit::Region {
            at_most("at home again, s", record.returned_s.map(|spread| spread.max), AWAY_S);
            at_most("at home too early, s", record.returned_s.map(|spread| -spread.min).or(Some(0.0)), 0.0);
        }
        if self == Limit::Storm {
            at_most("connects in a second", record.peak.map(|peak| peak as f64), STORM_PEAK as f64);
        }
        at_most("longest call, s", Some(record.longest_call_s.max), seconds(LONGEST_CALL_S));
        at_most("doubled", Some(record.doubled as f64), 0.0);
        if self != Limit::Failover {
            at_most("lost", Some(record.lost as f64), 0.0);
        }
        missed
    }

    /// Why a miss can't be helped; nothing where it has to be mended.
    pub fn excuse(self, record: &Record, missed: &str) -> Option<&'static str> {
        let by_the_clock = missed.starts_with("connects") && record.connects <= SILENT_CONNECTS;
        (self == Limit::Silence && by_the_clock).then_some(SILENT)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use holdfast::evidence::Spread;

    pub fn record(recovered: Option<f64>, longest: f64, load: f64) -> Record {
        Record {
            client: "jedis".to_owned(),
            client_version: String::new(),
            redis_version: String::new(),
            drill: String::new(),
            ttl_s: 5,
            subject: Subject::Holdfast,
            runs: 1,
            recovered_s: recovered.and_then(|seconds| Spread::of(&[seconds])),
            refused_s: None,
            returned_s: None,
            peak: None,
            longest_call_s: Spread { median: longest, min: longest, max: longest },
            failed_calls: Spread { median: 0.0, min: 0.0, max: 0.0 },
            lost: 0,
            doubled: 0,
            late: 0,
            connects: 1,
            message: None,
            taken: String::new(),
            load,
            code_hash: String::new(),
        }
    }

    #[test]
    fn each_limit_can_be_missed() {
        assert_eq!(Limit::Soon.missed(&record(Some(2.9), 2.5, 1.0)), [""; 0]);
        assert_eq!(Limit::Soon.missed(&record(Some(3.1), 2.0, 1.0)).len(), 1);
        assert_eq!(Limit::Name.missed(&record(Some(7.9), 2.6, 1.0)).len(), 1);
        assert_eq!(Limit::Refusal.missed(&record(None, 2.0, 1.0)), ["refused, s: never, limit 5"]);
        let dialled = |connects| Record { refused_s: Spread::of(&[1.0]), connects, ..record(None, 2.0, 1.0) };
        assert_eq!(Limit::Refusal.missed(&dialled(6)), ["connects: 6, limit 5"]);
        let excused = |limit: Limit, record: Record| limit.excuse(&record, &limit.missed(&record)[0]).is_some();
        assert!(!excused(Limit::Refusal, dialled(6)));
        assert!(excused(Limit::Silence, dialled(40)) && !excused(Limit::Silence, dialled(41)));
        let returned = |seconds: f64| Record { returned_s: Spread::of(&[seconds]), ..record(Some(4.0), 2.0, 1.0) };
        assert_eq!(Limit::Region.missed(&returned(30.0)), [""; 0]);
        assert_eq!(Limit::Region.missed(&returned(-0.1)), ["at home too early, s: 0.1, limit 0"]);
        assert_eq!(Limit::Region.missed(&record(Some(4.0), 2.0, 1.0)).len(), 1, "never at home again");
        let storm = |peak| Record { peak: Some(peak), ..record(Some(9.0), 2.0, 1.0) };
        assert_eq!(Limit::Storm.missed(&storm(30)), [""; 0]);
        assert_eq!(Limit::Storm.missed(&storm(31)).len(), 1);
        let broken = Record { lost: 1, doubled: 1, ..record(Some(1.0), 1.0, 1.0) };
        assert_eq!(Limit::Soon.missed(&broken).len(), 2);
        assert_eq!(Limit::Failover.missed(&broken), ["doubled: 1, limit 0"]);
        let theirs = Record { subject: Subject::QuickStart, ..broken };
        assert_eq!(Limit::Soon.missed(&theirs), [""; 0], "a quick-start promises nothing");
    }

    #[test]
    fn a_limit_says_what_it_is() {
        let words = "back within 3 s, no call longer than 2.5 s, nothing doubled or lost";
        assert_eq!(Limit::Soon.words(5), words);
        assert!(Limit::Failover.words(5).starts_with("back within 8 s") && !Limit::Failover.words(5).contains("lost"));
        assert!(Limit::Refusal.words(5).starts_with("refused within 5 s, at most 5 connections"));
    }

    #[test]
    fn a_busy_machine_excuses_seconds_and_nothing_else() {
        assert_eq!(Limit::Soon.missed(&record(Some(10.0), 5.0, 30.0)), [""; 0]);
        assert_eq!(Limit::Soon.missed(&record(None, 5.0, 30.0)).len(), 1);
        let doubled = Record { doubled: 1, ..record(Some(1.0), 1.0, 30.0) };
        assert_eq!(Limit::Soon.missed(&doubled).len(), 1);
    }
}
