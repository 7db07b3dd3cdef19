//! `.env`: an address in a variable, or host, port and switches in several.

use serde_json::json;

use super::stackexchange::Options;
use super::url::{Url, is_unverified};
use super::{Form, HIDDEN, Seen, Wants, host_and_port, is_plain, is_secret, is_unlimited, unquoted, yes};

/// The variables that are about Redis, and whether anything else stands between them.
#[derive(Debug)]
pub(super) struct Env(Vec<Variable>, bool);

/// What takes the place of lines that may hold anybody's secret.
const ELSE: &str = "# What is not about Redis stays as it is.\n";

#[derive(Debug)]
struct Variable {
    key: String,
    value: String,
    role: Role,
}

#[derive(Debug)]
enum Role {
    Url(Url),
    Options(Options),
    Host,
    Port,
    Tls,
    CaFile,
    Timeout,
    Secret,
    /// It switches the check of the certificate off.
    Unverified,
    Other,
}

impl Env {
    /// Reads a text in which a variable says where a Redis is.
    pub fn read(text: &str) -> Option<Env> {
        let variables: Vec<Variable> = text.lines().filter_map(variable).collect();
        let place = |variable: &Variable| matches!(variable.role, Role::Url(_) | Role::Options(_) | Role::Host);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        let others = lines > variables.len();
        variables.iter().any(place).then_some(Env(variables, others))
    }

    fn find(&self, role: fn(&Role) -> bool) -> Option<&Variable> {
        self.0.iter().find(|variable| role(&variable.role))
    }
}

fn variable(line: &str) -> Option<Variable> {
    let line = line.trim().trim_start_matches("export ").trim_start();
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || key.len() > 80 || !key.chars().all(named) {
        return None;
    }
    let value = unquoted(value);
    let role = role(&key.to_ascii_uppercase(), value)?;
    Some(Variable { key: key.to_owned(), value: value.to_owned(), role })
}

/// What a variable is, where it is about Redis at all.
fn role(key: &str, value: &str) -> Option<Role> {
    if let Some(url) = Url::read(value) {
        return Some(Role::Url(url));
    }
    let about = key.contains("REDIS") || key.contains("VALKEY");
    if key == "NODE_TLS_REJECT_UNAUTHORIZED" {
        return (yes(value) == Some(false)).then_some(Role::Unverified);
    }
    if !about {
        return None;
    }
    // A password may look like anything, options among it.
    if !is_secret(key)
        && value.contains(',')
        && let Some(options) = Options::read(value)
    {
        return Some(Role::Options(options));
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| key.ends_with(end));
    let option = key.split_once("REDIS_").map_or(key, |(_, option)| option).to_ascii_lowercase();
    let option = option.trim_start_matches("tls_").trim_start_matches("ssl_").replace('_', "");
    let unverified = ["cert_reqs", "check_hostname", "verify"].iter().any(|check| {
        let check = check.replace('_', "");
        option.ends_with(&check)
            && is_unverified(
                &format!("ssl_{}", check.replace("certreqs", "cert_reqs").replace("checkhostname", "check_hostname")),
                value,
            )
    });
    Some(if is_secret(key) {
        Role::Secret
    } else if unverified || is_unverified(&option, value) {
        Role::Unverified
    } else if ends(&["_HOST", "_HOSTNAME", "_ENDPOINT"]) && host_and_port(value).is_some() {
        Role::Host
    } else if ends(&["_PORT"]) {
        Role::Port
    } else if ends(&["_TLS", "_SSL", "_SCHEME", "TLS_ENABLED", "SSL_ENABLED"]) {
        Role::Tls
    } else if ends(&["CA_FILE", "CA_CERT", "CA_CERTS", "CACERT", "CA_PATH"]) {
        Role::CaFile
    } else if key.contains("TIMEOUT") {
        Role::Timeout
    } else {
        Role::Other
    })
}

impl Form for Env {
    fn seen(&self, wants: &Wants) -> Vec<Seen> {
        let mut all: Vec<Seen> = Vec::new();
        for variable in &self.0 {
            let at = format!("{}: ", variable.key);
            match &variable.role {
                Role::Url(url) => all.push(url.seen_at(&at, wants)),
                Role::Options(options) => all.push(options.seen_at(&at)),
                Role::Host => {
                    let (host, port) = host_and_port(&variable.value).unwrap_or_default();
                    let of_port = self.find(|role| matches!(role, Role::Port)).and_then(|port| port.value.parse().ok());
                    let tls = self.find(|role| matches!(role, Role::Tls));
                    // A bundle without a switch is what the projects of Holdfast have: TLS is always on.
                    let bundle = self.find(|role| matches!(role, Role::CaFile)).map(|_| true);
                    all.push(Seen {
                        host,
                        port: of_port.or(port),
                        tls: tls.map_or(bundle, |tls| yes(&tls.value)),
                        tls_at: tls.map_or(&variable.key, |tls| &tls.key).clone(),
                        ..Seen::default()
                    });
                }
                _ => {}
            }
        }
        let timeout = self.find(|role| matches!(role, Role::Timeout)).is_some_and(|limit| !is_unlimited(&limit.value));
        for seen in &mut all {
            if timeout {
                seen.no_limit_at.clear();
                seen.limits_elsewhere = false;
            }
        }
        if let Some(first) = all.first_mut() {
            for variable in self.0.iter().filter(|variable| matches!(variable.role, Role::Unverified)) {
                first.against.push(("client-verification", variable.key.clone(), json!("off")));
            }
        }
        all
    }

    fn mended(&self, wants: &Wants) -> String {
        let mut out = String::from(if self.1 { ELSE } else { "" });
        for Variable { key, value, role } in &self.0 {
            let value = match role {
                Role::Url(url) => url.mended(wants),
                Role::Options(options) => options.mended(wants),
                Role::Unverified => continue,
                Role::Secret => "***".to_owned(),
                Role::Tls if wants.tls && key.to_ascii_uppercase().ends_with("SCHEME") => "rediss".to_owned(),
                Role::Tls if wants.tls && yes(value) != Some(true) => "true".to_owned(),
                Role::Host => value.clone(),
                Role::Port | Role::Tls | Role::CaFile | Role::Timeout if is_plain(value) => value.clone(),
                _ => HIDDEN.to_owned(),
            };
            // Its own braces are the shell's; everything else that could mean something is quoted.
            let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/*…".contains(c));
            out.push_str(&if plain { format!("{key}={value}\n") } else { format!("{key}=\"{value}\"\n") });
        }
        out
    }
}
