//! A driver: a small program that works with one client, in rounds, and tells of each call.
//! What it says is fixed in `tests/drills/README.md`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use holdfast::clients::ClientId;
use holdfast::evidence::Subject;
use serde::Deserialize;

use super::net::Net;
use crate::{paths, shell};

/// Where the drivers' sources are.
pub const DRIVERS: &str = "tests/drills/drivers";

/// A project, and what the driver does with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Work {
    /// The folder of its own `build` and `run` below the client's driver; empty for the driver itself.
    pub folder: &'static str,
    /// The variant under `tests/rendered`.
    pub variant: &'static str,
    /// How many labs, of one client each, there are side by side; 0 where all clients share one.
    pub labs: usize,
    /// How many processes of it there are.
    pub processes: usize,
    /// Whether the library's quick-start can do it.
    pub quick_start: bool,
}

/// What most drills watch.
pub const CALLS: Work = Work { folder: "", variant: "default", labs: 0, processes: 1, quick_start: true };
/// The same calls, to the active region of three.
pub const REGIONS: Work =
    Work { folder: "regions", variant: "regions-automatic", labs: 4, processes: 1, quick_start: false };
/// The same, by two processes of one app.
pub const PAIR: Work = Work { processes: 2, labs: 3, ..REGIONS };
/// The same calls, the increments with a proof.
pub const DURABLE: Work = Work { folder: "durable", variant: "durable", labs: 0, processes: 1, quick_start: false };

/// One write in half a second by each of a hundred clients in one process.
pub const STORM: Work = Work { folder: "storm", variant: "storm", labs: 1, processes: 1, quick_start: true };
/// Of a storm.
pub const CLIENTS: usize = 100;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What it does.
    pub work: &'static Work,
    /// Which of its processes, counted from 0.
    pub process: usize,
    /// The client.
    pub client: ClientId,
    /// Our project, or the library's quick-start.
    pub subject: Subject,
}

impl Actor {
    /// For messages, keys and folders.
    pub fn name(&self) -> String {
        let process = if self.process > 0 { format!("-{}", self.process + 1) } else { String::new() };
        match self.subject {
            Subject::Holdfast => format!("{}{process}", self.client.client().id),
            Subject::QuickStart => format!("{}-quick-start{process}", self.client.client().id),
        }
    }

    /// The key that it counts with.
    pub fn key(&self) -> String {
        format!("drill:{}", self.name())
    }
}

/// A line of a driver.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    t: f64,
    op: String,
    client: String,
    ok: bool,
    ms: f64,
    // The counter, or null; redis-py says `true` of a SET.
    value: serde_json::Value,
    err: Option<String>,
}

/// A call, in seconds of the drill's clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub began: f64,
    pub ended: f64,
    /// When it ended by the driver's own clock, which begins with the program.
    pub age: f64,
    pub op: String,
    pub client: String,
    pub ok: bool,
    pub value: Option<i64>,
    pub err: Option<String>,
}

/// A running driver; it and all that it started are killed when it is dropped.
pub struct Driver {
    /// Who it is.
    pub actor: Actor,
    /// Its host.
    pub host: usize,
    child: Child,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Driver {
    /// Starts it on a host of its own.
    pub fn start(
        net: &Net,
        host: usize,
        actor: Actor,
        environment: &[(String, String)],
        clock: Instant,
        folder: &Path,
    ) -> Result<Driver> {
        let run = sources(actor.client, actor.work).join("run");
        let mut command = net.on_host(host, &run.to_string_lossy());
        if actor.subject == Subject::QuickStart {
            command.arg("quick-start");
        }
        for name in std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("REDIS_")) {
            command.env_remove(name);
        }
        command
            .envs(environment.iter().cloned())
            .env("DRILL_KEY", actor.key())
            .current_dir(project(actor.client, actor.work));
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let errors = fs::File::create(folder.join(format!("{}.stderr", actor.name())))?;
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().context("could not start a driver")?;
        let lines = BufReader::new(child.stdout.take().context("a driver has a standard output")?).lines();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let shared = calls.clone();
        // For whoever wonders about a figure: what was said in the last drill.
        let mut copy = fs::File::create(said(&actor)?)?;
        std::thread::spawn(move || {
            // The driver's clock began at most so late: the line that came quickest tells best.
            let mut offset = f64::INFINITY;
            for line in lines.map_while(Result::ok) {
                let now = clock.elapsed().as_secs_f64();
                let _ = writeln!(copy, "{line}");
                let Ok(line) = serde_json::from_str::<Line>(&line) else { continue };
                offset = offset.min(now - line.t - line.ms / 1000.0);
                let Line { op, client, ok, value, err, .. } = line;
                let value = value.as_i64();
                let (began, age) = (offset + line.t, line.t + line.ms / 1000.0);
                let call = Call { began, ended: offset + age, age, op, client, ok, value, err };
                shared.lock().expect("nobody panics with it").push(call);
            }
        });
        Ok(Driver { actor, host, child, calls })
    }

