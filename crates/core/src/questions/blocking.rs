//! Blocking commands, streams or pub/sub?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "blocking",
    group: Group::Writes,
    title: "Blocking commands, streams or pub/sub?",
    help: "They get a connection of their own, with a reply timeout that fits the wait.",
    kind: Kind::YesNo,
    need: Need::Later,
};

/// The default answer.
pub(super) fn default() -> bool {
    false
}
