//! Data, traffic and connections against what the plan holds.

use super::plans::to_essentials;
use super::{Check, Found, when};
use crate::case::Case;
use crate::plan::Severity::{Error, Warning};
use crate::rules::{plan::PlanKind, plan_size};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C21",
        severity: Error,
        title: "The data does not fit",
        rule: "The size of an Essentials plan includes the replica: it must hold the data twice.",
        because: &["dataset", "plan", "survive"],
        sources: &[sources::SIZING, sources::ESSENTIALS],
        find: |case| {
            let size = plan_size::size(case)?;
            when(!fits(case), || {
                larger_plan(
                    case,
                    fits,
                    Found::new(
                        format!(
                            "{} ends at {}, and your data with its replica does not fit.",
                            case.plan.label(),
                            size.name
                        ),
                        "Switch to a plan that holds it.",
                    ),
                )
            })
        },
    },
    Check {
        id: "H21",
        severity: Warning,
        title: "Little memory to spare",
        rule: "Writes fail or keys are evicted when the memory limit is reached; a fifth should stay free.",
        because: &["dataset", "plan", "survive"],
        sources: &[sources::SIZING],
        find: |case| {
            let size = plan_size::size(case)?;
            when(fits(case) && !has_room(case), || {
                larger_plan(
                    case,
                    has_room,
                    Found::new(
                        format!("Your data with its replica takes more than 80 % of {}.", size.name),
                        "Switch to a plan with room to grow, or store less.",
                    ),
                )
            })
        },
    },
    Check {
        id: "H22",
        severity: Error,
        title: "More operations than the plan allows",
        rule: "Essentials and Free cap the operations each second by size.",
        because: &["throughput", "plan"],
        sources: &[sources::ESSENTIALS],
        find: |case| {
            let size = plan_size::size(case)?;
            when(!is_fast_enough(case), || {
                larger_plan(
                    case,
                    is_fast_enough,
                    Found::new(
                        format!(
                            "{} of {} allows {} ops/s, and you need {}.",
                            size.name,
                            case.plan.label(),
                            size.ops,
                            case.answers.throughput
                        ),
                        "Switch to a plan that is sized by throughput.",
                    ),
                )
            })
        },
    },
    Check {
        id: "H23",
        severity: Error,
        title: "More connections than the plan allows",
        rule: "Processes × connections × clients, twice during a rollout, should stay within 80 % of the plan's limit.",
        because: &["instances", "connections", "plan", "repeat-writes", "blocking"],
        sources: &[sources::ESSENTIALS],
        find: |case| {
            let size = plan_size::size(case)?;
            let connections = case.connections();
            when(!takes_connections(case), || {
                let found = larger_plan(
                    case,
                    takes_connections,
                    Found::new(
                        format!(
                            "A rollout needs {connections} connections, and {} of {} has {}.",
                            size.name,
                            case.plan.label(),
                            size.connections
                        ),
                        "Use smaller pools or fewer processes, or switch to a plan with more.",
                    ),
                );
                let over = connections > u64::from(size.connections);
                if over { found } else { found.severity(Warning) }
            })
        },
    },
    Check {
        id: "H24",
        severity: Warning,
        title: "Sources disagree on the connections of Pro",
        rule: "The plan table says unlimited; a newer text says no fixed limit, but throttling is possible.",
        because: &["instances", "connections"],
        sources: &[sources::PLANS, sources::CONNECTIONS],
        find: |case| {
            when(case.plan.is_pro() && case.connections() > 10_000, || {
                Found::new(
                    format!(
                        "A rollout needs {} connections, and sources disagree: \"unlimited\" in the plan table, \"no fixed limit\" with throttling in a newer text.",
                        case.connections()
                    ),
                    "Ask Redis before you rely on so many, or use smaller pools.",
                )
            })
        },
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
fn larger_plan(case: &Case, will_do: fn(&Case) -> bool, found: Found) -> Found {
    let essentials = Case::on(case.answers, PlanKind::Essentials);
    if case.plan == PlanKind::Free && will_do(&essentials) { to_essentials(found) } else { found.switch_to_pro() }
}
