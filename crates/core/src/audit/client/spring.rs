//! Spring: `spring.data.redis.…` (before Boot 3 `spring.redis.…`), as properties or as YAML.

use serde_json::json;

use super::url::Url;
use super::{
    Form, HIDDEN, PASSWORD, Seen, Wants, host_and_port, is_plain, is_reference, is_secret, is_unlimited, unquoted, yes,
};

/// Everything of one or several documents of the file that is about Redis.
#[derive(Debug)]
pub(super) struct Spring {
    yaml: bool,
    documents: Vec<Document>,
}

/// What one document says.
#[derive(Debug, Default)]
struct Document {
    prefix: &'static str,
    /// The key and value that say when it holds, if it does not always.
    profile: Option<(String, String)>,
    /// Each key without the prefix, as it is written, with its value.
    entries: Vec<(String, String)>,
    /// The same of the documents above that always hold: what this one does not say, they say.
    above: Vec<(String, String)>,
}

const PREFIXES: [&str; 2] = ["spring.data.redis.", "spring.redis."];
/// What makes a document one of a profile; the second before Boot 2.4.
const PROFILES: [&str; 2] = ["spring.config.activate.on-profile", "spring.profiles"];

impl Spring {
    /// Reads a text with at least one key of Spring's about Redis.
    pub fn read(text: &str) -> Option<Spring> {
        let documents = |lines: fn(&str) -> Vec<(String, String)>| -> Vec<Document> {
            layered(documents(text).iter().filter_map(|text| Document::of(lines(text))).collect())
        };
        let properties = documents(properties);
        if !properties.is_empty() {
            return Some(Spring { yaml: false, documents: properties });
        }
        let yaml = documents(yaml);
        (!yaml.is_empty()).then_some(Spring { yaml: true, documents: yaml })
    }
}

/// Gives each document what those above it say in every profile.
fn layered(mut documents: Vec<Document>) -> Vec<Document> {
    let mut above = Vec::new();
    for document in &mut documents {
        document.above.clone_from(&above);
        if document.profile.is_none() {
            above.extend(document.entries.iter().cloned());
        }
    }
    documents
}

/// The documents of a file: one for each profile.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        match line.trim_end() {
            "---" | "#---" => documents.push(String::new()),
            _ => {
                if let Some(last) = documents.last_mut() {
                    last.push_str(line);
                    last.push('\n');
                }
            }
        }
    }
    documents
}

fn properties(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
    let pair = |line: &str| line.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    lines.filter_map(pair).collect()
}

/// Mappings, as configuration has them; what else YAML can do is passed over.
fn yaml(text: &str) -> Vec<(String, String)> {
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut entries = Vec::new();
    for line in text.lines() {
        let inner = line.trim_start_matches(' ');
        let Some((key, value)) = inner.split_once(':') else { continue };
        let spaced = value.is_empty() || value.starts_with([' ', '\t']);
        let key = key.trim().trim_matches(['"', '\'']);
        if inner.starts_with(['#', '-']) || !spaced || key.is_empty() {
            continue;
        }
        let indent = line.len() - inner.len();
        above.retain(|(other, _)| *other < indent);
        let path = above.iter().map(|(_, key)| key.as_str()).chain([key]).collect::<Vec<_>>().join(".");
        let value = unquoted(value);
        if value.is_empty() {
            above.push((indent, key.to_owned()));
        } else {
            flow(path, value, DEEPEST, &mut entries);
        }
    }
    entries
}

/// How many mappings in braces are looked into: no key of Spring's has more parts.
const DEEPEST: usize = 8;

/// A value, or on one line a mapping in braces: `{host: a, ssl: {enabled: true}}`.
fn flow(path: String, value: &str, deepest: usize, entries: &mut Vec<(String, String)>) {
    let inside = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|_| deepest > 0);
    let Some(inside) = inside else {
        return entries.push((path, value.to_owned()));
    };
    let (mut depth, mut quote) = (0, None);
    let pairs = inside.split(|c| {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, _) => {}
        }
        c == ',' && depth == 0 && quote.is_none()
    });
    for (key, value) in pairs.filter_map(|pair| pair.split_once(':')) {
        let key = key.trim().trim_matches(['"', '\'']);
        flow(format!("{path}.{key}"), unquoted(value), deepest - 1, entries);
    }
}

/// The same key however it is written: `connect-timeout`, `connectTimeout`.
fn same(key: &str) -> String {
    key.chars().filter(|c| !"-_".contains(*c)).collect::<String>().to_ascii_lowercase()
}

