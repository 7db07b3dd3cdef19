//! How old may the copy be that undoes a mistake?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "mistake",
    group: Group::Writes,
    title: "How old may the copy be that undoes a mistake?",
    help: "A wrong delete reaches every replica and region at once: only a backup undoes it.",
    kind: Kind::Choice(Mistake::CHOICES),
    need: Need::Later,
};

choice! {
    /// The age of the copy that undoes a mistake, from the weakest need to the strongest.
    Mistake {
        Any = "any", "Any", "no backup is needed";
        OneDay = "one-day", "1 day", "a backup each day";
        TwelveHours = "twelve-hours", "12 hours", "two backups a day";
        SixHours = "six-hours", "6 hours", "four backups a day";
        FourHours = "four-hours", "4 hours", "six backups a day";
        TwoHours = "two-hours", "2 hours", "twelve backups a day";
        OneHour = "one-hour", "1 hour", "a backup each hour";
    }
}

/// The default answer.
pub(super) fn default() -> Mistake {
    Mistake::OneDay
}
