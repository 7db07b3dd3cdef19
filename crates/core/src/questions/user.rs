//! The user that connects?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "user",
    group: Group::Names,
    title: "The user that connects?",
    help: "Never the password: that stays in the environment of your app.",
    kind: Kind::Text { max: 200 },
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> String {
    "default".to_owned()
}
