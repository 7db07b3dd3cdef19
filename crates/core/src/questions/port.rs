//! The port of the endpoint?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "port",
    group: Group::Names,
    title: "The port of the endpoint?",
    help: "From the console: Redis Cloud uses 10000 to 19999.",
    kind: Kind::Whole { min: 1, max: 65_535, unit: "" },
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> u32 {
    12345
}
