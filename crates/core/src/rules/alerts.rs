//! Alerts: who is told before it hurts.

use serde_json::{Value, json};

use super::{ChangeLater, Decision, Rule, plan::PlanKind, plan_size, rejected};
use crate::case::Case;
use crate::questions::Role;
use crate::sources;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Alerts",
    what: "Sends a mail before memory, throughput or connections run out.",
    sources: &[sources::ALERTS, sources::API],
    decide,
};

fn decide(case: &Case) -> Decision {
    let alert = |name: &str, value: u32| json!({ "name": name, "value": value });
    // Memory that runs out stops writes, except in a cache, where it only costs misses.
    let memory = if case.answers.role == Role::Cache { 95 } else { 80 };
    let ops = case.answers.throughput;
    let list: Vec<Value> = match case.plan {
        PlanKind::Free => vec![alert("datasets-size", memory)],
        PlanKind::Essentials | PlanKind::EssentialsFlex => {
            let cap = plan_size::size(case).map_or(ops, |size| size.ops);
            vec![
                alert("datasets-size", memory),
                alert("throughput-higher-than", cap / 5 * 4),
                alert("connections-limit", 80),
            ]
        }
        PlanKind::Pro | PlanKind::ProFlex => vec![
            alert("dataset-size", memory),
            alert("throughput-higher-than", (ops - ops / 5).clamp(1, 10_000_000)),
            alert("latency", 10),
        ],
    };
    Decision {
        value: Value::Array(list),
        reason: match case.answers.role {
            Role::Cache => {
                "A cache may be nearly full; you still want to know before throughput or connections run out."
            }
            _ => "When memory is full writes fail; at 80 % you still have time to grow.",
        }
        .into(),
        price: "Mails, to members who have alert mails switched on.".into(),
        because: vec!["role", "plan", "throughput"],
        rejected: vec![rejected("none", "You would learn of it from your users.")],
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::Alerts, tests::value};

    #[test]
    fn each_plan_gets_the_alerts_that_it_has() {
        assert!(value(Alerts, "plan=pro").contains(r#"{"name":"dataset-size","value":80}"#));
        assert!(value(Alerts, "plan=essentials").contains(r#"{"name":"connections-limit","value":80}"#));
        assert!(value(Alerts, "plan=free").contains("datasets-size"));
        assert!(value(Alerts, "plan=pro&role=cache").contains("95"));
    }
}
