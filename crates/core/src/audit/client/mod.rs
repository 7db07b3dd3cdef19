//! The configuration of a client: what is missing or dangerous in it, and the same text mended.
//!
//! Only what is known to be no secret is repeated; a value under a key that nobody knows could be one.

use serde_json::{Value, json};

use super::mend::Mend;
use super::read::Bad;
use super::{Database, Finding, Place, Text, worst_first};
use crate::case::Case;
use crate::findings::checks;
use crate::plan::Severity::{self, Error, Note, Warning};
use crate::questions::{Answers, Endpoint, PlanChoice};
use crate::rules::Setting;
use crate::rules::tls::{Tls, value as tls_of};
use crate::sources::{self, Source};
use crate::told::{Told, told};

mod env;
mod spring;
mod stackexchange;
mod url;

/// What takes the place of a secret.
const PASSWORD: &str = "${REDIS_PASSWORD}";

/// What takes the place of a value that could be one.
pub(super) const HIDDEN: &str = "…";

/// Something that can be wrong with a client's configuration, for `explain`.
pub struct Check {
    /// Its id.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, in a few words.
    pub title: Told,
    /// The rule behind it.
    pub rule: &'static str,
    /// Where the rule is written.
    pub sources: &'static [&'static Source],
    message: &'static str,
    fix: &'static str,
}

/// Every check but TLS, which is a setting, and the port, which is a finding of `recommend`.
pub static CHECKS: &[Check] = &[
    Check {
        id: "client-verification",
        severity: Error,
        title: told("The server's certificate is not checked"),
        rule: "Without the check anybody on the way can answer in the server's place, and learns the password.",
        sources: &[sources::TLS],
        message: "The server's certificate is not checked.",
        fix: "Load the whole redis_ca.pem of the console, and check chain and host name.",
    },
    Check {
        id: "client-timeouts",
        severity: Warning,
        title: told("No time limit"),
        rule: "A call without a time limit waits as long as the system does: a quarter of an hour on a silent peer.",
        sources: &[sources::CLIENT_ERRORS, sources::REDIS_PY],
        message: "No time limit is set here.",
        fix: "Set one for connecting and one for each command, well below the deadline of your callers.",
    },
    Check {
        id: "client-password",
        severity: Warning,
        title: told("The password stands in the configuration"),
        rule: "What stands in an address is logged, shown by process lists and kept in version control.",
        sources: &[sources::TLS],
        message: "The password stands in the configuration.",
        fix: "Read it from the environment or a secret store, and change it: it may have been logged.",
    },
    Check {
        id: "client-abort-connect",
        severity: Warning,
        title: told("The client gives up when the first connection fails"),
        rule: "abortConnect is true by default: a process that starts while the database is away never gets a connection.",
        sources: &[sources::STACKEXCHANGE],
        message: "The client gives up when the first connection fails.",
        fix: "Set abortConnect=false: it then goes on in the background.",
    },
    Check {
        id: "client-address",
        severity: Warning,
        title: told("An address instead of a name"),
        rule: "A failover may move the endpoint to another address, which only a name follows; certificates name names.",
        sources: &[sources::RESILIENT, sources::MAINTENANCE],
        message: "The host is an address, and a failover may move the database to another one.",
        fix: "Take the name from the endpoint in the console.",
    },
    Check {
        id: "client-tls-version",
        severity: Error,
        title: told("A version of TLS that is broken"),
        rule: "TLS before 1.2 is refused by current servers, and broken.",
        sources: &[sources::TLS],
        message: "A version of TLS before 1.2 is allowed.",
        fix: "Leave the choice to the system, or allow 1.2 and 1.3.",
    },
];

