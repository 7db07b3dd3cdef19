//! Encryption on the way?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "encryption",
    group: Group::Security,
    title: "Encryption on the way?",
    help: "Only on a private link of a Pro plan may speed come first.",
    kind: Kind::Choice(Encryption::CHOICES),
    need: Need::Earlier,
};

choice! {
    /// Whether traffic must be encrypted, the stronger need first.
    Encryption {
        Required = "required", "Required", "TLS wherever the plan has it";
        SpeedFirst = "speed-first", "Speed first", "plain on a private link; passwords travel in clear";
    }
}

/// The default answer.
pub(super) fn default() -> Encryption {
    Encryption::Required
}
