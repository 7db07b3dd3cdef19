//! Whatever comes as answers, a link, an export, a stream, a configuration, needs, a log or a server's reply is read
//! or refused. Nothing panics, and no secret comes out.
//!
//! `HOLDFAST_FUZZ=10000000 cargo test -p holdfast-tests foreign` runs so many inputs for each reader. On 2026-11-26
//! each of them had 10,000,000, seeds as below, in release mode with overflow checks. Found were two passwords that came
//! out, which stand below as cases; with them mended, nothing.

use holdfast::audit::{Baseline, Needs, Place, client, is_json, is_stream};
use holdfast::diagnose;
use holdfast::doctor::resp::{self, Read, Reply};
use holdfast::questions::{self, Answers, from_link, to_link};
use holdfast::recommend;

use crate::exports::{exports, judged};

/// Always the same numbers (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

fn rounds(usual: usize) -> usize {
    std::env::var("HOLDFAST_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// What stands where something else is expected.
const VALUES: [&str; 14] = [
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "0.1",
    "\"\"",
    "\"\\ud800\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "\"hunter2\"",
    "{\"databaseId\":1}",
];

/// Bytes with a few changes: most of them are still nearly what they were.
fn damaged(random: &mut Random, bytes: &[u8], tokens: &[&str]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 => bytes[at] = random.below(256) as u8,
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at.max(1)),
            3 => drop(bytes.splice(at..at, random.one(tokens).bytes())),
            4 => {
                let again = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, again));
            }
            // The value behind the next colon becomes another kind of value.
            _ => {
                let colon = bytes[at..].iter().position(|byte| *byte == b':').map(|colon| at + colon + 1);
                if let Some(colon) = colon {
                    let length = bytes[colon..].iter().position(|byte| b",}\n".contains(byte)).unwrap_or(0);
                    drop(bytes.splice(colon..colon + length, random.one(tokens).bytes()));
                }
            }
        }
        if bytes.is_empty() {
            bytes.push(b'{');
        }
    }
    bytes
}

#[test]
fn no_export_makes_the_audit_panic_and_no_refusal_repeats_a_secret() {
    let mut random = Random(0x686f_6c64_6661_7374);
    let all = exports();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..rounds(12_000) {
        let (_, stream, bytes) = &all[random.below(all.len())];
        let bytes = damaged(&mut random, bytes, &VALUES);
        let _ = (is_json(&bytes), is_stream("a.json", &bytes, &bytes));
        match judged(&bytes, *stream, Needs::default()) {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                let message = error.0.to_string();
                assert!(!message.contains("hunter2") && message.contains("expected"), "{message}");
            }
        }
    }
    assert!(read > refused / 20 && refused > read / 20, "{read} read and {refused} refused: a poor mixture");
}

const CONFIGURATIONS: [&str; 12] = [
    "rediss://default:hunter2@redis-12345.c1.us-east-1-2.ec2.cloud.rlrcp.com:12345/0?ssl_cert_reqs=none&timeout=2#insecure",
    "redis://:hunter2@[2001:db8::1]:6379",
    "redis-12345.c1.us-east-1-2.ec2.cloud.rlrcp.com:12345,password=hunter2,ssl=true,abortConnect=false,sslProtocols=tls11|tls12",
    "spring:\n  data:\n    redis:\n      host: redis-1.example.com # remark\n      password: 'hunter2'\n      ssl:\n        enabled: false\n---\nspring.data.redis:\n  url: redis://a:hunter2@b:1\n",
    "spring.redis.host=redis-1.example.com\nspring.redis.password=hunter2\nspring.redis.ssl=false\n#---\nspring.data.redis.url=x\n",
    "export REDIS_URL=\"redis://default:hunter2@redis-1.example.com:12345\"\nNODE_TLS_REJECT_UNAUTHORIZED=0\n",
    "REDIS_HOST=redis-1.example.com\nREDIS_PORT=12345\nREDIS_PASSWORD=hunter2\nREDIS_TLS=false\nREDIS_CERT_REQS=none\n",
    "REDIS_CONNECTION='redis-1.example.com:12345,password=hunter2,ssl=false'\n",
    "REDIS_URL='redis://default:hunter2@redis-1.example.com:12345' # production\nREDIS_TOKEN=hunter2 # secret\n",
    "# of the app\nexport REDIS_HOST=redis-1.example.com\nREDIS_PORT=12345\nREDIS_TIMEOUT=0\nOTHER_KEY=hunter2\n",
    "spring.data.redis.host=r.example.com\nspring.data.redis.timeout=0ms\nspring.data.redis.password=${P:hunter2}\n",
    "KEY=VALUE\n",
];

