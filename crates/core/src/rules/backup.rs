//! Backup: how old the copy may be that undoes a person's mistake.

use super::{ChangeLater, Decision, Rule, Value, plan::PlanKind, rejected};
use crate::case::Case;
use crate::questions::Mistake;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Scheduled backup",
    what: told("Makes a copy often enough to undo a mistake that every replica and region has copied."),
    sources: &[sources::BACKUP, sources::API],
    decide,
};

/// How often a copy is made, in hours; nothing when it is off.
pub(crate) fn hours(case: &Case) -> Option<u32> {
    let wanted = match case.answers.mistake {
        Mistake::Any => return None,
        Mistake::OneDay => 24,
        Mistake::TwelveHours => 12,
        Mistake::SixHours => 6,
        Mistake::FourHours => 4,
        Mistake::TwoHours => 2,
        Mistake::OneHour => 1,
    };
    match case.plan {
        PlanKind::Free => None,
        PlanKind::Essentials | PlanKind::EssentialsFlex => Some(24),
        PlanKind::Pro | PlanKind::ProFlex => Some(wanted),
    }
}

/// The API's word.
pub(crate) fn word(hours: Option<u32>) -> String {
    // The API writes "hours" even for one.
    hours.map_or("off".to_owned(), |hours| format!("every-{hours}-hours"))
}

fn decide(case: &Case) -> Decision {
    let hours = hours(case);
    let (reason, price, other) = match hours {
        None if case.plan == PlanKind::Free => (
            "Free makes no backups; a paid plan, to which it can be upgraded, does.".to_owned(),
            "A mistake can't be undone.",
            rejected("on", "The smallest paid plan has it."),
        ),
        None => (
            "You need no copy to undo a mistake.".to_owned(),
            "Nothing; a mistake is for ever, because it reaches every replica at once.",
            rejected("every-24-hours", "You did not ask for it."),
        ),
        Some(hours) => (
            if case.plan.is_essentials() && case.answers.mistake > Mistake::OneDay {
                "It is the youngest copy that this plan makes; a finding says what to do.".to_owned()
            } else {
                format!("A wrong delete reaches every replica at once; a copy at most {} old undoes it.", span(hours))
            },
            "Storage in a bucket of yours; a restore is an import by hand.",
            rejected("off", "Replicas and persistence copy a mistake; only a backup undoes it."),
        ),
    };
    Decision {
        value: Value::Word(word(hours).into()),
        reason: reason.into(),
        price: price.into(),
        because: (&["mistake", "plan"]).into(),
        rejected: vec![other],
        change_later: ChangeLater::AnyTime,
    }
}

fn span(hours: u32) -> String {
    if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::Backup, tests::value};

    #[test]
    fn the_age_of_the_copy_decides() {
        for (age, interval) in [
            ("any", "off"),
            ("one-day", "every-24-hours"),
            ("twelve-hours", "every-12-hours"),
            ("six-hours", "every-6-hours"),
            ("four-hours", "every-4-hours"),
            ("two-hours", "every-2-hours"),
            ("one-hour", "every-1-hours"),
        ] {
            assert_eq!(value(Backup, &format!("plan=pro&mistake={age}")), interval);
        }
    }

    #[test]
    fn essentials_makes_one_a_day_and_free_none() {
        assert_eq!(value(Backup, "plan=essentials&mistake=one-hour"), "every-24-hours");
        assert_eq!(value(Backup, "plan=free"), "off");
    }
}
