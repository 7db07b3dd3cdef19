//! How much data?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "dataset",
    group: Group::Size,
    title: "How much data?",
    help: "Without the replica: the plan adds that itself.",
    kind: Kind::Decimal { max: 50_000, unit: "GB" },
    need: Need::Higher,
};

/// The default answer.
pub(super) fn default() -> f64 {
    1.0
}
