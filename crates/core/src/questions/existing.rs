//! Does the database exist?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "existing",
    group: Group::Existing,
    title: "Does the database exist?",
    help: "What it was created with decides what can still be changed.",
    kind: Kind::Maybe(Existing::CHOICES),
    need: Need::None,
};

choice! {
    /// The replication of a database that exists.
    Existing {
        None = "none", "Yes, without a replica", "no replication";
        SingleZone = "single-zone", "Yes, single-zone", "primary and replica in one zone";
        MultiZone = "multi-zone", "Yes, multi-zone", "primary and replica in different zones";
    }
}

/// Nothing exists yet.
pub(super) fn default() -> Option<Existing> {
    None
}
