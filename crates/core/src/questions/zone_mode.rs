//! Zone mode of the Pro subscription?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "zone-mode",
    group: Group::Existing,
    title: "Zone mode of the Pro subscription?",
    help: "It was fixed when the subscription was created.",
    kind: Kind::Maybe(ZoneMode::CHOICES),
    need: Need::None,
};

choice! {
    /// The zone mode of a Pro subscription that exists.
    ZoneMode {
        SingleZone = "single-zone", "Single-zone", "every database in one zone";
        MultiZone = "multi-zone", "Multi-zone", "replicas in other zones";
    }
}

/// Nothing exists yet.
pub(super) fn default() -> Option<ZoneMode> {
    None
}