    /// What it did so far.
    pub fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().expect("nobody panics with it")
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, and sees to it.
    pub fn end(&mut self) {
        let id = self.child.id();
        let _ = shell::output(shell::command("sh").args(["-c", &format!("kill -s TERM -- -{id}")]));
        shell::wait_until(Duration::from_secs(5), || self.ended());
        let _ = shell::output(shell::command("sh").args(["-c", &format!("kill -s KILL -- -{id} 2>&1 || true")]));
        let _ = self.child.wait();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.end();
    }
}

/// The copy of the rendered project that the driver calls.
fn project(client: ClientId, work: &Work) -> PathBuf {
    let name = [client.client().id, work.folder].join(if work.folder.is_empty() { "" } else { "-" });
    paths::target().join("drills").join(name)
}

/// The file of its lines.
fn said(actor: &Actor) -> Result<PathBuf> {
    let folder = paths::target().join("drills").join("said");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(format!("{}.jsonl", actor.name())))
}

/// Whether there is a driver for it.
pub fn exists(client: ClientId, work: &Work) -> bool {
    sources(client, work).join("run").is_file()
}

fn sources(client: ClientId, work: &Work) -> PathBuf {
    paths::root().join(DRIVERS).join(client.client().id).join(work.folder)
}

/// The rendered snippet and what of the project manages regions, or the driver's sources, in one text:
/// what the evidence is about.
pub fn code(actor: Actor) -> Result<String> {
    let client = actor.client.client();
    let files = match actor.subject {
        Subject::Holdfast => {
            let project = crate::check::clients::rendered(actor.client, actor.work.variant)?;
            let snippet = project.join(client.snippet);
            let mut files = shell::files_below(&project)?;
            files.retain(|file| *file == snippet || file.file_stem().is_some_and(is_of_regions));
            files
        }
        Subject::QuickStart => {
            // The drivers of other work lie in folders of their own.
            let folder = sources(actor.client, actor.work);
            let mut files = shell::files_below(&folder)?;
            files.retain(|file| file.parent() == Some(&folder));
            files
        }
    };
    ensure!(!files.is_empty(), "{} has no code", actor.name());
    files.iter().map(|file| Ok(fs::read_to_string(file)?)).collect()
}

fn is_of_regions(stem: &std::ffi::OsStr) -> bool {
    stem.to_string_lossy().to_lowercase().ends_with("regions")
}

/// Copies the rendered project as it is, installs what it needs, builds the driver beside it.
pub fn build(client: ClientId, work: &'static Work) -> Result<()> {
    let id = client.client().id;
    ensure!(exists(client, work), "{id} has no driver in {DRIVERS}");
    let folder = project(client, work);
    crate::check::clients::prepare(client, work.variant, &folder)?;
    // Gone with the project's copy when the project changes.
    // What is made for other work is made of the driver's own source, too.
    let source = [&CALLS, work].map(|work| code(Actor { client, subject: Subject::QuickStart, work, process: 0 }));
    let source = source.into_iter().collect::<Result<String>>()?;
    let ready = folder.join("driver.ready");
    if fs::read_to_string(&ready).is_ok_and(|found| found == source) {
        return Ok(());
    }
    let build = sources(client, work).join("build");
    let mut command = shell::command(&build.to_string_lossy());
    shell::logged(command.current_dir(&folder), &paths::logs().join(format!("drill-{id}.log")))?;
    Ok(fs::write(ready, source)?)
}
