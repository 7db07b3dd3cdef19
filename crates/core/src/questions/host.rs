//! The host of the endpoint?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "host",
    group: Group::Names,
    title: "The host of the endpoint?",
    help: "From the console, without the port; the default stands for yours.",
    kind: Kind::Text { max: 253 },
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> String {
    "redis-12345.example.com".to_owned()
}
