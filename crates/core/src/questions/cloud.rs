//! Which cloud?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "cloud",
    group: Group::Regions,
    title: "Which cloud?",
    help: "Decides which plans and private links there are.",
    kind: Kind::Choice(Cloud::CHOICES),
    need: Need::Same,
};

choice! {
    /// The cloud that the database runs in.
    Cloud {
        Aws = "aws", "AWS", "every plan and link but Private Service Connect";
        Gcp = "gcp", "Google Cloud", "no Essentials Flex, no PrivateLink";
        Azure = "azure", "Azure", "Essentials only";
    }
}

/// The default answer.
pub(super) fn default() -> Cloud {
    Cloud::Aws
}
