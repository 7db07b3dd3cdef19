//! TLS, verified as a client verifies it; where that fails, a look at what the server shows, on which nothing is sent.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use holdfast::doctor::{Certificate, Seen, Trouble};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme,
};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::environment::Environment;
use super::wire::{Timed, Wire, alerted, trouble};
use super::{PROBE, TLS, again};
use crate::stop::reason;

/// Shakes hands on the socket, and says of a failure why.
pub fn handshake(seen: &mut Seen, environment: &Environment, socket: TcpStream) -> Result<Wire, Trouble> {
    let provider = Arc::new(ring::default_provider());
    let Some(roots) = environment.roots.clone() else {
        return Err(match observed(seen, &provider) {
            Ok(()) => Trouble::NoAuthorities,
            Err(why) => silent_or(seen, why),
        });
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
    let verifier = verifier.map_err(|error| Trouble::TlsOther(error.to_string()))?;
    let own = Arc::new(Own { certificate: environment.certificate.clone(), asked: AtomicBool::new(false) });
    let (mut connection, mut socket) = dial(seen, &provider, verifier, own.clone(), Timed::new(socket, TLS))?;
    let result = complete(&mut connection, &mut socket);
    seen.asked_for_certificate = own.asked.load(Ordering::Relaxed);
    match result {
        Ok(()) => {
            seen.tls_version =
                connection.protocol_version().and_then(|version| version.as_str()).map(|name| name.replace('_', "."));
            seen.certificate = connection.peer_certificates().and_then(|chain| certificate(chain, true));
            Ok(Wire::tls(connection, socket))
        }
        Err(error) => Err(why(seen, &provider, error, environment.certificate.is_some())),
    }
}

fn dial(
    seen: &Seen,
    provider: &Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    own: Arc<Own>,
    socket: Timed,
) -> Result<(ClientConnection, Timed), Trouble> {
    let other = |why: String| Trouble::TlsOther(why);
    let name = ServerName::try_from(seen.host.trim_end_matches('.').to_owned());
    let name = name.map_err(|_| other("the host is no name that a certificate can have".into()))?;
    let config = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let config = config.map_err(|error| other(error.to_string()))?;
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_client_cert_resolver(own);
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| other(error.to_string()))?;
    Ok((connection, socket))
}

fn complete(connection: &mut ClientConnection, socket: &mut Timed) -> io::Result<()> {
    while connection.is_handshaking() {
        connection.complete_io(socket)?;
    }
    Ok(())
}

fn why(seen: &mut Seen, provider: &Arc<CryptoProvider>, error: io::Error, certificate_given: bool) -> Trouble {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(bad)) => {
            let bad = bad.clone();
            let _ = observed(seen, provider);
            let own = seen.certificate.as_ref().is_some_and(|it| it.subject == it.issuer);
            match bad {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Trouble::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Trouble::NotYet,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Trouble::OtherName
                }
                _ if own => Trouble::SelfSigned,
                CertificateError::UnknownIssuer => Trouble::UnknownIssuer,
                other => Trouble::CertificateOther(other.to_string()),
            }
        }
        Some(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure))
            if seen.asked_for_certificate && !certificate_given =>
        {
            Trouble::ClientCertificateWanted
        }
        Some(rustls::Error::AlertReceived(alert)) => alerted(*alert),
        Some(rustls::Error::InvalidMessage(_)) => silent_or(seen, Trouble::TlsOther(reason(&error))),
        Some(other) => Trouble::TlsOther(other.to_string()),
        None if error.kind() == io::ErrorKind::TimedOut => silent_or(seen, Trouble::Silent),
        None => silent_or(seen, Trouble::Closed),
    }
}

/// Redis waits for the end of a line, which a greeting in TLS need not have: asked in plain text, it answers.
fn silent_or(seen: &Seen, otherwise: Trouble) -> Trouble {
    let Some(mut socket) = again(seen, PROBE) else { return otherwise };
    let mut answer = [0; 5];
    match socket.write_all(b"PING\r\n").and_then(|()| socket.read_exact(&mut answer)) {
        Ok(()) if matches!(&answer, b"+PONG" | b"-NOAU" | b"-ERR " | b"-DENI" | b"-NOPE") => Trouble::NoTls,
        _ => otherwise,
    }
}

/// Whether the peer speaks TLS at all, with the certificate that it shows.
pub fn spoken(seen: &mut Seen) -> bool {
    observed(seen, &Arc::new(ring::default_provider())).is_ok()
}

/// Connects once more only to read the certificate: whatever it is, it is accepted, and nothing is sent.
fn observed(seen: &mut Seen, provider: &Arc<CryptoProvider>) -> Result<(), Trouble> {
    let observer = Arc::new(Observer(provider.clone()));
    let nothing = Arc::new(Own { certificate: None, asked: AtomicBool::new(false) });
    let socket = again(seen, PROBE).ok_or(Trouble::Closed)?;
    let (mut connection, mut socket) = dial(seen, provider, observer, nothing, socket)?;
    // A server that wants our certificate ends it, and has shown its own before.
    let ended = complete(&mut connection, &mut socket);
    seen.tls_version =
        connection.protocol_version().and_then(|version| version.as_str()).map(|name| name.replace('_', "."));
    seen.certificate = connection.peer_certificates().and_then(|chain| certificate(chain, false));
    if seen.certificate.is_some() { Ok(()) } else { Err(ended.map_or_else(trouble, |()| Trouble::Closed)) }
}

/// What a certificate says. Times are those of this machine's clock.
fn certificate(chain: &[CertificateDer], verified: bool) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(chain.first()?).ok()?;
    let not_after = parsed.validity().not_after;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let date = not_after.to_datetime().date();
    let alternative = parsed.subject_alternative_name().ok().flatten();
    let names = alternative.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(std::net::IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from))
            .ok()
            .map(|address| address.to_string()),
        _ => None,
    });
    Some(Certificate {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        names: names.collect(),
        not_after: format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()),
        days_left: (not_after.timestamp() - now).div_euclid(86_400),
        chain: chain.len(),
        verified,
    })
}

/// The certificate of the client, and whether the server asked for one.
#[derive(Debug)]
struct Own {
    certificate: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Own {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.certificate.clone()
    }

    // So that we are told when it is asked for.
    fn has_certs(&self) -> bool {
        true
    }
}

/// Accepts whatever is shown: for a connection that ends after the handshake.
struct Observer(Arc<CryptoProvider>);

impl fmt::Debug for Observer {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("Observer")
    }
}

impl ServerCertVerifier for Observer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer,
        _: &[CertificateDer],
        _: &ServerName,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
