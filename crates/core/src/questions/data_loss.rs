//! How much data may a crash take?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "data-loss",
    group: Group::First,
    title: "How much data may a crash take?",
    help: "Decides persistence, and whether a write has to prove that it is on disk.",
    kind: Kind::Choice(DataLoss::CHOICES),
    need: Need::Later,
};

choice! {
    /// The most that a crash may take, from the weakest need to the strongest.
    DataLoss {
        Everything = "everything", "Everything", "it can be filled again";
        TwelveHours = "twelve-hours", "12 hours", "a snapshot twice a day";
        SixHours = "six-hours", "6 hours", "a snapshot four times a day";
        OneHour = "one-hour", "1 hour", "a snapshot each hour";
        OneSecond = "one-second", "About a second", "the log reaches the disk every second";
        Nothing = "nothing", "Nothing", "each write proves that it is on disk";
    }
}

/// The default answer.
pub(super) fn default() -> DataLoss {
    DataLoss::OneSecond
}
