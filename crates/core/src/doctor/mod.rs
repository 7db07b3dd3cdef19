//! What is wrong with a live endpoint, judged by what was seen of it.
//!
//! Whoever has a network fills in [`Seen`] and reads the server's replies with [`resp`]; what was seen becomes
//! findings in [`report`], and a text in [`document`]. Nothing here connects.

mod document;
mod info;
mod judge;
#[cfg(feature = "explain")]
pub(crate) mod known;
pub mod resp;
mod trouble;

pub use document::document;
pub use info::{Server, persistence_word};
pub use judge::report;
pub use trouble::Trouble;

use std::net::IpAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::plan::Severity;
use crate::questions::Text;

/// A step of the examination, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The name becomes addresses.
    Lookup,
    /// A TCP connection.
    Connect,
    /// The handshake, and the judgement on the certificate.
    Tls,
    /// HELLO with AUTH.
    Hello,
    /// Several PINGs.
    Ping,
    /// What the user may see of the server.
    Inspect,
}

impl Step {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Step::Lookup => "name lookup",
            Step::Connect => "TCP connection",
            Step::Tls => "TLS handshake",
            Step::Hello => "HELLO and AUTH",
            Step::Ping => "PING",
            Step::Inspect => "INFO and CONFIG",
        }
    }
}

/// A step that was taken, and how long it took.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    /// Which.
    pub step: Step,
    /// How long, whether it succeeded or not.
    #[serde(rename = "ms", serialize_with = "ms")]
    pub took: Duration,
}

/// The step at which the examination ended, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Where.
    pub step: Step,
    /// Why.
    pub trouble: Trouble,
}

/// What a name says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Name {
    /// Its addresses, as the system resolves them.
    pub addresses: Vec<IpAddr>,
    /// How long DNS lets them be kept, in seconds; null for an address, for a name that is not in DNS, and where no
    /// name server answered in time.
    pub ttl_s: Option<u32>,
    /// Domains that the system tries for a name that has fewer dots than it wants.
    pub search_domains: Vec<String>,
    /// The dots a name needs to be tried as it stands first.
    pub dots_wanted: usize,
    /// The addresses when it was asked again at the end; null where it was not.
    pub addresses_again: Option<Vec<IpAddr>>,
}

/// What a server's certificate says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Certificate {
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The host names and addresses that it is for.
    pub names: Vec<String>,
    /// Until when it holds, in UTC: `2026-11-23`.
    pub not_after: String,
    /// Whole days until then; negative when it has expired.
    pub days_left: i64,
    /// Certificates that the server sent, this one among them.
    pub chain: usize,
    /// Whether it was verified, with the host name, against the authorities that were given.
    pub verified: bool,
}

/// Round trips of PING.
#[derive(Clone, Debug, Serialize)]
pub struct Rtt {
    /// How many.
    pub pings: usize,
    /// The one in the middle.
    #[serde(rename = "median_ms", serialize_with = "ms")]
    pub median: Duration,
    /// The quickest.
    #[serde(rename = "least_ms", serialize_with = "ms")]
    pub least: Duration,
    /// The slowest.
    #[serde(rename = "most_ms", serialize_with = "ms")]
    pub most: Duration,
}

impl Rtt {
    /// Nothing for no pings.
    pub fn of(mut pings: Vec<Duration>) -> Option<Rtt> {
        pings.sort();
        let (least, most) = (*pings.first()?, *pings.last()?);
        Some(Rtt { pings: pings.len(), median: *pings.get(pings.len() / 2)?, least, most })
    }
}

/// Whether the server warns its clients before maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handoffs {
    /// It took the request for warnings.
    Offered,
    /// It does not know the request.
    NotOffered,
    /// It speaks RESP2 to this user, in which there are no warnings.
    NeedsResp3,
    /// The user may not ask.
    MayNotAsk,
}

/// Everything that was seen of an endpoint; what was not reached is absent.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// As it was given.
    pub host: String,
    /// As it was given.
    pub port: u16,
    /// TLS was to be spoken.
    pub tls: bool,
    /// Where the authorities come from, as it is shown.
    pub authorities: String,
    /// The steps that were taken.
    pub steps: Vec<Taken>,
    /// Why it ended early.
    pub ended: Option<Ended>,
    /// The name.
    pub name: Option<Name>,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// `TLSv1.3`.
    pub tls_version: Option<String>,
    /// The server asked for a certificate of the client.
    pub asked_for_certificate: bool,
    /// The server's certificate, verified or not.
    pub certificate: Option<Certificate>,
    /// The user, where a password was sent.
    pub user: Option<String>,
    /// The server.
    pub server: Option<Server>,
    /// Round trips.
    pub rtt: Option<Rtt>,
    /// Warnings before maintenance.
    pub handoffs: Option<Handoffs>,
    /// Commands that were refused, with the first word of the refusal: the rest may repeat what is secret.
    pub refused: Vec<(&'static str, String)>,
}

/// Something wrong with an endpoint, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Kebab-case.
    pub id: &'static str,
    /// An error ends what a client could do, or breaks a stated need.
    pub severity: Severity,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub fix: Text,
}

/// The judgement on an endpoint. Its JSON is what `holdfast doctor --format json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version that judged.
    pub holdfast: &'static str,
    /// The host, as given.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether TLS was to be spoken.
    pub tls: bool,
    /// The step at which it ended early; null when all were taken.
    pub ended_at: Option<Step>,
    /// The steps that were taken, with their time.
    pub steps: Vec<Taken>,
    /// What the name says.
    pub name: Option<Name>,
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// As the handshake agreed.
    pub tls_version: Option<String>,
    /// The server's certificate.
    pub certificate: Option<Certificate>,
    /// The user who was authenticated; null without a password.
    pub user: Option<String>,
    /// The server.
    pub server: Option<Server>,
    /// Round trips.
    pub rtt: Option<Rtt>,
    /// Whether maintenance is announced.
    pub handoffs: Option<Handoffs>,
    /// The worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Whether an address is out of the internet's reach: this machine, a private network, a provider's own.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_private(IpAddr::V4(ip)),
            None => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        },
    }
}

fn ms<S: Serializer>(took: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(took.as_micros() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_the_internet_reaches_are_public() {
        for (address, private) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("192.0.2.1", false),
            ("::1", true),
            ("fd00::1", true),
            ("2001:db8::1", false),
            ("::ffff:8.8.8.8", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let pings = [9, 1, 5].map(Duration::from_millis).to_vec();
        let rtt = Rtt::of(pings).unwrap();
        assert_eq!((rtt.least.as_millis(), rtt.median.as_millis(), rtt.most.as_millis()), (1, 5, 9));
        assert!(Rtt::of(Vec::new()).is_none());
    }
}