impl Document {
    fn of(pairs: Vec<(String, String)>) -> Option<Document> {
        let mut document = Document::default();
        for (key, value) in pairs {
            if PROFILES.contains(&key.as_str()) {
                document.profile = Some((key.clone(), value.clone()));
            }
            for prefix in PREFIXES {
                if let Some(rest) = key.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
                    document.prefix = prefix;
                    document.entries.push((rest.to_owned(), value.clone()));
                }
            }
        }
        (!document.entries.is_empty()).then_some(document)
    }

    fn get(&self, key: &str) -> Option<&str> {
        let all = self.above.iter().chain(&self.entries);
        all.rev().find(|(other, _)| same(other) == key).map(|(_, value)| value.as_str())
    }

    /// What this document itself says.
    fn own(&self, key: &str) -> Option<&str> {
        self.entries.iter().rfind(|(other, _)| same(other) == key).map(|(_, value)| value.as_str())
    }

    /// A limit that is missing above is missing there.
    fn limited(&self, key: &str) -> bool {
        self.own(key).map_or(!self.above.is_empty(), |value| !is_unlimited(value))
    }

    /// Whether it says where Redis is, or how to get there; if not, the one above is judged.
    fn leads_elsewhere(&self) -> bool {
        let address = ["host", "url", "port", "ssl", "cluster", "sentinel"];
        let names = |(key, _): &(String, String)| address.contains(&key.split('.').next().unwrap_or_default());
        self.above.is_empty() || self.entries.iter().any(names)
    }

    fn url(&self) -> Option<Url> {
        self.get("url").and_then(Url::read)
    }

    fn at(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Before Boot 3 the switch stood at `ssl` itself.
    fn tls_key(&self) -> &'static str {
        if self.prefix == PREFIXES[1] { "ssl" } else { "ssl.enabled" }
    }

    fn seen(&self, wants: &Wants) -> Seen {
        // Spring takes its time limits beside the address and not from it.
        let wants = Wants { client: "", ..*wants };
        let leads = self.leads_elsewhere();
        let mut seen = match self.url() {
            _ if !leads => Seen { tls: Some(true), ..Seen::default() },
            Some(url) => Seen { limits_elsewhere: false, ..url.seen_at(&self.at("url: "), &wants) },
            None => {
                let nodes =
                    self.get("cluster.nodes").or(self.get("sentinel.nodes")).and_then(|nodes| nodes.split(',').next());
                let host = self.get("host").or(nodes).and_then(|host| host_and_port(host.trim()));
                let (host, port) = host.unwrap_or_else(|| ("localhost".to_owned(), None));
                let port = self.get("port").and_then(|port| port.parse().ok()).or(port);
                Seen { host, port, tls: Some(false), ..Seen::default() }
            }
        };
        let switch = self.get("ssl.enabled").or(self.get("ssl")).map(yes);
        let bundle = self.get("ssl.bundle").is_some();
        match switch {
            _ if !leads => {}
            Some(told) => seen.tls = told,
            None if bundle => seen.tls = Some(true),
            None => {}
        }
        if self.url().is_none() || switch.is_some() {
            seen.tls_at = self.at(self.tls_key());
        }
        let missing = [("timeout", "timeout"), ("connecttimeout", "connect-timeout")];
        seen.no_limit_at = missing.iter().filter(|(key, _)| !self.limited(key)).map(|(_, key)| self.at(key)).collect();
        if self.own("password").is_some_and(|password| !is_reference(password)) {
            seen.against.push(("client-password", self.at("password"), json!("***")));
        }
        seen
    }

    fn mended(&self, wants: &Wants) -> Vec<(String, String)> {
        let client = Wants { client: "", ..*wants };
        let switch = self.get("ssl.enabled").or(self.get("ssl"));
        let tls = wants.tls || switch.is_some_and(|value| yes(value) == Some(true));
        let mut entries: Vec<(String, String)> = Vec::new();
        for (key, value) in &self.entries {
            let value = match same(key).as_str() {
                "url" => match self.url() {
                    Some(url) => url.mended(&client),
                    None => HIDDEN.to_owned(),
                },
                "ssl" | "ssl.enabled" => tls.to_string(),
                _ if is_secret(key) => PASSWORD.to_owned(),
                _ if is_reference(value) || (is_known(key) && is_plain(value)) => value.clone(),
                _ => HIDDEN.to_owned(),
            };
            entries.push((key.clone(), value));
        }
        // A bundle switches TLS on as well.
        if switch.is_none() && tls && self.above.is_empty() && self.get("ssl.bundle").is_none() {
            entries.push((self.tls_key().to_owned(), "true".to_owned()));
        }
        for (key, name, ms) in
            [("connecttimeout", "connect-timeout", wants.connect_ms), ("timeout", "timeout", wants.command_ms)]
        {
            if !self.limited(key) {
                entries.retain(|(other, _)| same(other) != key);
                entries.push((name.to_owned(), format!("{ms}ms")));
            }
        }
        entries
    }
}

impl Form for Spring {
    fn seen(&self, wants: &Wants) -> Vec<Seen> {
        self.documents.iter().map(|document| document.seen(wants)).collect()
    }