const TOKENS: [&str; 16] =
    ["@", ":", "/", "?", "#", ",", "=", "\n", "  ", "${", "}", "redis://", "é", "\u{0}", "\"", "[::1]"];

#[test]
fn no_configuration_makes_the_audit_panic() {
    let mut random = Random(42);
    let answers = Answers::default();
    let mut read = 0;
    for _ in 0..rounds(30_000) {
        let whole = random.one(&CONFIGURATIONS);
        let text = damaged(&mut random, whole.as_bytes(), &TOKENS);
        let text = String::from_utf8_lossy(&text);
        match client::audit(&text, &answers, Place::default()) {
            Ok(database) => {
                read += 1;
                let mended = database.mended.unwrap();
                assert!(!mended.is_empty(), "{text}");
            }
            Err(bad) => assert!(!bad.to_string().contains("hunter2")),
        }
    }
    assert!(read > 1000, "only {read} were read");
}

/// A password of whatever people have, in the place that each form has for it.
#[test]
fn no_password_comes_out_wherever_it_stands() {
    let mut random = Random(7);
    let letters: Vec<char> = "abcXYZ019@:/?#,=;&%+*'\"\\$ {}[]().-_~!é".chars().collect();
    for _ in 0..rounds(20_000) {
        let noise: String = (0..random.below(12)).map(|_| letters[random.below(letters.len())]).collect();
        let tail: String = (0..random.below(4)).map(|_| letters[random.below(letters.len())]).collect();
        let secret = format!("{noise}hunter2{tail}");
        let text = random.one(&CONFIGURATIONS).replace("hunter2", &secret);
        let said = match client::audit(&text, &Answers::default(), Place::default()) {
            Ok(database) => serde_json::to_string(&database).unwrap(),
            Err(bad) => bad.to_string(),
        };
        assert!(!said.contains("hunter2"), "{text:?} gave {said}");
    }
}

/// What the ten millions of inputs found: passwords that look like options, and like a remark.
#[test]
fn a_password_that_was_found_to_come_out_stays_hidden() {
    for text in [
        "REDIS_HOST=redis-1.example.com\nREDIS_PORT=12345\nREDIS_PASSWORD=#(a_,hunter2:9,\n",
        "spring.data.redis:\n  url: redis://a:[.#ac@hunter2 #;@b:1\n",
    ] {
        let database = client::audit(text, &Answers::default(), Place::default()).unwrap();
        assert!(!serde_json::to_string(&database).unwrap().contains("hunter2"), "{database:?}");
    }
}

#[test]
fn a_default_is_a_password_and_no_limit_is_none() {
    let ids = |text: &str| -> Vec<&'static str> {
        let database = client::audit(text, &Answers::default(), Place::default()).unwrap();
        assert!(!serde_json::to_string(&database).unwrap().contains("hunter2"), "{database:?}");
        database.findings.iter().map(|finding| finding.id).collect()
    };
    let spring = |password: &str, timeout: &str| {
        format!(
            "spring.data.redis.host=r.example.com\nspring.data.redis.ssl.enabled=true\n\
             spring.data.redis.connect-timeout=1s\nspring.data.redis.password={password}\n\
             spring.data.redis.timeout={timeout}\n"
        )
    };
    assert_eq!(ids(&spring("${REDIS_PASSWORD:}", "1s")), [""; 0]);
    assert_eq!(ids(&spring("${REDIS_PASSWORD:hunter2}", "1s")), ["client-password"]);
    assert_eq!(ids(&spring("${REDIS_PASSWORD}", "0")), ["client-timeouts"]);
    let url = "rediss://:${REDIS_PASSWORD}@r.example.com:12345?socket_timeout=0&socket_connect_timeout=1";
    assert_eq!(ids(url), ["client-timeouts"]);
}

#[test]
fn what_is_mended_has_nothing_left_to_mend() {
    for text in &CONFIGURATIONS[..11] {
        let audit = |text: &str| client::audit(text, &Answers::default(), Place::default()).unwrap();
        let mended = audit(text).mended.unwrap();
        let again = audit(&mended);
        for finding in &again.findings {
            // Which host, port and address it is, only its owner knows.
            let left =
                ["C55", "client-address"].contains(&finding.id) || finding.severity == holdfast::plan::Severity::Note;
            assert!(left, "{text:?} became {mended:?}, which has {} at {}", finding.id, finding.path);
        }
        assert_eq!(again.mended.unwrap(), mended, "{text:?}");
    }
}

