//! The three clocks, derived from the deadline, the number of processes, the runtime and the client.
//! [`SOURCES`] names where each formula comes from.
//!
//! - **The call** ends within the deadline: pool wait, one try on a connection that turns out dead, a
//!   pause, one dial (name lookup, TCP, TLS, AUTH) and one more try are cut from it, and not the other
//!   way round. A client that needs more, a second dial for example, looks at what is left and stops.
//!   *Retry ratio*: tries multiply the load on a database in trouble, and layers of tries multiply each
//!   other. Google allows three tries a request and a tenth of all requests to be repeats ("Handling
//!   Overload"); a client of Redis sees no such share, so there is one repeat in one layer: the load
//!   can double and no more.
//! - **The connection** comes back for ever, by *full jitter*: `uniform(0, min(cap, base · 2^n))` (AWS,
//!   "Exponential Backoff And Jitter"). The base grows with the number of processes N, because N first
//!   dials spread over `base` arrive at `N / base`; each makes room for the others: `base = (N - 1) / 15 per s`, within
//!   0.1 and 10 s.
//! - **Keepalive sum**: a silent peer counts as dead after `idle + interval × count`, and
//!   TCP_USER_TIMEOUT should not be longer than that (Redis docs for Lettuce). The interval is a third
//!   of idle and count is 3, so the sum is twice the idle time.

use crate::case::Case;
use crate::plan::{Connection, Dns, Jitter, Knob, Pool, Reconnect, Retry};
use crate::questions::{Runtime, Text};
use crate::sources::{self, Source};

/// Where the formulas come from: full jitter, retry ratio, keepalive sum and what it must stay below, the minute.
pub(crate) const SOURCES: &[&Source] = &[
    sources::JITTER,
    sources::OVERLOAD,
    sources::LETTUCE,
    sources::NAT,
    sources::NAT_AZURE,
    sources::JEDIS,
    sources::MAINTENANCE,
];

/// Refused at work (password, certificate): the shortest and the longest pause before the next try, ms.
/// Credentials rotate within minutes, and a wrong password that is tried often looks like an attack.
pub(crate) const REFUSED_MS: (u32, u32) = (30_000, 60_000);

/// The seed page's minute: this long without a success and everything is dropped and resolved anew.
const REFRESH_AFTER_MS: u32 = 60_000;

/// Processes that dial each second, on average, when all of them have lost their connections at once. Our own
/// choice: Redis Cloud does not document how many new connections it takes. The `storm` drill allows 30 in any second,
/// twice as many as arrive on average, so that chance alone brings no more of a hundred together.
const RECONNECTS_PER_S: u32 = 15;

/// Silence before the first keepalive probe: far below the shortest idle limit of cloud NATs, 240 s.
const KEEPALIVE_IDLE_MS: u32 = 15_000;

/// `idle + interval × count`, with a third of idle as interval and 3 as count.
const KEEPALIVE_SUM_MS: u32 = KEEPALIVE_IDLE_MS + KEEPALIVE_IDLE_MS / 3 * 3;

/// A try shorter than this often fails on a healthy network (TCP, TLS and AUTH are four round trips).
const SHORTEST_TRY_MS: u32 = 80;

/// Probes in a row that must fail before the app moves to another region: a lost packet or two move nothing.
pub(crate) const PROBES: u32 = 3;

/// How the active region is probed, ms. The shares of the deadline, a fifth and a quarter, are our own choice:
/// three probes and a call that was under way stay within two and a half deadlines.
pub(crate) struct Probing {
    /// From the end of a probe to the next one.
    pub(crate) interval_ms: u32,
    /// A probe that has no answer by then has failed; above the 200 ms after which TCP repeats a lost packet.
    pub(crate) timeout_ms: u32,
}

impl Probing {
    /// A region that is dark is known to be so after this at the latest.
    pub(crate) fn known_ms(&self) -> u32 {
        PROBES * (self.interval_ms + self.timeout_ms)
    }
}

