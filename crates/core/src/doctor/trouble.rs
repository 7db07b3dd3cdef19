//! Why an examination ended early, in a person's words.

use super::{Certificate, Finding, Seen};
use crate::plan::Severity;

/// Why a step failed. Texts come from the system, from TLS or are the first word of a server's refusal.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// No such name, or no name server that knows it.
    NameUnknown(String),
    /// No answer about the name in time.
    NameSlow,
    /// Nobody listens.
    Refused,
    /// No answer to the connection in time.
    ConnectSlow,
    /// The network says that there is no way.
    Unreachable(String),
    /// TLS was to be spoken, and the peer answers in plain text.
    NoTls,
    /// Plain text was to be spoken, and the peer speaks TLS.
    WantsTls,
    /// The handshake failed in another way.
    TlsOther(String),
    /// There is no file of authorities, so nothing was verified.
    NoAuthorities,
    /// No authority that was given signed the certificate.
    UnknownIssuer,
    /// The certificate signed itself.
    SelfSigned,
    /// It has expired.
    Expired,
    /// It does not hold yet.
    NotYet,
    /// It is for other names.
    OtherName,
    /// It is bad in another way.
    CertificateOther(String),
    /// The server wants a certificate of the client, and none was given.
    ClientCertificateWanted,
    /// The server refused the certificate of the client.
    ClientCertificateRefused(String),
    /// It accepted the connection and did not answer in time.
    Silent,
    /// It closed the connection without a word.
    Closed,
    /// It speaks another protocol.
    NotRedis,
    /// It wants a password, and none was given.
    NoPassword,
    /// It refused user and password.
    WrongPassword,
    /// It refused the connection: the first word of what it said.
    HelloRefused(String),
}

impl Trouble {
    /// As a finding. All of them are errors: no client gets further.
    pub(super) fn finding(&self, seen: &Seen) -> Finding {
        let (id, message, fix) = self.told(seen);
        Finding { id, severity: Severity::Error, message: message.into(), fix: fix.into() }
    }