    fn mended(&self, wants: &Wants) -> String {
        let texts = self.documents.iter().map(|document| {
            let entries = document.mended(wants);
            let colon = if self.yaml { ": " } else { "=" };
            let profile = document.profile.iter().map(|(key, value)| {
                let value = if is_plain(value) { value } else { HIDDEN };
                [key, colon, value, "\n"].concat()
            });
            let rest = if self.yaml { nested(document.prefix, &entries) } else { flat(document.prefix, &entries) };
            profile.chain([rest]).collect::<String>()
        });
        texts.collect::<Vec<_>>().join(if self.yaml { "---\n" } else { "#---\n" })
    }
}

/// A key whose value is no secret.
fn is_known(key: &str) -> bool {
    let known = [
        "host",
        "port",
        "database",
        "username",
        "timeout",
        "connecttimeout",
        "clienttype",
        "clientname",
        "ssl",
        "lettuce",
        "jedis",
        "cluster",
        "sentinel",
        "repositories",
    ];
    known.contains(&same(key.split('.').next().unwrap_or_default()).as_str())
}

fn flat(prefix: &str, entries: &[(String, String)]) -> String {
    entries.iter().map(|(key, value)| format!("{prefix}{key}={value}\n")).collect()
}

/// The same keys as a tree, in their order; one that stands under the same as its neighbour shares it.
fn nested(prefix: &str, entries: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut before: Vec<String> = Vec::new();
    // Keys under the same one stand together, wherever the first of them stood.
    let mut groups: Vec<(&str, Vec<&(String, String)>)> = Vec::new();
    for entry in entries {
        let group = entry.0.split('.').next().unwrap_or_default();
        match groups.iter_mut().find(|(other, _)| *other == group) {
            Some((_, group)) => group.push(entry),
            None => groups.push((group, vec![entry])),
        }
    }
    for (key, value) in groups.into_iter().flat_map(|(_, group)| group) {
        let path: Vec<String> = prefix.split_terminator('.').chain(key.split('.')).map(str::to_owned).collect();
        let shared = path.iter().zip(&before).take_while(|(one, other)| one == other).count();
        for (depth, part) in path.iter().enumerate().skip(shared) {
            out.push_str(&"  ".repeat(depth));
            out.push_str(part);
            out.push(':');
            if depth + 1 == path.len() {
                out.push(' ');
                out.push_str(&quoted(value));
            }
            out.push('\n');
        }
        before = path;
    }
    out
}

/// In quotes where YAML would read something else.
fn quoted(value: &str) -> String {
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/?=&".contains(c));
    if plain && !value.starts_with(['-', ':', '?', '&']) && !value.contains(": ") && !value.ends_with(':') {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTS: Wants = Wants { client: "", tls: true, connect_ms: 500, command_ms: 600 };

    fn read(text: &str) -> Spring {
        Spring::read(text).expect("it is about Redis")
    }

    #[test]
    fn a_profile_has_what_stands_above_it() {
        let base =
            "spring.data.redis:\n  timeout: 1s\n  connect-timeout: 1s\n  ssl.enabled: true\n  host: a.example.com\n";
        let spring = read(&format!(
            "{base}---\nspring:\n  config.activate.on-profile: prod\n  data.redis.host: b.example.com\n"
        ));
        let seen = spring.seen(&WANTS);
        assert_eq!((seen[1].host.as_str(), seen[1].tls, seen[1].no_limit_at.len()), ("b.example.com", Some(true), 0));
        let mended = spring.mended(&WANTS);
        let prod = mended.split("---\n").nth(1).expect("two documents");
        assert_eq!(
            prod,
            "spring.config.activate.on-profile: prod\nspring:\n  data:\n    redis:\n      host: b.example.com\n"
        );
    }

    #[test]
    fn what_is_missing_above_is_told_once() {
        let spring = read(
            "spring.data.redis.host=192.0.2.1\nspring.data.redis.ssl.enabled=false\n#---\nspring.config.activate.on-profile=x\nspring.data.redis.database=1\n",
        );
        let seen = spring.seen(&WANTS);
        assert_eq!((seen[0].tls, seen[0].no_limit_at.len()), (Some(false), 2));
        assert_eq!((seen[1].tls, seen[1].no_limit_at.len(), seen[1].host.as_str()), (Some(true), 0, ""));
        let apart =
            read("spring.profiles=a\nspring.data.redis.host=a\n#---\nspring.profiles=b\nspring.data.redis.host=b\n");
        assert!(apart.seen(&WANTS).iter().all(|seen| seen.no_limit_at.len() == 2), "neither stands above the other");
    }

    #[test]
    fn mappings_in_braces_are_read() {
        let text = "spring: {data: {redis: {host: 'a, b', port: 1, ssl: {enabled: true}}}}\n";
        let entries = [("host", "a, b"), ("port", "1"), ("ssl.enabled", "true")];
        assert_eq!(read(text).documents[0].entries, entries.map(|(key, value)| (key.to_owned(), value.to_owned())));
        for broken in
            ["spring.data.redis: {", "spring.data.redis: {}}", "spring.data.redis: {host: {a: '}\n", "a: {{{{:,:}}"]
        {
            let _ = Spring::read(broken);
        }
    }
}
