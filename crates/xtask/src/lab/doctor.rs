//! What `holdfast doctor` says of real servers, each with a fault of its own: at which step it ends, what it finds, in
//! which words, in what time, and that it changes nothing.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::certificates::Certificates;
use super::server::{Kind, Server};
use super::{PASSWORD, USER, shown};
use crate::shell;

/// In all, whatever is wrong.
const LIMIT: Duration = Duration::from_secs(10);

/// Its password is the lab's; it may connect, and see nothing.
const WATCHER: &str = "lab-watcher";

/// Never among what is said.
const WRONG: &str = "not-the-password";

/// The variables of a person who has them right.
type Environment = BTreeMap<&'static str, String>;

/// An endpoint, and what is to be said of it.
pub struct Fault {
    /// In words.
    pub what: &'static str,
    at: fn(&Scene) -> String,
    /// What differs from a healthy environment.
    change: fn(&mut Environment, &Scene),
    flags: &'static [&'static str],
    code: i32,
    /// The step at which it ends, where it doesn't take all of them.
    ended_at: Option<&'static str>,
    /// The ids of all findings.
    found: &'static [&'static str],
    /// Among what these say.
    says: &'static str,
}

const NOTHING: fn(&mut Environment, &Scene) = |_, _| {};

/// No client gets further than this step.
const fn ends(
    what: &'static str,
    at: fn(&Scene) -> String,
    change: fn(&mut Environment, &Scene),
    step: &'static str,
    found: &'static [&'static str],
    says: &'static str,
) -> Fault {
    Fault { what, at, change, flags: &[], code: 1, ended_at: Some(step), found, says }
}

/// All steps are taken.
const fn sees(
    what: &'static str,
    at: fn(&Scene) -> String,
    flags: &'static [&'static str],
    code: i32,
    found: &'static [&'static str],
    says: &'static str,
) -> Fault {
    Fault { what, at, change: NOTHING, flags, code, ended_at: None, found, says }
}

const PLAINTEXT: &[&str] = &["--plaintext"];
const ANSWERS: &[&str] = &["--answers", "answers.json"];

