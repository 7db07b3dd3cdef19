//! The live run: each rendered project against a real Redis, as a person would run it.
//!
//! The contract that is checked is `crates/core/src/clients/README.md`.

pub mod certificates;
mod demo;
pub mod doctor;
mod refusals;
pub mod server;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use holdfast::clients;

use certificates::Certificates;
use demo::Demo;
pub use refusals::refusals;
use server::Server;

/// The user of every server in the lab; `default` is off.
pub const USER: &str = "lab-user";
/// Its password: searched for in everything that a demo says.
pub const PASSWORD: &str = "lab-password-7f3a";

/// From the start to the health line: a cold JVM on a busy machine is slow.
const START: Duration = Duration::from_secs(40);
/// From SIGTERM to the end.
const END: Duration = Duration::from_secs(15);

/// One or more databases, as the answers describe them.
pub struct Lab {
    servers: Vec<Server>,
    certificates: Certificates,
    tls: bool,
    mutual_tls: bool,
    folder: PathBuf,
}

impl Lab {
    /// Starts what these answers need. Everything ends when the lab is dropped.
    pub fn start(folder: &Path, context: &clients::Context) -> Result<Lab> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let certificates = Certificates::make(&folder.join("certificates"))?;
        let mut servers = Vec::new();
        for region in 1..=context.regions {
            let kind = server::Kind { mutual_tls: context.mutual_tls, cluster: context.cluster };
            let server = Server::start(&folder.join(format!("region-{region}")), &certificates, &kind)?;
            if context.durable && context.replica {
                servers.push(server.replica(&folder.join(format!("replica-{region}")), &certificates, &kind)?);
            }
            // The endpoints stand in order of preference, replicas behind all of them.
            servers.insert(region as usize - 1, server);
        }
        Ok(Lab { servers, certificates, tls: context.tls, mutual_tls: context.mutual_tls, folder: folder.to_owned() })
    }

    /// What a person would set.
    pub fn environment(&self, regions: u32) -> Vec<(String, String)> {
        let mut variables =
            vec![("REDIS_USERNAME".to_owned(), USER.to_owned()), ("REDIS_PASSWORD".to_owned(), PASSWORD.to_owned())];
        for (i, server) in self.servers.iter().take(regions as usize).enumerate() {
            let suffix = if i == 0 { String::new() } else { format!("_{}", i + 1) };
            let port = if self.tls { server.tls_port } else { server.port };
            variables.push((format!("REDIS_HOST{suffix}"), "localhost".to_owned()));
            variables.push((format!("REDIS_PORT{suffix}"), port.to_string()));
        }
        if self.tls {
            variables.push(("REDIS_CA_FILE".to_owned(), shown(&self.certificates.bundle())));
        }
        if self.mutual_tls {
            variables.push(("REDIS_CERT_FILE".to_owned(), shown(&self.certificates.client())));
            variables.push(("REDIS_KEY_FILE".to_owned(), shown(&self.certificates.client_key())));
        }
        variables
    }
}

/// Starts the demo, sees it do everything that the answers ask for, asks for its health, ends it.
pub fn live(project: &Path, folder: &Path, run: &str, context: &clients::Context) -> Result<()> {
    let lab = Lab::start(folder, context)?;
    let health = crate::shell::free_port()?;
    let mut variables = lab.environment(context.regions);
    variables.push(("HEALTH_PORT".to_owned(), health.to_string()));
    let mut demo = Demo::start(project, run, &variables, &lab.folder)?;
    let result = meets_the_contract(&mut demo, &expected(context, health), health);
    result.with_context(|| demo.said())
}

/// A quarter more than the deadline of the default answers, and a little for the way to the demo.
const FROZEN: Duration = Duration::from_millis(2600);

/// How long `/health` takes at most while every server is frozen: it says that Redis is down, within
/// the deadline. After the thaw it says that all is well again.
pub fn frozen(project: &Path, folder: &Path, run: &str, context: &clients::Context) -> Result<Duration> {
    let lab = Lab::start(folder, context)?;
    let health = crate::shell::free_port()?;
    let mut variables = lab.environment(context.regions);
    variables.push(("HEALTH_PORT".to_owned(), health.to_string()));
    let mut demo = Demo::start(project, run, &variables, &lab.folder)?;
    let result = stays_within_the_deadline(&mut demo, &lab, health, expected(context, health).len());
    result.with_context(|| demo.said())
}

