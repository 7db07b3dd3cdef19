//! What a person must still do, the irreversible first.

use crate::case::Case;
use crate::clients::Handoffs;
use crate::plan::Step;
use crate::questions::{RepeatWrites, Runtime, Text};
use crate::rules::plan::PlanKind;
use crate::rules::replication::Replication;
use crate::rules::tls::Tls;
use crate::rules::{allow_list, backup, maintenance};

/// The steps for this case.
pub(crate) fn checklist(case: &Case) -> Vec<Step> {
    let mut steps = Vec::new();
    forever(case, &mut steps);
    database(case, &mut steps);
    app(case, &mut steps);
    steps
}

/// What is fixed when the database is created.
fn forever(case: &Case, steps: &mut Vec<Step>) {
    let mut fixed =
        |text: Text, console: &'static str| steps.push(Step { irreversible: true, text, console: console.into() });
    let answers = case.answers;
    if case.active_active() {
        fixed(
            format!("Create the subscription as Active-Active with {} regions, and give each a /24 range that overlaps with nothing.", case.region_count()).into(),
            "New subscription > Pro > Active-Active",
        );
    }
    fixed(
        format!("Choose {} and the region {}: neither can be changed.", answers.cloud.label(), case.region()).into(),
        "New database > Cloud vendor and region",
    );
    match (case.plan, case.replication()) {
        (PlanKind::Free, _) => {}
        (PlanKind::Essentials | PlanKind::EssentialsFlex, Replication::MultiZone) => fixed(
            "Choose Multi-Zone: it can never be reached or left afterwards.".into(),
            "New database > High-availability",
        ),
        (PlanKind::Essentials | PlanKind::EssentialsFlex, _) => fixed(
            "You are choosing a plan that can never become Multi-Zone.".into(),
            "New database > High-availability",
        ),
        (_, Replication::MultiZone) if !case.active_active() => fixed(
            "Switch Multi-AZ on for the subscription: its zone mode is fixed.".into(),
            "New subscription > Advanced options > Multi-AZ",
        ),
        (_, Replication::None) => fixed(
            "Decide now whether the subscription is Multi-AZ: a replica can come later, the zone mode can't.".into(),
            "New subscription > Advanced options > Multi-AZ",
        ),
        _ if case.active_active() => {}
        _ => fixed(
            "Leave Multi-AZ off knowingly: the zone mode is fixed.".into(),
            "New subscription > Advanced options > Multi-AZ",
        ),
    }
    match case.plan {
        PlanKind::EssentialsFlex => {
            fixed("Flex stays Flex: it can't become a plan with all data in RAM.".into(), "New database > Plan")
        }
        PlanKind::ProFlex => fixed("The storage type is fixed for the subscription.".into(), "New subscription > Flex"),
        _ => {}
    }
    if case.plan.is_pro() {
        fixed(
            "Choose an address range for the subscription that overlaps with none of your networks.".into(),
            "New subscription > Networking",
        );
    }
}

fn database(case: &Case, steps: &mut Vec<Step>) {
    let mut step =
        |text: Text, console: &'static str| steps.push(Step { irreversible: false, text, console: console.into() });
    match case.tls() {
        Tls::On => step(
            "Switch TLS on, download redis_ca.pem and give the whole file to the app: it holds several certificates, and all are needed.".into(),
            "Database > Configuration > Security > TLS",
        ),
        Tls::Off | Tls::Unavailable => {}
    }
    if case.mutual_tls() {
        step(
            "Make a certificate for each app and add it; note the day on which it ends.".into(),
            "Database > Configuration > Security > TLS client authentication",
        );
    }
    if case.plan.is_pro() && case.private() {
        step(
            format!("Set up {} and connect once over the private endpoint.", case.answers.endpoint.label()).into(),
            "Subscription > Connectivity",
        );
        step("Then block the public endpoint.".into(), "Subscription > Security");
    }
    if allow_list::limit(case) > 0 && case.answers.networks > 0 {
        step(
            "Put the ranges of your networks on the allow list and take 0.0.0.0/0 off it.".into(),
            "Database > Configuration > Security > CIDR allow list",
        );
    }
    if backup::hours(case).is_some() {
        step(
            "Make a bucket for backups, let Redis Cloud write into it, and try a restore once.".into(),
            "Database > Configuration > Durability > Remote backup",
        );
    }
    if !maintenance::windows(case).is_empty() && case.plan.is_pro() {
        step(
            "Set the manual maintenance windows, then read them back.".into(),
            "Subscription > Overview > Maintenance windows",
        );
    }
    step("Switch alert mails and operational mails on for the people on call.".into(), "Access management > Team");
}

fn app(case: &Case, steps: &mut Vec<Step>) {
    let mut step =
        |text: Text, console: &'static str| steps.push(Step { irreversible: false, text, console: console.into() });
    step(
        "Put the password into the environment of the app as REDIS_PASSWORD, never into a file of the project.".into(),
        "Database > Configuration > Security > Default user",
    );
    if case.answers.repeat_writes == RepeatWrites::Unsafe {
        step("Send counters, pushes and scripts through the once client, and decide what the app does when an outcome is unknown.".into(), "In the app");
    }
    if case.handoffs() == Handoffs::On {
        step(
            "Leave the database at RESP3: the client needs it to hear of maintenance.".into(),
            "Database > Configuration > General",
        );
    }
    if case.active_active() {
        step("Size each region for all traffic, and practise moving the app there and back.".into(), "In the app");
    }
    if case.answers.runtime == Runtime::Kubernetes {
        step("Set ndots to 1 for the pods, and a cache of at most 5 s in CoreDNS.".into(), "In the cluster");
    }
    if case.replication() != Replication::None {
        step("Before you rely on it, ask support for a failover test and watch the app through it.".into(), "Support");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_be_changed_stands_first() {
        for link in [
            "v=1",
            "plan=pro",
            "survive=region",
            "plan=free",
            "plan=pro-flex&survive=nothing",
            "plan=essentials-flex&survive=node",
        ] {
            let (answers, _) = crate::questions::from_link(link);
            let steps = checklist(&Case::new(&answers));
            assert!(steps.first().is_some_and(|step| step.irreversible), "{link}");
            assert!(steps.is_sorted_by_key(|step| !step.irreversible), "{link}");
            assert!(steps.iter().all(|step| step.text.ends_with('.') && !step.console.is_empty()), "{link}");
        }
    }
}
