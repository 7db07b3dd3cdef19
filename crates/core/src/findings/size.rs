//! Data, traffic and connections against what the plan holds.

use super::{CHECK, Change, Change::*, Check, Say::*, TO_ESSENTIALS, TO_PRO, told};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::rules::{plan::PlanKind, plan_size};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C21",
        severity: Error,
        title: told("The data does not fit"),
        rule: told("The size of an Essentials plan includes the replica: it must hold the data twice."),
        because: &["dataset", "plan", "survive"],
        sources: &[sources::SIZING, sources::ESSENTIALS],
        applies: |case| !fits(case),
        message: Is("{plan} ends at {size}, and your data with its replica does not fit."),
        fix: Is("Switch to a plan that holds it."),
        change: OneOf(|case| larger_plan(case, fits)),
        ..CHECK
    },
    Check {
        id: "H21",
        severity: Warning,
        title: told("Little memory to spare"),
        rule: told("Writes fail or keys are evicted when the memory limit is reached; a fifth should stay free."),
        because: &["dataset", "plan", "survive"],
        sources: &[sources::SIZING],
        applies: |case| fits(case) && !has_room(case),
        message: Is("Your data with its replica takes more than 80 % of {size}."),
        fix: Is("Switch to a plan with room to grow, or store less."),
        change: OneOf(|case| larger_plan(case, has_room)),
        ..CHECK
    },
    Check {
        id: "H22",
        severity: Error,
        title: told("More operations than the plan allows"),
        rule: told("Essentials and Free cap the operations each second by size."),
        because: &["throughput", "plan"],
        sources: &[sources::ESSENTIALS],
        applies: |case| !is_fast_enough(case),
        message: Is("{size} of {plan} allows {size-ops} ops/s, and you need {throughput}."),
        fix: Is("Switch to a plan that is sized by throughput."),
        change: OneOf(|case| larger_plan(case, is_fast_enough)),
        ..CHECK
    },
    Check {
        id: "H23",
        severity: Error,
        title: told("More connections than the plan allows"),
        rule: told(
            "Processes × connections × clients, twice during a rollout, should stay within 80 % of the plan's limit.",
        ),
        because: &["instances", "connections", "plan", "client", "repeat-writes", "blocking"],
        sources: &[sources::ESSENTIALS],
        otherwise: Some((Warning, |case| {
            plan_size::size(case).is_some_and(|size| case.connections() <= u64::from(size.connections))
        })),
        applies: |case| !takes_connections(case),
        message: Is("A rollout needs {rollout} connections, and {size} of {plan} has {size-connections}."),
        fix: Is("Use smaller pools or fewer processes, or switch to a plan with more."),
        change: OneOf(|case| larger_plan(case, takes_connections)),
    },
    Check {
        id: "H24",
        severity: Warning,
        title: told("Sources disagree on the connections of Pro"),
        rule: told("The plan table says unlimited; a newer text says no fixed limit, but throttling is possible."),
        because: &["instances", "connections", "client", "repeat-writes", "data-loss", "blocking", "region-failover"],
        sources: &[sources::PLANS, sources::CONNECTIONS],
        applies: |case| case.plan.is_pro() && case.connections() > 10_000,
        message: Is(
            "A rollout needs {rollout} connections, and sources disagree: \"unlimited\" in the plan table, \"no fixed limit\" with throttling in a newer text.",
        ),
        fix: Is("Ask Redis before you rely on so many, or use smaller pools."),
        ..CHECK
    },
    Check {
        id: "H32",
        severity: Note,
        title: told("Large data lies in several shards"),
        rule: told(
            "Redis Cloud shards from 25 GB on, with Flex from 50 GB; commands, transactions and scripts over several hash slots are then refused, MGET and MSET excepted.",
        ),
        because: &["dataset", "plan"],
        sources: &[sources::CLUSTERING],
        applies: |case| {
            let shard = if case.plan.is_flex() { 50.0 } else { 25.0 };
            let large = case.plan.is_pro() && case.answers.dataset >= shard;
            large && !case.active_active() && !case.cluster()
        },
        message: By(|case| match case.plan.is_flex() {
            true => {
                "From 50 GB on your keys lie in several shards: RENAME, SUNION, MULTI or a script can't span hash slots."
            }
            false => {
                "From 25 GB on your keys lie in several shards: RENAME, SUNION, MULTI or a script can't span hash slots."
            }
        }),
        fix: Is("Give keys that belong together the same {tag}."),
        ..CHECK
    },
];

fn fits(case: &Case) -> bool {
    plan_size::size(case).is_none_or(|size| plan_size::memory(case) <= size.gb)
}

fn has_room(case: &Case) -> bool {
    plan_size::size(case).is_none_or(|size| plan_size::memory(case) <= size.gb * 0.8)
}

fn is_fast_enough(case: &Case) -> bool {
    plan_size::size(case).is_none_or(|size| case.answers.throughput <= size.ops)
}

fn takes_connections(case: &Case) -> bool {
    plan_size::size(case).is_none_or(|size| plan_size::connections_fit(case, size))
}

/// From Free to Essentials where that will do; only Pro has no sizes that can be too small.
fn larger_plan(case: &Case, will_do: fn(&Case) -> bool) -> &'static Change {
    let essentials = Case::on(case.answers, PlanKind::Essentials);
    if case.plan == PlanKind::Free && will_do(&essentials) { &TO_ESSENTIALS } else { &TO_PRO }
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use crate::plan::Severity;

    #[test]
    fn where_sources_disagree_both_are_quoted_in_a_warning() {
        let finding = found("H24", "plan=pro&instances=1000").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("unlimited") && finding.message.contains("throttling"), "{}", finding.message);
    }

    #[test]
    fn a_rollout_is_measured_against_four_fifths_of_the_limit() {
        let severity = |link| found("H23", link).map(|finding| finding.severity);
        assert_eq!(severity("plan=essentials&instances=400"), Some(Severity::Error));
        assert_eq!(severity("plan=essentials&instances=220"), Some(Severity::Warning));
        assert_eq!(severity("plan=essentials&instances=200"), None);
    }

    #[test]
    fn large_data_lies_in_several_shards() {
        assert!(found("H32", "plan=pro&dataset=25").is_some());
        assert_eq!(found("H32", "plan=pro&dataset=24"), None);
        assert_eq!(found("H32", "plan=pro-flex&dataset=49"), None);
    }
}
