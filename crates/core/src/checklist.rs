//! What a person must still do, the irreversible first.

use crate::case::Case;
use crate::clients::Handoffs;
use crate::plan::Step;
use crate::questions::{Endpoint, RepeatWrites, Runtime, Text};
use crate::rules::plan::PlanKind;
use crate::rules::replication::Replication;
use crate::rules::tls::Tls;
use crate::rules::{allow_list, backup, maintenance};
use crate::sources::{self, Source};

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
    let mut fixed = |text: Text, console: &'static str, sources| {
        steps.push(Step { irreversible: true, text, console: console.into(), sources })
    };
    let answers = case.answers;
    if answers.existing.is_some() || answers.zone_mode.is_some() {
        return fixed(
            "Cloud, region and zones of your database stay as they are: to change one, create a new one and move the data."
                .into(),
            "Subscription > Overview", &[sources::HIGH_AVAILABILITY, sources::API],
        );
    }
    if case.active_active() {
        fixed(
            format!(
                "Create the subscription as Active-Active on {} with {} regions{}: it can't become so later.",
                answers.cloud.label(),
                case.region_count(),
                named(&answers.regions),
            )
            .into(),
            "New subscription > Pro > Active-Active",
            &[sources::CREATE_ACTIVE_ACTIVE, sources::API],
        );
        fixed(
            "Give each region a /24 range that overlaps with no other and with none of your networks.".into(),
            "New subscription > Networking",
            &[sources::CREATE_ACTIVE_ACTIVE, sources::CREATE_PRO],
        );
    } else {
        fixed(
            format!("Choose {} and the region {}: neither can be changed.", answers.cloud.label(), case.region())
                .into(),
            "New database > Cloud vendor and region",
            &[sources::MANAGE, sources::TERRAFORM_PRO],
        );
    }
    match (case.plan, case.replication()) {
        (PlanKind::Free, _) => fixed(
            "Know that Free can be upgraded to a paid plan, but never to Multi-Zone.".into(),
            "New database > High-availability",
            &[sources::VIEW_ESSENTIALS],
        ),
        (PlanKind::Essentials | PlanKind::EssentialsFlex, Replication::MultiZone) => fixed(
            "Choose Multi-Zone: it can never be reached or left afterwards.".into(),
            "New database > High-availability",
            &[sources::VIEW_ESSENTIALS],
        ),
        (PlanKind::Essentials | PlanKind::EssentialsFlex, _) => fixed(
            "Know that this plan can never become Multi-Zone; a replica in the same zone can come and go.".into(),
            "New database > High-availability",
            &[sources::VIEW_ESSENTIALS],
        ),
        _ if case.active_active() => {}
        (_, Replication::MultiZone) => fixed(
            "Switch Multi-AZ on for the subscription: its zone mode is fixed.".into(),
            "New subscription > Advanced options > Multi-AZ",
            &[sources::HIGH_AVAILABILITY],
        ),
        (_, Replication::None) => fixed(
            "Decide now whether the subscription is Multi-AZ: a replica can come later, the zone mode can't.".into(),
            "New subscription > Advanced options > Multi-AZ",
            &[sources::HIGH_AVAILABILITY],
        ),
        (_, Replication::SingleZone) => fixed(
            "Leave Multi-AZ off knowingly: the zone mode is fixed.".into(),
            "New subscription > Advanced options > Multi-AZ",
            &[sources::HIGH_AVAILABILITY],
        ),
    }
    match case.plan {
        PlanKind::Free | PlanKind::Pro => {}
        PlanKind::Essentials => {
            fixed(
                "Know that this plan stays in RAM: it can't become Flex.".into(),
                "New database > Plan",
                &[sources::CREATE_FLEX, sources::API],
            );
        }
        PlanKind::EssentialsFlex => {
            fixed(
                "Know that Flex stays Flex: it can't become a plan with all data in RAM.".into(),
                "New database > Plan",
                &[sources::CREATE_FLEX, sources::API],
            );
        }
        PlanKind::ProFlex => fixed(
            "Choose Flex for the subscription: its storage type is fixed.".into(),
            "New subscription > Advanced options > Flex",
            &[sources::CREATE_FLEX, sources::TERRAFORM_PRO],
        ),
    }
    if case.plan.is_pro() && !case.active_active() {
        fixed(
            "Choose an address range for the subscription that overlaps with none of your networks.".into(),
            "New subscription > Networking",
            &[sources::CREATE_ACTIVE_ACTIVE, sources::CREATE_PRO],
        );
    }
    if case.plan.is_pro() {
        fixed(
            "Choose the port, or let it be chosen: it can't be changed.".into(),
            "New database > More options > Port",
            &[sources::API, sources::UPGRADE_PRO],
        );
    }
    if case.cluster() {
        fixed(
            "Choose the standard hashing policy: the OSS Cluster API requires it, and it is not the default.".into(),
            "New database > Clustering",
            &[sources::CLUSTERING],
        );
    }
}

