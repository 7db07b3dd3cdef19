//! Active-Active: a region that must be survived, or several that take writes.

use super::{ChangeLater, Decision, Rule, Value, rejected};
use crate::case::Case;
use crate::questions::{RegionFailover, Survive};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Active-Active",
    what: told("Stores the data in several regions that all take reads and writes, where you need that."),
    sources: &[
        sources::ACTIVE_ACTIVE,
        sources::CREATE_ACTIVE_ACTIVE,
        sources::APP_FAILOVER,
        sources::MIGRATE,
        sources::SIZING,
        sources::RESILIENT,
    ],
    decide,
};

fn decide(case: &Case) -> Decision {
    if !case.active_active() {
        let reason = if case.wants_active_active() {
            "It would be needed, but this plan does not have it; a finding says what to do."
        } else {
            "One region takes writes, and you did not ask to stay online when it fails."
        };
        return Decision {
            value: Value::Off,
            reason: reason.into(),
            price: "Nothing; when the region fails, the database is away until it returns.".into(),
            because: (&["survive", "write-regions", "plan"]).into(),
            rejected: vec![rejected(
                "active-active",
                if case.wants_active_active() {
                    "Only Pro has it."
                } else {
                    "Up to four times the memory, an app written for it, and only on Pro."
                },
            )],
            change_later: ChangeLater::NewSubscription,
        };
    }
    let regions = case.region_count();
    let by_whom = match case.answers.region_failover {
        RegionFailover::Manual => "your hand moves the app",
        RegionFailover::Automatic => "the app moves itself",
    };
    let reason = if case.answers.survive == Survive::Region {
        format!("{regions} regions hold the data; when one fails, {by_whom} to another, because Redis Cloud does not.")
    } else {
        format!("You want {regions} regions to take writes at the same time.")
    };
    let mut others = vec![rejected("one region", "When it fails, the database is away until it returns.")];
    if case.answers.write_regions == 1 {
        others.push(rejected(
            "Replica Of",
            "Cheaper: a second database copies the first (\"Active-Passive\" in the console); it takes no writes until a person moves the app to it.",
        ));
        others.push(rejected(
            "backup",
            "Cheapest; a restore by hand into another region takes its time and loses what came after the copy.",
        ));
    }
    Decision {
        value: Value::Object(vec![("regions", regions.into())]),
        reason: reason.into(),
        price: "A copy in each region, of up to four times the memory of your data and sized for all traffic; an app written for concurrent writes.".into(),
        because: (&["survive", "write-regions", "regions"]).into(),
        rejected: others,
        change_later: ChangeLater::NewSubscription,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::ActiveActive,
        tests::{advice, value},
    };

    #[test]
    fn it_is_only_on_pro() {
        assert_eq!(value(ActiveActive, "plan=pro&survive=region"), r#"{"regions":2}"#);
        assert_eq!(value(ActiveActive, "plan=essentials&survive=region"), "false");
    }

    #[test]
    fn regions_are_defined_at_creation() {
        assert!(advice(ActiveActive, "plan=pro&survive=region").change_later.irreversible());
        assert_eq!(value(ActiveActive, "write-regions=3"), r#"{"regions":3}"#);
    }

    #[test]
    fn the_app_fails_over_by_its_own_hand() {
        assert!(advice(ActiveActive, "survive=region").reason.contains("your hand moves the app"));
        assert!(advice(ActiveActive, "survive=region").price.contains("app written for"));
    }

    #[test]
    fn cheaper_ways_are_shown_where_one_region_takes_writes() {
        let others = |link| advice(ActiveActive, link).rejected.len();
        assert_eq!(others("survive=region"), 3);
        assert_eq!(others("survive=region&write-regions=2"), 1);
    }
}
