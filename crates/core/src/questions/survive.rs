//! What must it stay online through?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "survive",
    group: Group::First,
    title: "What must it stay online through?",
    help: "Decides replication, zones and Active-Active; part of it can never be changed later.",
    kind: Kind::Choice(Survive::CHOICES),
    need: Need::Later,
};

choice! {
    /// The largest failure to stay online through.
    Survive {
        Nothing = "nothing", "Nothing", "it may be away until it is repaired";
        Node = "node", "A node", "a machine may fail; a zone may not";
        Zone = "zone", "A zone", "a data centre may fail; a region may not";
        Region = "region", "A region", "a whole region may fail";
    }
}

/// The default answer.
pub(super) fn default() -> Survive {
    Survive::Zone
}
