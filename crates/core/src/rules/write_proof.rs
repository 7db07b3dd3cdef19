//! Proof of writes: when nothing may be lost, a write has to prove that it is on disk.

use super::{ChangeLater, Decision, Rule, rejected, replication::Replication};
use crate::case::Case;
use crate::questions::DataLoss;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Proof of writes",
    what: told("Adds a call that returns only when the write is on disk, where nothing may be lost."),
    sources: &[sources::WAITAOF, sources::WAIT, sources::COMMANDS],
    decide,
};

/// Whether a write proves that it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteProof {
    /// No.
    None,
    /// The write and `WAITAOF` on one connection.
    Waitaof,
}

/// The proof of this case. The log of every write is Pro's, and one region can't prove for another.
pub(crate) fn value(case: &Case) -> WriteProof {
    let possible = case.plan.is_pro() && !case.active_active();
    if case.answers.data_loss == DataLoss::Nothing && possible { WriteProof::Waitaof } else { WriteProof::None }
}

fn decide(case: &Case) -> Decision {
    let (word, reason, price, other) = match value(case) {
        WriteProof::Waitaof => (
            "waitaof",
            match case.replication() {
                Replication::None => "The durable call returns when the primary has the write in its log on disk.",
                _ => {
                    "A replica copies after the fact, so a failover can lose a write that was answered; the durable \
                     call returns when the replica has it in its log on disk."
                }
            },
            match case.replication() {
                Replication::None => "A wait for the disk in each durable call; it needs Redis 7.2 or newer.",
                _ => "A wait for the replica and its disk in each durable call; it needs Redis 7.2 or newer.",
            },
            rejected("none", "Without proof an answered write can be gone after a failover, whatever the persistence."),
        ),
        WriteProof::None if case.answers.data_loss == DataLoss::Nothing => (
            "none",
            "It can't be had here; a finding says why and what to do.",
            "A crash or a failover can take writes that were answered.",
            rejected("waitaof", "It needs Pro and one region that takes writes."),
        ),
        WriteProof::None => (
            "none",
            "You accept a loss, so no write waits for a disk.",
            "Nothing; a crash or a failover can take writes that were answered.",
            rejected("waitaof", "Each durable write would wait for a disk, for more than you ask."),
        ),
    };
    Decision {
        value: word.into(),
        reason: reason.into(),
        price: price.into(),
        because: (&["data-loss", "plan", "survive"]).into(),
        rejected: vec![other],
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::WriteProof,
        tests::{advice, value},
    };

    #[test]
    fn only_nothing_needs_a_proof() {
        assert_eq!(value(WriteProof, "plan=pro&data-loss=nothing"), "waitaof");
        assert_eq!(value(WriteProof, "plan=pro&data-loss=one-second"), "none");
    }

    #[test]
    fn it_needs_pro_and_one_region() {
        assert_eq!(value(WriteProof, "plan=essentials&data-loss=nothing"), "none");
        assert_eq!(value(WriteProof, "plan=pro&data-loss=nothing&survive=region"), "none");
    }

    #[test]
    fn with_a_replica_the_replica_proves_it() {
        assert!(advice(WriteProof, "plan=pro&data-loss=nothing").reason.contains("replica has it"));
        assert!(advice(WriteProof, "plan=pro&data-loss=nothing&survive=nothing").reason.contains("primary has"));
    }
}
