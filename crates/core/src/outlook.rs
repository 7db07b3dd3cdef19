//! What happens when something fails: what is lost, how long it is away, who acts.
//!
//! Seconds stand here only where a source documents them. Redis Cloud publishes neither the time of
//! a failover nor the TTL of its names.

use crate::case::Case;
use crate::plan::{Extent, Failure, Outlook};
use crate::questions::{RegionFailover, Text};
use crate::rules::backup;
use crate::rules::persistence::{self, Persistence};
use crate::rules::replication::Replication;
use crate::rules::write_proof::WriteProof;
use crate::sources::{self, Source};

/// The outlook of this case, the smallest failure first.
pub(crate) fn outlook(case: &Case) -> Vec<Outlook> {
    Failure::ALL
        .into_iter()
        .map(|failure| match failure {
            Failure::Connection => connection(case),
            Failure::Node => server(case, failure, Replication::SingleZone),
            Failure::Zone => server(case, failure, Replication::MultiZone),
            Failure::Region => region(case),
            Failure::Maintenance => maintenance(case),
            Failure::Mistake => mistake(case),
        })
        .collect()
}

fn connection(case: &Case) -> Outlook {
    let cap = crate::connection::reconnect(case.answers.instances).1.div_ceil(1000);
    Outlook {
        failure: Failure::Connection,
        data_lost: extent(0, "Nothing; a write whose answer was lost has an unknown outcome."),
        away: undocumented("The database is not away; a dial takes moments, and never waits longer than a few seconds."),
        callers_see: format!(
            "Safe calls are tried again within {} ms; once-calls fail once, and say so. New dials wait up to {cap} s while they fail.",
            case.answers.deadline
        )
        .into(),
        endpoint: "same",
        who_acts: "The client.".into(),
        sources: vec![sources::RESILIENT, sources::CLIENT_ERRORS],
    }
}

/// A node or a zone: survived when the replica is out of its reach.
fn server(case: &Case, failure: Failure, needs: Replication) -> Outlook {
    let survives = case.replication() >= needs;
    let deadline = case.answers.deadline;
    Outlook {
        failure,
        data_lost: if survives { lost_at_failover(case) } else { lost_with_the_primary(case) },
        away: if survives {
            undocumented("Until the replica has taken over: not documented; the docs speak of a failover by itself.")
        } else if case.active_active() {
            undocumented("This region, until it is repaired: not documented. The others work on.")
        } else {
            undocumented("Until it is repaired: not documented, and no figure is promised without a replica there.")
        },
        callers_see: if survives {
            format!(
                "Calls fail within {deadline} ms until the replica has taken over; then the client finds it by itself."
            )
        } else {
            format!("Calls fail within {deadline} ms until it is repaired; then the client comes back by itself.")
        }
        .into(),
        endpoint: "same",
        who_acts: if survives { "Redis Cloud, then the client." } else { "Redis Cloud repairs; nobody can hurry it." }
            .into(),
        sources: vec![sources::HIGH_AVAILABILITY, sources::WAIT, sources::SLA],
    }
}

/// The replica takes over: it copies after the fact, whatever reaches the disk.
fn lost_at_failover(case: &Case) -> Extent {
    match case.write_proof() {
        WriteProof::Waitaof => undocumented(
            "Nothing that a durable call has answered; other writes that the replica had not copied yet may be gone.",
        ),
        WriteProof::None => undocumented(
            "Answered writes that the replica had not copied yet: how many is not documented. Persistence does not change that.",
        ),
    }
}

/// The only copy is gone with its node: what is on disk comes back.
fn lost_with_the_primary(case: &Case) -> Extent {
    let persistence = persistence::value(case);
    match persistence.loses_s() {
        _ if case.active_active() => {
            undocumented("Writes that this region had not sent to the others yet: how many is not documented.")
        }
        None => undocumented("Everything."),
        Some(_) if case.write_proof() == WriteProof::Waitaof => {
            extent(0, "Nothing that a durable call has answered; about a second of other writes at most.")
        }
        Some(s) => extent(s, from_disk(persistence)),
    }
}

fn from_disk(persistence: Persistence) -> &'static str {
    match persistence {
        Persistence::None => "Everything.",
        Persistence::AofEveryWrite => "Nothing that reached the log on disk.",
        Persistence::AofEverySecond => "One to two seconds of writes, about one on average.",
        Persistence::Snapshot1Hour => "Up to an hour of writes.",
        Persistence::Snapshot6Hours => "Up to six hours of writes.",
        Persistence::Snapshot12Hours => "Up to twelve hours of writes.",
    }
}

