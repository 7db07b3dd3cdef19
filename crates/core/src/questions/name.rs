//! What is the app called?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "name",
    group: Group::Names,
    title: "What is the app called?",
    help: "The name of the database and of the client in its lists.",
    kind: Kind::Text { max: 200 },
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> String {
    "app".to_owned()
}