/// Every endpoint: the healthy one first.
pub const FAULTS: &[Fault] = &[
    sees("nothing wrong", |scene| tls(&scene.good), &[], 0, &[], ""),
    sees("nothing wrong, in plain text on this machine", |scene| plain(&scene.good), PLAINTEXT, 0, &[], ""),
    ends(
        "wrong authority",
        |scene| tls(&scene.good),
        |variables, scene| set(variables, "REDIS_CA_FILE", &shown(&scene.certificates.wrong_bundle())),
        "tls",
        &["certificate-unknown"],
        "signed by CN=Holdfast lab ca, which is not among the authorities in",
    ),
    ends(
        "no authorities",
        |scene| tls(&scene.good),
        |variables, _| drop(variables.remove("REDIS_CA_FILE")),
        "tls",
        &["no-authorities"],
        "was not verified. No password was sent",
    ),
    ends(
        "wrong host name",
        |scene| tls(&scene.stranger),
        NOTHING,
        "tls",
        &["certificate-name"],
        "not for localhost but for stranger.example.com",
    ),
    ends(
        "expired certificate",
        |scene| tls(&scene.expired),
        NOTHING,
        "tls",
        &["certificate-expired"],
        "expired on 2020-01-02",
    ),
    sees(
        "a certificate that ends soon",
        |scene| tls(&scene.brief),
        &[],
        0,
        &["certificate-ends-soon"],
        "; days left: 1.",
    ),
    ends(
        "a client certificate demanded",
        |scene| tls(&scene.demanding),
        NOTHING,
        "hello",
        &["client-certificate"],
        "wants a certificate of the client, and none was given",
    ),
    ends(
        "the certificate of another authority",
        |scene| tls(&scene.demanding),
        |variables, scene| certificate(variables, scene.certificates.unknown()),
        "hello",
        &["client-certificate-refused"],
        "refused the certificate in REDIS_CERT_FILE",
    ),
    Fault {
        change: |variables, scene| {
            certificate(variables, (scene.certificates.client(), scene.certificates.client_key()));
        },
        ..sees("the client certificate that is demanded", |scene| tls(&scene.demanding), &[], 0, &[], "")
    },
    ends("TLS to a plaintext port", |scene| plain(&scene.good), NOTHING, "tls", &["tls-to-plaintext"], "speaks no TLS"),
    Fault {
        flags: PLAINTEXT,
        ..ends(
            "plaintext to a TLS port",
            |scene| tls(&scene.good),
            NOTHING,
            "hello",
            &["plaintext-to-tls"],
            "speaks TLS at port",
        )
    },
    ends(
        "wrong password",
        |scene| tls(&scene.good),
        |variables, _| set(variables, "REDIS_PASSWORD", WRONG),
        "hello",
        &["wrong-password"],
        "refused the password of the user lab-user",
    ),
    ends(
        "a user who is switched off",
        |scene| tls(&scene.good),
        |variables, _| drop(variables.remove("REDIS_USERNAME")),
        "hello",
        &["wrong-password"],
        "refused the password of the user default",
    ),
    ends(
        "no password",
        |scene| tls(&scene.good),
        |variables, _| drop(variables.remove("REDIS_PASSWORD")),
        "hello",
        &["no-password"],
        "REDIS_PASSWORD is not set",
    ),
    Fault {
        change: |variables, _| set(variables, "REDIS_USERNAME", WATCHER),
        ..sees(
            "a user who may see nothing",
            |scene| tls(&scene.good),
            &[],
            0,
            &["persistence-unseen", "not-visible"],
            "refused INFO (NOPERM), CONFIG GET (NOPERM)",
        )
    },
    sees(
        "a replica",
        |scene| tls(&scene.replica),
        &[],
        1,
        &["read-only-replica"],
        "every write is refused with READONLY",
    ),
    sees(
        "a replica without its primary",
        |scene| tls(&scene.orphan),
        &[],
        1,
        &["read-only-replica", "primary-down"],
        "the link is down",
    ),
    sees("no persistence", |scene| tls(&scene.bare), &[], 0, &["no-persistence"], "Nothing reaches the disk"),
    sees(
        "a plan that is kept, without the server's notices",
        |scene| tls(&scene.good),
        ANSWERS,
        0,
        &["no-handoffs"],
        "does not announce maintenance",
    ),
    sees(
        "a plan that wants persistence, a replica and no eviction",
        |scene| tls(&scene.bare),
        ANSWERS,
        1,
        &["persistence", "replication", "eviction", "no-handoffs"],
        "Data persistence is none, and should be aof-every-write",
    ),
    ends(
        "a name that does not resolve",
        // That there is none is known without a name server.
        |_| "nosuch..invalid:6379".to_owned(),
        NOTHING,
        "lookup",
        &["name-unknown"],
        "The name nosuch..invalid can't be resolved",
    ),
    ends(
        "a port where nobody listens",
        |scene| format!("localhost:{}", scene.free),
        NOTHING,
        "connect",
        &["connection-refused"],
        "refuses connections at port",
    ),
    ends(
        "a dead address",
        |scene| tls(&scene.dead),
        NOTHING,
        "connect",
        &["connect-timeout"],
        "did not answer at port",
    ),
    ends(
        "a server that accepts and is frozen",
        |scene| tls(&scene.frozen),
        NOTHING,
        "tls",
        &["silent-peer"],
        "accepted the connection at port",
    ),
    Fault {
        flags: PLAINTEXT,
        ..ends(
            "a frozen server, in plain text",
            |scene| plain(&scene.frozen),
            NOTHING,
            "hello",
            &["silent-peer"],
            "accepted the connection at port",
        )
    },
];

/// All servers; they end when it is dropped.
pub struct Scene {
    folder: PathBuf,
    program: PathBuf,
    certificates: Certificates,
    good: Server,
    /// Of the good one.
    replica: Server,
    /// A replica whose primary has died.
    orphan: Server,
    /// Without a certificate of the client it ends TLS.
    demanding: Server,
    stranger: Server,
    expired: Server,
    /// Its certificate ends in two days.
    brief: Server,
    /// Nothing reaches its disk, and it evicts.
    bare: Server,
    /// It accepts and does not answer.
    frozen: Server,
    /// Frozen too; at its TLS port not even the system answers.
    dead: Server,
    /// They fill the queue of that port.
    _waiting: Vec<TcpStream>,
    /// A port where nobody listens.
    free: u16,
}

impl Scene {
    /// Starts them all, for this build of the command line.
    pub fn set(folder: &Path, program: PathBuf) -> Result<Scene> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        let certificates = Certificates::make(&folder.join("certificates"))?;
        let authority = certificates.authority();
        let usual = Kind { mutual_tls: false, cluster: false };
        let start = |name: &str, certificate, kind: &Kind, more: &str| {
            Server::with(&folder.join(name), certificate, &authority, kind, more)
        };
        let good = start("good", certificates.server(), &usual, "")?;
        good.ask(&["ACL", "SETUSER", WATCHER, "on", &format!(">{PASSWORD}"), "~*", "+@connection"])?;
        let lost = start("lost", certificates.server(), &usual, "")?;
        let frozen = start("frozen", certificates.server(), &usual, "")?;
        let dead = start("dead", certificates.server(), &usual, "tcp-backlog 1\n")?;
        frozen.freeze()?;
        dead.freeze()?;
        let scene = Scene {
            replica: good.replica(&folder.join("replica"), &certificates, &usual)?,
            orphan: lost.replica(&folder.join("orphan"), &certificates, &usual)?,
            demanding: start("demanding", certificates.server(), &Kind { mutual_tls: true, cluster: false }, "")?,
            stranger: Server::stranger(&folder.join("stranger"), &certificates)?,
            brief: start("brief", certificates.brief(), &usual, "")?,
            expired: start("expired", certificates.expired(), &usual, "")?,
            bare: start("bare", certificates.server(), &usual, "appendonly no\nmaxmemory-policy allkeys-lru\n")?,
            _waiting: fill(dead.tls_port),
            free: shell::free_port()?,
            folder: folder.to_owned(),
            program,
            certificates,
            good,
            frozen,
            dead,
        };
        drop(lost);
        let down = || scene.orphan.ask(&["INFO", "replication"]).is_ok_and(|info| info.contains("link_status:down"));
        ensure!(shell::wait_until(Duration::from_secs(30), down), "the replica still hears its primary");
        std::fs::write(folder.join("answers.json"), r#"{"plan": "pro", "data_loss": "nothing"}"#)?;
        Ok(scene)
    }

