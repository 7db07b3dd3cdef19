//! `redis://user:password@host:port/0?option=value`, and `rediss://` with TLS.

use serde_json::json;

use super::{Form, HIDDEN, PASSWORD, Seen, Wants, host_and_port, is_reference, is_unlimited, yes};

/// An address, taken apart.
#[derive(Debug)]
pub(super) struct Url {
    tls: bool,
    user: String,
    /// There is one, and whether it is the secret itself.
    password: Option<bool>,
    host: String,
    port: Option<u16>,
    database: String,
    options: Vec<(String, String)>,
    /// redis-rs switches the check of the certificate off by a fragment.
    insecure: bool,
}

/// Options that limit a connection, and those that limit a command, in the clients that read them here.
const CONNECT: [&str; 5] =
    ["socket_connect_timeout", "dial_timeout", "connecttimeout", "connect_timeout", "connection_timeout"];
const COMMAND: [&str; 6] =
    ["socket_timeout", "read_timeout", "write_timeout", "commandtimeout", "timeout", "response_timeout"];

/// Options whose values are no secrets.
const KNOWN: [&str; 12] = [
    "db",
    "protocol",
    "ssl_ca_certs",
    "client_name",
    "clientname",
    "health_check_interval",
    "pool_size",
    "max_retries",
    "family",
    "decode_responses",
    "retry_on_timeout",
    "max_connections",
];

impl Url {
    /// Reads a text that is one address and nothing else.
    pub fn read(text: &str) -> Option<Url> {
        if text.contains(char::is_whitespace) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let tls = scheme == "rediss" || scheme == "valkeys";
        if !tls && scheme != "redis" && scheme != "valkey" {
            return None;
        }
        // A password may hold a slash or an @ that nobody escaped: all before the last @ is secret.
        let (user_info, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = host_and_port(authority)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        // Without a colon it is a user to some clients and a password to others.
        let (user, password) = match user_info.map(|info| info.split_once(':')) {
            None => ("", None),
            Some(None) => ("", Some(!user_info.is_some_and(is_reference))),
            Some(Some((user, password))) => (user, Some(!is_reference(password))),
        };
        let options = query.split('&').filter(|option| !option.is_empty());
        let options = options.map(|option| option.split_once('=').unwrap_or((option, "")));
        Some(Url {
            tls,
            user: if user.len() <= 60 && user.chars().all(plain) { user.to_owned() } else { HIDDEN.to_owned() },
            password,
            host,
            port,
            database: path.chars().take_while(char::is_ascii_digit).take(6).collect(),
            options: options.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            insecure: fragment.eq_ignore_ascii_case("insecure"),
        })
    }

    /// Whether a time limit is set by one of these.
    fn has(&self, keys: &[&str]) -> bool {
        self.options.iter().any(|(key, value)| is_one_of(key, keys) && !is_unlimited(value))
    }

    /// What it says, with this before each place.
    pub fn seen_at(&self, at: &str, wants: &Wants) -> Seen {
        let mut seen = Seen {
            host: self.host.clone(),
            port: self.port,
            tls: Some(self.tls),
            tls_at: format!("{at}scheme"),
            ..Seen::default()
        };
        let limits = limits(wants.client);
        let missing =
            !self.has(&COMMAND) || !(self.has(&CONNECT) || limits.is_some_and(|(connect, ..)| connect.is_empty()));
        seen.limits_elsewhere = missing && limits.is_none();
        if let Some((connect, command, _)) = limits.filter(|_| missing) {
            let connect = (!connect.is_empty() && !self.has(&CONNECT)).then_some(connect);
            let command = (!self.has(&COMMAND)).then_some(command);
            seen.no_limit_at = [connect, command].into_iter().flatten().map(|key| format!("{at}{key}")).collect();
        }
        if self.password == Some(true) {
            seen.against.push(("client-password", format!("{at}password"), json!("***")));
        }
        for (key, _) in self.options.iter().filter(|(key, value)| is_unverified(key, value)) {
            seen.against.push(("client-verification", format!("{at}{key}"), json!("off")));
        }
        if self.insecure {
            seen.against.push(("client-verification", format!("{at}#insecure"), json!("off")));
        }
        seen
    }
}

impl Form for Url {
    fn seen(&self, wants: &Wants) -> Vec<Seen> {
        vec![self.seen_at("", wants)]
    }

    fn mended(&self, wants: &Wants) -> String {
        let scheme = if self.tls || wants.tls { "rediss" } else { "redis" };
        let user = match self.password {
            Some(_) => format!("{}:{PASSWORD}@", self.user),
            None => String::new(),
        };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let mut options: Vec<String> = Vec::new();
        for (key, value) in self.options.iter().filter(|(key, value)| !is_unverified(key, value)) {
            // The key of an option that nobody knows could be a secret as well.
            if is_one_of(key, &CONNECT) || is_one_of(key, &COMMAND) {
                if !is_unlimited(value) || limits(wants.client).is_none() {
                    options.push(format!("{key}={value}"));
                }
            } else if is_one_of(key, &KNOWN) || is_check(key) {
                options.push(format!("{key}={value}"));
            } else {
                options.push(HIDDEN.to_owned());
            }
        }
        if let Some((connect, command, show)) = limits(wants.client) {
            if !connect.is_empty() && !self.has(&CONNECT) {
                options.push(format!("{connect}={}", show(wants.connect_ms)));
            }
            if !self.has(&COMMAND) {
                options.push(format!("{command}={}", show(wants.command_ms)));
            }
        }
        let query = if options.is_empty() { String::new() } else { format!("?{}", options.join("&")) };
        format!("{scheme}://{user}{}{port}/{}{query}", self.host, self.database)
    }
}

/// Where this client reads time limits from an address: for connecting, for a command, in which form.
type Limits = (&'static str, &'static str, fn(u32) -> String);

fn limits(client: &str) -> Option<Limits> {
    let seconds: fn(u32) -> String = |ms| format!("{}.{:03}", ms / 1000, ms % 1000);
    match client {
        "redis-py" | "redis-py-asyncio" => Some(("socket_connect_timeout", "socket_timeout", seconds)),
        "go-redis" => Some(("dial_timeout", "read_timeout", |ms| format!("{ms}ms"))),
        "ioredis" => Some(("connectTimeout", "commandTimeout", |ms| ms.to_string())),
        "lettuce" | "spring-data-redis" => Some(("", "timeout", |ms| format!("{ms}ms"))),
        _ => None,
    }
}

fn is_one_of(key: &str, keys: &[&str]) -> bool {
    keys.iter().any(|other| key.eq_ignore_ascii_case(other))
}

/// An option that is about the check of the certificate.
fn is_check(key: &str) -> bool {
    let about = [
        "ssl_cert_reqs",
        "ssl_check_hostname",
        "skip_verify",
        "verifypeer",
        "rejectunauthorized",
        "ssl_verify",
        "insecure",
    ];
    is_one_of(key, &about)
}

/// An option that switches the check of the certificate off.
pub(super) fn is_unverified(key: &str, value: &str) -> bool {
    let inverted = is_one_of(key, &["skip_verify", "insecure"]);
    let none = value.eq_ignore_ascii_case("cert_none") || value.eq_ignore_ascii_case("optional");
    is_check(key) && if inverted { yes(value) != Some(false) } else { none || yes(value) == Some(false) }
}