/// The probes of this case. Where many processes spread their dials after a mere cut, the first dial of each comes
/// before the last probe: a cut alone moves nobody.
pub(crate) fn probing(case: &Case) -> Probing {
    let deadline = case.answers.deadline.clamp(1000, 10_000);
    let (first_dial, _) = reconnect(case.answers.instances);
    Probing { interval_ms: (deadline / 5).max(first_dial / PROBES), timeout_ms: deadline / 4 }
}

/// How the deadline is shared out, ms.
struct Budget {
    wait: u32,
    attempts: u32,
    pause: u32,
    try_: u32,
}

/// The shares of pool wait and pause, a tenth and a fortieth, are our own choice.
///
/// Pool wait + first try on a connection that turns out dead + pause + dial + second try = deadline.
/// When that leaves too little for a try: pool wait + dial + one try.
fn budget(deadline: u32) -> Budget {
    let wait = deadline / 10;
    let pause = (deadline / 40).min(100);
    let third = round((deadline - wait - pause) / 3);
    if third >= SHORTEST_TRY_MS {
        return Budget { wait, attempts: 2, pause, try_: third };
    }
    Budget { wait, attempts: 1, pause: 0, try_: round((deadline - wait) / 2) }
}

/// Down to a multiple of ten where that costs little.
fn round(ms: u32) -> u32 {
    if ms < 100 { ms } else { ms - ms % 10 }
}

/// Tries that a call has within this deadline.
pub(crate) fn attempts(deadline: u32) -> u32 {
    budget(deadline).attempts
}

/// WAITAOF gives up after this: what the deadline leaves after pool wait, dial and one round trip.
pub(crate) fn proof_ms(deadline: u32) -> u32 {
    let Budget { wait, try_, .. } = budget(deadline);
    round(deadline.saturating_sub(wait + try_ + deadline / 20)).max(1)
}

