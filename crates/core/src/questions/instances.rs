//! How many processes of the app?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "instances",
    group: Group::Size,
    title: "How many processes of the app?",
    help: "Pods times workers; they all reconnect at once after a failover.",
    kind: Kind::Whole { min: 1, max: 100_000, unit: "processes" },
    need: Need::Higher,
};

/// The default answer.
pub(super) fn default() -> u32 {
    4
}