    fn told(&self, seen: &Seen) -> (&'static str, String, String) {
        let Seen { host, port, authorities, .. } = seen;
        let at = match seen.address {
            Some(address) if address.to_string() != *host => format!("{address} ({host})"),
            _ => host.clone(),
        };
        let unnamed = Certificate::default();
        let certificate = seen.certificate.as_ref().unwrap_or(&unnamed);
        let Certificate { issuer, not_after, names, .. } = certificate;
        let bundle = "Download the whole CA bundle (redis_ca.pem) from the console and set REDIS_CA_FILE to it; never \
                      turn verification off.";
        match self {
            Trouble::NameUnknown(why) => (
                "name-unknown",
                format!("The name {host} can't be resolved: {why}."),
                "Compare it with the endpoint in the console; for a private endpoint, ask a name server that knows it, \
                 from within the network."
                    .into(),
            ),
            Trouble::NameSlow => (
                "name-later",
                format!("No name server answered in time about {host}."),
                "Check the name servers of this machine, and whether a firewall stops port 53.".into(),
            ),
            Trouble::Refused => (
                "connection-refused",
                format!("{at} refuses connections at port {port}: nobody listens there."),
                "Compare the port with the endpoint in the console, and see whether the database is active.".into(),
            ),
            Trouble::ConnectSlow => (
                "connect-timeout",
                format!("{at} did not answer at port {port} in time."),
                "See whether this machine's address is in the allow list, whether a firewall drops packets on the way, \
                 and whether the endpoint is private while you are outside of its network."
                    .into(),
            ),
            Trouble::Unreachable(why) => (
                "no-route",
                format!("There is no way to {at}: {why}."),
                "Check this machine's network, and the peering or private link to the database's network.".into(),
            ),
            Trouble::NoTls => (
                "tls-to-plaintext",
                format!("{at} speaks no TLS at port {port}: it answered in plain text."),
                "Turn TLS on in the console, clients first; to look at it as it is now, use --plaintext.".into(),
            ),
            Trouble::WantsTls => (
                "plaintext-to-tls",
                format!("{at} speaks TLS at port {port}, and plain text was asked for. No password was sent."),
                "Leave --plaintext out, and turn TLS on in the client.".into(),
            ),
            Trouble::TlsOther(why) => (
                "tls-failed",
                format!("The TLS handshake failed: {why}."),
                "See whether something between here and the database ends TLS, and whether it speaks at least TLS 1.2."
                    .into(),
            ),
            Trouble::NoAuthorities => (
                "no-authorities",
                format!(
                    "There is no {authorities}, so the certificate, signed by {issuer}, was not verified. No password \
                     was sent."
                ),
                bundle.into(),
            ),
            Trouble::UnknownIssuer => (
                "certificate-unknown",
                format!("The certificate is signed by {issuer}, which is not among the authorities in {authorities}."),
                bundle.into(),
            ),
            Trouble::SelfSigned => (
                "certificate-self-signed",
                format!("The certificate is signed by itself ({issuer}), and {authorities} does not have it."),
                format!("See whether this is the database at all, and not something on the way. {bundle}"),
            ),
            Trouble::Expired => (
                "certificate-expired",
                format!("The certificate expired on {not_after}."),
                "Check the clock of this machine; if it is right, whoever runs the server has to renew the certificate."
                    .into(),
            ),
            Trouble::NotYet => (
                "certificate-not-yet",
                "The certificate does not hold yet.".into(),
                "Check the clock of this machine.".into(),
            ),
            Trouble::OtherName => (
                "certificate-name",
                format!("The certificate is not for {host} but for {}.", list(names)),
                "Connect by the name that the console shows, not by an address or an alias of your own.".into(),
            ),
            Trouble::CertificateOther(why) => (
                "certificate-bad",
                format!("The certificate can't be accepted: {why}."),
                "Whoever runs the server has to replace it.".into(),
            ),
            Trouble::ClientCertificateWanted => (
                "client-certificate",
                "The server wants a certificate of the client, and none was given.".into(),
                "Set REDIS_CERT_FILE and REDIS_KEY_FILE to the certificate that the console knows, and its key.".into(),
            ),
            Trouble::ClientCertificateRefused(why) => (
                "client-certificate-refused",
                format!("The server refused the certificate in REDIS_CERT_FILE: {why}."),
                "See in the console which certificates the database accepts, and until when yours holds.".into(),
            ),
            Trouble::Silent => (
                "silent-peer",
                format!("{at} accepted the connection at port {port} and did not answer in time."),
                "See whether something between here and the database holds the connection, and whether the database is \
                 busy or frozen."
                    .into(),
            ),
            Trouble::Closed => (
                "connection-lost",
                format!("{at} closed the connection at port {port} without a word."),
                "See whether this machine's address is in the allow list, and whether the port is that of the database."
                    .into(),
            ),
            Trouble::NotRedis => (
                "not-redis",
                format!("What answers at {at} and port {port} does not speak as Redis does."),
                "Compare host and port with the endpoint in the console.".into(),
            ),
            Trouble::NoPassword => (
                "no-password",
                "The server wants a password, and REDIS_PASSWORD is not set.".into(),
                "Set REDIS_PASSWORD in the environment, and REDIS_USERNAME where the user is not `default`.".into(),
            ),
            Trouble::WrongPassword => (
                "wrong-password",
                format!("The server refused the password of the user {}.", seen.user.as_deref().unwrap_or("default")),
                "Check REDIS_PASSWORD and REDIS_USERNAME against the console, and whether the user is switched off.".into(),
            ),
            Trouble::HelloRefused(word) => (
                "hello-refused",
                format!("The server refused the connection with {word}."),
                "`holdfast diagnose` says what the whole message of your client means.".into(),
            ),
        }
    }
}

/// Names in a sentence.
fn list(names: &[String]) -> String {
    match names.split_last() {
        None => "no name at all".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
