//! `host:port,password=…,ssl=true,abortConnect=false`: the string of StackExchange.Redis.

use serde_json::json;

use super::{Form, HIDDEN, PASSWORD, Seen, Wants, host_and_port, is_reference, yes};

/// A string, taken apart.
#[derive(Debug)]
pub(super) struct Options {
    hosts: Vec<(String, Option<u16>)>,
    options: Vec<(String, String)>,
}

/// Every option that the library reads and that holds no secret.
const KNOWN: [&str; 26] = [
    "abortconnect",
    "allowadmin",
    "asynctimeout",
    "channelprefix",
    "checkcertificaterevocation",
    "clientname",
    "configchannel",
    "configcheckseconds",
    "connectretry",
    "connecttimeout",
    "defaultdatabase",
    "heartbeatinterval",
    "highintegrity",
    "keepalive",
    "protocol",
    "proxy",
    "resolvedns",
    "servicename",
    "setclientlibrary",
    "ssl",
    "sslhost",
    "sslprotocols",
    "synctimeout",
    "tiebreaker",
    "tunnel",
    "user",
];

impl Options {
    /// Reads a text that is one string and nothing else.
    pub fn read(text: &str) -> Option<Options> {
        let mut hosts = Vec::new();
        let mut options: Vec<(String, String)> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((key, value)) => {
                    let key = key.trim();
                    if key.is_empty() || !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
                        return None;
                    }
                    options.push((key.to_owned(), value.trim().to_owned()));
                }
                // Behind a password it could be the rest of one that has a comma in it.
                None if !options.iter().any(|(key, _)| !is_known(key)) => hosts.extend(host_and_port(part)),
                None => {}
            }
        }
        let known = |(key, _): &(String, String)| is_known(key) || key.eq_ignore_ascii_case("password");
        let one_with_port = hosts.len() == 1 && options.is_empty() && hosts.iter().all(|(_, port)| port.is_some());
        let is_one = !hosts.is_empty() && text.contains(',') && options.iter().any(known);
        (is_one || one_with_port).then_some(Options { hosts, options })
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.options.iter().rfind(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    pub fn seen_at(&self, at: &str) -> Seen {
        let (host, port) = self.hosts.first().cloned().unwrap_or_default();
        // Port 6380 alone switches TLS on only for hosts of another vendor.
        let tls = self.get("ssl").is_some_and(|value| yes(value) == Some(true));
        let mut seen = Seen { host, port, tls: Some(tls), tls_at: format!("{at}ssl"), ..Seen::default() };
        let missing = |key: &&str| self.get(key).is_none();
        seen.no_limit_at = ["connectTimeout", "syncTimeout", "asyncTimeout"]
            .iter()
            .filter(|key| missing(key))
            .map(|key| format!("{at}{key}"))
            .collect();
        // The asynchronous limit is that of synchronous calls where only that is given.
        if self.get("syncTimeout").is_some() {
            seen.no_limit_at.retain(|key| !key.ends_with("asyncTimeout"));
        }
        if self.get("abortConnect").is_none_or(|value| yes(value) != Some(false)) {
            let present = self.get("abortConnect").map(|_| true);
            seen.against.push(("client-abort-connect", format!("{at}abortConnect"), json!(present)));
        }
        if self.get("password").is_some_and(|password| !is_reference(password)) {
            seen.against.push(("client-password", format!("{at}password"), json!("***")));
        }
        if self.old_tls() {
            seen.against.push(("client-tls-version", format!("{at}sslProtocols"), json!(self.get("sslProtocols"))));
        }
        seen
    }

    fn old_tls(&self) -> bool {
        let old = ["ssl2", "ssl3", "tls", "tls10", "tls11"];
        let is_old = |word: &str| old.iter().any(|other| word.trim().eq_ignore_ascii_case(other));
        self.get("sslProtocols").is_some_and(|protocols| protocols.split('|').any(is_old))
    }
}

impl Form for Options {
    fn seen(&self, _: &Wants) -> Vec<Seen> {
        vec![self.seen_at("")]
    }

    fn mended(&self, wants: &Wants) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (host, port) in &self.hosts {
            parts.push(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")));
        }
        let tls = wants.tls || self.get("ssl").is_some_and(|value| yes(value) == Some(true));
        for (key, value) in &self.options {
            let is = |other: &str| key.eq_ignore_ascii_case(other);
            match () {
                () if is("password") => parts.push(format!("password={PASSWORD}")),
                () if is("ssl") => parts.push(format!("ssl={tls}")),
                () if is("abortConnect") => parts.push("abortConnect=false".to_owned()),
                () if is("sslProtocols") && self.old_tls() => {}
                () if is_known(key) => parts.push(format!("{key}={value}")),
                () => parts.push(HIDDEN.to_owned()),
            }
        }
        let wanted = [
            ("ssl", tls.to_string()),
            ("abortConnect", "false".to_owned()),
            ("connectTimeout", wants.connect_ms.to_string()),
            ("syncTimeout", wants.command_ms.to_string()),
            ("asyncTimeout", wants.command_ms.to_string()),
        ];
        let missing = wanted.into_iter().filter(|(key, _)| self.get(key).is_none());
        parts.extend(missing.map(|(key, value)| format!("{key}={value}")));
        parts.join(",")
    }
}

fn is_known(key: &str) -> bool {
    KNOWN.iter().any(|known| key.eq_ignore_ascii_case(known))
}
