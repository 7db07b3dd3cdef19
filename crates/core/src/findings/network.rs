//! The way from the app to the database.

use super::{CHECK, Change::*, Check, Say::*, TO_PRO, told};
use crate::clients::Handoffs;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Cloud, Endpoint, Runtime};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C7",
        severity: Error,
        title: told("Only Pro has private links"),
        rule: told("VPC peering, Private Service Connect, Transit Gateway and PrivateLink need Pro."),
        because: &["plan", "endpoint"],
        sources: &[sources::CONNECT, sources::PEERING, sources::PRIVATELINK],
        applies: |case| !case.plan.is_pro() && case.private(),
        message: Is("{plan} has a public endpoint only."),
        fix: Is("Switch to Pro for a private link."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C8",
        severity: Error,
        title: told("Only Pro can block the public endpoint"),
        rule: told("Public endpoint access can be blocked for Pro subscriptions only."),
        because: &["plan", "endpoint"],
        sources: &[sources::PUBLIC_ENDPOINT],
        applies: |case| !case.plan.is_pro() && case.private(),
        message: Is("The public endpoint of {plan} can't be closed."),
        fix: Is("Switch to Pro, where it can be blocked once the private link works."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C42",
        severity: Error,
        title: told("Private Service Connect has no OSS Cluster API"),
        rule: told("The OSS Cluster API can't be used over Private Service Connect."),
        because: &["endpoint", "cluster-api"],
        sources: &[sources::SERVICE_CONNECT],
        applies: |case| {
            let connect = case.answers.endpoint == Endpoint::PrivateServiceConnect;
            case.plan.is_pro() && connect && case.answers.cluster_api
        },
        message: Is("The OSS Cluster API does not work over Private Service Connect."),
        fix: Is("Use VPC peering, or do without the OSS Cluster API."),
        change: Set("Use VPC peering", "endpoint=vpc-peering"),
        ..CHECK
    },
    Check {
        id: "C47",
        severity: Note,
        title: told("A blocked public endpoint lets only private addresses in"),
        rule: told("When the public endpoint is blocked, only sources in RFC 1918 ranges are accepted."),
        because: &["endpoint"],
        sources: &[sources::PUBLIC_ENDPOINT, sources::ALLOW_LIST],
        applies: |case| case.plan.is_pro() && case.private(),
        message: Is("Once the public endpoint is blocked, only private (RFC 1918) addresses get in."),
        fix: Is("Set the private link up first, and put its ranges on the allow list: it filters both endpoints."),
        ..CHECK
    },
    Check {
        id: "C60",
        severity: Note,
        title: told("Where smart client handoffs do not reach"),
        rule: told(
            "Handoffs do not cover blocking commands and pub/sub, are off beside geographic failover, and only relax timeouts over PrivateLink and Private Service Connect.",
        ),
        because: &["blocking", "survive", "endpoint", "client"],
        sources: &[sources::HANDOFFS],
        applies: |case| {
            // Where the setting says that there are none, it says why.
            let there = case.handoffs() != Handoffs::Unavailable;
            let limited = (case.plan.is_pro() && case.relaxed_only()) || case.answers.blocking;
            (there && limited) || (case.client.warned() && case.active_active())
        },
        message: By(|case| {
            if case.active_active() {
                "Smart client handoffs are off beside failover between regions."
            } else if case.answers.blocking {
                "Smart client handoffs do not cover blocking commands and pub/sub."
            } else {
                "Over this private link smart client handoffs only lengthen timeouts."
            }
        }),
        fix: Is("Expect a cut at maintenance there; the project reconnects by itself."),
        ..CHECK
    },
    Check {
        id: "H7",
        severity: Error,
        title: told("A private link belongs to one cloud"),
        rule: told("Private Service Connect is Google Cloud's; Transit Gateway and PrivateLink are AWS's."),
        because: &["endpoint", "cloud"],
        sources: &[sources::SERVICE_CONNECT, sources::TRANSIT_GATEWAY, sources::PRIVATELINK],
        applies: |case| {
            let cloud = case.answers.cloud;
            let foreign = match case.answers.endpoint {
                Endpoint::Public | Endpoint::VpcPeering => false,
                Endpoint::PrivateServiceConnect => cloud == Cloud::Aws,
                Endpoint::TransitGateway | Endpoint::PrivateLink => cloud == Cloud::Gcp,
            };
            case.plan.is_pro() && foreign
        },
        message: Is("{endpoint} can't be had on {cloud}."),
        fix: Is("Use VPC peering, which both clouds have."),
        change: Set("Use VPC peering", "endpoint=vpc-peering"),
        ..CHECK
    },
    Check {
        id: "H30",
        severity: Warning,
        title: told("Sources disagree on the public endpoint of Pro on Google Cloud"),
        rule: told(
            "The network security page: subscriptions on Google Cloud \"require\" VPC peering; the connect page gives every plan a public endpoint.",
        ),
        because: &["plan", "cloud", "endpoint"],
        sources: &[sources::NETWORK_SECURITY, sources::CONNECT],
        applies: |case| case.plan.is_pro() && case.answers.cloud == Cloud::Gcp && !case.private(),
        message: Is(
            "Sources disagree: on Google Cloud one page says that Pro \"requires\" VPC peering, another gives every plan a public endpoint.",
        ),
        fix: Is("Take VPC peering, which both allow, or see first whether the console shows a public endpoint."),
        change: Set("Use VPC peering", "endpoint=vpc-peering"),
        ..CHECK
    },
    Check {
        id: "H8",
        severity: Note,
        title: told("Kubernetes asks for a name several times"),
        rule: told("Search domains turn one lookup into several, and the cluster's DNS cache keeps old addresses."),
        because: &["runtime"],
        sources: &[sources::POD_DNS, sources::COREDNS, sources::MAINTENANCE],
        applies: |case| case.answers.runtime == Runtime::Kubernetes,
        message: Is(
            "A pod tries its search domains first, and the cluster's DNS may keep an old address after a failover.",
        ),
        fix: Is("Set ndots to 1 for the pods, and let CoreDNS cache for at most 5 s."),
        ..CHECK
    },
    Check {
        id: "H9",
        severity: Note,
        title: told("Serverless: one connection for each instance"),
        rule: told("An instance handles one call at a time and is frozen in between."),
        because: &["runtime", "instances"],
        sources: &[sources::ESSENTIALS, sources::NAT],
        applies: |case| case.answers.runtime == Runtime::Serverless,
        message: Is("Each serverless instance holds a connection of its own, and nothing runs while it is frozen."),
        fix: Is("Take your highest concurrency as the number of processes; the project pings after a thaw."),
        ..CHECK
    },
    Check {
        id: "H10",
        severity: Error,
        title: told("Serverless functions can't wait on a connection"),
        rule: told("A frozen process receives nothing: blocking commands and pub/sub need one that stays."),
        because: &["runtime", "blocking"],
        sources: &[sources::CLIENT_ERRORS],
        applies: |case| case.answers.runtime == Runtime::Serverless && case.answers.blocking,
        message: Is("A frozen function can't wait for messages on a connection."),
        fix: Is("Read queues and streams from a process that stays, or poll."),
        change: Set("Give up blocking commands in the function", "blocking=no"),
        ..CHECK
    },
];

#[cfg(test)]
mod tests {
    use super::super::found;
    use crate::plan::Severity;

    #[test]
    fn disagreement_on_google_cloud_quotes_both_and_offers_what_both_allow() {
        let finding = found("H30", "plan=pro&cloud=gcp").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("requires") && finding.message.contains("every plan"), "{}", finding.message);
        assert_eq!(finding.change.unwrap().get("endpoint"), Some("vpc-peering"));
        assert_eq!(found("H30", "plan=pro&cloud=gcp&endpoint=vpc-peering"), None);
        assert_eq!(found("H30", "plan=pro"), None);
    }
}
