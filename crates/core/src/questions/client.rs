//! Which client library?

use super::{Group, Kind, Need, Question};
use crate::clients::ClientId;

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "client",
    group: Group::First,
    title: "Which client library?",
    help: "Decides the project you get, and which warnings of the server it can hear.",
    kind: Kind::Choice(ClientId::CHOICES),
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> ClientId {
    ClientId::RedisPy
}
