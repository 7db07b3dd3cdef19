//! TLS: plan and endpoint decide it, and on a private link of Pro what comes first.

use super::{ChangeLater, Decision, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::questions::Encryption;
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Transport Layer Security (TLS)",
    what: told("Encrypts what travels, unless a private link of Pro makes speed the better choice."),
    sources: &[sources::TLS, sources::RESILIENT],
    decide,
};

/// Encryption between app and database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted.
    On,
    /// In clear, by choice.
    Off,
    /// In clear: the plan has none.
    Unavailable,
}

/// TLS of this case.
pub(crate) fn value(case: &Case) -> Tls {
    match (case.plan, case.private(), case.answers.encryption) {
        (PlanKind::Free, _, _) => Tls::Unavailable,
        (PlanKind::Pro | PlanKind::ProFlex, true, Encryption::SpeedFirst) => Tls::Off,
        _ => Tls::On,
    }
}

/// TLS has an impact on performance; how large is not documented.
const COST: &str = "Some throughput and CPU on both sides, and a handshake for each connection.";

fn decide(case: &Case) -> Decision {
    let (word, reason, price, others) = match value(case) {
        Tls::Unavailable => (
            "unavailable",
            "Free has no TLS: do not store anything there that others must not read.",
            "Everything travels in clear, the password too.",
            vec![rejected("on", "The smallest paid plan has it, and Free can be upgraded to that.")],
        ),
        Tls::Off => (
            "off",
            "You put speed first, and the private link is not reachable from the internet.",
            "The password and all data travel in clear inside the network.",
            vec![rejected("on", "It costs throughput and CPU; choose it where security outweighs that.")],
        ),
        Tls::On if !case.private() => (
            "on",
            "The endpoint is public: the internet lies between your app and the database.",
            COST,
            vec![rejected("off", "The password and all data would cross the internet in clear.")],
        ),
        Tls::On if case.plan.is_essentials() => (
            "on",
            "Essentials has a public endpoint only, and that must be encrypted.",
            COST,
            vec![rejected("off", "The password and all data would cross the internet in clear.")],
        ),
        Tls::On => (
            "on",
            "You want encryption on the private link too: security outweighs its cost for you.",
            COST,
            vec![rejected("off", "It is faster, but the password and all data travel in clear inside the network.")],
        ),
    };
    Decision {
        value: word.into(),
        reason: reason.into(),
        price: price.into(),
        because: (&["endpoint", "plan", "encryption"]).into(),
        rejected: others,
        // Old connections live on, and plain clients fail at their next one: the clients go first.
        change_later: ChangeLater::Cutover,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::Tls,
        tests::{advice, value},
    };

    /// One test for each cell of the table: plan kind × endpoint × encryption.
    macro_rules! cells {
        ($($name:ident: $link:literal => $tls:literal;)*) => {
            $(#[test]
            fn $name() {
                assert_eq!(value(Tls, $link), $tls);
            })*
        };
    }

    cells! {
        essentials_public_required: "plan=essentials&endpoint=public" => "on";
        essentials_public_speed_first: "plan=essentials&endpoint=public&encryption=speed-first" => "on";
        essentials_flex_public_required: "plan=essentials-flex&endpoint=public" => "on";
        essentials_flex_public_speed_first: "plan=essentials-flex&endpoint=public&encryption=speed-first" => "on";
        // There is no private endpoint: the value is that of the public one, and C7 says why.
        essentials_private_does_not_exist_required: "plan=essentials&endpoint=vpc-peering" => "on";
        essentials_private_does_not_exist_speed_first:
            "plan=essentials&endpoint=vpc-peering&encryption=speed-first" => "on";
        essentials_flex_private_does_not_exist_required: "plan=essentials-flex&endpoint=privatelink" => "on";
        essentials_flex_private_does_not_exist_speed_first:
            "plan=essentials-flex&endpoint=privatelink&encryption=speed-first" => "on";
        pro_public_required: "plan=pro&endpoint=public" => "on";
        pro_public_speed_first: "plan=pro&endpoint=public&encryption=speed-first" => "on";
        pro_flex_public_required: "plan=pro-flex&endpoint=public" => "on";
        pro_flex_public_speed_first: "plan=pro-flex&endpoint=public&encryption=speed-first" => "on";
        pro_private_if_security_outweighs: "plan=pro&endpoint=privatelink&encryption=required" => "on";
        pro_private_speed_first: "plan=pro&endpoint=privatelink&encryption=speed-first" => "off";
        pro_flex_private_if_security_outweighs: "plan=pro-flex&endpoint=transit-gateway" => "on";
        pro_flex_private_speed_first: "plan=pro-flex&endpoint=transit-gateway&encryption=speed-first" => "off";
        // Free stands outside of the table: it has none.
        free_public_required: "plan=free&endpoint=public" => "unavailable";
        free_public_speed_first: "plan=free&endpoint=public&encryption=speed-first" => "unavailable";
        free_private_required: "plan=free&endpoint=vpc-peering" => "unavailable";
        free_private_speed_first: "plan=free&endpoint=vpc-peering&encryption=speed-first" => "unavailable";
    }

    #[test]
    fn every_kind_of_private_link_is_the_same_cell() {
        for endpoint in ["vpc-peering", "private-service-connect", "transit-gateway", "privatelink"] {
            assert_eq!(value(Tls, &format!("plan=pro&cloud=gcp&endpoint={endpoint}&encryption=speed-first")), "off");
        }
    }

    #[test]
    fn it_costs_performance_and_turning_it_on_later_is_a_cutover() {
        let advice = advice(Tls, "plan=pro");
        assert!(advice.price.contains("throughput"));
        assert_eq!(advice.change_later, super::ChangeLater::Cutover);
    }
}
