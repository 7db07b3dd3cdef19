//! OSS Cluster API?

use super::{Group, Kind, Need, Question};

/// The question.
pub(super) const QUESTION: Question = Question {
    id: "cluster-api",
    group: Group::Size,
    title: "OSS Cluster API?",
    help: "Clients then talk to each shard; Pro only.",
    kind: Kind::YesNo,
    need: Need::Later,
};

/// The default answer.
pub(super) fn default() -> bool {
    false
}
