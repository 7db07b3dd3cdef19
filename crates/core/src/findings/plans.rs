//! What a plan does not have.

use serde_json::{Value, json};

use super::{Check, Found, when};
use crate::case::Case;
use crate::catalogue::sizes;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Capability, Cloud, DataLoss, Mistake, Survive};
use crate::rules::{
    plan::{PlanKind, advised_against},
    plan_size,
    tls::Tls,
};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C1",
        severity: Error,
        title: "Free keeps nothing on disk",
        rule: "Data persistence is not available for Free.",
        because: &["plan", "data-loss"],
        sources: &[sources::PERSISTENCE],
        find: |case| {
            when(free(case) && case.answers.data_loss != DataLoss::Everything, || {
                to_essentials(Found::new(
                    "Free keeps nothing on disk, so a crash takes everything.",
                    "Switch to Essentials, or accept to lose everything.",
                ))
            })
        },
    },
    Check {
        id: "C2",
        severity: Error,
        title: "Free has no replica",
        rule: "Replication is not available for Free.",
        because: &["plan", "survive"],
        sources: &[sources::HIGH_AVAILABILITY],
        find: |case| {
            when(free(case) && case.answers.survive != Survive::Nothing, || {
                to_essentials(Found::new(
                    "Free has no replica, so it is away whenever its node is.",
                    "Switch to Essentials, or accept that it may be away.",
                ))
            })
        },
    },
    Check {
        id: "C4",
        severity: Error,
        title: "Free makes no backups",
        rule: "Backups are not available for Free.",
        because: &["plan", "mistake"],
        sources: &[sources::BACKUP],
        find: |case| {
            when(free(case) && case.answers.mistake != Mistake::Any, || {
                to_essentials(Found::new(
                    "Free makes no backups, so a wrong delete can't be undone.",
                    "Switch to Essentials, or accept that a mistake is final.",
                ))
            })
        },
    },
    Check {
        id: "C10",
        severity: Error,
        title: "Active-Active is Pro only",
        rule: "Active-Active databases need a Redis Cloud Pro subscription that was created for them.",
        because: &["plan", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE],
        find: |case| {
            when(!case.plan.is_pro() && case.wants_active_active(), || {
                Found::new(
                    format!("{} has one region, and you need more than one at work.", case.plan.label()),
                    "Switch to Pro, where a database can be Active-Active.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C11",
        severity: Error,
        title: "Only Pro writes each command to disk",
        rule: "AOF with fsync at every write is available on Pro only.",
        because: &["plan", "data-loss"],
        sources: &[sources::PERSISTENCE],
        find: |case| {
            when(case.plan.is_essentials() && case.answers.data_loss == DataLoss::Nothing, || {
                Found::new(
                    format!(
                        "{} writes to disk once a second at best, so a crash can take a write that was answered.",
                        case.plan.label()
                    ),
                    "Switch to Pro, where each write reaches the disk and can prove it.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C12",
        severity: Error,
        title: "Only Pro has the OSS Cluster API",
        rule: "The OSS Cluster API is not available for Essentials and Free.",
        because: &["plan", "cluster-api"],
        sources: &[sources::CLUSTERING, sources::API],
        find: |case| {
            when(!case.plan.is_pro() && case.answers.cluster_api, || {
                Found::new(
                    format!("{} has no OSS Cluster API.", case.plan.label()),
                    "Switch to Pro, or do without the OSS Cluster API.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C13",
        severity: Error,
        title: "Essentials makes one backup a day",
        rule: "Essentials backs up every 24 hours, at an hour that it chooses; Pro has shorter intervals.",
        because: &["plan", "mistake"],
        sources: &[sources::BACKUP, sources::API],
        find: |case| {
            when(case.plan.is_essentials() && case.answers.mistake > Mistake::OneDay, || {
                Found::new(
                    format!("{} makes one backup a day, and you need a younger copy.", case.plan.label()),
                    "Switch to Pro, which makes a copy as often as each hour.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C23",
        severity: Error,
        title: "Essentials Flex is on AWS only",
        rule: "Flex databases of Essentials can be created on AWS only.",
        because: &["plan", "cloud"],
        sources: &[sources::CREATE_FLEX],
        find: |case| {
            when(case.plan == PlanKind::EssentialsFlex && case.answers.cloud != Cloud::Aws, || {
                without_flex(
                    case,
                    Found::new(
                        format!("Essentials Flex can't be had on {}.", case.answers.cloud.label()),
                        "Take a plan with all data in RAM.",
                    ),
                )
            })
        },
    },
    Check {
        id: "C24",
        severity: Error,
        title: "Flex has no Search and no Time series",
        rule: "Flex databases do not support search and time series.",
        because: &["plan", "capabilities"],
        sources: &[sources::CREATE_FLEX],
        find: |case| {
            let has = |capability| case.answers.capabilities.contains(&capability);
            when(case.plan.is_flex() && (has(Capability::Search) || has(Capability::TimeSeries)), || {
                without_flex(
                    case,
                    Found::new(
                        format!("{} supports neither Search nor Time series.", case.plan.label()),
                        "Take a plan with all data in RAM.",
                    ),
                )
            })
        },
    },
    Check {
        id: "H33",
        severity: Warning,
        title: "Flex is not meant to be the only place of the data",
        rule: "The Flex page: it \"should not be used as a primary system of record\"; for durability it points to data persistence.",
        because: &["plan", "role"],
        sources: &[sources::CREATE_FLEX],
        find: |case| {
            when(advised_against(case), || {
                without_flex(
                    case,
                    Found::new(
                        "Redis says that Flex \"should not be used as a primary system of record\", and yours is the only place of the data.",
                        "Take a plan with all data in RAM, or keep persistence and backups on.",
                    ),
                )
            })
        },
    },
    Check {
        id: "C26",
        severity: Error,
        title: "Pro is not on Azure",
        rule: "Redis Cloud Pro runs on AWS and Google Cloud; on Azure Redis points to Azure Managed Redis.",
        because: &["plan", "cloud"],
        sources: &[sources::REGIONS],
        find: |case| {
            when(case.plan.is_pro() && case.answers.cloud == Cloud::Azure, || {
                Found::new(
                    format!("Redis Cloud {} can't be had on Azure.", case.plan.label()),
                    "Use AWS or Google Cloud, or Azure Managed Redis, which is another product.",
                )
                .change("Give up Azure: use AWS", [("cloud", Value::from("aws")), ("regions", json!([]))])
            })
        },
    },
    Check {
        id: "C64",
        severity: Note,
        title: "Terraform can't switch TLS on for Essentials",
        rule: "The provider sends enable_tls only for pay-as-you-go databases (2.11.0).",
        because: &["plan", "encryption"],
        sources: &[sources::TERRAFORM, sources::TERRAFORM_TLS],
        find: |case| {
            when(case.plan.is_essentials() && case.tls() == Tls::On, || {
                Found::new(
                    "Terraform silently leaves TLS off on Essentials.",
                    "Switch TLS on in the console or by the REST API, and check it afterwards.",
                )
            })
        },
    },
    Check {
        id: "C68",
        severity: Note,
        title: "Terraform can't set the allow list of Essentials",
        rule: "The provider suppresses differences of source_ips except for pay-as-you-go databases (2.11.0); that it never sends them is our reading of its source.",
        because: &["plan", "networks"],
        sources: &[sources::TERRAFORM],
        find: |case| {
            when(case.plan.is_essentials() && case.answers.networks > 0, || {
                Found::new(
                    "Terraform likely never sends the allow list of an Essentials database.",
                    "Set the allow list in the console or by the REST API, and check it afterwards.",
                )
            })
        },
    },
];

fn free(case: &Case) -> bool {
    case.plan == PlanKind::Free
}

pub(super) fn to_essentials(found: Found) -> Found {
    found.change("Switch to Essentials", [("plan", Value::from("essentials"))])
}

/// To Essentials where the data fits into RAM there, else to Pro.
pub(super) fn without_flex(case: &Case, found: Found) -> Found {
    let essentials = Case::on(case.answers, PlanKind::Essentials);
    let largest = sizes::of(PlanKind::Essentials).last();
    let fits =
        largest.is_some_and(|size| plan_size::memory(&essentials) <= size.gb && case.answers.throughput <= size.ops);
    if case.plan == PlanKind::EssentialsFlex && fits { to_essentials(found) } else { found.switch_to_pro() }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Finding, Severity};

    fn found(id: &str, link: &str) -> Option<Finding> {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, [], "{link}");
        super::super::find(&answers).into_iter().find(|finding| finding.id == id)
    }

    #[test]
    fn flex_as_the_only_place_of_the_data_is_a_warning_with_a_way_out() {
        let to = |link| found("H33", link).map(|finding| (finding.severity, finding.change.unwrap()["plan"].clone()));
        assert_eq!(to("plan=pro-flex"), Some((Severity::Warning, "pro".into())));
        assert_eq!(to("plan=essentials-flex&survive=node"), Some((Severity::Warning, "essentials".into())));
        assert_eq!(to("plan=essentials-flex&survive=node&dataset=30"), Some((Severity::Warning, "pro".into())));
        assert_eq!(to("plan=pro-flex&role=cache"), None);
        assert_eq!(to("plan=pro"), None);
    }

    #[test]
    fn each_plan_is_named_in_what_it_lacks() {
        assert!(found("C11", "plan=essentials-flex&data-loss=nothing").unwrap().message.starts_with("Essentials Flex"));
        assert!(found("C13", "plan=essentials&mistake=one-hour").unwrap().message.starts_with("Essentials makes"));
    }
}
