//! `holdfast doctor` against peers of this machine that have each fault; the real server is in `cargo xtask test`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::program::{Ended, Folder, command, run};

const PASSWORD: &str = "lab-password-7f3a";

/// A peer that hears something and answers so, for every connection; silent where there is nothing to say.
fn peer(answer: &'static [u8], closes: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut socket = socket;
                let mut heard = [0; 512];
                while !closes && socket.read(&mut heard).is_ok_and(|length| length > 0) {
                    let _ = socket.write_all(answer);
                }
            });
        }
    });
    port
}

fn doctor(port: u16, more: &[&str]) -> Ended {
    let mut doctor = command();
    doctor.args(["doctor", &format!("127.0.0.1:{port}"), "--format", "json"]).args(more);
    ended(doctor.env("REDIS_PASSWORD", PASSWORD))
}

fn ended(doctor: &mut Command) -> Ended {
    let output = doctor.current_dir(env!("CARGO_TARGET_TMPDIR")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn ends(ended: &Ended, step: &str, id: &str, says: &str) {
    let json = ended.json();
    assert_eq!((ended.code, &json["ended_at"], &json["findings"][0]["id"]), (1, &step.into(), &id.into()), "{json:#}");
    let message = json["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    assert!(!ended.out.contains(PASSWORD) && !ended.err.contains(PASSWORD));
}

#[test]
fn each_fault_has_its_step_and_its_sentence() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    ends(&doctor(free, &[]), "connect", "connection-refused", "refuses connections");
    ends(&doctor(peer(b"-ERR unknown command\r\n", false), &[]), "tls", "tls-to-plaintext", "speaks no TLS");
    ends(&doctor(peer(b"", true), &[]), "tls", "connection-lost", "closed the connection");
    ends(
        &doctor(peer(b"HTTP/1.1 400\r\n\r\n", false), &["--plaintext"]),
        "hello",
        "not-redis",
        "does not speak as Redis",
    );
    let wrong = peer(b"-WRONGPASS invalid username-password pair\r\n", false);
    ends(&doctor(wrong, &["--plaintext"]), "hello", "wrong-password", "refused the password of the user default");
}

#[test]
fn a_peer_that_never_answers_takes_no_longer_than_allowed() {
    for more in [&[][..], &["--plaintext"]] {
        let start = Instant::now();
        let ended = doctor(peer(b"", false), more);
        ends(&ended, if more.is_empty() { "tls" } else { "hello" }, "silent-peer", "did not answer in time");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

#[test]
fn a_name_that_nobody_has_ends_at_the_lookup() {
    let ended = run(["doctor", "nosuch.invalid:6379", "--format", "json"]);
    let json = ended.json();
    assert_eq!((ended.code, &json["ended_at"]), (1, &"lookup".into()), "{json:#}");
}

#[test]
fn what_is_no_endpoint_is_refused_without_its_password() {
    for text in ["rediss://a:lab-password-7f3a@b:1", "redis-1.example.com", "a:0"] {
        let ended = run(["doctor", text]);
        assert!(
            ended.refusal().contains("expected a host and a port") && !ended.err.contains(PASSWORD),
            "{}",
            ended.err
        );
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_without_what_is_in_them() {
    let folder = Folder::new("doctor-files");
    let file = folder.path("file.pem");
    std::fs::write(&file, "-----BEGIN PRIVATE KEY-----\nlab-password-7f3a\n-----END PRIVATE KEY-----\n").unwrap();
    for (variables, found) in [
        (&["REDIS_CA_FILE"][..], "REDIS_CA_FILE: found no certificates in "),
        (&["REDIS_CERT_FILE", "REDIS_KEY_FILE"], "REDIS_CERT_FILE: found no certificates in "),
        (&["REDIS_CERT_FILE"], "REDIS_KEY_FILE: found nothing, expected the key of REDIS_CERT_FILE"),
        (&["REDIS_KEY_FILE"], "REDIS_CERT_FILE: found nothing, expected the certificate of REDIS_KEY_FILE"),
    ] {
        let mut doctor = command();
        doctor.args(["doctor", "127.0.0.1:1"]).envs(variables.iter().map(|name| (name, &file)));
        let ended = ended(&mut doctor);
        assert!(ended.refusal().contains(found) && !ended.err.contains(PASSWORD), "{}", ended.err);
    }
}
