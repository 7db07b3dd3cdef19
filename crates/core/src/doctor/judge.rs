//! The judgement: one check, one line in the table.

use super::{Finding, Handoffs, Report, Seen, Server, is_private};
use crate::case::Case;
use crate::clients;
use crate::plan::Severity::{self, Error, Note, Warning};
use crate::questions::{Answers, Text};
use crate::rules::persistence::{self, Persistence};
use crate::rules::replication::{self, Replication};
use crate::rules::{Setting, client_handoffs, eviction};

type Check = fn(&Seen, Option<&Case>) -> Option<Finding>;

const CHECKS: &[Check] = &[
    ended,
    in_clear,
    certificate_ends,
    mutual_tls,
    no_password,
    replica,
    primary_lost,
    loading,
    no_persistence,
    replicas,
    evicts,
    memory,
    connections,
    refused,
    handoffs,
    moves,
    search_domains,
];

/// Days before the end of a certificate from which on it is worth a warning.
const SOON: i64 = 14;

/// Judges what was seen; with answers, against their plan as well.
pub fn report(seen: Seen, answers: Option<&Answers>) -> Report {
    let case = answers.map(Case::new);
    let mut findings: Vec<Finding> = CHECKS.iter().filter_map(|check| check(&seen, case.as_ref())).collect();
    findings.sort_by_key(|finding| finding.severity);
    Report {
        holdfast: crate::VERSION,
        ended_at: seen.ended.map(|ended| ended.step),
        host: seen.host,
        port: seen.port,
        tls: seen.tls,
        steps: seen.steps,
        name: seen.name,
        address: seen.address,
        tls_version: seen.tls_version,
        certificate: seen.certificate,
        user: seen.user,
        server: seen.server,
        rtt: seen.rtt,
        handoffs: seen.handoffs,
        findings,
    }
}

fn finding(severity: Severity, id: &'static str, message: impl Into<Text>, fix: impl Into<Text>) -> Option<Finding> {
    Some(Finding { id, severity, message: message.into(), fix: fix.into() })
}

fn ended(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    seen.ended.as_ref().map(|ended| ended.trouble.finding(seen))
}

fn in_clear(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let address = seen.address.filter(|_| !seen.tls && seen.ended.is_none())?;
    let severity = match (is_private(address), address.is_loopback()) {
        (false, _) => Error,
        (_, false) => Warning,
        (_, true) => return None,
    };
    let sent = if seen.user.is_some() { "the password and " } else { "" };
    finding(
        severity,
        "no-encryption",
        format!("Without TLS {sent}all data can be read by whoever is on the way to {address}."),
        "Turn TLS on, the clients first, and change the password afterwards.",
    )
}

fn certificate_ends(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let certificate = seen.certificate.as_ref().filter(|it| it.verified && it.days_left <= SOON)?;
    let (days, until) = (certificate.days_left, &certificate.not_after);
    finding(
        Warning,
        "certificate-ends-soon",
        format!("The certificate holds until {until}; days left: {days}."),
        "Redis Cloud renews its own; look again in a week, and tell whoever runs the server if it is another's.",
    )
}

fn mutual_tls(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    case.filter(|case| case.answers.mutual_tls && seen.server.is_some() && seen.tls && !seen.asked_for_certificate)?;
    finding(
        Error,
        "mutual-tls",
        "You want clients to show a certificate, and the server asks for none.",
        "Turn mutual TLS on in the console, with the certificates of all clients.",
    )
}

fn no_password(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let open = seen.user.is_none() && seen.rtt.is_some();
    let severity = if seen.address.is_some_and(is_private) { Warning } else { Error };
    open.then(|| finding(severity, "open-to-all", "It answers without a password.", "Set a password, at once."))?
}

fn replica(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    server(seen)?.is_replica().then_some(())?;
    finding(
        Error,
        "read-only-replica",
        "This is a replica: every write is refused with READONLY.",
        "Connect to the endpoint that the console shows; after a failover, resolve its name anew.",
    )
}

fn primary_lost(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let link = server(seen)?.primary_link.as_deref().filter(|link| *link != "up")?;
    finding(
        Error,
        "primary-down",
        format!("The replica does not hear its primary: the link is {link}."),
        "See whether the primary runs; until then what is read here is old.",
    )
}

fn loading(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    server(seen)?.loading.filter(|loading| *loading)?;
    let fix = "Wait: retries with growing pauses are all that a client can do.";
    finding(Error, "loading", "The server reads its data from the disk, and refuses commands until then.", fix)
}

