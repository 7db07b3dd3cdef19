//! Which regions, the near one first?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "regions",
    group: Group::Regions,
    title: "Which regions, the near one first?",
    help: "Region codes of the cloud; empty means its usual first region.",
    kind: Kind::Codes { max: 50 },
    need: Need::Same,
};

/// The default answer.
pub(super) fn default() -> Vec<String> {
    Vec::new()
}
