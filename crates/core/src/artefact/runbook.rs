//! The runbook: what a person does when it happens.

use crate::case::Case;
use crate::clients::Handoffs;
use crate::plan::Plan;
use crate::questions::{RegionFailover, Role, Text};
use crate::rules::backup;
use crate::rules::replication::Replication;
use crate::rules::tls::Tls;
use crate::sources::{self, Source};

/// One situation.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// When it applies.
    pub title: Text,
    /// What to do, in order.
    pub steps: Vec<Text>,
    /// Where its facts are written.
    pub sources: &'static [&'static Source],
}

/// The chapters for this plan.
pub fn runbook(plan: &Plan) -> Vec<Chapter> {
    let case = &Case::new(&plan.answers);
    let mut chapters = vec![away(case), maintenance(case), dns(case), refused(case)];
    if case.active_active() {
        chapters.extend([fail_over(case), fail_back(case)]);
    }
    if let Some(hours) = backup::hours(case) {
        chapters.push(restore(hours));
    }
    if case.replication() != Replication::None {
        chapters.push(failover_test(case));
    }
    chapters
}

fn chapter(title: &'static str, steps: Vec<Text>, sources: &'static [&'static Source]) -> Chapter {
    Chapter { title: title.into(), steps, sources }
}

fn away(case: &Case) -> Chapter {
    let repair: Text = match case.replication() {
        Replication::None => "There is no replica: it is away until Redis has repaired it. Open a ticket with the time and the database's id.".into(),
        _ => "The replica takes over by itself, behind the same endpoint. If it takes longer than a minute, open a ticket with the time and the database's id.".into(),
    };
    let meanwhile: Text = match case.answers.role {
        Role::Cache => "Let the app go to the origin, with a limit on how many calls do so at once.".into(),
        Role::Sessions => "Let people who are logged in stay so for a while, and ask others to wait.".into(),
        Role::PrimaryStore => {
            "Show the last known value where that is honest, and say elsewhere that it is away.".into()
        }
        Role::Queue => "Keep new jobs in an outbox of the app; add them when it is back.".into(),
    };
    chapter(
        "The database does not answer",
        vec![
            "Look at the log of the app: it names each change of state (lost, reconnecting, refused, connected).".into(),
            "Look at the status page and the console, to tell whether it is the database, the region or only your network.".into(),
            repair,
            meanwhile,
            "Do not restart all processes at once: they come back by themselves, spread over time.".into(),
            "Afterwards look for once-calls with an unknown outcome in the log, and check those writes.".into(),
        ],
        &[sources::HIGH_AVAILABILITY, sources::CLIENT_ERRORS],
    )
}

fn maintenance(case: &Case) -> Chapter {
    let hears: Text = match case.handoffs() {
        Handoffs::On => "The client hears of it and moves its connection first; expect no more than slow calls.".into(),
        Handoffs::RelaxedTimeoutsOnly => {
            "The client hears of it and waits longer, within the deadline; expect a cut of a few seconds.".into()
        }
        Handoffs::Unavailable => "Expect a cut of a few seconds; the client comes back by itself.".into(),
    };
    let mut steps = vec!["Mails announce its start and end to members with operational mails on.".into(), hears];
    if case.plan.is_pro() {
        steps.push("If it comes at a bad time, skip it for 14 days in the console; that works once a month.".into());
    }
    steps.push("After more than a minute of trouble, go to the next chapter.".into());
    chapter(
        "Maintenance is announced or under way",
        steps,
        &[sources::MAINTENANCE, sources::WINDOWS, sources::HANDOFFS],
    )
}

fn dns(case: &Case) -> Chapter {
    let mut steps: Vec<Text> = vec![
        "Resolve the name on the machine of the app, and on another one. Different addresses mean a stale cache.".into(),
        "The client has dropped its connections and resolved the name anew after 60 s without a success; its log says so.".into(),
        "Flush what caches in between: systemd-resolved (resolvectl flush-caches), nscd (nscd -i hosts), the resolver of your network.".into(),
    ];
    if case.answers.runtime == crate::questions::Runtime::Kubernetes {
        steps.push("In Kubernetes restart CoreDNS (kubectl -n kube-system rollout restart deployment coredns).".into());
    }
    if case.client.knobs.dns_cache {
        steps.push(
            "The JVM keeps addresses: the project sets networkaddress.cache.ttl to 5 s before the first lookup.".into(),
        );
    }
    steps.push("If all of them give the same address and it does not answer, it is not DNS: open a ticket.".into());
    chapter("Trouble for more than a minute: refresh DNS", steps, &[sources::MAINTENANCE, sources::RESILIENT])
}

fn refused(case: &Case) -> Chapter {
    let mut steps: Vec<Text> = vec![
        "The log says what was refused. The client tries again every 30 to 60 s, with the password read anew.".into(),
        "Wrong password: was it rotated? Update the secret that the app's environment is made from, and roll it out."
            .into(),
    ];
    if case.tls() == Tls::On {
        steps.push(
            "Certificate: download redis_ca.pem again and give the app the whole file. Never switch verification off."
                .into(),
        );
        steps.push("Host name: connect by the name of the endpoint, never by its address.".into());
    }
    if case.mutual_tls() {
        steps.push(
            "Client certificate: look at the day on which it ends, and whether the database has it in its list.".into(),
        );
    }
    chapter("The client is refused", steps, &[sources::TLS, sources::CONNECT])
}

fn fail_over(case: &Case) -> Chapter {
    let mut steps: Vec<Text> = vec![
        "Make sure that it is the region and not your network: probe it from another place.".into(),
        "Stop what must run in one place only: queue workers, schedulers, holders of locks.".into(),
    ];
    steps.push(match case.answers.region_failover {
        RegionFailover::Manual => "Call the project's failover function in every process, or send it SIGUSR1.".into(),
        RegionFailover::Automatic => {
            "The processes move by themselves after three failed probes; check in the log that all of them have.".into()
        }
    });
    steps
        .push("Expect that the last writes are missing there; do not repeat once-writes, reconcile them later.".into());
    steps.push("Do not remove the lost region from the database: that throws away what it had not sent yet.".into());
    chapter("A region fails: moving the app", steps, &[sources::APP_FAILOVER, sources::DISASTER_RECOVERY])
}

fn fail_back(case: &Case) -> Chapter {
    let back: Text = match case.answers.region_failover {
        RegionFailover::Manual => "Move the processes back, a few at first.".into(),
        RegionFailover::Automatic => {
            "The project goes back by itself once it has read its marker there; check the log.".into()
        }
    };
    chapter(
        "The region is back: moving the app home",
        vec![
            "Wait until it is reachable, takes writes, and has caught up: write a marker in the active region and read it in the returning one.".into(),
            "A successful read of old data proves nothing.".into(),
            back,
            "Start again what runs in one place only.".into(),
        ],
        &[sources::APP_FAILOVER, sources::DISASTER_RECOVERY],
    )
}

fn restore(hours: u32) -> Chapter {
    chapter(
        "A person deleted the wrong data",
        vec![
            "Stop the app from writing: each new write makes the difference larger.".into(),
            format!("Take the last backup from before the mistake: it is at most {hours} h old.").into(),
            "Import it into a new database, and copy back what was lost; an import into the same database overwrites it.".into(),
            "Nothing restores by itself: no replica and no log undoes a command.".into(),
        ],
        &[sources::BACKUP],
    )
}

fn failover_test(case: &Case) -> Chapter {
    chapter(
        "Before you rely on it: a failover test",
        vec![
            "Ask support for a failover test of this database; the docs know no button for it.".into(),
            "Run the app under normal load and note failed calls, their times and the log lines.".into(),
            format!("No call may take longer than {} ms.", case.answers.deadline).into(),
            "Look for once-calls with an unknown outcome, and check whether they were applied.".into(),
        ],
        &[sources::RESILIENT],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_step_is_a_sentence() {
        for link in [
            "v=1",
            "survive=region&region-failover=automatic",
            "plan=free",
            "client=jedis&runtime=kubernetes&mutual-tls=yes",
        ] {
            let (answers, _) = crate::questions::from_link(link);
            for chapter in super::runbook(&crate::recommend(&answers)) {
                assert!(chapter.steps.len() > 1 && !chapter.sources.is_empty(), "{}", chapter.title);
                for step in chapter.steps {
                    assert!(step.ends_with('.'), "{step}");
                }
            }
        }
    }
}
