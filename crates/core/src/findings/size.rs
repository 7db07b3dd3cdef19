//! Data, traffic and connections against what the plan holds.

use super::{CHECK, Change, Change::*, Check, Say::*, TO_ESSENTIALS, TO_PRO, told};
use crate::case::Case;
use crate::plan::Severity::{Error, Warning};
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
        because: &["instances", "connections", "plan", "repeat-writes", "blocking"],
        sources: &[sources::ESSENTIALS],
        otherwise: Some((Warning, |case| {
            plan_size::size(case).is_some_and(|size| case.connections() <= u64::from(size.connections))
        })),
        applies: |case| !takes_connections(case),
        message: Is("A rollout needs {rollout} connections, and {size} of {plan} has {size-connections}."),
        fix: Is("Use smaller pools or fewer processes, or switch to a plan with more."),
        change: OneOf(|case| larger_plan(case, takes_connections)),
        ..CHECK
    },
    Check {
        id: "H24",
        severity: Warning,
        title: told("Sources disagree on the connections of Pro"),
        rule: told("The plan table says unlimited; a newer text says no fixed limit, but throttling is possible."),
        because: &["instances", "connections"],
        sources: &[sources::PLANS, sources::CONNECTIONS],
        applies: |case| case.plan.is_pro() && case.connections() > 10_000,
        message: Is(
            "A rollout needs {rollout} connections, and sources disagree: \"unlimited\" in the plan table, \"no fixed limit\" with throttling in a newer text.",
        ),
        fix: Is("Ask Redis before you rely on so many, or use smaller pools."),

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