/// The regions' codes, as far as they were named.
fn named(regions: &[String]) -> String {
    if regions.is_empty() { String::new() } else { format!(" ({})", regions.join(", ")) }
}

fn database(case: &Case, steps: &mut Vec<Step>) {
    let mut step = |text: Text, console: &'static str, sources| {
        steps.push(Step { irreversible: false, text, console: console.into(), sources })
    };
    let exists = case.answers.existing.is_some() || case.answers.zone_mode.is_some();
    match case.tls() {
        Tls::On if exists => step(
            "If TLS is off today, roll out the clients with the whole redis_ca.pem first, then switch it on.".into(),
            "Database > Configuration > Security > TLS", &[sources::TLS],
        ),
        Tls::On => step(
            "Switch TLS on, download redis_ca.pem and give the whole file to the app: all of its certificates are needed."
                .into(),
            "Database > Configuration > Security > TLS", &[sources::TLS],
        ),
        Tls::Off | Tls::Unavailable => {}
    }
    if case.mutual_tls() {
        step(
            "Make a certificate for each app, give it to the app, then add it; note the day on which it ends.".into(),
            "Database > Configuration > Security > TLS client authentication",
            &[sources::TLS],
        );
    }
    if allow_list::limit(case) > 0 && case.answers.networks > 0 {
        step(
            "Put the ranges of your networks on the allow list and take 0.0.0.0/0 off it.".into(),
            "Database > Configuration > Security > CIDR allow list",
            &[sources::ALLOW_LIST],
        );
    }
    if case.plan.is_pro() && case.private() {
        step(
            format!("Set up {} and connect once over the private endpoint.", case.answers.endpoint.label()).into(),
            "Subscription > Connectivity",
            connectivity(case.answers.endpoint),
        );
        step("Only then block the public endpoint.".into(), "Subscription > Security", &[sources::PUBLIC_ENDPOINT]);
    }
    if case.cluster() {
        let text = if case.private() {
            "Switch the OSS Cluster API on."
        } else {
            "Switch the OSS Cluster API on with its external endpoint; the private endpoint is then blocked."
        };
        step(text.into(), "Database > Configuration > Performance", &[sources::CLUSTERING]);
    }
    if backup::hours(case).is_some() {
        step(
            "Make a bucket for backups in another region, let Redis Cloud write into it, and try a restore once."
                .into(),
            "Database > Configuration > Durability > Remote backup",
            &[sources::BACKUP],
        );
    }
    if !maintenance::windows(case).is_empty() && case.plan.is_pro() {
        step(
            "Set the manual maintenance windows, then read them back.".into(),
            "Subscription > Overview > Maintenance windows",
            &[sources::WINDOWS],
        );
    }
    step(
        "Set the alerts, and switch alert mails and operational mails on for the people on call.".into(),
        "Database > Configuration > Alerts; Access management > Team",
        &[sources::ALERTS, sources::MAINTENANCE],
    );
}

