//! Several regions at work.

use serde_json::Value;

use super::{Check, Found, when};
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Capability, DataLoss, RegionFailover, RepeatWrites, Role, Survive};
use crate::rules::plan::PlanKind;
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C30",
        severity: Note,
        title: "Active-Active always has replicas",
        rule: "Replication can't be switched off for an Active-Active database.",
        because: &["survive", "write-regions"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE, sources::API],
        find: |case| {
            when(case.active_active() && case.answers.survive == Survive::Nothing, || {
                Found::new(
                    "You did not ask for replicas, but an Active-Active database always has them.",
                    "Count their memory in; there is nothing to switch.",
                )
            })
        },
    },
    Check {
        id: "C31",
        severity: Error,
        title: "Active-Active has no Flex",
        rule: "Active-Active databases keep all data in RAM.",
        because: &["plan", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE, sources::API],
        find: |case| {
            when(case.plan == PlanKind::ProFlex && case.wants_active_active(), || {
                Found::new("Active-Active does not work with Flex.", "Switch to Pro with all data in RAM.")
                    .switch_to_pro()
            })
        },
    },
    Check {
        id: "C32",
        severity: Warning,
        title: "Sources disagree on snapshots with Active-Active",
        rule: "Redis Software docs: \"AOF only\"; the Cloud API's list of values has the snapshots too.",
        because: &["data-loss", "survive", "write-regions"],
        sources: &[sources::PERSISTENCE_RS, sources::API],
        find: |case| {
            let snapshots = DataLoss::TwelveHours..=DataLoss::OneHour;
            when(case.active_active() && snapshots.contains(&case.answers.data_loss), || {
                Found::new(
                    "Sources disagree: the Redis Software docs allow only the log with Active-Active, the Cloud API lists snapshots.",
                    "Take the log each second, which all of them allow and which loses less.",
                )
                .change("Lose at most about a second", [("data_loss", Value::from("one-second"))])
            })
        },
    },
    Check {
        id: "C33",
        severity: Error,
        title: "Active-Active has at most ten regions",
        rule: "An Active-Active database has at most 10 regions, and a subscription at most 10 databases.",
        because: &["regions", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE],
        find: |case| {
            when(case.active_active() && case.wanted_regions() > 10, || {
                let regions: Value = case.answers.regions.iter().take(10).map(String::as_str).collect();
                Found::new(
                    format!(
                        "An Active-Active database has at most 10 regions, and you want {}.",
                        case.wanted_regions()
                    ),
                    "Keep ten regions.",
                )
                .change(
                    "Give up the regions beyond the tenth",
                    [("regions", regions), ("write_regions", Value::from(case.answers.write_regions.min(10)))],
                )
            })
        },
    },
    Check {
        id: "C35",
        severity: Error,
        title: "Active-Active has JSON and Search only",
        rule: "Active-Active databases support JSON and Search; no other capability and no Replica Of.",
        because: &["capabilities", "survive", "write-regions"],
        sources: &[sources::CAPABILITIES],
        find: |case| {
            let had = |c: &Capability| matches!(c, Capability::Json | Capability::Search);
            let (kept, lost): (Vec<_>, Vec<_>) = case.answers.capabilities.iter().copied().partition(had);
            when(case.active_active() && !lost.is_empty(), || {
                let names: Vec<&str> = lost.iter().map(|c| c.label()).collect();
                let names = names.join(" and ");
                Found::new(
                    format!("{names} can't be had with Active-Active."),
                    "Keep that data in a database of its own.",
                )
                .change(
                    format!("Give up {names} in this database"),
                    [("capabilities", kept.iter().map(|c| c.word()).collect())],
                )
            })
        },
    },
    Check {
        id: "C37",
        severity: Note,
        title: "Redis Cloud does not move your app to another region",
        rule: "Each region has an endpoint of its own; there is no failover of connections between them.",
        because: &["survive", "region-failover"],
        sources: &[sources::ACTIVE_ACTIVE, sources::APP_FAILOVER],
        find: |case| {
            when(case.active_active(), || {
                let who = match case.answers.region_failover {
                    RegionFailover::Manual => "Practise the function that does it; the runbook says when.",
                    RegionFailover::Automatic => "The project does it after failed probes; watch its log line.",
                };
                Found::new("When a region fails, Redis Cloud does not move your app to another one.", who)
            })
        },
    },
    Check {
        id: "C38",
        severity: Note,
        title: "No lag-aware health check",
        rule: "The lag-aware check asks a REST API that Redis Software has and Redis Cloud has not.",
        because: &["region-failover"],
        sources: &[sources::DISASTER_RECOVERY, sources::FAILOVER],
        find: |case| {
            let automatic = case.answers.region_failover == RegionFailover::Automatic;
            when(case.active_active() && automatic, || {
                Found::new(
                    "Redis Cloud does not tell a client how far a region lags behind.",
                    "The project writes a marker and reads it in the returning region before it goes back.",
                )
            })
        },
    },
    Check {
        id: "C39",
        severity: Error,
        title: "No proof of writes across regions",
        rule: "WAIT works within a region only, never between Active-Active regions.",
        because: &["data-loss", "survive", "write-regions"],
        sources: &[sources::COMMANDS, sources::WAIT],
        find: |case| {
            when(case.active_active() && case.answers.data_loss == DataLoss::Nothing, || {
                Found::new(
                    "A region copies to the others after the fact, so losing nothing and surviving a region can't both be had.",
                    "Accept to lose about a second, or survive a zone instead of a region.",
                )
                .change("Give up losing nothing: accept about a second", [("data_loss", Value::from("one-second"))])
            })
        },
    },
    Check {
        id: "C40",
        severity: Note,
        title: "No commands over several slots",
        rule: "Commands with keys in several hash slots, MSET for example, are not supported.",
        because: &["survive", "write-regions", "cluster-api"],
        sources: &[sources::ACTIVE_ACTIVE_PLANNING, sources::CLUSTERING],
        find: |case| {
            when(case.active_active() || case.cluster(), || {
                Found::new(
                    "A command can't touch keys in several hash slots here.",
                    "Give keys that belong together the same {tag}, or touch them one by one.",
                )
            })
        },
    },
    Check {
        id: "C41",
        severity: Note,
        title: "No redirection of endpoints",
        rule: "Redirecting dynamic endpoints (preview) excludes Active-Active, Private Service Connect and PrivateLink.",
        because: &["survive", "endpoint"],
        sources: &[sources::REDIRECT],
        find: |case| {
            when(case.active_active() || (case.plan.is_pro() && case.relaxed_only()), || {
                Found::new(
                    "The endpoint of this database can't be redirected to another database later.",
                    "To move to a new database, plan a change of the host name in the app.",
                )
            })
        },
    },
    Check {
        id: "H3",
        severity: Warning,
        title: "Automatic failover can split writers",
        rule: "Two processes can disagree on which region is alive, and then both regions take writes.",
        because: &["region-failover"],
        sources: &[sources::FAILOVER, sources::APP_FAILOVER],
        find: |case| {
            let automatic = case.answers.region_failover == RegionFailover::Automatic;
            when(case.active_active() && automatic, || {
                Found::new(
                    "Each process decides for itself, so for a while some may write here and some there.",
                    "Keep it if your data merges well; else let a person move all of them at once.",
                )
                .change("Give up automatic failover", [("region_failover", Value::from("manual"))])
            })
        },
    },
    Check {
        id: "H4",
        severity: Warning,
        title: "Queues, locks and limits do not merge",
        rule: "Concurrent pops in two regions can hand out an element twice; a string is decided by the last write.",
        because: &["role", "repeat-writes", "survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE_LISTS],
        find: |case| {
            let queue = case.answers.role == Role::Queue;
            // Nobody is asked for locks and limits; whoever has them must not repeat writes.
            let perhaps = case.answers.repeat_writes == RepeatWrites::Unsafe;
            when(case.active_active() && (queue || perhaps), || {
                if queue {
                    return Found::new(
                        "In two regions at once a job can be handed out twice, and a lock can be held twice.",
                        "Take jobs and locks from one region only, and make jobs harmless to repeat.",
                    );
                }
                Found::new(
                    "A lock can be held in two regions at once, and a limit be reached in each of them.",
                    "Keep locks and rate limiters in one region, or in a database of their own.",
                )
                .severity(Note)
            })
        },
    },
    Check {
        id: "H5",
        severity: Note,
        title: "There are cheaper ways through a lost region",
        rule: "Replica Of keeps a copy in another region; a backup can be restored there. Both take a person.",
        because: &["survive", "write-regions"],
        sources: &[sources::ACTIVE_ACTIVE, sources::BACKUP],
        find: |case| {
            when(case.active_active() && case.answers.write_regions == 1, || {
                Found::new(
                    "One region takes your writes, so Replica Of or a backup would do for less, with work by hand and more loss.",
                    "Stay with Active-Active if minutes count; else compare the rejected choices.",
                )
            })
        },
    },
    Check {
        id: "H6",
        severity: Note,
        title: "Name the second region",
        rule: "The regions of an Active-Active database are defined when it is created.",
        because: &["regions", "survive"],
        sources: &[sources::CREATE_ACTIVE_ACTIVE],
        find: |case| {
            let named = case.answers.regions.len() as u32;
            when(case.active_active() && named < case.region_count(), || {
                Found::new(
                    format!("You named {named} of {} regions.", case.region_count()),
                    "Name all of them, the near one first: they are defined when the database is created.",
                )
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
    fn a_queue_over_regions_is_a_warning_and_a_lock_perhaps_is_a_note() {
        let severity = |link| found("H4", link).map(|finding| finding.severity);
        assert_eq!(severity("plan=pro&survive=region&role=queue"), Some(Severity::Warning));
        assert_eq!(severity("plan=pro&survive=region"), Some(Severity::Note));
        assert_eq!(severity("plan=pro&survive=region&repeat-writes=safe"), None);
        assert_eq!(severity("plan=pro&role=queue"), None);
    }
}
