//! What happens when something fails: what is lost, how long it is away, who acts.
//!
//! Seconds stand here only where a source documents them. Redis Cloud publishes neither the time of
//! a failover nor the TTL of its names.

use crate::case::Case;
use crate::plan::{Extent, Failure, Outlook};
use crate::questions::{Answers, RegionFailover, RepeatWrites, Survive, Text};
use crate::rules::backup;
use crate::rules::persistence::{self, Persistence};
use crate::rules::replication::Replication;
use crate::rules::write_proof::WriteProof;
use crate::sources;

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

/// The same failures with the replica elsewhere: what the answers to "survive" nearest to these would give.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Where the replica is then, as in the setting.
    pub replication: &'static str,
    /// What differs.
    pub outlook: Vec<Outlook>,
}

/// The plan beside this one that shows what multi-zone is good for; nothing where regions do that, or where nothing
/// would differ.
pub fn beside(answers: &Answers) -> Option<Beside> {
    let here = Case::new(answers);
    let survive = match here.replication() {
        _ if here.wants_active_active() => return None,
        Replication::MultiZone => Survive::Node,
        Replication::SingleZone | Replication::None => Survive::Zone,
    };
    let answers = &Answers { survive, ..answers.clone() };
    let there = Case::new(answers);
    let differs = |now: &Outlook| now.away.text.clone();
    let pairs = outlook(&here).into_iter().zip(outlook(&there));
    let outlook: Vec<Outlook> = pairs.filter(|(a, b)| differs(a) != differs(b)).map(|(_, there)| there).collect();
    (!outlook.is_empty()).then(|| Beside { replication: there.replication().word(), outlook })
}

fn connection(case: &Case) -> Outlook {
    let answers = case.answers;
    let safe = case.fill(match crate::connection::attempts(answers.deadline) {
        1 => "A call fails within {deadline} ms, because there is no time for a second try",
        _ => "A safe call is tried again within {deadline} ms",
    });
    let once = match answers.repeat_writes {
        RepeatWrites::Safe => "",
        RepeatWrites::Unsafe => "; a write that must not be repeated fails once, and says that its outcome is unknown",
    };
    Outlook {
        failure: Failure::Connection,
        data_lost: extent(0, "Nothing; a write whose answer was lost has an unknown outcome."),
        away: extent(
            0,
            format!(
                "The database is not away; a new dial waits {} ms at most, so that processes do not all come at once.",
                crate::connection::reconnect(answers.instances).0
            ),
        ),
        callers_see: format!("{safe}{once}.").into(),
        endpoint: "same",
        who_acts: "The client.".into(),
        drill: Some("reset"),
        sources: &[sources::RESILIENT, sources::CLIENT_ERRORS],
    }
}

/// A node or a zone: survived when the replica is out of its reach.
fn server(case: &Case, failure: Failure, needs: Replication) -> Outlook {
    let survives = case.replication() >= needs;
    Outlook {
        failure,
        data_lost: if survives { lost_at_failover(case) } else { lost_with_the_primary(case) },
        away: if survives {
            undocumented("Until the replica has taken over by itself: how fast that is, is not documented.")
        } else if case.active_active() {
            undocumented("This region, until it is repaired: not documented. The others work on.")
        } else if case.replication() == Replication::None {
            undocumented("Until it is repaired: not documented, and the SLA names no figure without a replica.")
        } else {
            undocumented("Until it is repaired: not documented, because the replica is in the same zone.")
        },
        callers_see: case.fill(if survives {
            "Calls fail within {deadline} ms until the replica has taken over; then the client finds it by itself."
        } else {
            "Calls fail within {deadline} ms until it is repaired; then the client comes back by itself."
        }),
        endpoint: "same",
        who_acts: if survives { "Redis Cloud, then the client." } else { "Redis Cloud repairs it; you can only wait." }
            .into(),
        drill: Some(if survives { "failover" } else { "restart" }),
        sources: &[sources::HIGH_AVAILABILITY, sources::WAIT, sources::SLA],
    }
}

