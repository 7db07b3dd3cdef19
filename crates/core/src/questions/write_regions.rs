//! How many regions take writes at the same time?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "write-regions",
    group: Group::Regions,
    title: "How many regions take writes at the same time?",
    help: "More than one needs Active-Active.",
    kind: Kind::Whole { min: 1, max: 50, unit: "regions" },
    need: Need::Higher,
};

/// The default answer.
pub(super) fn default() -> u32 {
    1
}
