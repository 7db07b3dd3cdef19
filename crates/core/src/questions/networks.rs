//! How many address ranges connect?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "networks",
    group: Group::Security,
    title: "How many address ranges connect?",
    help: "Each takes a rule of the allow list; the plan limits how many there are.",
    kind: Kind::Whole { min: 0, max: 1000, unit: "address ranges" },
    need: Need::Higher,
};

/// The default answer.
pub(super) fn default() -> u32 {
    1
}