fn app(case: &Case, steps: &mut Vec<Step>) {
    let mut step = |text: Text, console: &'static str, sources| {
        steps.push(Step { irreversible: false, text, console: console.into(), sources })
    };
    step(
        "Put the password into the environment of the app as REDIS_PASSWORD, never into a file of the project.".into(),
        "Database > Configuration > Security > Default user",
        &[sources::CONNECT],
    );
    if case.answers.repeat_writes == RepeatWrites::Unsafe {
        step("Send counters, pushes and scripts through the once client, and decide what the app does when an outcome is unknown.".into(), "In the app", &[sources::CLIENT_ERRORS]);
    }
    if case.handoffs() == Handoffs::On {
        step(
            "Leave the database at RESP3: the client needs it to hear of maintenance.".into(),
            "Database > Configuration > General",
            &[sources::HANDOFFS],
        );
    }
    if case.active_active() {
        step(
            "Size each region for the traffic of all of them, and practise moving the app there and back.".into(),
            "Database > Configuration > Scalability",
            &[sources::CREATE_ACTIVE_ACTIVE],
        );
    }
    if case.answers.runtime == Runtime::Kubernetes {
        step(
            "Shorten the DNS of the pods: search domains in the pod's dnsConfig, the cache in the Corefile.".into(),
            "In the cluster",
            &[sources::POD_DNS, sources::COREDNS],
        );
    }
    if case.replication() != Replication::None {
        step(
            "Before you rely on it, ask support for a failover test and watch the app through it.".into(),
            "Support",
            &[sources::RESILIENT],
        );
    }
}

fn connectivity(endpoint: Endpoint) -> &'static [Source] {
    match endpoint {
        Endpoint::Public => &[sources::CONNECT],
        Endpoint::VpcPeering => &[sources::PEERING],
        Endpoint::PrivateServiceConnect => &[sources::SERVICE_CONNECT],
        Endpoint::TransitGateway => &[sources::TRANSIT_GATEWAY],
        Endpoint::PrivateLink => &[sources::PRIVATELINK],
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
            assert!(
                steps
                    .iter()
                    .all(|step| step.text.ends_with('.') && !step.console.is_empty() && !step.sources.is_empty()),
                "{link}"
            );
        }
    }

    fn text(link: &str) -> String {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        checklist(&Case::new(&answers)).into_iter().map(|step| step.text.into_owned() + "\n").collect()
    }

    #[test]
    fn nobody_is_told_to_choose_what_exists() {
        let steps = text("plan=pro&existing=single-zone&survive=node");
        assert!(steps.contains("stay as they are") && !steps.contains("Choose"), "{steps}");
        assert!(steps.contains("clients with the whole redis_ca.pem first"), "{steps}");
    }

    #[test]
    fn regions_are_named_once_and_each_gets_its_range() {
        let steps = text("survive=region&regions=us-east-1,eu-west-1");
        assert!(steps.contains("2 regions (us-east-1, eu-west-1)") && steps.contains("/24"), "{steps}");
        assert!(!steps.contains("the region us-east-1"), "{steps}");
    }

    #[test]
    fn the_cluster_api_needs_a_hashing_policy_that_is_final() {
        assert!(text("plan=pro&cluster-api=yes").contains("standard hashing policy"));
        assert!(text("plan=pro&cluster-api=yes").contains("external endpoint"));
        assert!(!text("plan=pro&cluster-api=yes&endpoint=vpc-peering").contains("external endpoint"));
        assert!(!text("plan=pro").contains("hashing"));
    }

    #[test]
    fn the_public_endpoint_is_blocked_after_the_private_one_works() {
        let steps = text("plan=pro&endpoint=privatelink");
        let at = |what: &str| steps.find(what).unwrap();
        assert!(at("allow list") < at("Set up PrivateLink") && at("Set up PrivateLink") < at("block the public"));
    }
}