fn stays_within_the_deadline(demo: &mut Demo, lab: &Lab, health: u16, lines: usize) -> Result<Duration> {
    let start = Instant::now();
    // A demo of one thread answers when its work is done: all of it first.
    for _ in 0..lines {
        demo.line(START.saturating_sub(start.elapsed()))?;
    }
    lab.servers.iter().try_for_each(Server::freeze)?;
    let mut longest = Duration::ZERO;
    // The first finds a connection that was well, the others one that is being dialled.
    for _ in 0..5 {
        let asked = Instant::now();
        let (status, body) = get(health, "/health")?;
        longest = longest.max(asked.elapsed());
        ensure!(status == 503, "with a frozen server GET /health answered {status} {body}");
    }
    ensure!(longest <= FROZEN, "with a frozen server GET /health took {} ms", longest.as_millis());
    lab.servers.iter().try_for_each(Server::thaw)?;
    let well = || get(health, "/health").is_ok_and(|(status, _)| status == 200);
    ensure!(crate::shell::wait_until(START, well), "it did not come back after the thaw");
    Ok(longest)
}

fn meets_the_contract(demo: &mut Demo, expected: &[String], health: u16) -> Result<()> {
    let mut lines = Vec::new();
    let start = Instant::now();
    while lines.len() < expected.len() {
        let left = START.saturating_sub(start.elapsed());
        lines.push(demo.line(left).with_context(|| format!("it printed {lines:?}, wanted {expected:?}"))?);
    }
    let mut sorted = lines.clone();
    sorted.sort();
    let mut wanted = expected.to_vec();
    wanted.sort();
    ensure!(sorted == wanted, "it printed {lines:?}, wanted {expected:?}");

    let (status, body) = get(health, "/health")?;
    ensure!(status == 200, "GET /health answered {status}");
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    ensure!(body == r#"{"status":"ok"}"#, "GET /health answered {body}");

    demo.terminate()?;
    let last = demo.line(END).context("nothing was printed after SIGTERM, wanted \"closed\"")?;
    ensure!(last == "closed", "after SIGTERM it printed {last:?}, wanted \"closed\"");
    let code = demo.wait(END)?;
    ensure!(code == Some(0), "after SIGTERM it ended with {code:?}, wanted 0");
    if let Ok(line) = demo.line(Duration::ZERO) {
        bail!("after \"closed\" it printed {line:?}");
    }
    ensure!(!demo.said().contains(PASSWORD), "it printed the password");
    Ok(())
}

/// What the demo prints before it waits.
fn expected(context: &clients::Context, health: u16) -> Vec<String> {
    let named = [("safe", true), ("once", context.once), ("durable", context.durable), ("blocking", context.blocking)];
    let done = named.into_iter().filter(|(_, there)| *there).map(|(name, _)| format!("{name}: ok"));
    done.chain([format!("health: http://127.0.0.1:{health}/health")]).collect()
}

/// A GET on this machine: status and body.
pub fn get(port: u16, path: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // In one piece: a demo that answers after the first of several and closes would reset the rest.
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a head")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("an answer without a status")?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Ok((status, if chunked { unchunked(body) } else { body.to_owned() }))
}

/// Joins the chunks: a size in hexadecimal, a line break, so many bytes, a line break.
fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(..size).filter(|chunk| !chunk.is_empty()) else { break };
        text.push_str(chunk);
        body = rest[size..].trim_start_matches("\r\n");
    }
    text
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        assert_eq!(unchunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde");
    }

    #[test]
    fn the_demo_prints_a_line_for_each_client_that_was_asked_for() {
        let variant = |name| holdfast_tests::variants::ALL.iter().find(|v| v.name == name).unwrap();
        let context = |name| clients::context_of(&variant(name).answers(clients::ClientId::ALL[0]));
        let health = "health: http://127.0.0.1:1/health";
        assert_eq!(expected(&context("default"), 1), ["safe: ok", "once: ok", health]);
        assert_eq!(expected(&context("repeat-safe"), 1), ["safe: ok", health]);
        let all = ["safe: ok", "once: ok", "durable: ok", "blocking: ok", health];
        assert_eq!(expected(&context("cluster-everything"), 1), all);
    }
}
