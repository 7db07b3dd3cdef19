//! The way from the app to the database.

use serde_json::{Value, json};

use super::{Check, Found, when};
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Cloud, Endpoint, Runtime};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C7",
        severity: Error,
        title: "Only Pro has private links",
        rule: "VPC peering, Private Service Connect, Transit Gateway and PrivateLink need Pro.",
        because: &["plan", "endpoint"],
        sources: &[sources::CONNECT, sources::PEERING, sources::PRIVATELINK],
        find: |case| {
            when(!case.plan.is_pro() && case.private(), || {
                Found::new(
                    format!("{} has a public endpoint only.", case.plan.label()),
                    "Switch to Pro for a private link.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C8",
        severity: Error,
        title: "Only Pro can block the public endpoint",
        rule: "Public endpoint access can be blocked for Pro subscriptions only.",
        because: &["plan", "endpoint"],
        sources: &[sources::PUBLIC_ENDPOINT],
        find: |case| {
            when(!case.plan.is_pro() && case.private(), || {
                Found::new(
                    format!("The public endpoint of {} can't be closed.", case.plan.label()),
                    "Switch to Pro, where it can be blocked once the private link works.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C42",
        severity: Error,
        title: "Private Service Connect has no OSS Cluster API",
        rule: "The OSS Cluster API can't be used over Private Service Connect.",
        because: &["endpoint", "cluster-api"],
        sources: &[sources::SERVICE_CONNECT],
        find: |case| {
            let connect = case.answers.endpoint == Endpoint::PrivateServiceConnect;
            when(case.plan.is_pro() && connect && case.answers.cluster_api, || {
                Found::new(
                    "The OSS Cluster API does not work over Private Service Connect.",
                    "Use VPC peering, or do without the OSS Cluster API.",
                )
                .change("Use VPC peering", [("endpoint", Value::from("vpc-peering"))])
            })
        },
    },
    Check {
        id: "C47",
        severity: Note,
        title: "A blocked public endpoint lets only private addresses in",
        rule: "When the public endpoint is blocked, only sources in RFC 1918 ranges are accepted.",
        because: &["endpoint"],
        sources: &[sources::PUBLIC_ENDPOINT, sources::ALLOW_LIST],
        find: |case| {
            when(case.plan.is_pro() && case.private(), || {
                Found::new(
                    "Once the public endpoint is blocked, only private (RFC 1918) addresses get in.",
                    "Set the private link up first, and put its ranges on the allow list: it filters both endpoints.",
                )
            })
        },
    },
    Check {
        id: "C60",
        severity: Note,
        title: "Where smart client handoffs do not reach",
        rule: "Handoffs do not cover blocking commands and pub/sub, are off beside geographic failover, and only relax timeouts over PrivateLink and Private Service Connect.",
        because: &["blocking", "survive", "endpoint", "client"],
        sources: &[sources::HANDOFFS],
        find: |case| {
            let limited = case.active_active() || (case.plan.is_pro() && case.relaxed_only()) || case.answers.blocking;
            when(case.client.handoffs && limited, || {
                let what = if case.active_active() {
                    "Smart client handoffs are off beside failover between regions."
                } else if case.answers.blocking {
                    "Smart client handoffs do not cover blocking commands and pub/sub."
                } else {
                    "Over this private link smart client handoffs only lengthen timeouts."
                };
                Found::new(what, "Expect a cut at maintenance there; the project reconnects by itself.")
            })
        },
    },
    Check {
        id: "H7",
        severity: Error,
        title: "A private link belongs to one cloud",
        rule: "Private Service Connect is Google Cloud's; Transit Gateway and PrivateLink are AWS's.",
        because: &["endpoint", "cloud"],
        sources: &[sources::SERVICE_CONNECT, sources::TRANSIT_GATEWAY, sources::PRIVATELINK],
        find: |case| {
            let cloud = case.answers.cloud;
            let foreign = match case.answers.endpoint {
                Endpoint::Public | Endpoint::VpcPeering => false,
                Endpoint::PrivateServiceConnect => cloud == Cloud::Aws,
                Endpoint::TransitGateway | Endpoint::PrivateLink => cloud == Cloud::Gcp,
            };
            when(case.plan.is_pro() && foreign, || {
                Found::new(
                    format!("{} can't be had on {}.", case.answers.endpoint.label(), cloud.label()),
                    "Use VPC peering, which both clouds have.",
                )
                .change("Use VPC peering", [("endpoint", Value::from("vpc-peering"))])
            })
        },
    },
    Check {
        id: "H30",
        severity: Warning,
        title: "Sources disagree on the public endpoint of Pro on Google Cloud",
        rule: "The network security page: subscriptions on Google Cloud \"require\" VPC peering; the connect page gives every plan a public endpoint.",
        because: &["plan", "cloud", "endpoint"],
        sources: &[sources::NETWORK_SECURITY, sources::CONNECT],
        find: |case| {
            when(case.plan.is_pro() && case.answers.cloud == Cloud::Gcp && !case.private(), || {
                Found::new(
                    "Sources disagree: on Google Cloud one page says that Pro \"requires\" VPC peering, another gives every plan a public endpoint.",
                    "Take VPC peering, which both allow, or see first whether the console shows a public endpoint.",
                )
                .change("Use VPC peering", [("endpoint", Value::from("vpc-peering"))])
            })
        },
    },
    Check {
        id: "H8",
        severity: Note,
        title: "Kubernetes asks for a name several times",
        rule: "Search domains turn one lookup into several, and the cluster's DNS cache keeps old addresses.",
        because: &["runtime"],
        sources: &[sources::POD_DNS, sources::COREDNS, sources::MAINTENANCE],
        find: |case| {
            when(case.answers.runtime == Runtime::Kubernetes, || {
                Found::new(
                    "A pod tries its search domains first, and the cluster's DNS may keep an old address after a failover.",
                    "Set ndots to 1 for the pods, and let CoreDNS cache for at most 5 s.",
                )
            })
        },
    },
    Check {
        id: "H9",
        severity: Note,
        title: "Serverless: one connection for each instance",
        rule: "An instance handles one call at a time and is frozen in between.",
        because: &["runtime", "instances"],
        sources: &[sources::ESSENTIALS, sources::NAT],
        find: |case| {
            when(case.answers.runtime == Runtime::Serverless, || {
                Found::new(
                    "Each serverless instance holds a connection of its own, and nothing runs while it is frozen.",
                    "Take your highest concurrency as the number of processes; the project pings after a thaw.",
                )
            })
        },
    },
    Check {
        id: "H10",
        severity: Error,
        title: "Serverless functions can't wait on a connection",
        rule: "A frozen process receives nothing: blocking commands and pub/sub need one that stays.",
        because: &["runtime", "blocking"],
        sources: &[sources::CLIENT_ERRORS],
        find: |case| {
            when(case.answers.runtime == Runtime::Serverless && case.answers.blocking, || {
                Found::new(
                    "A frozen function can't wait for messages on a connection.",
                    "Read queues and streams from a process that stays, or poll.",
                )
                .change("Give up blocking commands in the function", [("blocking", json!(false))])
            })
        },
    },
];

#[cfg(test)]
mod tests {
    use crate::plan::{Finding, Severity};

    fn found(id: &str, link: &str) -> Option<Finding> {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        super::super::find(&answers).into_iter().find(|finding| finding.id == id)
    }

    #[test]
    fn disagreement_on_google_cloud_quotes_both_and_offers_what_both_allow() {
        let finding = found("H30", "plan=pro&cloud=gcp").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.message.contains("requires") && finding.message.contains("every plan"), "{}", finding.message);
        assert_eq!(finding.change.unwrap()["endpoint"], "vpc-peering");
        assert_eq!(found("H30", "plan=pro&cloud=gcp&endpoint=vpc-peering"), None);
        assert_eq!(found("H30", "plan=pro"), None);
    }
}