#[test]
fn no_needs_and_no_baseline_make_the_audit_panic() {
    let mut random = Random(99);
    let needs = r#"{"needs":[{"name":"cache-*","answers":{"role":"cache","networks":0}}],"waivers":[{"finding":"tls","tag":"a=b","owner":"ann","until":"2027-01-31"}]}"#;
    let baseline = r#"{"databases":[{"id":1,"name":"a","findings":[{"id":"tls","path":"security.enableTls","severity":"error"}]}]}"#;
    for _ in 0..rounds(10_000) {
        let text = damaged(&mut random, needs.as_bytes(), &VALUES);
        let _ = Needs::default().with_file(&String::from_utf8_lossy(&text), "2026-11-23");
        let text = damaged(&mut random, baseline.as_bytes(), &VALUES);
        let _ = Baseline::read(&String::from_utf8_lossy(&text));
    }
}

/// Values that some answer takes, so that a good part of what is damaged is still read.
const ANSWERS: [&str; 12] =
    ["1", "7", "2000.0", "true", "false", "\"pro\"", "\"none\"", "\"redis-py\"", "[]", "null", " ", "\"a\\u0000\""];

#[test]
fn no_answers_make_the_core_panic_and_what_is_read_is_written_the_same() {
    let mut random = Random(0x616e_7377_6572_7321);
    let whole = serde_json::to_vec(&Answers::default()).unwrap();
    let full = br#"{"regions":["us-east-1"],"capabilities":["json","search"],"existing":"none","zone_mode":"multi-zone","quiet_hours":[{"days":["Tuesday"],"start_hour":22,"duration_in_hours":8}],"dataset":2000.5,"name":"x","host":"y","port":1,"user":"z"}"#;
    let mut read = 0;
    let rounds = rounds(12_000);
    for _ in 0..rounds {
        let text: &[u8] = if random.below(2) == 0 { &whole } else { full };
        let tokens: &[&str] = if random.below(4) == 0 { &VALUES } else { &ANSWERS };
        let text = damaged(&mut random, text, tokens);
        if let Ok(answers) = questions::from_json(&String::from_utf8_lossy(&text)) {
            read += 1;
            // A plan for each would take a day of ten million inputs.
            if read % 16 == 0 {
                let _ = recommend(&answers);
            }
            let written = serde_json::to_string(&answers).unwrap();
            assert_eq!(questions::from_json(&written).as_ref(), Ok(&answers), "{written}");
        }
    }
    assert!(read > rounds / 50, "only {read} were read");
}

const LINKS: [&str; 5] = [
    "#v=1&plan=pro&client=go-redis&regions=us-east-1,eu-west-1&quiet-hours=Tue%2BFri%4022/8;Sun%401/6",
    "v=1&host=redis-12345.example.com&port=12345&user=d%C3%A9fault&name=a%20b",
    "v=1&data-loss=nothing&survive=region&write-regions=3&dataset=0.5&existing=single-zone&zone-mode=multi-zone",
    "v=2&plan=pro&plan=free&mistake=&=&&deadline=99999999999999999999",
    "v=1&capabilities=json,search,time-series,probabilistic&blocking=yes&mutual-tls=no&networks=1000",
];

const LINK_TOKENS: [&str; 14] =
    ["&", "=", "%", "%00", "%ff", "%25", "+", "#", ",", "plan=pro", "&v=1", "é", "\u{0}", "quiet-hours="];

#[test]
fn no_link_makes_the_core_panic_and_its_answers_are_linked_the_same() {
    let mut random = Random(0x6c69_6e6b_6c69_6e6b);
    let mut read = 0;
    let rounds = rounds(20_000);
    for _ in 0..rounds {
        let whole = random.one(&LINKS);
        let text = damaged(&mut random, whole.as_bytes(), &LINK_TOKENS);
        let (answers, unread) = from_link(&String::from_utf8_lossy(&text));
        if unread.is_empty() {
            read += 1;
        }
        let link = to_link(&answers);
        let (again, unread) = from_link(&link);
        assert!(unread.is_empty() && again == answers, "{link}");
    }
    assert!(read > rounds / 50, "only {read} were read whole");
}

