//! Writes: what may be lost, repeated or waited for.

use serde_json::Value;

use super::{Check, Found, when};
use crate::plan::Severity::{Note, Warning};
use crate::questions::{DataLoss, RepeatWrites, Role};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "H16",
        severity: Warning,
        title: "Production data without persistence",
        rule: "Redis advises persistence for every production database: without it the data is lost when it goes down.",
        because: &["data-loss", "role"],
        sources: &[sources::RESILIENT, sources::PERSISTENCE],
        find: |case| {
            let matters = case.answers.role != Role::Cache;
            when(matters && case.answers.data_loss == DataLoss::Everything, || {
                Found::new(
                    "Without persistence your data is lost when the database goes down.",
                    "Accept to lose about a second instead, unless you can make the data again.",
                )
                .change("Lose at most about a second", [("data_loss", Value::from("one-second"))])
            })
        },
    },
    Check {
        id: "H17",
        severity: Warning,
        title: "A queue whose writes are repeated",
        rule: "A push that is repeated after a lost reply adds the job twice.",
        because: &["repeat-writes", "role"],
        sources: &[sources::CLIENT_ERRORS],
        find: |case| {
            let safe = case.answers.repeat_writes == RepeatWrites::Safe;
            when(safe && case.answers.role == Role::Queue, || {
                Found::new(
                    "A push that is repeated adds the job twice.",
                    "Say that repeating is unsafe, and the project sends such writes once.",
                )
                .change("Never repeat a write", [("repeat_writes", Value::from("unsafe"))])
            })
        },
    },
    Check {
        id: "H18",
        severity: Note,
        title: "While Redis is away",
        rule: "How long a failover takes is not documented; the maintenance page speaks of a few seconds.",
        because: &["deadline", "instances", "role"],
        sources: &[sources::MAINTENANCE, sources::JITTER],
        find: |case| {
            let after_s = crate::connection::reconnect(case.answers.instances).1.div_ceil(1000);
            let instead = match case.answers.role {
                Role::Cache => "Decide what the app does then: ask the origin.",
                Role::Sessions => "Decide what the app does then: trust a signed cookie for a while, or ask to wait.",
                Role::PrimaryStore => "Decide what the app does then: show a stale value, or say that it is away.",
                Role::Queue => "Decide what the app does then: keep jobs in an outbox and add them later.",
            };
            Some(Found::new(
                format!(
                    "While Redis is away, and for up to about {after_s} s after, calls fail within {} ms.",
                    case.answers.deadline
                ),
                instead,
            ))
        },
    },
    Check {
        id: "H19",
        severity: Note,
        title: "A deadline with one try",
        rule: "Two tries and a dial must fit into the deadline, each long enough for a healthy network.",
        because: &["deadline"],
        sources: &[sources::OVERLOAD],
        find: |case| {
            when(crate::connection::attempts(case.answers.deadline) == 1, || {
                Found::new(
                    format!(
                        "Your deadline of {} ms has room for one try, so a cut connection is an error for the caller.",
                        case.answers.deadline
                    ),
                    "Allow 300 ms or more if calls should survive a cut connection.",
                )
            })
        },
    },
];
