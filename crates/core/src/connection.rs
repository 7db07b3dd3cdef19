//! The three clocks, derived from the deadline, the number of processes, the runtime and the client.
//!
//! - The call: everything that one call may need fits into the deadline once over, so the tries are
//!   cut from it and not the other way round. Two tries at most: with more, every layer multiplies
//!   the load on a database that is in trouble (Google SRE book, "Addressing Cascading Failures").
//! - The connection: full jitter, `uniform(0, min(cap, base · 2^n))` (AWS, "Exponential Backoff And
//!   Jitter"); the base grows with the number of processes, so that their reconnects arrive at a
//!   bounded rate.
//! - Keepalive: `idle + interval × count` until a silent peer counts as dead (Redis docs for Lettuce);
//!   interval is a third of idle and count is 3, so the sum is twice the idle time.

use crate::case::Case;
use crate::plan::{Connection, Dns, Jitter, Knob, Pool, Reconnect, Retry};
use crate::questions::{Runtime, Text};

/// Refused at work (password, certificate): the shortest and the longest pause before the next try, ms.
/// Credentials rotate within minutes, and a wrong password that is tried often looks like an attack.
pub(crate) const REFUSED_MS: (u32, u32) = (30_000, 60_000);

/// The seed page's minute: this long without a success and everything is dropped and resolved anew.
const REFRESH_AFTER_MS: u32 = 60_000;

/// New connections each second, all processes together, that a storm of reconnects may reach on average.
const RECONNECTS_PER_S: u32 = 50;

/// A try shorter than this often fails on a healthy network (TCP, TLS and AUTH are four round trips).
const SHORTEST_TRY_MS: u32 = 80;

/// How the deadline is shared out, ms.
struct Budget {
    wait: u32,
    attempts: u32,
    pause: u32,
    try_: u32,
}

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
                    "One repeat of a safe call: the load on a database in trouble can double, not multiply.".to_owned()
                },
            ),
            base_ms: knob(share.pause, "The pause before the repeat is random between zero and this."),
            cap_ms: knob(share.pause, "There is one pause, so its cap is its base."),
            jitter: full_jitter(),
            budget_ms: knob(deadline, "Your deadline: pool wait, name lookup, dial, tries and pauses together."),
        },
        reconnect: Reconnect {
            base_ms: knob(
                reconnect_base,
                format!(
                    "{} processes spread their first dials so that about {RECONNECTS_PER_S} arrive each second.",
                    case.answers.instances
                ),
            ),
            cap_ms: knob(reconnect_cap, "The longest wait between two dials while Redis is away; it never gives up."),
            jitter: full_jitter(),
        },
        keepalive_ms: match (knobs.keepalive, serverless) {
            (false, _) => missing("keepalive time of its own"),
            (_, true) => Knob {
                value: None,
                reason: "A frozen process answers no probe: it pings before the first command after a thaw.".into(),
            },
            _ => knob(
                15_000,
                "Well below the idle limits of cloud NATs (240 s and 350 s); a silent peer counts as dead after \
                 twice this, idle + interval × count.",
            ),
        },
        user_timeout_ms: if knobs.user_timeout {
            knob(
                deadline.clamp(1000, 30_000),
                "As long as the deadline: a write that the caller was told had failed is not delivered minutes later.",
            )
        } else {
            missing("TCP_USER_TIMEOUT: a silent peer is found by the reply timeout")
        },
        health_check_ms: if knobs.health_check {
            knob(
                (deadline * 5 / 2).clamp(1000, 10_000),
                "An idle connection is pinged, so that a silent peer is noticed.",
            )
        } else {
            missing("health check of its own")
        },
        dns: Dns {
            refresh_after_ms: knob(
                REFRESH_AFTER_MS,
                "A minute without a success: all connections are dropped and the name is resolved anew.",
            ),
            cache_ttl_s: if knobs.dns_cache {
                knob(5, "The JVM keeps addresses for 30 s; after a failover the name points elsewhere.")
            } else {
                Knob {
                    value: None,
                    reason: format!("{name} resolves the name at every dial and keeps nothing.").into(),
                }
            },
        },
    }
}

/// Base and cap of the wait before a dial, ms.
pub(crate) fn reconnect(processes: u32) -> (u32, u32) {
    let base = processes.saturating_mul(1000 / RECONNECTS_PER_S).clamp(100, 10_000);
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

fn full_jitter() -> Jitter {
    Jitter {
        value: "full",
        reason: "Uniform between zero and the bound: processes that failed together do not return together.".into(),
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

    #[test]
    fn reconnects_spread_with_the_number_of_processes() {
        assert_eq!(reconnect(4), (100, 2000));
        assert_eq!(reconnect(100), (2000, 8000));
        assert_eq!(reconnect(100_000), (10_000, 30_000));
    }
}