/// The clocks of this case.
pub(crate) fn connection(case: &Case) -> Connection {
    let deadline = case.answers.deadline;
    let knobs = case.client.knobs;
    let share = budget(deadline);
    let name = case.client.name;
    let missing = |what: &str| Knob { value: None, reason: format!("{name} has no {what}.").into() };
    let serverless = case.answers.runtime == Runtime::Serverless;
    let (reconnect_base, reconnect_cap) = reconnect(case.answers.instances);
    Connection {
        connect_timeout_ms: knob(
            share.try_,
            format!("One dial and {} fit into your deadline of {deadline} ms.", tries(share.attempts)),
        ),
        command_timeout_ms: knob(
            share.try_,
            match share.attempts {
                1 => format!("Your deadline of {deadline} ms leaves time for one try after a dial."),
                _ => format!(
                    "A try on a dead connection, a pause, a dial and a second try together stay within {deadline} ms."
                ),
            },
        ),
        pool: Pool {
            size: if knobs.pool {
                knob(case.pool_size(), pool_reason(serverless))
            } else {
                missing("pool: all calls share one connection")
            },
            wait_ms: if knobs.pool {
                knob(share.wait, "A tenth of the deadline; after that the pool is too small or Redis is away.")
            } else {
                missing("pool to wait for")
            },
        },
        retry: Retry {
            attempts: knob(
                share.attempts,
                if share.attempts == 1 {
                    format!("A second try does not fit into {deadline} ms.")
                } else {
                    "One repeat of a safe call: the load on a database in trouble can double, and no more.".to_owned()
                },
            ),
            base_ms: match share.attempts {
                1 => knob(0, "There is no repeat, so there is no pause."),
                _ => knob(share.pause, "The pause before the repeat is random between zero and this."),
            },
            cap_ms: match share.attempts {
                1 => knob(0, "No pause, no cap."),
                _ => knob(share.pause, "There is one pause, so its cap is its base."),
            },
            jitter: match share.attempts {
                1 => Jitter { value: "none", reason: "There is no pause to spread.".into() },
                _ => Jitter {
                    value: "full",
                    reason: "Random between zero and the bound: callers that failed together do not repeat together."
                        .into(),
                },
            },
            budget_ms: knob(deadline, "Your deadline: pool wait, name lookup, dial, tries and pauses together."),
        },
        reconnect: Reconnect {
            base_ms: knob(reconnect_base, spread(case.answers.instances, reconnect_base)),
            cap_ms: knob(reconnect_cap, "The longest wait between two dials while Redis is away; it never gives up."),
            jitter: Jitter {
                value: "full",
                reason:
                    "Uniform from zero to the bound, so that processes that failed together do not return together."
                        .into(),
            },
        },
        keepalive_ms: match (knobs.keepalive, serverless) {
            (false, _) => missing("keepalive time of its own"),
            (_, true) => Knob {
                value: None,
                reason: "A frozen process answers no probe: it pings before the first command after a thaw.".into(),
            },
            _ => knob(
                KEEPALIVE_IDLE_MS,
                "Well below the idle limits of cloud NATs (240 s and 350 s); a silent peer counts as dead after \
                 twice this at the latest, idle + interval × count.",
            ),
        },
        user_timeout_ms: if knobs.user_timeout {
            knob(
                deadline.clamp(1000, KEEPALIVE_SUM_MS),
                match deadline {
                    1000..=KEEPALIVE_SUM_MS => {
                        "As long as the deadline: a write that the caller was told had failed is not delivered later."
                    }
                    0..1000 => "A second: shorter than that a lost packet alone would cut a connection that works.",
                    _ => "No longer than the keepalive needs to find a dead peer.",
                },
            )
        } else {
            missing("TCP_USER_TIMEOUT: a silent peer is found by the reply timeout")
        },
        health_check_ms: if knobs.health_check {
            knob(
                (deadline * 5 / 2).clamp(1000, 10_000),
                if serverless {
                    "A connection that was idle for longer is pinged before its next command: the process may have \
                     been frozen."
                } else {
                    "An idle connection is pinged this often, so that a silent peer is noticed before a caller pays \
                     for it."
                },
            )
        } else {
            missing("health check of its own")
        },
        dns: Dns {
            refresh_after_ms: knob(
                REFRESH_AFTER_MS,
                "A minute without a success, as Redis advises: all connections are dropped and the name is resolved anew.",
            ),
            cache_ttl_s: if knobs.dns_cache {
                knob(5, "The JVM keeps addresses of its own accord; after a failover the name points elsewhere.")
            } else {
                Knob {
                    value: None,
                    reason: format!("{name} resolves the name at every dial and keeps nothing.").into(),
                }
            },
        },
    }
}

/// Base and cap of the wait before a dial, ms. The base has room for the dials of all other processes. The cap is four
/// times as long, so that the dials of a long outage stay below the rate of the first ones.
pub(crate) fn reconnect(processes: u32) -> (u32, u32) {
    let others = processes.saturating_sub(1);
    let base = (others.saturating_mul(1000) / RECONNECTS_PER_S).clamp(100, 10_000);
    (base, (base * 4).clamp(2000, 30_000))
}

fn tries(attempts: u32) -> &'static str {
    if attempts == 1 { "one try" } else { "two tries" }
}

fn pool_reason(serverless: bool) -> &'static str {
    if serverless {
        "A serverless instance handles one call at a time."
    } else {
        "Your number of connections in each process."
    }
}

/// At what rate the first dials arrive.
fn spread(processes: u32, base: u32) -> Text {
    match u64::from(processes) * 1000 / u64::from(base) {
        _ if processes == 1 => "One process needs no spreading; a moment's pause lets a restart finish.".into(),
        rate => {
            format!("{processes} processes spread their first dials so that about {rate} arrive each second.").into()
        }
    }
}

