//! Who moves the app to another region?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "region-failover",
    group: Group::Regions,
    title: "Who moves the app to another region?",
    help: "Redis Cloud does not: either a person or the project does.",
    kind: Kind::Choice(RegionFailover::CHOICES),
    need: Need::Later,
};

choice! {
    /// Who moves the app to another region.
    RegionFailover {
        Manual = "manual", "A person", "one function call or signal";
        Automatic = "automatic", "The app itself", "after failed probes; writers may split";
    }
}

/// The default answer.
pub(super) fn default() -> RegionFailover {
    RegionFailover::Manual
}
