//! What an error message or a log means: cause, three checks, what to change now, what later.
//!
//! The tables know the words of the server, of the libraries and of what stands below them, each with its source.
//! A line counts for one cause, the first in the order of the tables: what the server says explains more than what
//! a client makes of it.

mod clients;
mod commands;
mod document;
mod network;
mod redact;
mod refusals;
mod said;
mod server;
mod tls;

pub use document::document;
pub use said::Speaker;

use serde::Serialize;

use crate::clients::ClientId;
use crate::plan::{Connection, Knob, Plan, Severity, recommend};
use crate::questions::{Answers, Text};
use crate::rules::Setting;
use crate::sources::Source;

/// Everything that can be recognised.
const TABLES: &[&[Cause]] =
    &[refusals::CAUSES, server::CAUSES, commands::CAUSES, tls::CAUSES, network::CAUSES, clients::CAUSES];

/// Letters of a line that are echoed.
const ECHO: usize = 160;

/// Something that goes wrong, and how it is known.
pub(crate) struct Cause {
    pub id: &'static str,
    /// An error does not heal by itself; a warning does with a client that is written well.
    pub severity: Severity,
    pub title: &'static str,
    pub cause: &'static str,
    pub checks: [&'static str; 3],
    pub now: &'static str,
    pub later: &'static str,
    yours: &'static [Yours],
    /// It follows from another cause, so it stands behind all that do not, however often it is repeated.
    follows: bool,
    marks: &'static [Mark],
}

impl Cause {
    /// The words that it is known by, and who says them.
    pub fn messages(&'static self) -> impl Iterator<Item = (&'static str, &'static Speaker)> {
        self.marks.iter().map(|mark| (mark.0, mark.1))
    }
}

/// All of them.
pub(crate) fn causes() -> impl Iterator<Item = &'static Cause> {
    TABLES.iter().copied().flatten()
}

/// Words of a message, and who says them. `…` stands for anything. Words without a capital letter are found in any
/// case, as some systems write `Connection refused` and others `connection refused`.
struct Mark(&'static str, &'static Speaker);

/// What the plan says about a cause.
#[derive(Clone, Copy)]
enum Yours {
    Setting(Setting),
    Clock(&'static str, fn(&Connection) -> &Knob),
}

impl Yours {
    const CONNECT: Yours = Yours::Clock("connect timeout, ms", |c| &c.connect_timeout_ms);
    const COMMAND: Yours = Yours::Clock("command timeout, ms", |c| &c.command_timeout_ms);
    const POOL: Yours = Yours::Clock("connections of each process", |c| &c.pool.size);
    const POOL_WAIT: Yours = Yours::Clock("wait for a connection, ms", |c| &c.pool.wait_ms);
    const ATTEMPTS: Yours = Yours::Clock("attempts of a call", |c| &c.retry.attempts);
    const RECONNECT: Yours = Yours::Clock("longest pause between reconnects, ms", |c| &c.reconnect.cap_ms);
    const KEEPALIVE: Yours = Yours::Clock("keepalive, ms", |c| &c.keepalive_ms);
    const USER_TIMEOUT: Yours = Yours::Clock("TCP_USER_TIMEOUT, ms", |c| &c.user_timeout_ms);
    const HEALTH: Yours = Yours::Clock("ping, ms", |c| &c.health_check_ms);
    const REFRESH: Yours = Yours::Clock("everything dropped and resolved anew after, ms", |c| &c.dns.refresh_after_ms);
    const DNS_CACHE: Yours = Yours::Clock("addresses kept, s", |c| &c.dns.cache_ttl_s);
}

/// What a text says.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version that judged.
    pub holdfast: &'static str,
    /// How many lines were read.
    pub lines: usize,
    /// How many of them were recognised.
    pub recognised: usize,
    /// What is wrong, that which explains most first.
    pub diagnoses: Vec<Diagnosis>,
    /// What to look for next, where nothing was recognised.
    pub question: Option<&'static str>,
}

/// One cause that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// Its id.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub title: &'static str,
    /// How many lines it explains.
    pub count: usize,
    /// The number of the first of them.
    pub first_line: usize,
    /// That line, without secrets, cut to a readable length.
    pub example: String,
    /// Why it happens.
    pub cause: &'static str,
    /// How to make sure.
    pub checks: [&'static str; 3],
    /// What to change now.
    pub now: &'static str,
    /// What to change so that it does not come back.
    pub later: &'static str,
    /// The client that the advice is for: that of the answers, unless the messages are another's.
    pub client: Option<&'static str>,
    /// What the plan for these answers has that bears on it.
    pub yours: Vec<Advised>,
    /// The words by which it was known.
    pub messages: Vec<Message>,
}

