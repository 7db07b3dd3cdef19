//! Eviction: what the database is for decides what happens when memory is full.

use super::{ChangeLater, Decision, Rejected, Rule, rejected};
use crate::case::Case;
use crate::questions::{DataLoss, Role};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Data eviction policy",
    what: told("Says which keys go when memory is full, or that none may."),
    sources: &[sources::EVICTION],
    decide,
};

/// Losing a session is acceptable where a crash may take hours of them.
fn may_log_out(case: &Case) -> bool {
    case.answers.data_loss < DataLoss::OneSecond
}

/// Whether a policy that exists does what the role needs, as well as the one that is advised.
#[cfg(any(feature = "audit", feature = "doctor"))]
pub(crate) fn serves(case: &Case, policy: &str) -> bool {
    match case.answers.role {
        Role::Cache => policy.starts_with("allkeys-"),
        Role::Sessions if may_log_out(case) => policy == "noeviction" || policy.starts_with("volatile-"),
        Role::Sessions | Role::PrimaryStore | Role::Queue => policy == "noeviction",
    }
}

fn decide(case: &Case) -> Decision {
    let (word, reason, price, others): (_, _, _, Vec<Rejected>) = match case.answers.role {
        Role::Cache => (
            "allkeys-lru",
            "It is a cache: when memory is full, what was not used for longest makes room.",
            if case.active_active() {
                "Misses that the origin has to answer; with Active-Active keys go from 80 % of the memory on."
            } else {
                "Misses that the origin has to answer."
            },
            vec![
                rejected("allkeys-lfu", "As good where a few keys stay popular for long."),
                rejected(
                    "volatile-lru",
                    "The default: it evicts only keys with a time to live, and refuses writes when there are none.",
                ),
                rejected("noeviction", "A full cache would refuse writes."),
            ],
        ),
        Role::Sessions if may_log_out(case) => (
            "volatile-ttl",
            "You can lose some sessions: when memory is full, those that end soonest go first.",
            "Some people are logged out early.",
            vec![
                rejected("noeviction", "New logins would fail while memory is full."),
                rejected("allkeys-lru", "It would take keys without a time to live as well."),
            ],
        ),
        Role::Sessions => (
            "noeviction",
            "You want to lose no session: when memory is full, new logins fail and nobody is logged out.",
            "Memory with room to spare, and somebody who reads the alert.",
            vec![rejected("volatile-ttl", "It would log people out to make room; choose it where that is acceptable.")],
        ),
        Role::PrimaryStore => (
            "noeviction",
            "It is the only place where the data is: when memory is full, writes fail and nothing disappears.",
            "Memory with room to spare: the alert tells you before it is full.",
            vec![
                rejected("volatile-lru", "The default: it would silently delete keys with a time to live."),
                rejected("allkeys-lru", "It would silently delete data."),
            ],
        ),
        Role::Queue => (
            "noeviction",
            "A job must not disappear: when memory is full, adding jobs fails and nothing is lost.",
            "Memory with room to spare: the alert tells you before it is full.",
            vec![rejected("allkeys-lru", "It would silently delete whole queues.")],
        ),
    };
    Decision {
        value: word.into(),
        reason: reason.into(),
        price: price.into(),
        because: (&["role", "data-loss"]).into(),
        rejected: others,
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::Eviction, tests::value};

    #[test]
    fn the_role_decides() {
        assert_eq!(value(Eviction, "role=cache"), "allkeys-lru");
        assert_eq!(value(Eviction, "role=primary-store"), "noeviction");
        assert_eq!(value(Eviction, "role=queue"), "noeviction");
    }

    #[test]
    fn sessions_go_only_where_losing_one_is_acceptable() {
        assert_eq!(value(Eviction, "role=sessions"), "noeviction");
        assert_eq!(value(Eviction, "role=sessions&data-loss=one-hour"), "volatile-ttl");
    }
}
