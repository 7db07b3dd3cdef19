//! What the generated projects read from the environment, read in the same way.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::stop::{Stop, shown};

/// User, password and files. It has no `Debug`, lest a password be printed.
pub struct Environment {
    pub user: String,
    pub password: Option<String>,
    /// The file of authorities, as it is shown.
    pub authorities: String,
    /// None where `REDIS_CA_FILE` is not set and the file that it stands for by default is not there.
    pub roots: Option<Arc<RootCertStore>>,
    /// The certificate of the client.
    pub certificate: Option<Arc<CertifiedKey>>,
}

impl Environment {
    /// # Errors
    /// Where a variable names a file that can't be used.
    pub fn read() -> Result<Environment, Stop> {
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let file = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let given = file("REDIS_CA_FILE");
        let path = given.clone().unwrap_or_else(|| "redis_ca.pem".into());
        let roots = if given.is_some() || path.exists() { Some(Arc::new(roots(&path)?)) } else { None };
        let certificate = match (file("REDIS_CERT_FILE"), file("REDIS_KEY_FILE")) {
            (Some(certificate), Some(key)) => Some(Arc::new(own(&certificate, &key)?)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Stop::bad("REDIS_KEY_FILE: found nothing, expected the key of REDIS_CERT_FILE"));
            }
            (None, Some(_)) => {
                return Err(Stop::bad("REDIS_CERT_FILE: found nothing, expected the certificate of REDIS_KEY_FILE"));
            }
        };
        Ok(Environment {
            user: text("REDIS_USERNAME").unwrap_or_else(|| "default".to_owned()),
            password: text("REDIS_PASSWORD"),
            authorities: shown(&path),
            roots,
            certificate,
        })
    }
}

fn certificates(variable: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Stop> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => {
            Err(Stop::bad(format!("{variable}: found no certificates in {}, expected a PEM file of them", shown(path))))
        }
    }
}

fn roots(path: &Path) -> Result<RootCertStore, Stop> {
    let mut store = RootCertStore::empty();
    // Some bundles carry what is no authority; it is enough that one can be used.
    let (used, _) = store.add_parsable_certificates(certificates("REDIS_CA_FILE", path)?);
    if used == 0 {
        return Err(Stop::bad(format!("REDIS_CA_FILE: found no usable authority in {}", shown(path))));
    }
    Ok(store)
}

fn own(certificate: &Path, key: &Path) -> Result<CertifiedKey, Stop> {
    let chain = certificates("REDIS_CERT_FILE", certificate)?;
    // The reason is left out: it could repeat a part of the key.
    let bad = || {
        Stop::bad(format!(
            "REDIS_KEY_FILE: found no usable private key in {}, expected that of REDIS_CERT_FILE",
            shown(key)
        ))
    };
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| bad())?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|_| bad())
}