/// A setting or a number of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct Advised {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Why it is so.
    pub reason: Text,
}

/// Words that were recognised.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The words.
    pub text: &'static str,
    /// Who says them.
    pub said_by: &'static str,
    /// Where that was read.
    pub source: Source,
}

/// How often a cause was met, and by which words.
struct Hit {
    cause: &'static Cause,
    count: usize,
    first_line: usize,
    example: String,
    marks: Vec<&'static Mark>,
}

/// What is wrong, that which explains most first; empty where nothing was recognised.
pub fn diagnose(text: &str, answers: &Answers) -> Vec<Diagnosis> {
    let mut hits: Vec<Hit> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((cause, mark)) = recognise(line) else { continue };
        match hits.iter_mut().find(|hit| hit.cause.id == cause.id) {
            Some(hit) => {
                hit.count += 1;
                if hit.marks.iter().all(|known| known.0 != mark.0) {
                    hit.marks.push(mark);
                }
            }
            None => {
                hits.push(Hit { cause, count: 1, first_line: at + 1, example: echo(line, mark), marks: vec![mark] })
            }
        }
    }
    // Of two that are as frequent, the one that was first in the log. One by one: they are few, and the library's sort
    // weighs more in the page.
    let order = |hit: &Hit| (hit.cause.follows, std::cmp::Reverse(hit.count));
    let mut ordered: Vec<Hit> = Vec::new();
    for hit in hits {
        ordered.insert(ordered.partition_point(|before| order(before) <= order(&hit)), hit);
    }
    let client = speaking(&ordered, answers.client);
    let plan = recommend(&Answers { client: client.unwrap_or(answers.client), ..answers.clone() });
    ordered.into_iter().map(|hit| diagnosis(hit, client, &plan)).collect()
}

/// The same with what was read, and a question where nothing was recognised.
pub fn report(text: &str, answers: &Answers) -> Report {
    let diagnoses = diagnose(text, answers);
    Report {
        holdfast: crate::VERSION,
        lines: text.lines().count(),
        recognised: diagnoses.iter().map(|diagnosis| diagnosis.count).sum(),
        question: diagnoses.is_empty().then(|| question(text)),
        diagnoses,
    }
}

/// What a person who was paged should look for next.
fn question(text: &str) -> &'static str {
    let lower = text.to_ascii_lowercase();
    if ["error", "exception", "fail", "refused", "closed", "redis"].iter().any(|word| lower.contains(word)) {
        "What is the innermost cause? Paste the whole message with the lines around it: `Caused by`, `errno`, the inner \
         exception, or the server's reply, which begins with a word in capitals."
    } else {
        "Which line is the first that says error or exception? Paste it as the library wrote it, with the lines around it."
    }
}

fn recognise(line: &str) -> Option<(&'static Cause, &'static Mark)> {
    let lower = line.to_ascii_lowercase();
    causes()
        .flat_map(|cause| cause.marks.iter().map(move |mark| (cause, mark)))
        .find(|(_, mark)| mark.is_in(line, &lower))
}

impl Mark {
    fn is_in(&self, line: &str, lower: &str) -> bool {
        let any_case = !self.0.contains(|c: char| c.is_ascii_uppercase());
        let mut rest = if any_case { lower } else { line };
        self.0.split('…').enumerate().all(|(at, part)| match find(rest, part, at == 0) {
            Some(end) => {
                rest = rest.get(end..).unwrap_or_default();
                true
            }
            None => false,
        })
    }
}

/// Where the words end. They do not begin within a word: `MOVED` is not in `REMOVED`.
fn find(text: &str, words: &str, alone: bool) -> Option<usize> {
    let name = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(words)
        .find(|(at, _)| !alone || !words.starts_with(name) || !text.get(..*at).unwrap_or_default().ends_with(name))
        .map(|(at, _)| at + words.len())
}

/// The part of a line that matters, without secrets. These are hidden before anything is cut, lest a part remain.
fn echo(line: &str, mark: &Mark) -> String {
    let shown = redact::redact(line.trim());
    let words = mark.0.split('…').next().unwrap_or_default();
    let at = shown.to_ascii_lowercase().find(&words.to_ascii_lowercase()).unwrap_or_default();
    let before = shown.get(..at).unwrap_or_default().chars().count();
    let skip = if shown.chars().count() > ECHO { before.saturating_sub(ECHO / 4) } else { 0 };
    let mut out = String::from(if skip > 0 { "…" } else { "" });
    out.extend(shown.chars().skip(skip).take(ECHO));
    if shown.chars().count() > skip + ECHO {
        out.push('…');
    }
    out
}