/// The replica takes over: it copies after the fact, whatever reaches the disk.
fn lost_at_failover(case: &Case) -> Extent {
    match case.write_proof() {
        WriteProof::Waitaof => undocumented(
            "Nothing that a durable call has answered; of other writes what the replica had not copied yet: how many is not documented.",
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
        None => undocumented(from_disk(persistence)),
        Some(_) if case.write_proof() == WriteProof::Waitaof && case.replication() != Replication::None => {
            undocumented(
                "Nothing that a durable call has answered; of other writes what was not in the replica's log yet: how many is not documented.",
            )
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
    if !case.active_active() {
        let backup = backup::hours(case);
        return Outlook {
            failure: Failure::Region,
            data_lost: match backup {
                Some(hours) => extent(
                    hours * 3600,
                    format!("If the region never returns: what came after the last backup, up to {hours} h."),
                ),
                None => undocumented("If the region never returns: everything, because there is no backup."),
            },
            away: undocumented(match backup {
                Some(_) => {
                    "Until the region is back, or you have restored a backup in another one, behind a new endpoint: not \
                     documented."
                }
                None => "Until the region is back: not documented.",
            }),
            callers_see: case.fill("Calls fail within {deadline} ms all the time."),
            endpoint: "same",
            who_acts: match backup {
                Some(_) => "The cloud provider; or you, by restoring a backup in another region.",
                None => "The cloud provider.",
            }
            .into(),
            drill: Some("blackhole"),
            sources: &[sources::HIGH_AVAILABILITY, sources::BACKUP],
        };
    }
    let (who, see) = match case.answers.region_failover {
        RegionFailover::Manual => (
            "You: call the project's failover function, or send its signal.",
            "Calls fail within {deadline} ms until you have moved the app; no write is repeated there.",
        ),
        RegionFailover::Automatic => (
            "The client, after three probes that failed.",
            "Calls fail within {deadline} ms until three probes in a row have failed, {probing-s} s at most; then \
             another region answers. No write is repeated there.",
        ),
    };
    Outlook {
        failure: Failure::Region,
        data_lost: undocumented(
            "Writes that the region had not sent yet are missing until it returns, and lost if it does not: how many is not documented.",
        ),
        away: undocumented(
            "The other regions work on; how long your app is away depends on who moves it, and is not documented.",
        ),
        callers_see: case.fill(see),
        endpoint: "other region",
        who_acts: who.into(),
        drill: Some("region"),
        sources: &[sources::ACTIVE_ACTIVE, sources::APP_FAILOVER],
    }
}

fn maintenance(case: &Case) -> Outlook {
    use crate::clients::Handoffs;
    let see = match case.handoffs() {
        Handoffs::On => {
            "Mostly nothing: the client is told and moves its connection first. A pause longer than {deadline} ms fails."
        }
        Handoffs::RelaxedTimeoutsOnly => {
            "Slower calls, then a cut; calls fail within {deadline} ms until the client is back."
        }
        Handoffs::Unavailable => "A cut: calls fail within {deadline} ms until the client is back.",
    };
    Outlook {
        failure: Failure::Maintenance,
        data_lost: if case.replication() == Replication::None {
            undocumented("Not documented for a database without a replica.")
        } else {
            undocumented("Not documented; the docs speak of a disconnection only.")
        },
        away: undocumented("\"A few seconds\" in the words of the docs, a number is not documented; after more than a minute, refresh DNS."),
        callers_see: case.fill(see),
        endpoint: "same",
        who_acts: "Redis Cloud, then the client; after a minute of trouble the client drops everything and resolves the name anew.".into(),
        drill: Some("planned"),
        sources: &[sources::MAINTENANCE, sources::HANDOFFS],
    }
}

fn mistake(case: &Case) -> Outlook {
    let copied = match case.replication() {
        _ if case.active_active() => "the mistake itself reaches every replica and every region",
        Replication::None => "the mistake itself is in the log and in every snapshot",
        _ => "the mistake itself reaches every replica at once",
    };
    let backup = backup::hours(case);
    Outlook {
        failure: Failure::Mistake,
        data_lost: match backup {
            Some(hours) => extent(hours * 3600, format!("What came after the last backup, up to {hours} h; {copied}.")),
            None => undocumented("What was deleted, for ever: there is no backup."),
        },
        away: match backup {
            Some(_) => {
                undocumented("The database is not away; the data is, for as long as the import takes: not documented.")
            }
            None => extent(0, "The database is not away; the data is, for ever."),
        },
        callers_see: "Wrong or missing data, without any error.".into(),
        endpoint: "same",
        who_acts: if backup.is_some() { "You: import the backup by hand." } else { "Nobody can." }.into(),
        drill: None,
        sources: &[sources::BACKUP],
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
    fn without_a_backup_nobody_is_sent_to_restore_one() {
        let (answers, _) = crate::questions::from_link("plan=pro&mistake=any");
        for outlook in outlook(&Case::new(&answers)) {
            for text in [&outlook.away.text, &outlook.who_acts] {
                assert!(!text.contains("restor") && !text.contains("import"), "{text}");
            }
        }
    }

    #[test]
    fn a_lost_zone_keeps_what_a_durable_call_has_proved_and_no_more() {
        let zone = |link: &str| lost(&format!("plan=pro&data-loss=nothing&{link}"), Failure::Zone);
        assert!(zone("survive=node").text.contains("durable call") && zone("survive=node").seconds.is_none());
        assert_eq!(zone("survive=nothing").seconds, Some(0));
    }

    #[test]
    fn what_callers_see_fits_the_deadline_and_the_writes() {
        let sees = |link| {
            let (answers, _) = crate::questions::from_link(link);
            outlook(&Case::new(&answers)).remove(0).callers_see
        };
        assert!(sees("v=1").contains("tried again") && sees("v=1").contains("outcome is unknown"));
        assert!(sees("deadline=100&repeat-writes=safe").contains("no time for a second try"));
        assert!(!sees("deadline=100&repeat-writes=safe").contains("outcome"));
    }

    #[test]
    fn a_zone_is_where_multi_zone_differs() {
        let other = |link| {
            let other = beside(&crate::questions::from_link(link).0)?;
            Some((other.replication, other.outlook.iter().map(|it| it.failure).collect::<Vec<_>>()))
        };
        assert_eq!(other("plan=pro"), Some(("single-zone", vec![Failure::Zone])));
        assert_eq!(other("plan=pro&survive=node"), Some(("multi-zone", vec![Failure::Zone])));
        assert_eq!(other("plan=pro&survive=nothing"), Some(("multi-zone", vec![Failure::Node, Failure::Zone])));
        assert_eq!(other("survive=region"), None);
        assert_eq!(other("plan=free"), None);
    }

    #[test]
    fn a_failure_is_imitated_by_a_drill_that_fits_the_replica() {
        let drill = |link, i: usize| outlook(&Case::new(&crate::questions::from_link(link).0)).remove(i).drill;
        assert_eq!((drill("plan=pro", 1), drill("plan=pro&survive=nothing", 1)), (Some("failover"), Some("restart")));
        assert_eq!((drill("plan=pro", 3), drill("survive=region", 3)), (Some("blackhole"), Some("region")));
        assert_eq!((drill("", 0), drill("", 4), drill("", 5)), (Some("reset"), Some("planned"), None));
    }

    #[test]
    fn nothing_is_promised_that_is_not_documented() {
        for link in [
            "v=1",
            "survive=region",
            "survive=region&region-failover=automatic",
            "plan=free",
            "plan=pro&data-loss=nothing",
            "plan=pro&data-loss=nothing&survive=node",
            "plan=pro&data-loss=everything&survive=nothing&mistake=any",
        ] {
            let (answers, _) = crate::questions::from_link(link);
            for outlook in outlook(&Case::new(&answers)) {
                assert!(outlook.away.seconds.is_none_or(|s| s == 0), "{link}: {:?}", outlook.failure);
                for extent in [outlook.data_lost, outlook.away] {
                    let text = extent.text.to_lowercase();
                    let unbounded = text.contains("everything") || text.contains("for ever");
                    let says_so = text.contains("not documented") || unbounded;
                    assert!(extent.seconds.is_some() || says_so, "{link}: {text}");
                }
            }
        }
    }
}
