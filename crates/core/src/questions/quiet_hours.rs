//! When may maintenance run?

use super::{Group, Kind, Need, Question, QuietHours};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "quiet-hours",
    group: Group::Existing,
    title: "When may maintenance run?",
    help: "Weekly windows in the region’s local time, as the API counts them; Pro only.",
    kind: Kind::QuietHours,
    need: Need::None,
};

/// The default answer.
pub(super) fn default() -> Vec<QuietHours> {
    Vec::new()
}