/// The client whose words these are; that of the answers where they can be its own, none where we have no numbers for
/// the one that speaks.
fn speaking(hits: &[Hit], answered: ClientId) -> Option<ClientId> {
    // A stack below that many libraries share says nothing about which one it is.
    let mut speakers =
        hits.iter().flat_map(|hit| &hit.marks).map(|mark| mark.1.clients).filter(|ids| (1..=3).contains(&ids.len()));
    let id = answered.client().id;
    let first = speakers.clone().next();
    match first {
        Some(ids) if !speakers.any(|ids| ids.contains(&id)) => {
            ClientId::ALL.iter().copied().find(|client| ids.contains(&client.client().id))
        }
        _ => Some(answered),
    }
}

fn diagnosis(hit: Hit, client: Option<ClientId>, plan: &Plan) -> Diagnosis {
    let Hit { cause, count, first_line, example, marks } = hit;
    let message = |mark: &Mark| Message { text: mark.0, said_by: mark.1.name, source: mark.1.source };
    Diagnosis {
        id: cause.id,
        severity: cause.severity,
        title: cause.title,
        count,
        first_line,
        example,
        cause: cause.cause,
        checks: cause.checks,
        now: cause.now,
        later: cause.later,
        client: client.map(|id| id.client().name),
        yours: cause.yours.iter().filter_map(|yours| advised(*yours, client, plan)).collect(),
        messages: marks.into_iter().map(message).collect(),
    }
}

