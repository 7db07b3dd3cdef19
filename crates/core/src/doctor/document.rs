//! A report, to be read.

use std::net::IpAddr;
use std::time::Duration;

use super::{Certificate, Handoffs, Name, Report, Rtt, Server};
use crate::artefact::document::{Document, Entry, Section, Tone};
use crate::plan::Severity;

/// The report as a document.
pub fn document(report: &Report) -> Document {
    let found = report.findings.iter().map(|finding| {
        Entry::new(finding.message.clone())
            .value(finding.id)
            .tone(Tone::Finding(finding.severity))
            .line("", finding.fix.clone())
    });
    let steps = report.steps.iter().map(|taken| {
        let failed = if report.ended_at == Some(taken.step) { ", failed" } else { "" };
        Entry::new(taken.step.label()).value(format!("{}{failed}", ms(taken.took)))
    });
    let sections = [
        Section::new("What is wrong, and what to do", found),
        Section::new("Steps", steps),
        Section::new("The way there", way(report)),
        Section::new("The server", report.server.iter().flat_map(server).chain(report.handoffs.map(handoffs))),
    ];
    Document {
        title: "Examined by Holdfast".into(),
        lead: lead(report).into(),
        sections: sections.into_iter().filter(|section| !section.entries.is_empty()).collect(),
    }
}

fn lead(report: &Report) -> String {
    let at = format!("{}:{}", report.host, report.port);
    match (report.ended_at, report.count(Severity::Error) + report.count(Severity::Warning)) {
        (Some(step), _) => format!("{at}: it ended at the {}.", step.label()),
        (None, 0) => format!("{at}: nothing is wrong as far as can be seen from here."),
        (None, 1) => format!("{at}: one thing to look at."),
        (None, many) => format!("{at}: {many} things to look at."),
    }
}

fn way(report: &Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = report.name.iter().flat_map(name).collect();
    entries.extend(report.address.map(|address| Entry::new("Connected to").value(address.to_string())));
    let version = match (&report.tls_version, report.tls) {
        (Some(version), _) => Some(version.clone()),
        (None, true) => None,
        (None, false) => Some("no, as you asked".to_owned()),
    };
    entries.extend(version.map(|version| Entry::new("TLS").value(version)));
    entries.extend(report.certificate.iter().flat_map(certificate));
    entries.extend(report.user.iter().map(|user| Entry::new("User").value(user.clone())));
    entries.extend(report.rtt.as_ref().map(rtt));
    entries
}

fn name(name: &Name) -> Vec<Entry> {
    let addresses = |all: &[IpAddr]| all.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    let ttl = name.ttl_s.map(|ttl| Entry::new("DNS lets it be kept for").value(format!("{ttl} s")));
    let again = name.addresses_again.as_deref().map(|again| Entry::new("Asked again").value(addresses(again)));
    [Some(Entry::new("Addresses").value(addresses(&name.addresses))), ttl, again].into_iter().flatten().collect()
}

fn certificate(certificate: &Certificate) -> Vec<Entry> {
    let Certificate { subject, issuer, names, not_after, days_left, chain, verified } = certificate;
    let verified = if *verified { "verified" } else { "not verified" };
    vec![
        Entry::new("Certificate").value(format!("{subject}, {verified}, {chain} in the chain")),
        Entry::new("Signed by").value(issuer.clone()),
        Entry::new("For").value(names.join(", ")),
        Entry::new("Until").value(format!("{not_after}, {days_left} days")),
    ]
}

fn rtt(rtt: &Rtt) -> Entry {
    let Rtt { pings, median, least, most } = rtt;
    let text = format!("{}, median of {pings}, from {} to {}", ms(*median), ms(*least), ms(*most));
    Entry::new("Round trip").value(text)
}

fn server(server: &Server) -> Vec<Entry> {
    let of = |part: Option<u64>, whole: Option<u64>| match (part, whole) {
        (Some(part), Some(whole)) if whole > 0 => Some(format!("{part} of {whole}")),
        (Some(part), _) => Some(part.to_string()),
        (None, _) => None,
    };
    let role = server.role.as_deref().map(|role| match role {
        "slave" => "replica".to_owned(),
        "master" => "primary".to_owned(),
        other => other.to_owned(),
    });
    [
        ("Version", server.version.clone()),
        ("Mode", server.mode.clone()),
        ("Role", role),
        ("Replicas", server.replicas.map(|count| count.to_string())),
        ("Data persistence", server.persistence.clone()),
        ("Data eviction policy", server.eviction.clone()),
        ("Memory, bytes", of(server.used_memory, server.max_memory)),
        ("Connections", of(server.connections, server.max_connections)),
    ]
    .into_iter()
    .filter_map(|(term, value)| Some(Entry::new(term).value(value?)))
    .collect()
}

fn handoffs(handoffs: Handoffs) -> Entry {
    Entry::new("Maintenance is announced").value(match handoffs {
        Handoffs::Offered => "yes",
        Handoffs::NotOffered => "no, the server does not know how",
        Handoffs::NeedsResp3 => "no, it speaks RESP2 only",
        Handoffs::MayNotAsk => "unknown, the user may not ask",
    })
}

/// Milliseconds with one digit.
fn ms(took: Duration) -> String {
    let tenths = (took.as_micros() + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_one_digit() {
        assert_eq!(ms(Duration::from_micros(1250)), "1.3 ms");
        assert_eq!(ms(Duration::from_micros(49)), "0.0 ms");
    }
}