fn region(case: &Case) -> Outlook {
    let deadline = case.answers.deadline;
    let sources: Vec<Source> = vec![sources::ACTIVE_ACTIVE, sources::APP_FAILOVER, sources::BACKUP];
    if !case.active_active() {
        return Outlook {
            failure: Failure::Region,
            data_lost: match backup::hours(case) {
                Some(hours) => extent(
                    hours * 3600,
                    format!("If the region never returns: what came after the last backup, up to {hours} h."),
                ),
                None => undocumented("If the region never returns: everything."),
            },
            away: undocumented(
                "Until the region is back, or a person has restored a backup in another one: not documented.",
            ),
            callers_see: format!("Calls fail within {deadline} ms all the time.").into(),
            endpoint: "same",
            who_acts: "The cloud provider; or you, by restoring a backup in another region.".into(),
            sources,
        };
    }
    let (who, see): (&str, Text) = match case.answers.region_failover {
        RegionFailover::Manual => (
            "You: call the project's failover function, or send its signal.",
            format!("Calls fail within {deadline} ms until a person has moved the app.").into(),
        ),
        RegionFailover::Automatic => (
            "The client, after three probes that failed.",
            format!(
                "Calls fail within {deadline} ms for a few probes of a second each; then the other region answers."
            )
            .into(),
        ),
    };
    Outlook {
        failure: Failure::Region,
        data_lost: undocumented(
            "Writes that the region had not sent yet are missing until it returns: how many is not documented. Once-writes are never repeated in the other region.",
        ),
        away: undocumented("The other regions work on; how long your app is away depends on who moves it."),
        callers_see: see,
        endpoint: "other region",
        who_acts: who.into(),
        sources,
    }
}

fn maintenance(case: &Case) -> Outlook {
    use crate::clients::Handoffs;
    let deadline = case.answers.deadline;
    let see = match case.handoffs() {
        Handoffs::On => format!(
            "Mostly nothing: the client is told and moves its connection first. A pause longer than {deadline} ms fails."
        ),
        Handoffs::RelaxedTimeoutsOnly => {
            format!("Slower calls, then a cut; calls fail within {deadline} ms until the client is back.")
        }
        Handoffs::Unavailable => format!("A cut: calls fail within {deadline} ms until the client is back."),
    };
    Outlook {
        failure: Failure::Maintenance,
        data_lost: if case.replication() == Replication::None {
            undocumented("Not documented for a database without a replica.")
        } else {
            undocumented("Not documented; the docs speak of a disconnection only.")
        },
        away: undocumented("\"A few seconds\" in the words of the docs; after more than a minute, refresh DNS."),
        callers_see: see.into(),
        endpoint: "same",
        who_acts: "Redis Cloud, then the client; after a minute of trouble the client drops everything and resolves the name anew.".into(),
        sources: vec![sources::MAINTENANCE, sources::HANDOFFS],
    }
}

fn mistake(case: &Case) -> Outlook {
    let copied = if case.active_active() { "every replica and every region" } else { "every replica" };
    Outlook {
        failure: Failure::Mistake,
        data_lost: match backup::hours(case) {
            Some(hours) => extent(
                hours * 3600,
                format!(
                    "What came after the last backup, up to {hours} h; the mistake itself reaches {copied} at once."
                ),
            ),
            None => undocumented("What was deleted, for ever: there is no backup."),
        },
        away: undocumented("As long as the import takes: not documented."),
        callers_see: "Wrong or missing data, without any error.".into(),
        endpoint: "same",
        who_acts: if backup::hours(case).is_some() { "You: import the backup by hand." } else { "Nobody can." }.into(),
        sources: vec![sources::BACKUP],
    }
}

fn extent(seconds: u32, text: impl Into<Text>) -> Extent {
    Extent { seconds: Some(seconds), text: text.into() }
}

/// No number: it is not documented, or there is no bound; the text says which.
fn undocumented(text: impl Into<Text>) -> Extent {
    Extent { seconds: None, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(link: &str, failure: Failure) -> Extent {
        let (answers, unread) = crate::questions::from_link(link);
        assert_eq!(unread, []);
        outlook(&Case::new(&answers)).into_iter().find(|o| o.failure == failure).unwrap().data_lost
    }

    #[test]
    fn loss_is_decided_for_each_failure() {
        // A replica copies after the fact, so the log does not help at a failover.
        assert_eq!(lost("plan=pro", Failure::Node).seconds, None);
        assert!(lost("plan=pro", Failure::Node).text.contains("not copied yet"));
        // Without a replica the disk is what comes back.
        assert_eq!(lost("plan=pro&survive=nothing", Failure::Node).seconds, Some(2));
        assert_eq!(lost("plan=pro&survive=nothing&data-loss=one-hour", Failure::Zone).seconds, Some(3600));
        assert_eq!(lost("plan=pro&survive=nothing&data-loss=everything", Failure::Node).text, "Everything.");
    }

    #[test]
    fn a_single_zone_replica_does_not_survive_the_zone() {
        assert!(lost("plan=pro&survive=node", Failure::Node).text.contains("replica"));
        assert_eq!(lost("plan=pro&survive=node", Failure::Zone).seconds, Some(2));
    }

    #[test]
    fn only_a_backup_undoes_a_mistake_and_its_age_is_said() {
        assert_eq!(lost("plan=pro&mistake=six-hours", Failure::Mistake).seconds, Some(6 * 3600));
        assert!(lost("plan=pro&mistake=any", Failure::Mistake).text.contains("for ever"));
        assert!(lost("survive=region", Failure::Mistake).text.contains("every region"));
    }

    #[test]
    fn nothing_is_promised_that_is_not_documented() {
        for failure in Failure::ALL {
            for outlook in outlook(&Case::new(&crate::Answers::default())) {
                assert!(outlook.failure != failure || outlook.away.seconds.is_none());
            }
        }
    }
}
