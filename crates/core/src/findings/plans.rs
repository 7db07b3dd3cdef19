//! What a plan does not have.

use super::{CHECK, Change, Change::*, Check, Say::*, TO_ESSENTIALS, TO_PRO, told};
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
        title: told("Free keeps nothing on disk"),
        rule: told("Data persistence is not available for Free."),
        because: &["plan", "data-loss"],
        sources: &[sources::PERSISTENCE],
        applies: |case| free(case) && case.answers.data_loss != DataLoss::Everything,
        message: Is("Free keeps nothing on disk, so a crash takes everything."),
        fix: Is("Switch to Essentials, or accept to lose everything."),
        change: TO_ESSENTIALS,
        ..CHECK
    },
    Check {
        id: "C2",
        severity: Error,
        title: told("Free has no replica"),
        rule: told("Replication is not available for Free."),
        because: &["plan", "survive"],
        sources: &[sources::HIGH_AVAILABILITY],
        applies: |case| free(case) && case.answers.survive != Survive::Nothing,
        message: Is("Free has no replica, so it is away whenever its node is."),
        fix: Is("Switch to Essentials, or accept that it may be away."),
        change: TO_ESSENTIALS,
        ..CHECK
    },
    Check {
        id: "C4",
        severity: Error,
        title: told("Free makes no backups"),
        rule: told("Backups are not available for Free."),
        because: &["plan", "mistake"],
        sources: &[sources::BACKUP],
        applies: |case| free(case) && case.answers.mistake != Mistake::Any,
        message: Is("Free makes no backups, so a wrong delete can't be undone."),
        fix: Is("Switch to Essentials, or accept that a mistake is final."),
        change: TO_ESSENTIALS,
        ..CHECK
    },
    Check {
        id: "C10",
        severity: Error,
        title: told("Active-Active is Pro only"),
        rule: told("Active-Active databases need a Redis Cloud Pro subscription that was created for them."),
        because: &["plan", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE],
        applies: |case| !case.plan.is_pro() && case.wants_active_active(),
        message: Is("{plan} has one region, and you need more than one at work."),
        fix: Is("Switch to Pro, where a database can be Active-Active."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C11",
        severity: Error,
        title: told("Only Pro writes each command to disk"),
        rule: told("AOF with fsync at every write is available on Pro only."),
        because: &["plan", "data-loss"],
        sources: &[sources::PERSISTENCE],
        applies: |case| case.plan.is_essentials() && case.answers.data_loss == DataLoss::Nothing,
        message: Is("{plan} writes to disk once a second at best, so a crash can take a write that was answered."),
        fix: Is("Switch to Pro, where each write reaches the disk and can prove it."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C12",
        severity: Error,
        title: told("Only Pro has the OSS Cluster API"),
        rule: told("The OSS Cluster API is not available for Essentials and Free."),
        because: &["plan", "cluster-api"],
        sources: &[sources::CLUSTERING, sources::API],
        applies: |case| !case.plan.is_pro() && case.answers.cluster_api,
        message: Is("{plan} has no OSS Cluster API."),
        fix: Is("Switch to Pro, or do without the OSS Cluster API."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "H34",
        severity: Error,
        title: told("This client has no cluster class"),
        rule: told("A database with the OSS Cluster API must be used by a client that supports it."),
        because: &["client", "cluster-api"],
        sources: &[sources::CLUSTERING],
        applies: |case| case.answers.cluster_api && !case.client.knobs.cluster,
        message: Made(|case| format!("{} can't follow the OSS Cluster API from shard to shard.", case.client.name)),
        fix: Is("Choose another client, or leave the API off: the proxy then finds the shard of every key."),
        change: Set("Give up the OSS Cluster API", "cluster-api=no"),
        ..CHECK
    },
    Check {
        id: "C13",
        severity: Error,
        title: told("Essentials makes one backup a day"),
        rule: told("Essentials backs up every 24 hours, at an hour that it chooses; Pro has shorter intervals."),
        because: &["plan", "mistake"],
        sources: &[sources::BACKUP, sources::API],
        applies: |case| case.plan.is_essentials() && case.answers.mistake > Mistake::OneDay,
        message: Is("{plan} makes one backup a day, and you need a younger copy."),
        fix: Is("Switch to Pro, which makes a copy as often as each hour."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C23",
        severity: Error,
        title: told("Essentials Flex is on AWS only"),
        rule: told("Flex databases of Essentials can be created on AWS only."),
        because: &["plan", "cloud"],
        sources: &[sources::CREATE_FLEX],
        applies: |case| case.plan == PlanKind::EssentialsFlex && case.answers.cloud != Cloud::Aws,
        message: Is("Essentials Flex can't be had on {cloud}."),
        fix: Is("Take a plan with all data in RAM."),
        change: OneOf(without_flex),
        ..CHECK
    },
    Check {
        id: "C24",
        severity: Error,
        title: told("Flex has no Search and no Time series"),
        rule: told("Flex databases do not support search and time series."),
        because: &["plan", "capabilities"],
        sources: &[sources::CREATE_FLEX],
        applies: |case| {
            let has = |capability| case.answers.capabilities.contains(&capability);
            case.plan.is_flex() && (has(Capability::Search) || has(Capability::TimeSeries))
        },
        message: Is("{plan} supports neither Search nor Time series."),
        fix: Is("Take a plan with all data in RAM."),
        change: OneOf(without_flex),
        ..CHECK
    },
    Check {
        id: "H33",
        severity: Warning,
        title: told("Flex is not meant to be the only place of the data"),
        rule: told(
            "The Flex page: it \"should not be used as a primary system of record\"; for durability it points to data persistence.",
        ),
        because: &["plan", "role"],
        sources: &[sources::CREATE_FLEX],
        applies: |case| advised_against(case),
        message: Is(
            "Redis says that Flex \"should not be used as a primary system of record\", and yours is the only place of the data.",
        ),
        fix: Is("Take a plan with all data in RAM, or keep persistence and backups on."),
        change: OneOf(without_flex),
        ..CHECK
    },
    Check {
        id: "C26",
        severity: Error,
        title: told("Pro is not on Azure"),
        rule: told("Redis Cloud Pro runs on AWS and Google Cloud; on Azure Redis points to Azure Managed Redis."),
        because: &["plan", "cloud"],
        sources: &[sources::REGIONS],
        applies: |case| case.plan.is_pro() && case.answers.cloud == Cloud::Azure,
        message: Is("Redis Cloud {plan} can't be had on Azure."),
        fix: Is("Use AWS or Google Cloud, or Azure Managed Redis, which is another product."),
        change: Set("Give up Azure: use AWS", "cloud=aws&regions="),
        ..CHECK
    },
    Check {
        id: "C64",
        severity: Note,
        title: told("Terraform can't switch TLS on for Essentials"),
        rule: told("The provider sends enable_tls only for pay-as-you-go databases (2.11.0)."),
        because: &["plan", "encryption"],
        sources: &[sources::TERRAFORM, sources::TERRAFORM_TLS],
        applies: |case| case.plan.is_essentials() && case.tls() == Tls::On,
        message: Is("Terraform silently leaves TLS off on Essentials."),
        fix: Is("Switch TLS on in the console or by the REST API, and check it afterwards."),
        ..CHECK
    },
    Check {
        id: "C68",
        severity: Note,
        title: told("Terraform can't set the allow list of Essentials"),
        rule: told(
            "The provider suppresses differences of source_ips except for pay-as-you-go databases (2.11.0); that it never sends them is our reading of its source.",
        ),
        because: &["plan", "networks"],
        sources: &[sources::TERRAFORM],
        applies: |case| case.plan.is_essentials() && case.answers.networks > 0,
        message: Is("Terraform likely never sends the allow list of an Essentials database."),
        fix: Is("Set the allow list in the console or by the REST API, and check it afterwards."),
        ..CHECK
    },
];

fn free(case: &Case) -> bool {
    case.plan == PlanKind::Free
}

/// To Essentials where the data fits into RAM there, else to Pro.
pub(super) fn without_flex(case: &Case) -> &'static Change {
    let essentials = Case::on(case.answers, PlanKind::Essentials);
    let largest = sizes::of(PlanKind::Essentials).last();
    let fits =
        largest.is_some_and(|size| plan_size::memory(&essentials) <= size.gb && case.answers.throughput <= size.ops);
    if case.plan == PlanKind::EssentialsFlex && fits { &TO_ESSENTIALS } else { &TO_PRO }
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use crate::plan::Severity;

    #[test]
    fn flex_as_the_only_place_of_the_data_is_a_warning_with_a_way_out() {
        let to = |link| {
            found("H33", link).map(|finding| (finding.severity, finding.change.unwrap().get("plan").map(str::to_owned)))
        };
        assert_eq!(to("plan=pro-flex"), Some((Severity::Warning, Some("pro".to_owned()))));
        assert_eq!(to("plan=essentials-flex&survive=node"), Some((Severity::Warning, Some("essentials".to_owned()))));
        assert_eq!(
            to("plan=essentials-flex&survive=node&dataset=30"),
            Some((Severity::Warning, Some("pro".to_owned())))
        );
        assert_eq!(to("plan=pro-flex&role=cache"), None);
        assert_eq!(to("plan=pro"), None);
    }

    #[test]
    fn each_plan_is_named_in_what_it_lacks() {
        assert!(found("C11", "plan=essentials-flex&data-loss=nothing").unwrap().message.starts_with("Essentials Flex"));
        assert!(found("C13", "plan=essentials&mistake=one-hour").unwrap().message.starts_with("Essentials makes"));
    }
}