/// What a configuration says, wherever it stands.
#[derive(Debug, Default)]
struct Seen {
    host: String,
    port: Option<u16>,
    /// Whether TLS is on, as far as it says, and where that stands.
    tls: Option<bool>,
    tls_at: String,
    /// Where a connection and a command get a time limit; nothing where they have one.
    no_limit_at: Vec<String>,
    /// The time limits can't stand here.
    limits_elsewhere: bool,
    /// What it says against the rule of each check, and where.
    against: Vec<(&'static str, String, Value)>,
}

/// What it should say.
struct Wants {
    tls: bool,
    connect_ms: u32,
    command_ms: u32,
    client: &'static str,
}

/// A configuration in one of the forms, taken apart.
trait Form {
    fn seen(&self, wants: &Wants) -> Vec<Seen>;
    /// The text with everything as it should be, without secrets.
    fn mended(&self, wants: &Wants) -> String;
}

/// Judges a text, which may hold secrets, and gives it back mended and without them.
///
/// # Errors
/// [`Bad`] when it is in none of the forms.
pub fn audit(text: &str, answers: &Answers, place: Place) -> Result<Database<'static>, Bad> {
    let form = recognise(text).ok_or_else(|| Bad::new("text that is none of these", EXPECTED))?;
    let case = Case::new(answers);
    let connection = crate::connection::connection(&case);
    let limit = |knob: &crate::plan::Knob| knob.value.unwrap_or(answers.deadline / 2);
    let mut wants = Wants {
        tls: true,
        connect_ms: limit(&connection.connect_timeout_ms),
        command_ms: limit(&connection.command_timeout_ms),
        client: case.client.id,
    };
    let seen = form.seen(&wants);
    let mut findings = Vec::new();
    let mut tls = false;
    for seen in &seen {
        let mut answers = answers.clone();
        if answers.plan == PlanChoice::Undecided {
            answers.plan = PlanChoice::Pro;
        }
        if is_private(&seen.host) && answers.endpoint == Endpoint::Public {
            answers.endpoint = Endpoint::VpcPeering;
        }
        let case = Case::new(&answers);
        wants.tls = tls_of(&case) == Tls::On;
        tls |= wants.tls;
        judge(seen, &case, &wants, &mut findings);
    }
    wants.tls = tls;
    worst_first(&mut findings);
    let name = seen.first().map(|seen| match seen.port {
        Some(port) => format!("{}:{port}", seen.host),
        None => seen.host.clone(),
    });
    Ok(Database {
        id: None,
        name: name.unwrap_or_default().into(),
        plan: None,
        findings,
        mended: Some(form.mended(&wants)),
        place,
        complete: seen.iter().all(|seen| seen.tls.is_some()),
    })
}

const EXPECTED: &str = "an export of the API (JSON), redis:// or rediss://, a StackExchange.Redis string, Spring \
                        YAML or properties, or a .env file with Redis in it";

fn recognise(text: &str) -> Option<Box<dyn Form>> {
    let trimmed = text.trim();
    if let Some(url) = url::Url::read(trimmed) {
        return Some(Box::new(url));
    }
    if !trimmed.contains('\n')
        && let Some(string) = stackexchange::Options::read(trimmed)
    {
        return Some(Box::new(string));
    }
    if let Some(spring) = spring::Spring::read(text) {
        return Some(Box::new(spring));
    }
    env::Env::read(text).map(|env| Box::new(env) as Box<dyn Form>)
}

fn judge(seen: &Seen, case: &Case, wants: &Wants, findings: &mut Vec<Finding>) {
    let advice = Setting::Tls.rule().advise(case);
    if wants.tls && seen.tls != Some(true) {
        let off = seen.tls == Some(false);
        findings.push(Finding {
            id: Setting::Tls.key(),
            severity: match (off, is_private(&seen.host)) {
                (true, false) => Error,
                (true, true) => Warning,
                (false, _) => Note,
            },
            path: seen.tls_at.clone().into(),
            present: json!(seen.tls),
            wanted: json!(true),
            message: if off {
                "The connection is not encrypted: password and data travel in clear."
            } else {
                "Whether the connection is encrypted can't be seen here."
            }
            .into(),
            fix: "Switch TLS on in the client, with the CA bundle of the console, and then in the database.".into(),
            reason: advice.reason,
            sources: advice.sources,
            mend: IN_THE_TEXT,
        });
    }
    if !seen.no_limit_at.is_empty() || seen.limits_elsewhere {
        let wanted = json!({ "connect_ms": wants.connect_ms, "command_ms": wants.command_ms });
        let severity = if seen.limits_elsewhere { Note } else { Warning };
        let path = seen.no_limit_at.join(", ");
        findings.extend(
            against("client-timeouts", path, Value::Null, wanted).map(|finding| Finding { severity, ..finding }),
        );
    }
    for (id, path, present) in &seen.against {
        findings.extend(against(id, path.clone(), present.clone(), Value::Null));
    }
    if is_address(&seen.host) {
        findings.extend(against("client-address", "host".to_owned(), json!(seen.host), json!("a host name")));
    }
    let port = seen.port.unwrap_or(6379);
    if is_redis_cloud(&seen.host)
        && !(10_000..=19_999).contains(&port)
        && let Some(check) = checks().find(|check| check.id == "C55")
    {
        findings.push(Finding {
            id: check.id,
            severity: check.severity,
            path: "port".into(),
            present: json!(port),
            wanted: json!("10000 to 19999"),
            message: format!("Port {port} can't be one of Redis Cloud: they lie between 10000 and 19999.").into(),
            fix: "Copy the port from the endpoint in the console.".into(),
            reason: "A database keeps the port that it was created with.".into(),
            sources: check.sources,
            mend: IN_THE_TEXT,
        });
    }
}

