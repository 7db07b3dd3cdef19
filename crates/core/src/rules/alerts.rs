//! Alerts: who is told before it hurts.

use super::{ChangeLater, Decision, Rule, Value, plan::PlanKind, plan_size, rejected};
use crate::case::Case;
use crate::questions::Role;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Alerts",
    what: told("Sends a mail before memory, throughput or connections run out."),
    sources: &[sources::ALERTS, sources::EVICTION, sources::API],
    decide,
};

/// % of the memory at which somebody is told.
pub(crate) fn memory(case: &Case) -> u32 {
    match case.answers.role {
        // With Active-Active eviction begins at 80 %, and a member that is full stops serving.
        _ if case.active_active() => 70,
        // A full cache only costs misses.
        Role::Cache => 95,
        Role::Sessions | Role::PrimaryStore | Role::Queue => 80,
    }
}

fn decide(case: &Case) -> Decision {
    let alert = |name: &'static str, value: u32| Value::Object(vec![("name", name.into()), ("value", value.into())]);
    let memory = memory(case);
    let ops = case.answers.throughput;
    let list: Vec<Value> = match case.plan {
        PlanKind::Free => vec![alert("datasets-size", memory), alert("connections-limit", 80)],
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
        value: Value::List(list),
        reason: match case.answers.role {
            _ if case.active_active() => {
                "With Active-Active eviction begins at 80 % of the memory; at 70 % you still have time to grow."
            }
            Role::Cache => "A cache may be nearly full; you still want to know before the rest of the plan runs out.",
            Role::Sessions | Role::PrimaryStore | Role::Queue => {
                "A database that is full refuses writes or drops keys; at 80 % you still have time to grow."
            }
        }
        .into(),
        price: "Mails, to members who have alert mails switched on.".into(),
        because: (&["role", "plan", "throughput", "survive", "write-regions"]).into(),
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
        assert!(value(Alerts, "plan=free").contains(r#"{"name":"connections-limit","value":80}"#));
        assert!(value(Alerts, "plan=pro&role=cache").contains("95"));
    }

    #[test]
    fn with_active_active_it_sounds_before_eviction_begins() {
        assert!(value(Alerts, "plan=pro&survive=region&role=cache").contains(r#"{"name":"dataset-size","value":70}"#));
    }
}
