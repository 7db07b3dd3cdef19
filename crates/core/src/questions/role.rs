//! What is it for?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "role",
    group: Group::First,
    title: "What is it for?",
    help: "Decides what happens when memory is full, and how bad a loss is.",
    kind: Kind::Choice(Role::CHOICES),
    need: Need::None,
};

choice! {
    /// What the database is to the app.
    Role {
        Cache = "cache", "Cache", "the origin has everything";
        Sessions = "sessions", "Sessions", "losing one logs somebody out";
        PrimaryStore = "primary-store", "Primary store", "the only place where the data is";
        Queue = "queue", "Queue", "jobs that must be done once";
    }
}

/// The default answer.
pub(super) fn default() -> Role {
    Role::PrimaryStore
}
