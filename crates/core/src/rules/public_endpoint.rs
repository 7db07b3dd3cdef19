//! Public endpoint: closed where a private link takes its place.

use super::{ChangeLater, Decision, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Public endpoint access",
    what: told("Blocks the public endpoint where the app comes by a private link."),
    sources: &[sources::PUBLIC_ENDPOINT, sources::CONNECT],
    decide,
};

/// What being seen from the internet costs.
fn seen(case: &Case) -> &'static str {
    if case.plan == PlanKind::Free || case.answers.networks == 0 {
        "Anybody can try to connect, and only the password keeps them out."
    } else {
        "It can be seen from the internet; the allow list and the password keep others out."
    }
}

fn decide(case: &Case) -> Decision {
    let blocked = case.plan.is_pro() && case.private();
    let (word, reason, price, other) = if blocked {
        (
            "blocked",
            "Your app comes by a private link, so nobody needs the way in from the internet.",
            "Tools outside of the private network can't connect; it holds for the whole subscription.",
            rejected("open", "A way in that nobody uses is a way in for others."),
        )
    } else if case.plan.is_pro() {
        ("open", "Your app comes over the internet.", seen(case), rejected("blocked", "Your app would be locked out."))
    } else {
        ("open", "It is the only way into this plan.", seen(case), rejected("blocked", "Only Pro has private links."))
    };
    Decision {
        value: word.into(),
        reason: reason.into(),
        price: price.into(),
        because: (&["endpoint", "plan"]).into(),
        rejected: vec![other],
        change_later: if case.plan.is_pro() { ChangeLater::AnyTime } else { ChangeLater::NewSubscription },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Setting::PublicEndpoint, tests::value};

    #[test]
    fn a_private_link_of_pro_closes_it() {
        assert_eq!(value(PublicEndpoint, "plan=pro&endpoint=transit-gateway"), "blocked");
        assert_eq!(value(PublicEndpoint, "plan=pro"), "open");
        assert_eq!(value(PublicEndpoint, "plan=essentials&endpoint=vpc-peering"), "open");
    }

    #[test]
    fn no_allow_list_is_praised_that_is_not_there() {
        let price = |link| super::super::tests::advice(PublicEndpoint, link).price;
        assert!(price("plan=essentials").contains("allow list"));
        assert!(!price("plan=essentials&networks=0").contains("allow list"));
        assert!(!price("plan=free").contains("allow list"));
    }
}
