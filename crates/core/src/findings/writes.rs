//! Writes: what may be lost, repeated or waited for.

use super::{CHECK, Change::*, Check, Say::*, told};
use crate::plan::Severity::{Note, Warning};
use crate::questions::{DataLoss, RepeatWrites, Role};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "H16",
        severity: Warning,
        title: told("Production data without persistence"),
        rule: told(
            "Redis advises persistence for every production database: without it the data is lost when it goes down.",
        ),
        because: &["data-loss", "role"],
        sources: &[sources::RESILIENT, sources::PERSISTENCE],
        applies: |case| {
            let matters = case.answers.role != Role::Cache;
            matters && case.answers.data_loss == DataLoss::Everything
        },
        message: Is("Without persistence your data is lost when the database goes down."),
        fix: Is("Accept to lose about a second instead, unless you can make the data again."),
        change: Set("Lose at most about a second", "data-loss=one-second"),
        ..CHECK
    },
    Check {
        id: "H17",
        severity: Warning,
        title: told("A queue whose writes are repeated"),
        rule: told("A push that is repeated after a lost reply adds the job twice."),
        because: &["repeat-writes", "role"],
        sources: &[sources::CLIENT_ERRORS],
        applies: |case| {
            let safe = case.answers.repeat_writes == RepeatWrites::Safe;
            safe && case.answers.role == Role::Queue
        },
        message: Is("A push that is repeated adds the job twice."),
        fix: Is("Say that repeating is unsafe, and the project sends such writes once."),
        change: Set("Never repeat a write", "repeat-writes=unsafe"),
        ..CHECK
    },
    Check {
        id: "H18",
        severity: Note,
        title: told("While Redis is away"),
        rule: told("How long a failover takes is not documented; the maintenance page speaks of a few seconds."),
        because: &["deadline", "instances", "role"],
        sources: &[sources::MAINTENANCE, sources::JITTER],
        applies: |_| true,
        message: Is("While Redis is away, and for up to about {reconnect-s} s after, calls fail within {deadline} ms."),
        fix: By(|case| match case.answers.role {
            Role::Cache => "Decide what the app does then: ask the origin.",
            Role::Sessions => "Decide what the app does then: trust a signed cookie for a while, or ask to wait.",
            Role::PrimaryStore => "Decide what the app does then: show a stale value, or say that it is away.",
            Role::Queue => "Decide what the app does then: keep jobs in an outbox and add them later.",
        }),
        ..CHECK
    },
    Check {
        id: "H19",
        severity: Note,
        title: told("A deadline with one try"),
        rule: told("Two tries and a dial must fit into the deadline, each long enough for a healthy network."),
        because: &["deadline"],
        sources: &[sources::OVERLOAD],
        applies: |case| crate::connection::attempts(case.answers.deadline) == 1,
        message: Is(
            "Your deadline of {deadline} ms has room for one try, so a cut connection is an error for the caller.",
        ),
        fix: Is("Allow 300 ms or more if calls should survive a cut connection."),
        ..CHECK
    },
];

#[cfg(test)]
mod tests {
    use super::super::found;

    #[test]
    fn persistence_is_advised_for_every_production_database() {
        for role in ["sessions", "primary-store", "queue"] {
            let finding = found("H16", &format!("plan=pro&data-loss=everything&role={role}")).unwrap();
            assert!(finding.message.contains("lost when the database goes down"), "{}", finding.message);
        }
        assert_eq!(found("H16", "plan=pro&data-loss=one-hour"), None);
    }

    #[test]
    fn what_the_app_does_meanwhile_is_a_note_with_the_seconds_and_the_deadline() {
        let finding = found("H18", "deadline=700&instances=400").unwrap();
        assert!(finding.message.contains("30 s") && finding.message.contains("700 ms"), "{}", finding.message);
    }

    #[test]
    fn the_deadline_that_has_room_for_a_second_try_is_the_one_that_is_named() {
        assert!(found("H19", "deadline=250").unwrap().fix.contains("300 ms"));
        assert_eq!(found("H19", "deadline=300"), None);
    }
}
