//! How long may one call take?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "deadline",
    group: Group::Writes,
    title: "How long may one call take?",
    help: "Every timeout and pause is cut from it; a call returns a value or an error before it is over.",
    kind: Kind::Whole { min: 50, max: 60_000, unit: "ms" },
    need: Need::Lower,
};

/// The default answer.
pub(super) fn default() -> u32 {
    2000
}
