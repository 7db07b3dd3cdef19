//! Maintenance: Redis chooses the time, unless a Pro plan has windows.

use super::{ChangeLater, Decision, Rule, Value, rejected};
use crate::case::Case;
use crate::questions::{QuietHours, Text};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Maintenance windows",
    what: told("Sets manual windows where you know your quiet hours and the plan can have them."),
    sources: &[sources::MAINTENANCE, sources::WINDOWS, sources::API],
    decide,
};

/// The windows that the service would take: at most seven, each within its limits.
pub(crate) fn windows(case: &Case) -> Vec<QuietHours> {
    let shortest = if case.plan.is_flex() { 8 } else { 4 };
    let mut taken = Vec::new();
    let legal = case.answers.quiet_hours.iter().filter_map(|window| {
        let mut days = window.days.clone();
        days.retain(|day| !taken.contains(day));
        taken.extend(&days);
        let duration_in_hours = window.duration_in_hours.clamp(shortest, 24);
        Some(QuietHours { days, start_hour: window.start_hour % 24, duration_in_hours }).filter(|w| !w.days.is_empty())
    });
    legal.take(7).collect()
}

fn decide(case: &Case) -> Decision {
    let windows = windows(case);
    let (value, reason, price, others): (Value, Text, _, _) = if !case.plan.is_pro() {
        (
            Value::Object(vec![
                ("mode", "fixed".into()),
                ("window", "every day 00:00 to 06:00, local time of the region".into()),
            ]),
            "This plan is maintained at night, between 00:00 and 06:00 in the region's local time.".into(),
            "You can't choose the time.",
            vec![rejected("manual", "Only Pro can have windows of its own.")],
        )
    } else if windows.is_empty() {
        (
            Value::Object(vec![("mode", "automatic".into())]),
            "You named no quiet hours, so Redis chooses the time.".into(),
            "A disconnection of a few seconds at a time that you do not know.",
            vec![rejected("manual", "It needs your quiet hours; Redis advises two days of eight hours.")],
        )
    } else {
        let windows = windows.into_iter().map(Value::from).collect();
        (
            Value::Object(vec![("mode", "manual".into()), ("windows", Value::List(windows))]),
            if case.active_active() {
                "Work that is not urgent then happens in your quiet hours; which region's time counts is not documented."
            } else {
                "Work that is not urgent then happens in your quiet hours, in the region's local time."
            }
            .into(),
            "Nothing; urgent maintenance can still come at any time.",
            vec![rejected("automatic", "Redis would choose the time.")],
        )
    };
    Decision {
        value,
        reason,
        price: price.into(),
        because: (&["quiet-hours", "plan"]).into(),
        rejected: others,
        // Changing windows has no impact on the subscription or its databases.
        change_later: if case.plan.is_pro() { ChangeLater::AnyTime } else { ChangeLater::NewSubscription },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        ChangeLater,
        Setting::Maintenance,
        tests::{advice, value},
    };

    #[test]
    fn windows_are_only_on_pro() {
        assert!(value(Maintenance, "plan=pro&quiet-hours=Tue%2BFri@22/8").contains(r#""mode":"manual""#));
        assert!(value(Maintenance, "plan=essentials&quiet-hours=Tue%2BFri@22/8").contains(r#""mode":"fixed""#));
        assert_eq!(value(Maintenance, "plan=pro"), r#"{"mode":"automatic"}"#);
    }

    #[test]
    fn changing_them_has_no_impact() {
        assert_eq!(advice(Maintenance, "plan=pro").change_later, ChangeLater::AnyTime);
    }

    #[test]
    fn with_several_regions_no_local_time_is_promised() {
        let reason = |link| advice(Maintenance, &format!("plan=pro&quiet-hours=Tue@1/8{link}")).reason;
        assert!(reason("").contains("region's local time"));
        assert!(reason("&survive=region").contains("not documented"));
    }

    #[test]
    fn windows_that_the_service_refuses_become_the_nearest_legal_ones() {
        let value = value(Maintenance, "plan=pro-flex&quiet-hours=Tue@24/2;Tue%2BWed@1/30");
        assert_eq!(
            value,
            r#"{"mode":"manual","windows":[{"days":["Tuesday"],"start_hour":0,"duration_in_hours":8},{"days":["Wednesday"],"start_hour":1,"duration_in_hours":24}]}"#
        );
    }
}
