//! Smart client handoffs: what the client hears before its connection moves.

use super::{ChangeLater, Decision, Rule, plan::PlanKind, rejected};
use crate::case::Case;
use crate::clients::Handoffs;
use crate::questions::{Runtime, Text};
use crate::sources;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule {
    title: "Smart client handoffs",
    what: told("Lets the client hear of maintenance before its connection moves, where both sides can."),
    sources: &[sources::HANDOFFS],
    decide,
};

/// Handoffs of this case.
pub(crate) fn value(case: &Case) -> Handoffs {
    let hears = case.client.hears;
    let limits = [
        // With several regions the client switches by itself, and the two would fight.
        (case.active_active() || case.plan == PlanKind::Free, Handoffs::Unavailable),
        (case.cluster(), hears.cluster),
        (case.answers.runtime == Runtime::Serverless, hears.serverless),
        (case.relaxed_only() && case.plan.is_pro(), Handoffs::RelaxedTimeoutsOnly),
    ];
    limits.into_iter().filter(|(met, _)| *met).fold(hears.most, |most, (_, limit)| most.min(limit))
}

fn decide(case: &Case) -> Decision {
    let name = case.client.name;
    let version = case.client.version;
    let deadline = case.answers.deadline;
    let (word, reason, price, others): (_, Text, Text, _) = match value(case) {
        Handoffs::On => (
            "on",
            format!("{name} {version} hears that its connection will move and opens the new one first.").into(),
            format!("Nothing; timeouts that the server asks to relax stay within your deadline of {deadline} ms, so a longer pause is an error for the caller.").into(),
            vec![rejected("unavailable", "Without it each maintenance cuts connections in mid-call.")],
        ),
        Handoffs::RelaxedTimeoutsOnly => (
            "relaxed-timeouts-only",
            if case.relaxed_only() && case.plan.is_pro() {
                "Over this private link the server can't name the new address: the client only waits longer.".into()
            } else {
                "A frozen process can't follow in time: the client only waits longer.".into()
            },
            format!("The wait stays within your deadline of {deadline} ms, so a longer pause is an error for the caller.").into(),
            vec![rejected("on", "It needs the public endpoint, VPC peering or Transit Gateway, and a process that is awake.")],
        ),
        Handoffs::Unavailable => (
            "unavailable",
            if case.active_active() {
                "Beside a client that changes regions they are off: only one of the two may move the connection.".into()
            } else if case.plan == PlanKind::Free {
                "Whether Free has them is not documented; the project does without.".into()
            } else {
                let place = match (case.client.warned(), case.cluster()) {
                    (false, _) => "",
                    (true, true) => " in a cluster",
                    (true, false) => " in a process that is frozen between calls",
                };
                format!("With {name} {version} the project does not have them{place}: it reconnects after the cut instead.")
                    .into()
            },
            "Perhaps a cut of a few seconds at each maintenance.".into(),
            vec![rejected("on", "It can't be had with these answers.")],
        ),
    };
    Decision {
        value: word.into(),
        reason,
        price,
        because: (&["client", "endpoint", "survive", "deadline", "cluster-api", "runtime"]).into(),
        rejected: others,
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Setting::ClientHandoffs,
        tests::{advice, value},
    };

    #[test]
    fn they_are_on_where_client_and_link_have_them() {
        assert_eq!(value(ClientHandoffs, "plan=pro&client=go-redis"), "on");
        assert_eq!(value(ClientHandoffs, "plan=pro&client=go-redis&endpoint=privatelink"), "relaxed-timeouts-only");
    }

    #[test]
    fn they_are_never_on_beside_active_active() {
        assert_eq!(value(ClientHandoffs, "survive=region&client=go-redis"), "unavailable");
    }

    #[test]
    fn they_are_what_the_code_has_in_a_cluster_and_in_a_frozen_process() {
        let on = |answers: &str| value(ClientHandoffs, &["plan=pro&", answers].concat());
        assert_eq!(on("cluster-api=yes&client=go-redis"), "on");
        assert_eq!(on("cluster-api=yes&client=node-redis"), "unavailable");
        assert_eq!(on("runtime=serverless&client=go-redis"), "unavailable");
        assert_eq!(on("runtime=serverless&client=redis-py"), "relaxed-timeouts-only");
    }

    #[test]
    fn relaxed_timeouts_stay_within_the_deadline_and_the_price_says_so() {
        assert!(advice(ClientHandoffs, "plan=pro&client=go-redis&deadline=700").price.contains("700 ms"));
    }
}
