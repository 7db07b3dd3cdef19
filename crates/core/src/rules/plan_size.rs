//! Plan size: the smallest that holds the data with a fifth to spare.

use super::{ChangeLater, Decision, Rule, Value, plan::PlanKind, rejected, replication::Replication};
use crate::case::Case;
use crate::catalogue::sizes::{self, Size};
use crate::questions::{Text, show_decimal};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Plan size",
    what: told("Takes the smallest size that holds your data, replica included, within 80 %."),
    sources: &[sources::ESSENTIALS, sources::SIZING],
    decide,
};

/// GB that the data takes in the plan, the replica included.
pub(crate) fn memory(case: &Case) -> f64 {
    let copies = match (case.replication(), case.active_active()) {
        (_, true) => 4.0,
        (Replication::None, _) => 1.0,
        (Replication::SingleZone | Replication::MultiZone, _) => 2.0,
    };
    // The API takes no Pro dataset below 0.1 GB.
    let data = if case.plan.is_pro() { case.answers.dataset.max(0.1) } else { case.answers.dataset };
    data * copies
}

/// Whether the size has what the case needs beside memory.
fn serves(case: &Case, size: &Size) -> bool {
    size.ops >= case.answers.throughput && connections_fit(case, size) && size.rules.1 >= case.answers.networks
}

/// Connections of a rollout within 80 % of the limit.
pub(crate) fn connections_fit(case: &Case, size: &Size) -> bool {
    case.connections() * 5 <= u64::from(size.connections) * 4
}

/// The size of an Essentials plan or of Free; nothing where the size is free to choose.
///
/// The smallest that serves everything with a fifth of its memory to spare; else the largest that
/// holds the data; else the largest.
pub(crate) fn size(case: &Case) -> Option<&'static Size> {
    let all = sizes::of(case.plan);
    let memory = memory(case);
    all.iter()
        .find(|size| memory <= size.gb * 0.8 && serves(case, size))
        .or_else(|| all.iter().rfind(|size| memory <= size.gb))
        .or(all.last())
}

fn decide(case: &Case) -> Decision {
    let memory = memory(case);
    let (value, reason): (Value, Text) = match size(case) {
        Some(size) => {
            let usable = if case.replication() == Replication::None { size.gb } else { size.gb / 2.0 };
            let value = sized(size.name.into(), size.gb, usable, size.gb);
            let reason = if memory <= size.gb * 0.8 && serves(case, size) {
                format!("The smallest that serves you and holds your data{} with a fifth to spare.", twice(case))
            } else if memory <= size.gb {
                "The largest that holds your data; a finding says what runs short.".to_owned()
            } else {
                "The largest there is; your data does not fit, and a finding says what to do.".to_owned()
            };
            (value, reason.into())
        }
        None => {
            let data = case.answers.dataset.max(0.1);
            let name = format!("{} GB", show_decimal(data));
            let value = sized(name.into(), data, data, memory);
            (value, "The size of your data: the service adds the copies itself.".into())
        }
    };
    Decision {
        value,
        reason,
        price: match case.plan {
            PlanKind::Free => "Nothing.",
            PlanKind::Essentials | PlanKind::EssentialsFlex => "Money, by the size, whether you fill it or not.",
            PlanKind::Pro | PlanKind::ProFlex => "Money, by memory with its copies and by throughput.",
        }
        .into(),
        because: (&["dataset", "survive", "throughput", "instances", "connections", "networks"]).into(),
        rejected: match smaller(case) {
            Some(size) => vec![rejected(size.name, too_small(case, size))],
            None if case.plan.is_pro() && case.replication() != Replication::None => {
                vec![rejected("the doubled size", "You would pay for twice the memory that you need.")]
            }
            None => Vec::new(),
        },
        change_later: ChangeLater::AnyTime,
    }
}

fn sized(name: Text, gb: f64, dataset: f64, limit: f64) -> Value {
    Value::Object(vec![
        ("gb", Value::Gb(gb)),
        ("name", Value::Word(name)),
        ("dataset_gb", Value::Gb(dataset)),
        ("memory_limit_gb", Value::Gb(limit)),
    ])
}

fn twice(case: &Case) -> &'static str {
    if case.replication() == Replication::None { "" } else { ", twice," }
}

/// What does not fit into the smaller size.
fn too_small(case: &Case, size: &Size) -> Text {
    let answers = case.answers;
    if memory(case) > size.gb * 0.8 {
        let data = show_decimal(answers.dataset);
        format!("{data} GB of data{} would leave less than a fifth of it free.", twice(case)).into()
    } else if size.ops < answers.throughput {
        format!("It is capped at {} ops/s, and you need {}.", size.ops, answers.throughput).into()
    } else if connections_fit(case, size) {
        format!("It has at most {} rules, and you have {} networks.", size.rules.1, answers.networks).into()
    } else {
        format!("A rollout takes {} connections, more than 80 % of its {}.", case.connections(), size.connections)
            .into()
    }
}

/// The next smaller size than the one that was taken.
fn smaller(case: &Case) -> Option<&'static Size> {
    let taken = size(case)?;
    sizes::of(case.plan).iter().rfind(|size| size.gb < taken.gb)
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::PlanSize, tests::value};

    fn name(link: &str) -> String {
        let value: serde_json::Value = serde_json::from_str(&value(PlanSize, link)).unwrap();
        value["name"].as_str().unwrap().to_owned()
    }

    #[test]
    fn essentials_holds_the_data_twice_with_a_fifth_to_spare() {
        assert_eq!(name("plan=essentials&dataset=1"), "2.5 GB");
        assert_eq!(name("plan=essentials&dataset=1.01"), "5 GB");
        assert_eq!(name("plan=essentials&dataset=2&survive=nothing"), "2.5 GB");
    }

    #[test]
    fn throughput_connections_and_networks_can_ask_for_more() {
        assert_eq!(name("plan=essentials&throughput=4001"), "5 GB");
        assert_eq!(name("plan=essentials&instances=100"), "5 GB");
        assert_eq!(name("plan=essentials&networks=9"), "5 GB");
    }

    #[test]
    fn the_smaller_size_is_rejected_for_what_it_lacks() {
        let why = |link| super::super::tests::advice(PlanSize, link).rejected.remove(0).why;
        assert!(why("plan=essentials&dataset=1").contains("1 GB of data"));
        assert!(why("plan=essentials&throughput=4001").contains("4000 ops/s"));
        assert!(why("plan=essentials&instances=100").contains("4000 connections"));
        assert!(why("plan=essentials&networks=9").contains("8 rules"));
        assert!(why("plan=pro").contains("twice the memory"));
    }

    #[test]
    fn without_headroom_the_largest_that_holds_it_is_taken() {
        assert_eq!(name("plan=essentials&dataset=5.5"), "12 GB");
        assert_eq!(name("plan=essentials&dataset=50"), "12 GB");
    }

    #[test]
    fn pro_is_told_the_size_of_the_data_and_doubles_it_itself() {
        let json = value(PlanSize, "plan=pro&dataset=3");
        assert!(json.contains(r#""gb":3.0"#) && json.contains(r#""memory_limit_gb":6.0"#), "{json}");
    }
}
