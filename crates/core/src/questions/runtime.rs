//! Where does the app run?

use super::{Group, Kind, Need, Question, choice};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "runtime",
    group: Group::Size,
    title: "Where does the app run?",
    help: "Decides name lookups, keepalive, the pool and what may run in the background.",
    kind: Kind::Choice(Runtime::CHOICES),
    need: Need::None,
};

choice! {
    /// Where the app runs.
    Runtime {
        Server = "server", "Server", "a process that stays";
        Kubernetes = "kubernetes", "Kubernetes", "pods with search domains and a DNS cache";
        Serverless = "serverless", "Serverless", "frozen between calls, one call at a time";
    }
}

/// The default answer.
pub(super) fn default() -> Runtime {
    Runtime::Server
}
