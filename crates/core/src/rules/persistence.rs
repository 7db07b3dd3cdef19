//! Persistence: how much data a crash may take decides it.

use super::{ChangeLater, Decision, Rejected, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::questions::{DataLoss, Role, Text};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Data persistence",
    what: told("Picks the persistence that loses no more than you can accept."),
    sources: &[sources::PERSISTENCE, sources::PERSISTENCE_RS, sources::RESILIENT],
    decide,
};

/// Whether and how writes reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Not at all.
    None,
    /// A log, flushed at every write.
    AofEveryWrite,
    /// A log, flushed every second.
    AofEverySecond,
    /// A copy each hour.
    Snapshot1Hour,
    /// A copy every 6 hours.
    Snapshot6Hours,
    /// A copy every 12 hours.
    Snapshot12Hours,
}

use Persistence::{AofEverySecond, AofEveryWrite, None as Off, Snapshot1Hour, Snapshot6Hours, Snapshot12Hours};

impl Persistence {
    /// Every kind, from the most that a crash may take to the least.
    pub const ALL: [Persistence; 6] =
        [Off, Snapshot12Hours, Snapshot6Hours, Snapshot1Hour, AofEverySecond, AofEveryWrite];

    /// The API's word; note "hour" and "hours".
    pub fn word(self) -> &'static str {
        match self {
            Off => "none",
            AofEveryWrite => "aof-every-write",
            AofEverySecond => "aof-every-1-second",
            Snapshot1Hour => "snapshot-every-1-hour",
            Snapshot6Hours => "snapshot-every-6-hours",
            Snapshot12Hours => "snapshot-every-12-hours",
        }
    }

    /// In words, where it stands alone.
    pub fn label(self) -> &'static str {
        match self {
            Off => "no persistence",
            AofEveryWrite => "AOF every write",
            AofEverySecond => "AOF every second",
            Snapshot1Hour => "snapshot every hour",
            Snapshot6Hours => "snapshot every 6 hours",
            Snapshot12Hours => "snapshot every 12 hours",
        }
    }

    /// What a crash of every copy can take: seconds, where there is a bound.
    pub fn loses_s(self) -> Option<u32> {
        match self {
            Off => None,
            AofEveryWrite => Some(0),
            // Documented as one to two seconds, about one on average.
            AofEverySecond => Some(2),
            Snapshot1Hour => Some(3600),
            Snapshot6Hours => Some(6 * 3600),
            Snapshot12Hours => Some(12 * 3600),
        }
    }
}

/// The persistence of this case: the nearest that the plan has.
pub(crate) fn value(case: &Case) -> Persistence {
    if case.plan == PlanKind::Free {
        return Off;
    }
    let wanted = match case.answers.data_loss {
        DataLoss::Everything => Off,
        DataLoss::TwelveHours => Snapshot12Hours,
        DataLoss::SixHours => Snapshot6Hours,
        DataLoss::OneHour => Snapshot1Hour,
        DataLoss::OneSecond => AofEverySecond,
        DataLoss::Nothing => AofEveryWrite,
    };
    match wanted {
        AofEveryWrite if case.plan.is_essentials() => AofEverySecond,
        // Redis Software refuses snapshots here, the Cloud API lists them: take what both allow.
        Snapshot1Hour | Snapshot6Hours | Snapshot12Hours if case.active_active() => AofEverySecond,
        other => other,
    }
}

fn decide(case: &Case) -> Decision {
    let value = value(case);
    Decision {
        value: value.word().into(),
        reason: reason(case, value),
        price: price(value).into(),
        because: (&["data-loss", "plan"]).into(),
        rejected: match case.plan {
            PlanKind::Free => vec![rejected(AofEverySecond.word(), "The smallest paid plan has it.")],
            _ => {
                let others = Persistence::ALL.into_iter().filter(|other| *other != value);
                others.map(|other| why_not(case, value, other)).collect()
            }
        },
        change_later: ChangeLater::AnyTime,
    }
}

fn reason(case: &Case, value: Persistence) -> Text {
    match value {
        Off if case.plan == PlanKind::Free => {
            "Free keeps nothing on disk; a paid plan, to which it can be upgraded, does.".into()
        }
        Off if case.answers.role == Role::Cache => {
            "You said that everything may be lost: when the database goes down, the cache starts empty.".into()
        }
        Off => "You said that everything may be lost: when the database goes down, the data is gone.".into(),
        AofEveryWrite if case.active_active() => {
            "It is the strictest there is; a region still copies after the fact, and a finding says what that means."
                .into()
        }
        AofEveryWrite => {
            "You can't lose a write: the log is flushed at each one, and the durable call proves that it was.".into()
        }
        AofEverySecond if case.answers.data_loss == DataLoss::Nothing => {
            "It is the safest that this plan has; a finding says what is missing.".into()
        }
        AofEverySecond if case.answers.data_loss != DataLoss::OneSecond => {
            "Sources disagree on snapshots with Active-Active; the log is what all of them allow, and it loses less."
                .into()
        }
        AofEverySecond => "You can lose about a second of writes: the log reaches the disk every second.".into(),
        Snapshot1Hour | Snapshot6Hours | Snapshot12Hours => {
            let hours = value.loses_s().unwrap_or_default() / 3600;
            let hours = if hours == 1 { "an hour".to_owned() } else { format!("{hours} hours") };
            format!(
                "You can lose {hours} of writes: a copy in between is enough, and it is the fastest to recover from."
            )
            .into()
        }
    }
}