fn no_persistence(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    let server = server(seen)?;
    let wanted = case.map(persistence::value);
    let Some(present) = server.persistence.as_deref() else {
        let fix = "Look into the console; Redis Cloud keeps it from view.";
        return finding(Note, "persistence-unseen", "Whether writes reach the disk can't be seen from here.", fix);
    };
    let kept = Persistence::ALL.iter().position(|kind| kind.word() == present);
    let need = |wanted: Persistence| Persistence::ALL.iter().position(|kind| *kind == wanted);
    // A log or a copy of no known age is better than none and no promise.
    let weaker = |wanted| kept.unwrap_or(1) < need(wanted).unwrap_or_default();
    match wanted {
        Some(wanted) if weaker(wanted) => finding(
            Error,
            "persistence",
            format!("Data persistence is {present}, and should be {}.", wanted.word()),
            "Change it in the console; it takes effect without a new database.",
        ),
        None if present == Persistence::None.word() => finding(
            Warning,
            "no-persistence",
            "Nothing reaches the disk: when the server stops, all data is gone.",
            "Choose a persistence in the console, unless this is a cache that can be filled anew.",
        ),
        _ => None,
    }
}

fn replicas(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    let server = server(seen).filter(|server| !server.is_replica() && server.replicas == Some(0))?;
    case.filter(|case| replication::value(case) != Replication::None)?;
    let version = server.version.as_deref().unwrap_or("Redis");
    finding(
        Warning,
        "replication",
        format!("The server ({version}) names no replica, and your answers want one that takes over."),
        "See in the console whether replication is on: behind Redis Cloud's proxy it need not show here.",
    )
}

fn evicts(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    let (policy, case) = (server(seen)?.eviction.as_deref()?, case?);
    if eviction::serves(case, policy) {
        return None;
    }
    finding(
        Warning,
        "eviction",
        format!("The eviction policy is {policy}, which is not for the role {}.", role(case)),
        format!("Change it in the console to {}.", Setting::Eviction.rule().advise(case).shown()),
    )
}

fn role(case: &Case) -> String {
    crate::questions::find("role").map(|entry| (entry.show)(case.answers).to_string()).unwrap_or_default()
}

fn memory(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let server = server(seen)?;
    let most = server.max_memory.filter(|most| *most > 0)?;
    let percent = u128::from(server.used_memory?) * 100 / u128::from(most);
    (percent >= 80).then_some(())?;
    finding(
        Warning,
        "memory-nearly-full",
        format!("{percent} % of the memory is in use."),
        "Choose a larger size, or delete what is not needed, before writes fail or keys are evicted.",
    )
}

fn connections(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    let server = server(seen)?;
    let (most, present) = (server.max_connections?, server.connections?);
    let needed = case.map_or(0, Case::connections);
    if needed > most {
        let message = format!("Your answers come to {needed} connections, and the server allows {most}.");
        return finding(Error, "too-few-connections", message, "Choose a larger plan, or fewer connections a process.");
    }
    (present.saturating_mul(5) >= most.saturating_mul(4)).then_some(())?;
    finding(
        Warning,
        "connections-nearly-full",
        format!("{present} of {most} connections are in use."),
        "Look for clients that open connections and do not close them; a rollout needs twice as many for a while.",
    )
}

fn refused(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let all: Vec<String> = seen.refused.iter().map(|(command, word)| format!("{command} ({word})")).collect();
    (!all.is_empty()).then_some(())?;
    finding(
        Note,
        "not-visible",
        format!("The server refused {}: what these would say is not judged.", all.join(", ")),
        "That is no fault; a user with more rights sees more.",
    )
}

fn handoffs(seen: &Seen, case: Option<&Case>) -> Option<Finding> {
    let expected = client_handoffs::value(case?) == clients::Handoffs::On;
    let message = match seen.handoffs? {
        Handoffs::NotOffered if expected => "The server does not announce maintenance, and your answers count on it.",
        Handoffs::NeedsResp3 if expected => "The server speaks RESP2 only, in which it can't announce maintenance.",
        _ => return None,
    };
    finding(Warning, "no-handoffs", message, "Let the client's mode be `auto`, so that it goes on without.")
}

fn moves(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let name = seen.name.as_ref()?;
    let again = name.addresses_again.as_ref()?;
    let same = again.len() == name.addresses.len() && again.iter().all(|address| name.addresses.contains(address));
    (!same).then_some(())?;
    finding(
        Note,
        "name-moves",
        "Asked twice, the name had other addresses the second time.",
        "Resolve it anew at every reconnect, and keep no address longer than DNS says.",
    )
}

fn search_domains(seen: &Seen, _: Option<&Case>) -> Option<Finding> {
    let name = seen.name.as_ref().filter(|name| !name.search_domains.is_empty())?;
    let dots = seen.host.matches('.').count();
    (!seen.host.ends_with('.') && dots < name.dots_wanted && dots > 0).then_some(())?;
    finding(
        Note,
        "search-domains",
        format!(
            "Each lookup tries {} first, because {} has fewer than {} dots.",
            name.search_domains.join(", "),
            seen.host,
            name.dots_wanted
        ),
        "End the name with a dot where the client allows it, or set ndots to 1 for this app.",
    )
}

