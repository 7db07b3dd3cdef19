//! May a write be applied twice?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "repeat-writes",
    group: Group::Writes,
    title: "May a write be applied twice?",
    help: "Decides whether the project has a client that never sends a command twice.",
    kind: Kind::Choice(RepeatWrites::CHOICES),
    need: Need::Later,
};

choice! {
    /// Whether repeating a write does harm; unsafe is the stronger need.
    RepeatWrites {
        Safe = "safe", "Safe", "every write sets a value outright";
        Unsafe = "unsafe", "Unsafe", "counters, list pushes, scripts, money";
    }
}

/// The default answer.
pub(super) fn default() -> RepeatWrites {
    RepeatWrites::Unsafe
}
