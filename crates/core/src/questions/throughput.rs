//! How many operations each second?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "throughput",
    group: Group::Size,
    title: "How many operations each second?",
    help: "At the busiest time; Essentials caps it, Pro is sized by it.",
    kind: Kind::Whole { min: 1, max: 100_000_000, unit: "ops/s" },
    need: Need::Higher,
};

/// The default answer.
pub(super) fn default() -> u32 {
    1000
}
