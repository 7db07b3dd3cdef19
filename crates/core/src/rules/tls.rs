//! TLS: plan and endpoint decide it, and on a private link of Pro what comes first.

use serde_json::Value;

use super::{ChangeLater, Decision, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::questions::Encryption;
use crate::sources;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Transport Layer Security (TLS)",
    what: "Encrypts what travels, unless a private link of Pro makes speed the better choice.",
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

fn decide(case: &Case) -> Decision {
    let (word, reason, price, others) = match value(case) {
        Tls::Unavailable => (
            "unavailable",
            "Free has no TLS: do not store anything there that others must not read.",
            "Everything travels in clear, the password too.",
            vec![rejected("on", "The smallest paid plan of Essentials has it.")],
        ),
        Tls::Off => (
            "off",
            "You put speed first, and the private link is not reachable from the internet.",
            "The password and all data travel in clear inside the network.",
            vec![rejected("on", "It costs throughput and CPU; choose it where security outweighs that.")],
        ),
        Tls::On if !case.private() => (
            "on",
            "The endpoint is public: without it the password and all data cross the internet in clear.",
            "Some throughput and CPU on both sides, and a handshake for each connection.",
            vec![rejected("off", "The password and all data would cross the internet in clear.")],
        ),
        Tls::On if case.plan.is_essentials() => (
            "on",
            "Essentials has a public endpoint only, and that must be encrypted.",
            "Some throughput and CPU on both sides, and a handshake for each connection.",
            vec![rejected("off", "The password and all data would cross the internet in clear.")],
        ),
        Tls::On => (
            "on",
            "You want encryption on the private link too: security outweighs its cost for you.",
            "Some throughput and CPU on both sides, and a handshake for each connection.",
            vec![rejected("off", "It is faster, but the password and all data travel in clear inside the network.")],
        ),
    };
    Decision {
        value: Value::from(word),
        reason: reason.into(),
        price: price.into(),
        because: vec!["endpoint", "plan", "encryption"],
        rejected: others,
        change_later: if case.plan == PlanKind::Free { ChangeLater::Never } else { ChangeLater::Cutover },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::Tls,
        tests::{advice, value},
    };

    #[test]
    fn essentials_with_a_public_endpoint_has_it_on() {
        assert_eq!(value(Tls, "plan=essentials&endpoint=public"), "on");
    }

    #[test]
    fn essentials_with_a_private_endpoint_does_not_exist() {
        // The nearest legal value is that of the public endpoint; C7 says why.
        assert_eq!(value(Tls, "plan=essentials&endpoint=vpc-peering"), "on");
        assert_eq!(value(Tls, "plan=essentials&endpoint=vpc-peering&encryption=speed-first"), "on");
    }

    #[test]
    fn pro_with_a_public_endpoint_has_it_on() {
        assert_eq!(value(Tls, "plan=pro&endpoint=public"), "on");
        assert_eq!(value(Tls, "plan=pro&endpoint=public&encryption=speed-first"), "on");
    }

    #[test]
    fn pro_with_a_private_endpoint_has_it_on_if_security_outweighs() {
        assert_eq!(value(Tls, "plan=pro&endpoint=privatelink&encryption=required"), "on");
        assert_eq!(value(Tls, "plan=pro&endpoint=privatelink&encryption=speed-first"), "off");
    }

    #[test]
    fn free_has_none() {
        assert_eq!(value(Tls, "plan=free"), "unavailable");
    }

    #[test]
    fn it_costs_performance_and_turning_it_on_later_is_a_cutover() {
        let advice = advice(Tls, "plan=pro");
        assert!(advice.price.contains("throughput"));
        assert_eq!(advice.change_later, super::ChangeLater::Cutover);
    }
}
