//! Several regions at work.

use super::{CHECK, Change::*, Check, Say::*, TO_PRO, told};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Capability, DataLoss, RegionFailover, RepeatWrites, Role, Survive};
use crate::rules::plan::PlanKind;
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C30",
        severity: Note,
        title: told("Active-Active always has replicas"),
        rule: told("Replication can't be switched off for an Active-Active database."),
        because: &["survive", "write-regions"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE, sources::API],
        applies: |case| case.active_active() && case.answers.survive == Survive::Nothing,
        message: Is("You did not ask for replicas, but an Active-Active database always has them."),
        fix: Is("Count their memory in; there is nothing to switch."),
        ..CHECK
    },
    Check {
        id: "C31",
        severity: Error,
        title: told("Active-Active has no Flex"),
        rule: told("Active-Active databases keep all data in RAM."),
        because: &["plan", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE, sources::API],
        applies: |case| case.plan == PlanKind::ProFlex && case.wants_active_active(),
        message: Is("Active-Active does not work with Flex."),
        fix: Is("Switch to Pro with all data in RAM."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C32",
        severity: Warning,
        title: told("Sources disagree on snapshots with Active-Active"),
        rule: told("Redis Software docs: \"AOF only\"; the Cloud API's list of values has the snapshots too."),
        because: &["data-loss", "survive", "write-regions"],
        sources: &[sources::PERSISTENCE_RS, sources::API],
        applies: |case| {
            let snapshots = DataLoss::TwelveHours..=DataLoss::OneHour;
            case.active_active() && snapshots.contains(&case.answers.data_loss)
        },
        message: Is(
            "Sources disagree: the Redis Software docs allow only the log with Active-Active, the Cloud API lists snapshots.",
        ),
        fix: Is("Take the log each second, which all of them allow and which loses less."),
        change: Set("Lose at most about a second", "data-loss=one-second"),
        ..CHECK
    },
    Check {
        id: "C33",
        severity: Error,
        title: told("Active-Active has at most ten regions"),
        rule: told("An Active-Active database has at most 10 regions, and a subscription at most 10 databases."),
        because: &["regions", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE],
        applies: |case| case.active_active() && case.wanted_regions() > 10,
        message: Is("An Active-Active database has at most 10 regions, and you want {wanted-regions}."),
        fix: Is("Keep ten regions."),
        change: SetTo(Is("Give up the regions beyond the tenth"), |case| {
            let regions: Vec<&str> = case.answers.regions.iter().take(10).map(String::as_str).collect();
            format!("regions={}&write-regions={}", regions.join(","), case.answers.write_regions.min(10))
        }),
        ..CHECK
    },
    Check {
        id: "C35",
        severity: Error,
        title: told("Active-Active has JSON and Search only"),
        rule: told("Active-Active databases support JSON and Search; no other capability and no Replica Of."),
        because: &["capabilities", "survive", "write-regions"],
        sources: &[sources::CAPABILITIES],
        applies: |case| case.active_active() && case.answers.capabilities.iter().any(lost),
        message: Made(|case| format!("{} can't be had with Active-Active.", lost_names(case))),
        fix: Is("Keep that data in a database of its own."),
        change: SetTo(Made(|case| format!("Give up {} in this database", lost_names(case))), |case| {
            let kept: Vec<&str> = case.answers.capabilities.iter().filter(|c| !lost(c)).map(|c| c.word()).collect();
            format!("capabilities={}", kept.join(","))
        }),
        ..CHECK
    },
    Check {
        id: "C37",
        severity: Note,
        title: told("Redis Cloud does not move your app to another region"),
        rule: told("Each region has an endpoint of its own; there is no failover of connections between them."),
        because: &["survive", "region-failover"],
        sources: &[sources::ACTIVE_ACTIVE, sources::APP_FAILOVER],
        applies: |case| case.active_active(),
        message: Is("When a region fails, Redis Cloud does not move your app to another one."),
        fix: By(|case| match case.answers.region_failover {
            RegionFailover::Manual => "Practise the function that does it; the runbook says when.",
            RegionFailover::Automatic => "The project does it after failed probes; watch its log line.",
        }),
        ..CHECK
    },
    Check {
        id: "C38",
        severity: Note,
        title: told("No lag-aware health check"),
        rule: told("The lag-aware check asks a REST API that Redis Software has and Redis Cloud has not."),
        because: &["region-failover"],
        sources: &[sources::DISASTER_RECOVERY, sources::FAILOVER],
        applies: |case| {
            let automatic = case.answers.region_failover == RegionFailover::Automatic;
            case.active_active() && automatic
        },
        message: Is("Redis Cloud does not tell a client how far a region lags behind."),
        fix: Is("The project writes a marker and reads it in the returning region before it goes back."),
        ..CHECK
    },
    Check {
        id: "C39",
        severity: Error,
        title: told("No proof of writes across regions"),
        rule: told("WAIT works within a region only, never between Active-Active regions."),
        because: &["data-loss", "survive", "write-regions"],
        sources: &[sources::COMMANDS, sources::WAIT],
        applies: |case| case.active_active() && case.answers.data_loss == DataLoss::Nothing,
        message: Is(
            "A region copies to the others after the fact, so losing nothing and surviving a region can't both be had.",
        ),
        fix: Is("Accept to lose about a second, or survive a zone instead of a region."),
        change: Set("Give up losing nothing: accept about a second", "data-loss=one-second"),
        ..CHECK
    },
    Check {
        id: "C40",
        severity: Note,
        title: told("No commands over several slots"),
        rule: told("Commands with keys in several hash slots, MSET for example, are not supported."),
        because: &["survive", "write-regions", "cluster-api"],
        sources: &[sources::ACTIVE_ACTIVE_PLANNING, sources::CLUSTERING],
        applies: |case| case.active_active() || case.cluster(),
        message: Is("A command can't touch keys in several hash slots here."),
        fix: Is("Give keys that belong together the same {tag}, or touch them one by one."),
        ..CHECK
    },
    Check {
        id: "C41",
        severity: Note,
        title: told("No redirection of endpoints"),
        rule: told(
            "Redirecting dynamic endpoints (preview) excludes Active-Active, Private Service Connect and PrivateLink.",
        ),
        because: &["survive", "endpoint"],
        sources: &[sources::REDIRECT],
        applies: |case| case.active_active() || (case.plan.is_pro() && case.relaxed_only()),
        message: Is("The endpoint of this database can't be redirected to another database later."),
        fix: Is("To move to a new database, plan a change of the host name in the app."),
        ..CHECK
    },
    Check {
        id: "H3",
        severity: Warning,
        title: told("Automatic failover can split writers"),
        rule: told("Two processes can disagree on which region is alive, and then both regions take writes."),
        because: &["region-failover"],
        sources: &[sources::FAILOVER, sources::APP_FAILOVER],
        applies: |case| {
            let automatic = case.answers.region_failover == RegionFailover::Automatic;
            case.active_active() && automatic
        },
        message: Is("Each process decides for itself, so for a while some may write here and some there."),
        fix: Is("Keep it if your data merges well; else let a person move all of them at once."),
        change: Set("Give up automatic failover", "region-failover=manual"),
        ..CHECK
    },
    Check {
        id: "H4",
        severity: Warning,
        title: told("Queues, locks and limits do not merge"),
        rule: told(
            "Concurrent pops in two regions can hand out an element twice; a string is decided by the last write.",
        ),
        because: &["role", "repeat-writes", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE_LISTS],
        // Nobody is asked for locks and limits; whoever has them must not repeat writes.
        otherwise: Some((Note, |case| case.answers.role != Role::Queue)),
        applies: |case| {
            let perhaps = case.answers.repeat_writes == RepeatWrites::Unsafe;
            case.active_active() && (case.answers.role == Role::Queue || perhaps)
        },
        message: By(|case| match case.answers.role {
            Role::Queue => "In two regions at once a job can be handed out twice, and a lock can be held twice.",
            _ => "A lock can be held in two regions at once, and a limit be reached in each of them.",
        }),
        fix: By(|case| match case.answers.role {
            Role::Queue => "Take jobs and locks from one region only, and make jobs harmless to repeat.",
            _ => "Keep locks and rate limiters in one region, or in a database of their own.",
        }),
        ..CHECK
    },
    Check {
        id: "H5",
        severity: Note,
        title: told("There are cheaper ways through a lost region"),
        rule: told("Replica Of keeps a copy in another region; a backup can be restored there. Both take a person."),
        because: &["survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE, sources::BACKUP],
        applies: |case| case.active_active() && case.answers.write_regions == 1,
        message: Is(
            "One region takes your writes, so Replica Of or a backup would do for less, with work by hand and more loss.",
        ),
        fix: Is("Stay with Active-Active if minutes count; else compare the rejected choices."),
        ..CHECK
    },
    Check {
        id: "H6",
        severity: Note,
        title: told("Name the second region"),
        rule: told("The regions of an Active-Active database are defined when it is created."),
        because: &["regions", "survive"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE],
        applies: |case| {
            let named = case.answers.regions.len() as u32;
            case.active_active() && named < case.region_count()
        },
        message: Is("You named {named-regions} of {region-count} regions."),
        fix: Is("Name all of them, the near one first: they are defined when the database is created."),
        ..CHECK
    },
];

fn lost(capability: &Capability) -> bool {
    !matches!(capability, Capability::Json | Capability::Search)
}

fn lost_names(case: &Case) -> String {
    let names: Vec<&str> = case.answers.capabilities.iter().filter(|c| lost(c)).map(|c| c.label()).collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use crate::plan::Severity;

    #[test]
    fn a_queue_over_regions_is_a_warning_and_a_lock_perhaps_is_a_note() {
        let severity = |link| found("H4", link).map(|finding| finding.severity);
        assert_eq!(severity("plan=pro&survive=region&role=queue"), Some(Severity::Warning));
        assert_eq!(severity("plan=pro&survive=region"), Some(Severity::Note));
        assert_eq!(severity("plan=pro&survive=region&repeat-writes=safe"), None);
        assert_eq!(severity("plan=pro&role=queue"), None);
    }
}