const LOGS: [&str; 6] = [
    "redis.exceptions.ConnectionError: Error 111 connecting to redis://default:hunter2@a:1. Connection refused.\nWRONGPASS invalid username-password pair\n",
    "2026-11-26 ERROR AUTH default hunter2\n[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379\n",
    "-OOM command not allowed when used memory > 'maxmemory'.\n-READONLY You can't write against a read only replica.\n",
    "password=hunter2 MOVED 3999 10.0.0.7:6381\n\u{1b}[31mLOADING Redis is loading the dataset in memory\u{1b}[0m\n",
    "REDIS_PASSWORD=hunter2\nssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate\n",
    "\"password\": \"hunter2\", StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms)\n",
];

const LOG_TOKENS: [&str; 14] =
    ["\n", " ", ":", "=", "'", "\"", "@", "://", "é", "\u{0}", "READONLY", "io.lettuce", "ECONNRESET", "timed out\n"];

#[test]
fn no_log_makes_diagnose_panic() {
    let mut random = Random(0x6c6f_676c_6f67_6c6f);
    let answers = Answers::default();
    let mut recognised = 0;
    let rounds = rounds(4_000);
    for _ in 0..rounds {
        let whole = random.one(&LOGS);
        let text = damaged(&mut random, whole.as_bytes(), &LOG_TOKENS);
        let text = String::from_utf8_lossy(&text);
        let report = diagnose::report(&text, &answers);
        recognised += usize::from(report.recognised > 0);
        assert!(report.recognised <= report.lines, "{text:?}");
        for found in &report.diagnoses {
            assert!(found.first_line <= report.lines && found.example.chars().count() <= 162, "{text:?}");
        }
    }
    assert!(recognised > rounds / 4, "only {recognised} were recognised");
}

const REPLIES: [&str; 8] = [
    "%3\r\n+server\r\n$5\r\nredis\r\n+proto\r\n:3\r\n+modules\r\n*0\r\n",
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    "$20\r\nrole:master\r\nloading\r\n",
    "*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n",
    ">2\r\n+MOVING\r\n:30\r\n+PONG\r\n",
    "|1\r\n+ttl\r\n:3600\r\n=7\r\ntxt:abc\r\n",
    "*4\r\n$-1\r\n_\r\n#t\r\n*-1\r\n",
    "!5\r\nERR x\r\n~2\r\n,1.5\r\n(99999999999999999999\r\n",
];

const REPLY_TOKENS: [&str; 14] = [
    "\r\n",
    "\r",
    "*",
    "$",
    "%",
    "|1\r\n",
    "*1\r\n",
    "-1",
    "4194304",
    "99999999999999999999",
    "+",
    "é",
    "\u{0}",
    "_\r\n",
];

/// However a reply is cut into pieces, it is whole at the same byte, and what was nonsense stays so.
#[test]
fn no_peer_makes_the_doctor_panic_and_no_piece_of_a_reply_is_taken_for_all_of_it() {
    let mut random = Random(0x7265_7370_7265_7370);
    let (mut whole, mut more, mut nonsense) = (0, 0, 0);
    let rounds = rounds(30_000);
    for _ in 0..rounds {
        let reply = random.one(&REPLIES);
        let bytes = damaged(&mut random, reply.as_bytes(), &REPLY_TOKENS);
        let (piece, _) = bytes.split_at(random.below(bytes.len()));
        let (first, last) = (resp::read(piece), resp::read(&bytes));
        match &last {
            Read::Whole(_, length) if piece.len() < *length => assert_eq!(first, Read::More, "{bytes:?}"),
            Read::Whole(..) => assert_eq!(first, last, "{bytes:?}"),
            Read::More => assert_eq!(first, Read::More, "{bytes:?}"),
            Read::Nonsense => assert!(!matches!(first, Read::Whole(..)), "{bytes:?}"),
        }
        match last {
            Read::Whole(..) => whole += 1,
            Read::More => more += 1,
            Read::Nonsense => nonsense += 1,
        }
        // What is sent is read back, whatever its words are.
        let words = [String::from_utf8_lossy(piece), String::from_utf8_lossy(&bytes)];
        let sent = resp::command(&words.each_ref().map(|word| &**word));
        let read = Reply::List(words.map(|word| Reply::Text(word.into_owned())).to_vec());
        assert_eq!(resp::read(&sent), Read::Whole(read, sent.len()));
    }
    let least = rounds / 20;
    assert!(whole > least && more > least && nonsense > least, "{whole} whole, {more} cut, {nonsense} nonsense");
}