fn price(value: Persistence) -> &'static str {
    match value {
        Off => "Nothing while it works; everything when it goes down.",
        AofEveryWrite => "The most disk work of all, slower writes, and a slower recovery than from a snapshot.",
        AofEverySecond => "Disk work all the time, and a slower recovery than from a snapshot.",
        _ => "Little: disk work once in a while, and a fast recovery.",
    }
}

fn why_not(case: &Case, value: Persistence, other: Persistence) -> Rejected {
    let loses_more = |s: u32| value.loses_s().is_some_and(|mine| s > mine);
    let why: Text = match other {
        AofEveryWrite if case.plan.is_essentials() => "Only Pro has it.".into(),
        Snapshot1Hour | Snapshot6Hours | Snapshot12Hours
            if case.active_active() && case.answers.data_loss < DataLoss::OneSecond =>
        {
            "With Active-Active the Redis Software docs refuse it; the Cloud API lists it.".into()
        }
        Off if case.plan.is_flex() => {
            "Flash is memory, not a copy on disk: your data is lost when the database goes down.".into()
        }
        Off => "Your data is lost when the database goes down.".into(),
        AofEverySecond if loses_more(1) => "A crash may take one to two seconds of writes, and you accept none.".into(),
        AofEverySecond | AofEveryWrite => {
            "It would lose less than you accept, for resources all the time and a slower recovery.".into()
        }
        Snapshot1Hour | Snapshot6Hours | Snapshot12Hours => {
            let hours = other.loses_s().unwrap_or_default() / 3600;
            if loses_more(hours * 3600) {
                format!("A crash may take {hours} h of writes, more than you accept.").into()
            } else {
                format!("A copy every {hours} h is more often than you need.").into()
            }
        }
    };
    rejected(other.word(), why)
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::Persistence,
        tests::{advice, value},
    };

    #[test]
    fn each_tolerance_has_its_own_option() {
        for (loss, option) in [
            ("everything", "none"),
            ("twelve-hours", "snapshot-every-12-hours"),
            ("six-hours", "snapshot-every-6-hours"),
            ("one-hour", "snapshot-every-1-hour"),
            ("one-second", "aof-every-1-second"),
            ("nothing", "aof-every-write"),
        ] {
            assert_eq!(value(Persistence, &format!("plan=pro&data-loss={loss}")), option);
        }
    }

    #[test]
    fn the_log_loses_less_costs_resources_and_recovers_slower() {
        assert!(advice(Persistence, "plan=pro").price.contains("slower recovery"));
        assert!(advice(Persistence, "plan=pro&data-loss=one-hour").price.contains("fast recovery"));
    }

    #[test]
    fn without_persistence_the_data_is_gone_when_it_goes_down() {
        assert!(advice(Persistence, "plan=pro&data-loss=everything").reason.contains("the data is gone"));
        assert!(advice(Persistence, "plan=pro").rejected.iter().any(|r| r.value == "none" && r.why.contains("lost")));
    }

    #[test]
    fn flash_is_no_persistence() {
        let none = &advice(Persistence, "plan=pro-flex").rejected[0];
        assert!(none.value == "none" && none.why.contains("Flash is memory"), "{none:?}");
    }

    #[test]
    fn regions_have_no_durable_call_to_promise() {
        let reason = advice(Persistence, "plan=pro&data-loss=nothing&survive=region").reason;
        assert!(!reason.contains("durable"), "{reason}");
    }

    #[test]
    fn a_plan_that_lacks_it_gets_the_nearest() {
        assert_eq!(value(Persistence, "plan=essentials&data-loss=nothing"), "aof-every-1-second");
        assert_eq!(value(Persistence, "plan=free"), "none");
        assert_eq!(value(Persistence, "plan=pro&survive=region&data-loss=six-hours"), "aof-every-1-second");
    }

    #[test]
    fn it_can_be_changed_any_time() {
        assert_eq!(advice(Persistence, "plan=pro").change_later, super::ChangeLater::AnyTime);
    }
}
