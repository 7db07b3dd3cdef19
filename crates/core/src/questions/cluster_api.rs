//! OSS Cluster API?

use super::{Group, Kind, Need, Question};

/// The question.
pub const QUESTION: Question = Question {
    id: "cluster-api",
    group: Group::Size,
    title: "OSS Cluster API?",
    help: "Clients then talk to each shard; Pro only.",
    kind: Kind::YesNo,
    need: Need::Later,
};

/// The default answer.
pub fn default() -> bool {
    false
}
