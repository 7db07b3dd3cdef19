//! Beyond the core data types?

use super::{Capability, Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "capabilities",
    group: Group::Size,
    title: "Beyond the core data types?",
    help: "Flex and Active-Active do not have all of them.",
    kind: Kind::Words(Capability::CHOICES),
    need: Need::All,
};

/// The default answer.
pub(super) fn default() -> Vec<Capability> {
    Vec::new()
}