fn advised(yours: Yours, client: Option<ClientId>, plan: &Plan) -> Option<Advised> {
    match yours {
        Yours::Setting(setting) => plan.advice(setting).map(|advice| Advised {
            name: advice.title,
            value: advice.shown(),
            reason: advice.reason.clone(),
        }),
        Yours::Clock(name, knob) => {
            client?;
            let Knob { value, reason } = knob(&plan.connection);
            value.map(|value| Advised { name, value: value.to_string(), reason: reason.clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        diagnose(text, &Answers::default()).iter().map(|diagnosis| diagnosis.id).collect()
    }

    fn causes() -> impl Iterator<Item = &'static Cause> {
        TABLES.iter().flat_map(|table| table.iter())
    }

    #[test]
    fn every_mark_is_reached_and_leads_to_its_cause() {
        for cause in causes() {
            for Mark(words, speaker) in cause.marks {
                let line = words.replace('…', " 1 ");
                assert_eq!(ids(&line), [cause.id], "{words} of {}", speaker.name);
            }
        }
    }

    #[test]
    fn the_tables_are_whole() {
        let marks: Vec<&str> = causes().flat_map(|cause| cause.marks.iter().map(|mark| mark.0)).collect();
        assert!(marks.len() > 100, "{}", marks.len());
        for id in ClientId::ALL {
            let spoken = |mark: &Mark| mark.1.clients.contains(&id.client().id);
            assert!(causes().any(|cause| cause.marks.iter().any(spoken)), "no words of {}", id.client().id);
        }
        for (at, cause) in causes().enumerate() {
            assert!(causes().take(at).all(|other| other.id != cause.id), "{} twice", cause.id);
            assert!(cause.title.len() <= 80 && !cause.title.ends_with('.'), "{}", cause.title);
            for text in [cause.cause, cause.now, cause.later].iter().chain(&cause.checks) {
                assert!(text.ends_with('.'), "{text}");
            }
            for mark in cause.marks {
                assert!(mark.1.source.url.starts_with("https://"), "{}", mark.1.name);
            }
        }
    }

    #[test]
    fn messages_as_people_paste_them() {
        for (line, id) in [
            ("redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'.", "out-of-memory"),
            ("ReplyError: OOM command not allowed when used memory > 'maxmemory'.", "out-of-memory"),
            ("ERR max number of clients reached", "too-many-connections"),
            ("redis.exceptions.AuthenticationError: Authentication required.", "no-password"),
            ("WRONGPASS invalid username-password pair or user is disabled.", "wrong-password"),
            ("NOPERM this user has no permissions to run the 'config|get' command", "no-permission"),
            ("MOVED 3999 10.0.0.7:6381", "moved"),
            ("CROSSSLOT Keys in request don't hash to the same slot", "cross-slot"),
            ("READONLY You can't write against a read only replica.", "read-only-replica"),
            ("LOADING Redis is loading the dataset in memory", "loading"),
            ("[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379", "connection-refused"),
            ("Error: getaddrinfo ENOTFOUND redis-1.example.com", "name-unknown"),
            ("Error: getaddrinfo EAI_AGAIN redis", "name-later"),
            ("dial tcp: lookup redis on 10.96.0.10:53: read udp 10.0.0.1:1->10.96.0.10:53: i/o timeout", "name-later"),
            ("dial tcp 10.0.0.1:6379: i/o timeout", "connect-timeout"),
            ("read tcp 10.0.0.2:5->10.0.0.1:6379: i/o timeout", "command-timeout"),
            ("redis.exceptions.ConnectionError: Error 113 connecting to a:1. No route to host.", "no-route"),
            (
                "redis.exceptions.ConnectionError: Error 111 connecting to a:1. Connection refused.",
                "connection-refused",
            ),
            ("redis.exceptions.TimeoutError: Timeout reading from socket", "command-timeout"),
            ("io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 minute(s)", "command-timeout"),
            ("SocketClosedUnexpectedlyError: Socket closed unexpectedly", "connection-lost"),
            ("redis.clients.jedis.exceptions.JedisConnectionException: Unexpected end of stream.", "connection-lost"),
            ("RedisException: read error on connection to redis-1.example.com:12345", "connection-lost"),
            ("Redis server redis-1.example.com:12345 went away", "connection-lost"),
            ("ConnectionPool::TimeoutError: Waited 5 sec, 0/5 available", "pool-exhausted"),
            ("RedisClient::ReadTimeoutError: Waited 1.0 seconds", "command-timeout"),
            ("redis: connection pool timeout", "pool-exhausted"),
            ("MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20).", "retries-used-up"),
            ("Error: Connection is closed.", "client-closed"),
            (
                "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1000)",
                "certificate-unknown",
            ),
            (
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)",
                "certificate-expired",
            ),
            ("certificate verify failed: Hostname mismatch, certificate is not valid for 'a'.", "certificate-name"),
            ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1000)", "tls-to-plaintext"),
            ("tls: first record does not look like a TLS handshake", "tls-to-plaintext"),
            ("remote error: tls: certificate required", "client-certificate"),
            ("SSL_connect failed: certificate verify failed", "certificate-unknown"),
            (
                "StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms), qs: 4, serverEndpoint: a",
                "command-timeout",
            ),
            ("No connection is active/available to service this operation: GET a; UnableToConnect", "connect-timeout"),
            ("EXECABORT Transaction discarded because of previous errors.", "transaction-refused"),
            ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "primary-down"),
            ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", "script-blocks"),
            ("Error while reading line from the server. [tcp://127.0.0.1:6379]", "connection-lost"),
            ("Resource temporarily unavailable", "command-timeout"),
            ("broken pipe (os error 32)", "connection-lost"),
        ] {
            assert_eq!(ids(line), [id], "{line}");
        }
    }

    #[test]
    fn what_is_no_error_is_not_recognised() {
        for line in
            ["", "REMOVED 3 files: a", "listening on port 80", "OOM killer: none", "timeout=5000", "GET /redis 200"]
        {
            assert!(ids(line).is_empty(), "{line}: {:?}", ids(line));
        }
        let report = report("all is well", &Answers::default());
        assert!(report.recognised == 0 && report.question.is_some());
    }

    #[test]
    fn what_explains_most_is_first_and_what_follows_is_last() {
        let log = "MaxRetriesPerRequestError\n".repeat(9)
            + "connect ECONNREFUSED 10.0.0.1:1\n"
            + &"READONLY You can't write against a read only replica.\n".repeat(2);
        assert_eq!(ids(&log), ["read-only-replica", "connection-refused", "retries-used-up"]);
        let counts: Vec<usize> = diagnose(&log, &Answers::default()).iter().map(|d| d.count).collect();
        assert_eq!(counts, [2, 1, 9]);
    }

    #[test]
    fn the_advice_is_for_the_client_that_speaks() {
        let client = |text: &str| diagnose(text, &Answers::default()).first().and_then(|d| d.client);
        assert_eq!(client("MaxRetriesPerRequestError: a"), Some("ioredis"));
        assert_eq!(client("WRONGPASS a"), Some("redis-py"));
        let asyncio = Answers { client: ClientId::RedisPyAsyncio, ..Answers::default() };
        let name = ClientId::RedisPyAsyncio.client().name;
        assert_eq!(diagnose("Timeout reading from a", &asyncio).first().and_then(|d| d.client), Some(name));
    }

    #[test]
    fn the_echo_is_short_and_has_no_secret() {
        let line = format!("{} url=redis://a:hunter2@b:1 MOVED 1 a:1 {}", "x ".repeat(500), "y".repeat(500));
        let found = diagnose(&line, &Answers::default());
        let example = &found.first().unwrap().example;
        assert!(example.contains("MOVED") && !example.contains("hunter2"), "{example}");
        assert!(example.chars().count() <= ECHO + 2, "{example}");
    }
}
