//! Whatever comes as an export, a stream, a configuration or needs is judged or refused. Nothing
//! panics, and no secret comes out.
//!
//! `HOLDFAST_FUZZ=10000000 cargo test -p holdfast-tests foreign` runs so many inputs for each reader.

use holdfast::Answers;
use holdfast::audit::{Baseline, Needs, Place, client, is_json, is_whole};

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
        let _ = (is_json(&bytes), is_whole(&bytes));
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

const CONFIGURATIONS: [&str; 9] = [
    "rediss://default:hunter2@redis-12345.c1.us-east-1-2.ec2.cloud.rlrcp.com:12345/0?ssl_cert_reqs=none&timeout=2#insecure",
    "redis://:hunter2@[2001:db8::1]:6379",
    "redis-12345.c1.us-east-1-2.ec2.cloud.rlrcp.com:12345,password=hunter2,ssl=true,abortConnect=false,sslProtocols=tls11|tls12",
    "spring:\n  data:\n    redis:\n      host: redis-1.example.com # remark\n      password: 'hunter2'\n      ssl:\n        enabled: false\n---\nspring.data.redis:\n  url: redis://a:hunter2@b:1\n",
    "spring.redis.host=redis-1.example.com\nspring.redis.password=hunter2\nspring.redis.ssl=false\n#---\nspring.data.redis.url=x\n",
    "export REDIS_URL=\"redis://default:hunter2@redis-1.example.com:12345\"\nNODE_TLS_REJECT_UNAUTHORIZED=0\n",
    "REDIS_HOST=redis-1.example.com\nREDIS_PORT=12345\nREDIS_PASSWORD=hunter2\nREDIS_TLS=false\nREDIS_CERT_REQS=none\n",
    "REDIS_CONNECTION='redis-1.example.com:12345,password=hunter2,ssl=false'\n",
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

#[test]
fn what_is_mended_has_nothing_left_to_mend() {
    for text in &CONFIGURATIONS[..8] {
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
    let baseline = r#"{"databases":[{"id":1,"name":"a","findings":[{"id":"tls","path":"security.enableTls"}]}]}"#;
    for _ in 0..rounds(10_000) {
        let text = damaged(&mut random, needs.as_bytes(), &VALUES);
        let _ = Needs::default().with_file(&String::from_utf8_lossy(&text), "2026-11-23");
        let text = damaged(&mut random, baseline.as_bytes(), &VALUES);
        let _ = Baseline::read(&String::from_utf8_lossy(&text));
    }
}
