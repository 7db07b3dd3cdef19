//! How many connections in each process?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "connections",
    group: Group::Size,
    title: "How many connections in each process?",
    help: "The size of each pool; counted against the limit of the plan.",
    kind: Kind::Whole { min: 1, max: 10_000, unit: "connections" },
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> u32 {
    10
}