const IN_THE_TEXT: Mend = Mend::by_hand("The app, at its next start; the mended text has the change.");

fn against(id: &str, path: impl Into<Text>, present: Value, wanted: Value) -> Option<Finding> {
    let check = CHECKS.iter().find(|check| check.id == id)?;
    Some(Finding {
        id: check.id,
        severity: check.severity,
        path: path.into(),
        present,
        wanted,
        message: check.message.into(),
        fix: check.fix.into(),
        reason: check.rule.into(),
        sources: check.sources,
        mend: IN_THE_TEXT,
    })
}

/// A host that can be repeated: nothing else could be one.
fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= 253 && host.chars().all(plain),
    }
}

/// `host:port`, `[::1]:port` or a host alone.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    is_host(host).then(|| (host.to_owned(), port))
}

/// A name that only a private network knows, as far as it shows.
fn is_private(host: &str) -> bool {
    let private = |address: std::net::Ipv4Addr| address.is_private() || address.is_loopback();
    host.contains(".internal.")
        || host == "localhost"
        || host == "[::1]"
        || !host.contains(['.', ':'])
        || host.parse().is_ok_and(private)
}

fn is_address(host: &str) -> bool {
    let numbers = host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| !address.is_loopback());
    numbers || (host.starts_with('[') && host != "[::1]")
}

fn is_redis_cloud(host: &str) -> bool {
    [".rlrcp.com", ".redislabs.com", ".redis-cloud.com", ".db.redis.io"].iter().any(|end| host.ends_with(end))
}

/// `true`, `yes`, `1` and the like, or the opposite.
fn yes(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text.trim()));
    if is(&["true", "yes", "1", "on", "required", "tls", "rediss"]) {
        Some(true)
    } else if is(&["false", "no", "0", "off", "none", "redis", "disabled"]) {
        Some(false)
    } else {
        None
    }
}

/// A value without its quotes and without the remark behind it, as YAML and `.env` have them.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.rsplit_once(quote)) {
            return inner;
        }
    }
    let remark = if value.starts_with('#') { Some(0) } else { value.find(" #") };
    // In an address with an @ behind it, it is the rest of a password that nobody quoted.
    let remark = remark.filter(|at| !(value.contains("://") && value[*at..].contains('@')));
    value[..remark.unwrap_or(value.len())].trim_end()
}

/// A reference to a secret and not the secret: `${REDIS_PASSWORD}`, or nothing. A default behind a colon, as shells
/// and Spring have it, is one.
fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let inner = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let default = inner.map(|inner| inner.split_once(':').map_or("", |(_, default)| default));
    value.is_empty() || value == "***" || default.is_some_and(|default| ["", "-"].contains(&default))
}

/// A time limit that is none: 0 in any unit, or less.
fn is_unlimited(value: &str) -> bool {
    let number = value.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
    // The library's reader of decimals weighs more than this page can spare.
    number.starts_with('-') || (!number.is_empty() && number.chars().all(|c| "0.".contains(c)))
}

/// A value that is plainly none: a word, a number, a name, a path.
pub(super) fn is_plain(value: &str) -> bool {
    let short = value.len() <= 60 && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/,".contains(c));
    // A long word without a point or a dash looks like a key that somebody generated.
    short && value.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| word.len() <= 20)
}

/// Whether a key names a secret.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "pwd", "key", "secret", "token", "credential", "auth"].iter().any(|word| key.contains(word))
}