fn server(seen: &Seen) -> Option<&Server> {
    seen.server.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Certificate, Ended, Name, Step, Trouble};

    fn seen(server: Server) -> Seen {
        Seen {
            host: "redis-1.example.com".into(),
            port: 12345,
            tls: true,
            authorities: "redis_ca.pem".into(),
            address: "192.0.2.1".parse().ok(),
            user: Some("default".into()),
            server: Some(server),
            ..Seen::default()
        }
    }

    fn good() -> Server {
        let info = "role:master\nconnected_slaves:1\naof_enabled:1\nmaxclients:1000\nconnected_clients:9\nmaxmemory:100\nused_memory:10";
        Server::of(info, Some("noeviction"), Some("everysec"), None)
    }

    fn ids(seen: Seen, answers: Option<&Answers>) -> Vec<&'static str> {
        let ids: Vec<_> = report(seen, answers).findings.iter().map(|finding| finding.id).collect();
        #[cfg(feature = "explain")]
        ids.iter().for_each(|id| assert!(crate::explain::explain(id).is_ok(), "{id}"));
        ids
    }

    fn answers(link: &str) -> Answers {
        crate::questions::from_link(link).0
    }

    #[test]
    fn what_serves_has_no_finding() {
        assert!(ids(seen(good()), None).is_empty());
        assert!(ids(seen(good()), Some(&answers("instances=2"))).is_empty());
    }

    #[test]
    fn each_fault_of_a_server_has_its_finding() {
        let with = |change: fn(&mut Server)| {
            let mut server = good();
            change(&mut server);
            ids(seen(server), None)
        };
        assert_eq!(with(|s| s.role = Some("slave".into())), ["read-only-replica"]);
        assert_eq!(with(|s| s.primary_link = Some("down".into())), ["primary-down"]);
        assert_eq!(with(|s| s.loading = Some(true)), ["loading"]);
        assert_eq!(with(|s| s.persistence = Some("none".into())), ["no-persistence"]);
        assert_eq!(with(|s| s.persistence = None), ["persistence-unseen"]);
        assert_eq!(with(|s| s.used_memory = Some(80)), ["memory-nearly-full"]);
        assert_eq!(with(|s| s.connections = Some(800)), ["connections-nearly-full"]);
    }

    #[test]
    fn answers_are_held_against_it() {
        let with = |link: &str, change: fn(&mut Server)| {
            let mut server = good();
            change(&mut server);
            ids(seen(server), Some(&answers(link)))
        };
        assert_eq!(with("plan=pro&data-loss=nothing", |_| ()), ["persistence"]);
        assert_eq!(with("role=cache&data-loss=everything", |s| s.persistence = Some("none".into())), ["eviction"]);
        assert_eq!(with("", |s| s.persistence = Some("snapshot".into())), ["persistence"]);
        assert_eq!(with("", |s| s.replicas = Some(0)), ["replication"]);
        assert_eq!(with("instances=1000", |_| ()), ["too-few-connections"]);
        assert_eq!(with("mutual-tls=yes&plan=pro", |_| ()), ["mutual-tls"]);
        let not = Seen { handoffs: Some(Handoffs::NotOffered), ..seen(good()) };
        assert_eq!(ids(not.clone(), Some(&answers(""))), ["no-handoffs"]);
        assert!(ids(not, Some(&answers("client=phpredis"))).is_empty());
    }

    #[test]
    fn the_way_there_is_judged() {
        let clear = |address: &str| ids(Seen { tls: false, address: address.parse().ok(), ..seen(good()) }, None);
        assert_eq!(clear("192.0.2.1"), ["no-encryption"]);
        assert_eq!(clear("10.0.0.1"), ["no-encryption"]);
        assert!(clear("127.0.0.1").is_empty());
        let certificate = |days_left| {
            let certificate = Certificate { days_left, verified: true, ..Certificate::default() };
            ids(Seen { certificate: Some(certificate), ..seen(good()) }, None)
        };
        assert_eq!(certificate(SOON), ["certificate-ends-soon"]);
        assert!(certificate(SOON + 1).is_empty());
        let name = |again: &str, dots_wanted| {
            let name = Name {
                addresses: vec!["192.0.2.1".parse().unwrap()],
                addresses_again: Some(vec![again.parse().unwrap()]),
                search_domains: vec!["svc.cluster.local".into()],
                dots_wanted,
                ttl_s: None,
            };
            ids(Seen { name: Some(name), ..seen(good()) }, None)
        };
        assert!(name("192.0.2.1", 1).is_empty());
        assert_eq!(name("192.0.2.2", 5), ["name-moves", "search-domains"]);
    }

    #[test]
    fn what_is_refused_is_no_fault_and_an_end_is_an_error() {
        let limited = Seen { refused: vec![("INFO", "NOPERM".into())], ..seen(good()) };
        let report_of = |seen| report(seen, None);
        assert_eq!(report_of(limited).count(Error), 0);
        let ended = Ended { step: Step::Hello, trouble: Trouble::WrongPassword };
        let report = report_of(Seen { ended: Some(ended), server: None, ..seen(good()) });
        assert_eq!((report.count(Error), report.ended_at), (1, Some(Step::Hello)));
        let open = Seen { user: None, rtt: super::super::Rtt::of(vec![std::time::Duration::ZERO]), ..seen(good()) };
        assert_eq!(ids(open, None), ["open-to-all"]);
    }
}
