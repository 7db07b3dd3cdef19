//! Which plan?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "plan",
    group: Group::First,
    title: "Which plan?",
    help: "Decides what the database can do at all; undecided picks the cheapest plan that meets your needs.",
    kind: Kind::Choice(PlanChoice::CHOICES),
    need: Need::None,
};

choice! {
    /// The plan that is asked for.
    PlanChoice {
        Undecided = "undecided", "Undecided", "pick the cheapest that meets my needs";
        Free = "free", "Free", "30 MB to try things; no persistence, replica or TLS";
        Essentials = "essentials", "Essentials", "fixed sizes up to 12 GB, shared infrastructure";
        EssentialsFlex = "essentials-flex", "Essentials Flex", "RAM and flash up to 100 GB, AWS only";
        Pro = "pro", "Pro", "own infrastructure, private links, Active-Active";
        ProFlex = "pro-flex", "Pro Flex", "Pro with part of the data on flash";
    }
}

/// The default answer.
pub(super) fn default() -> PlanChoice {
    PlanChoice::Undecided
}