fn knob(value: u32, reason: impl Into<Text>) -> Knob {
    Knob { value: Some(value), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_call_may_need_fits_into_every_deadline() {
        for deadline in 50..=60_000 {
            let Budget { wait, attempts, pause, try_ } = budget(deadline);
            let dial = try_;
            assert!(wait + attempts * try_ + pause + dial <= deadline, "{deadline}");
            assert!(try_ >= 20, "{deadline}");
            assert!(wait + dial + proof_ms(deadline) <= deadline, "{deadline}");
        }
    }

    #[test]
    fn the_default_deadline_leaves_two_tries() {
        let Budget { wait, attempts, pause, try_ } = budget(2000);
        assert_eq!((wait, attempts, pause, try_), (200, 2, 50, 580));
    }

    fn answers(link: &str) -> crate::questions::Answers {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        answers
    }

    fn of(link: &str) -> Connection {
        connection(&Case::new(&answers(link)))
    }

    #[test]
    fn a_dark_region_is_left_within_five_seconds_and_a_cut_one_is_not() {
        let probing = |link: &str| probing(&Case::new(&answers(link)));
        assert!(probing("v=1").known_ms() + 2000 < 5000, "with a call that was under way");
        for deadline in [50, 1000, 2000, 10_000, 60_000] {
            assert!(probing(&format!("deadline={deadline}")).timeout_ms > 200, "{deadline}");
        }
        for instances in [1, 100, 100_000] {
            let (first_dial, _) = reconnect(instances);
            assert!(probing(&format!("instances={instances}")).known_ms() > first_dial, "{instances}");
        }
    }

    #[test]
    fn connecting_is_tried_again_for_ever_and_a_safe_call_once() {
        let Connection { retry, reconnect, .. } = of("v=1");
        assert_eq!((retry.attempts.value, retry.jitter.value), (Some(2), "full"));
        assert!(reconnect.cap_ms.reason.contains("never gives up"), "{}", reconnect.cap_ms.reason);
        assert_eq!(of("deadline=100").retry.jitter.value, "none");
    }

    #[test]
    fn a_minute_of_trouble_refreshes_the_name_and_every_dial_resolves_it_anew() {
        let dns = of("v=1").dns;
        assert_eq!(dns.refresh_after_ms.value, Some(60_000));
        assert!(dns.cache_ttl_s.reason.contains("at every dial"), "{}", dns.cache_ttl_s.reason);
        assert!(of("client=jedis").dns.cache_ttl_s.value.is_some_and(|s| s <= 5));
    }

    #[test]
    fn keepalive_stays_below_a_minute_and_a_frozen_process_has_none() {
        assert!(of("v=1").keepalive_ms.value.is_some_and(|ms| ms <= 60_000));
        assert_eq!(of("runtime=serverless").keepalive_ms.value, None);
        assert_eq!(KEEPALIVE_SUM_MS, 2 * KEEPALIVE_IDLE_MS);
        assert_eq!(of("deadline=60000").user_timeout_ms.value, Some(KEEPALIVE_SUM_MS));
    }

    #[test]
    fn the_rate_of_dials_is_the_one_that_the_formula_gives() {
        let reason = |processes| of(&format!("instances={processes}")).reconnect.base_ms.reason;
        assert!(reason(100).contains("about 15 arrive"), "{}", reason(100));
        assert!(reason(100_000).contains("about 10000 arrive"), "{}", reason(100_000));
        assert!(reason(1).starts_with("One process"), "{}", reason(1));
    }

    #[test]
    fn of_a_hundred_processes_seldom_more_than_thirty_dial_in_a_second() {
        // Binomial: the chance that of a hundred more than thirty fall into the same one of these seconds.
        let share = 1000.0 / f64::from(reconnect(100).0);
        let mut exactly = (1.0 - share).powi(100);
        let mut at_most = exactly;
        for k in 1..=30 {
            exactly *= f64::from(101 - k) / f64::from(k) * share / (1.0 - share);
            at_most += exactly;
        }
        let storm = (1.0 - at_most) / share;
        assert!(storm < 0.001, "{storm}");
    }

    #[test]
    fn reconnects_spread_with_the_number_of_processes() {
        assert_eq!(reconnect(4), (200, 2000));
        assert_eq!(reconnect(100), (6600, 26_400));
        assert_eq!(reconnect(100_000), (10_000, 30_000));
    }
}
