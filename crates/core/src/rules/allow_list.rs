//! Allow list: a rule for each network that connects, up to what the plan has.

use super::{ChangeLater, Decision, Rule, Value, plan::PlanKind, plan_size, rejected};
use crate::case::Case;
use crate::questions::Text;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "CIDR allow list",
    what: told("Lets only your networks connect, as far as the plan has rules for them."),
    sources: &[sources::ALLOW_LIST, sources::ESSENTIALS],
    decide,
};

/// How many rules every plan of this kind and size has. Free has none: one page says one, another none.
pub(crate) fn limit(case: &Case) -> u32 {
    match case.plan {
        PlanKind::Free => 0,
        PlanKind::Pro | PlanKind::ProFlex => 32,
        PlanKind::Essentials | PlanKind::EssentialsFlex => plan_size::size(case).map_or(4, |size| size.rules.1),
    }
}

fn decide(case: &Case) -> Decision {
    let limit = limit(case);
    let rules = case.answers.networks.min(limit);
    let reason: Text = match rules {
        0 if limit == 0 => "Free has no allow list that all sources agree on.".into(),
        0 if case.plan.is_pro() && case.private() => {
            "You named no network, so every private address may connect.".into()
        }
        0 => "You named no network, so every address may try to connect.".into(),
        _ if rules < case.answers.networks => "It is as many as the plan has; a finding says what to do.".into(),
        1 => "Only your one network may connect; a stolen password is useless elsewhere.".into(),
        _ => format!("Only your {rules} networks may connect; a stolen password is useless elsewhere.").into(),
    };
    Decision {
        value: Value::Object(vec![("rules", rules.into()), ("limit", limit.into())]),
        reason,
        price: if rules == 0 {
            "The password is all that keeps others out."
        } else {
            "A rule to add before a new network can connect; it filters the public and the private endpoint."
        }
        .into(),
        because: (&["networks", "plan"]).into(),
        rejected: if rules == 0 { Vec::new() } else { vec![rejected("0.0.0.0/0", "Everybody could try to connect.")] },
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::AllowList, tests::value};

    #[test]
    fn each_network_takes_a_rule_up_to_the_limit_of_the_plan() {
        assert_eq!(value(AllowList, "plan=pro&networks=7"), r#"{"rules":7,"limit":32}"#);
        assert_eq!(value(AllowList, "plan=pro&networks=40"), r#"{"rules":32,"limit":32}"#);
        assert_eq!(value(AllowList, "plan=essentials"), r#"{"rules":1,"limit":8}"#);
        assert_eq!(value(AllowList, "plan=free"), r#"{"rules":0,"limit":0}"#);
    }

    #[test]
    fn without_rules_it_says_what_keeps_others_out() {
        let advice = |link| super::super::tests::advice(AllowList, link);
        assert!(advice("plan=pro&networks=0").reason.contains("every address"));
        assert!(advice("plan=pro&networks=0&endpoint=vpc-peering").reason.contains("private address"));
        assert!(advice("plan=free").price.contains("password"));
        assert!(advice("plan=pro&networks=40").reason.contains("a finding"));
    }
}
