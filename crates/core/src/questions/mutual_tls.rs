//! Client certificates?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "mutual-tls",
    group: Group::Security,
    title: "Client certificates?",
    help: "The database then refuses every client without a certificate of yours.",
    kind: Kind::YesNo,
    need: Need::Later,
};

/// The default answer.
pub(super) fn default() -> bool {
    false
}
