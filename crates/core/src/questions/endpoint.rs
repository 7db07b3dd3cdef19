//! How does the app reach the database?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "endpoint",
    group: Group::First,
    title: "How does the app reach the database?",
    help: "Decides TLS, the allow list and how much warning a client gets before maintenance.",
    kind: Kind::Choice(Endpoint::CHOICES),
    need: Need::NotFirst,
};

choice! {
    /// The way from the app to the database.
    Endpoint {
        Public = "public", "Public endpoint", "over the internet, every plan";
        VpcPeering = "vpc-peering", "VPC peering", "AWS and Google Cloud, Pro";
        PrivateServiceConnect = "private-service-connect", "Private Service Connect", "Google Cloud, Pro";
        TransitGateway = "transit-gateway", "Transit Gateway", "AWS, Pro";
        PrivateLink = "privatelink", "PrivateLink", "AWS, Pro";
    }
}

/// The default answer.
pub(super) fn default() -> Endpoint {
    Endpoint::Public
}