    /// How long it took, where all is said as it should be.
    pub fn examine(&self, fault: &Fault) -> Result<Duration> {
        let start = Instant::now();
        let json = self.run(fault, "json")?;
        let took = start.elapsed();
        let text = self.run(fault, "text")?;
        ensure!(took < LIMIT, "it took {:.1} s", took.as_secs_f64());
        judge(fault, &json, &text)?;
        Ok(took)
    }

    fn run(&self, fault: &Fault, format: &str) -> Result<Output> {
        let mut variables = Environment::from([
            ("REDIS_USERNAME", USER.to_owned()),
            ("REDIS_PASSWORD", PASSWORD.to_owned()),
            ("REDIS_CA_FILE", shown(&self.certificates.bundle())),
        ]);
        (fault.change)(&mut variables, self);
        let mut doctor = shell::command(&self.program.to_string_lossy());
        for name in std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("REDIS_")) {
            doctor.env_remove(name);
        }
        doctor.arg("doctor").arg((fault.at)(self)).args(["--format", format]).args(fault.flags);
        Ok(doctor.envs(variables).current_dir(&self.folder).output()?)
    }

    /// The doctor asked the server nothing that could change it.
    pub fn unchanged(&self) -> Result<()> {
        let stats = self.bare.ask(&["INFO", "commandstats"])?;
        let asked: Vec<&str> = stats
            .lines()
            .filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next())
            .filter(|name| !READ_ONLY.contains(name))
            .collect();
        ensure!(asked.is_empty(), "the doctor asked for {}", asked.join(", "));
        Ok(())
    }
}

/// What the doctor may ask, and what the lab asks.
const READ_ONLY: &[&str] =
    &["hello", "auth", "ping", "info", "config|get", "client|maint_notifications", "client", "quit"];

fn judge(fault: &Fault, json: &Output, text: &Output) -> Result<()> {
    let said = |output: &Output| {
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let (text_said, json_said) = (said(text), said(json));
    for secret in [PASSWORD, WRONG] {
        ensure!(!json_said.contains(secret) && !text_said.contains(secret), "it printed the password");
    }
    for output in [json, text] {
        let code = output.status.code();
        ensure!(code == Some(fault.code), "it ended with {code:?}, wanted {}\n{json_said}", fault.code);
    }
    let report: Value = serde_json::from_slice(&json.stdout).with_context(|| json_said.clone())?;
    let ended_at = report["ended_at"].as_str();
    ensure!(ended_at == fault.ended_at, "it ended at {ended_at:?}, wanted {:?}\n{json_said}", fault.ended_at);
    let findings = report["findings"].as_array().context("no findings")?;
    let of = |key: &str| findings.iter().filter_map(|finding| finding[key].as_str()).collect::<Vec<_>>();
    ensure!(of("id") == fault.found, "it found {:?}, wanted {:?}\n{json_said}", of("id"), fault.found);
    let messages = of("message");
    ensure!(messages.join(" ").contains(fault.says), "`{}` is not among {messages:?}", fault.says);
    // The text breaks its lines where it likes.
    let words = text_said.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(messages.iter().all(|message| words.contains(message)), "the text lacks a sentence:\n{text_said}");
    ensure!(fault.ended_at.is_none() || words.contains(": it ended at the "), "the text names no step:\n{text_said}");
    Ok(())
}

/// Connects until nothing is accepted any more.
fn fill(port: u16) -> Vec<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    std::iter::from_fn(connect).take(16).collect()
}

fn tls(server: &Server) -> String {
    format!("localhost:{}", server.tls_port)
}

fn plain(server: &Server) -> String {
    format!("localhost:{}", server.port)
}

fn set(variables: &mut Environment, name: &'static str, value: &str) {
    variables.insert(name, value.to_owned());
}

fn certificate(variables: &mut Environment, (certificate, key): (PathBuf, PathBuf)) {
    set(variables, "REDIS_CERT_FILE", &shown(&certificate));
    set(variables, "REDIS_KEY_FILE", &shown(&key));
}
