//! The fault lab, `cargo xtask drill`: each client's rendered project as it lies under
//! `tests/rendered`, and beside it the library's documented quick-start, through faults of the
//! network, the server and the name. [`drills`] is where to begin reading.

mod dns;
mod drills;
mod driver;
mod file;
mod judge;
mod lab;
mod limits;
mod net;
mod relay;
mod rootless;
mod server;
pub mod slice;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use holdfast::clients::ClientId;
use holdfast::evidence::{Evidence, Record, Subject};

use drills::Drill;
use driver::{Actor, CALLS, Work};
use judge::Figures;
use lab::Lab;
use limits::QUIET;

use crate::{shell, tools};

pub use dns::serve as serve_names;
pub use relay::{serve as serve_relay, serve_proxy};

/// Tools of the lab itself.
const LAB: &[&str] = &["ip", "nft", "openssl", "socat", "debootstrap", "redis-server"];
/// The server's release that counts.
const NEWEST: &str = "8.0";
/// Drills that every test run repeats, each client once.
const SHORT: &[&str] = &["failover", "frozen", "proxy-stall", "reply-loss", "wrong-password"];

/// What was asked for on the command line.
#[derive(Debug, PartialEq)]
pub struct Options {
    clients: Vec<String>,
    drills: Vec<String>,
    runs: u32,
    ttl: u32,
    redis: String,
    out: PathBuf,
    join: Vec<PathBuf>,
    again: bool,
    check: bool,
}

impl Options {
    fn default() -> Options {
        let (clients, drills, join, out) = (Vec::new(), Vec::new(), Vec::new(), file::path());
        Options { clients, drills, runs: 3, ttl: 5, redis: NEWEST.to_owned(), out, join, again: false, check: false }
    }

    /// Reads the flags.
    pub fn read(words: &[&str]) -> Result<Options> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} wants a value"));
            let list = |value: &str| value.split(',').map(str::to_owned).collect::<Vec<_>>();
            match *word {
                "--client" => options.clients.extend(list(value()?)),
                "--drill" => options.drills.extend(list(value()?)),
                "--runs" => options.runs = value()?.parse()?,
                "--ttl" => options.ttl = value()?.parse()?,
                "--redis" => options.redis = (*value()?).to_owned(),
                "--out" => options.out = value()?.into(),
                "--join" => options.join.extend(list(value()?).into_iter().map(PathBuf::from)),
                "--again" => options.again = true,
                "--check" => options.check = true,
                other => bail!("unknown: {other}\n{}", crate::USAGE),
            }
        }
        for name in &options.drills {
            let known = drills::ALL.iter().map(|drill| drill.name);
            ensure!(known.clone().any(|drill| drill == name), "no drill {name}; there are: {}", joined(known));
        }
        for name in &options.clients {
            let known = ClientId::ALL.iter().map(|id| id.client().id);
            ensure!(known.clone().any(|client| client == name), "no client {name}; there are: {}", joined(known));
        }
        Ok(options)
    }

    fn clients(&self) -> Vec<ClientId> {
        let wanted = |id: &ClientId| self.clients.is_empty() || self.clients.iter().any(|name| name == id.client().id);
        ClientId::ALL.iter().copied().filter(wanted).collect()
    }

    fn drills(&self) -> impl Iterator<Item = &'static Drill> {
        let wanted = |drill: &&Drill| self.drills.is_empty() || self.drills.iter().any(|name| name == drill.name);
        drills::ALL.iter().filter(wanted)
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

/// The command.
pub fn run(options: &Options) -> Result<()> {
    let measures = !options.check && options.join.is_empty();
    if measures && !rootless::is_root() {
        return rootless::again(std::env::args().skip(1));
    }
    if measures {
        measure(options)?;
    }
    if !options.join.is_empty() {
        file::join(&options.out, &options.join)?;
    }
    let evidence = file::read(&options.out)?;
    print!("{}", table(&evidence, options));
    let wrong = file::wrong(&evidence)?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn measure(options: &Options) -> Result<()> {
    equipped()?;
    let program = server(&options.redis)?;
    let mut ready: Option<(&Work, Vec<ClientId>)> = None;
    let kernel = shell::output(shell::command("uname").arg("-r"))?.trim().to_owned();
    for drill in options.drills() {
        let evidence = file::read(&options.out)?;
        let work = drill.work;
        let clients = match ready.take() {
            Some((known, clients)) if known == work => clients,
            _ => built(options, work)?,
        };
        let quiet = one_minute_load() <= QUIET;
        let (mut todo, mut begun) = (Vec::new(), Vec::new());
        for client in &clients {
            // The older server is a second opinion on our code, no more.
            let subjects = [(Subject::Holdfast, options.runs), (Subject::QuickStart, 1)];
            let wanted = if options.redis == NEWEST && work.quick_start { 2 } else { 1 };
            for (subject, runs) in subjects.into_iter().take(wanted) {
                let actor = Actor { client: *client, subject, work, process: 0 };
                let there = file::there(&evidence, actor, drill.name, options.ttl, &options.redis, quiet)?;
                // One that stopped half-way, or ran once, is gone on with.
                let old = there.filter(|_| !options.again && runs <= file::EXACT);
                if there.is_none_or(|record| options.again || record.runs < runs) {
                    todo.push((actor, runs - old.map_or(0, |record| record.runs)));
                    begun.extend(old.cloned());
                }
            }
        }
        ready = Some((work, clients));
        if todo.is_empty() {
            println!("{}: measured already", drill.name);
            continue;
        }
        settle();
        let labs: Vec<&[(Actor, u32)]> = todo.chunks(if work.labs > 0 { 1 } else { todo.len() }).collect();
        for beside in labs.chunks(work.labs.max(1)) {
            for records in side_by_side(beside, |todo| repeat(drill, todo, options.ttl, &program)) {
                let more = |new: Record| match begun.iter().find(|old| file::is_same(old, &new)) {
                    Some(old) => file::joined(old, new),
                    None => new,
                };
                let records: Vec<Record> = records?.into_iter().map(more).collect();
                let taken = records.first().map(|record| record.taken.clone()).unwrap_or_default();
                file::add(&options.out, records, &taken, &kernel)?;
            }
        }
    }
    Ok(())
}

/// One lab each, at the same time.
fn side_by_side<T: Sync, R: Send>(labs: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let running: Vec<_> = labs.iter().map(|lab| scope.spawn(|| run(lab))).collect();
        running.into_iter().map(|lab| lab.join().expect("no lab panics")).collect()
    })
}

/// Runs a drill as often as each actor needs, all actors at once.
fn repeat(drill: &Drill, todo: &[(Actor, u32)], ttl: u32, program: &[String]) -> Result<Vec<Record>> {
    let mut measured: Vec<Vec<Figures>> = todo.iter().map(|_| Vec::new()).collect();
    let (mut version, mut load) = (String::new(), 0.0_f64);
    let most = todo.iter().map(|(_, runs)| *runs).max().unwrap_or(0);
    for run in 0..most {
        let cast: Vec<usize> = (0..todo.len()).filter(|i| run < todo[*i].1).collect();
        let processes = |i: &usize| {
            let actor = todo[*i].0;
            (0..drill.work.processes).map(move |process| Actor { process, ..actor })
        };
        let actors: Vec<Actor> = cast.iter().flat_map(processes).collect();
        println!("{} {} of {most}: {} ({})", drill.name, run + 1, drill.what, joined_names(&actors));
        load = one_minute_load().max(load);
        let mut lab = Lab::build(&actors, ttl, program)?;
        version = lab.a.version()?;
        let figures = (drill.run)(&mut lab).with_context(|| drill.name)?;
        for (actor, figures) in actors.iter().zip(&figures) {
            println!("  {}", told(*actor, figures));
        }
        for (i, processes) in cast.into_iter().zip(figures.chunks(drill.work.processes)) {
            measured[i].push(Figures::worst(processes));
        }
    }
    let taken = shell::output(shell::command("date").args(["-u", "+%F"]))?.trim().to_owned();
    let record = |((actor, _), runs): (&(Actor, u32), &Vec<Figures>)| {
        let (actor, taken, redis) = (*actor, taken.as_str(), version.as_str());
        file::record(&file::Measured { actor, drill: drill.name, ttl, redis, taken, load, runs })
    };
    todo.iter().zip(&measured).map(record).collect()
}

/// Fails where something is missing that every drill needs.
fn equipped() -> Result<()> {
    let missing: Vec<String> =
        LAB.iter().map(|name| tools::find(name)).filter(|tool| !tool.present()).map(tools::Tool::label).collect();
    ensure!(missing.is_empty(), "missing: {}; `cargo xtask test --only drills` installs it", missing.join(", "));
    Ok(())
}

/// Those clients that have a driver for this work, ready to run.
fn built(options: &Options, work: &'static Work) -> Result<Vec<ClientId>> {
    let (there, absent): (Vec<ClientId>, Vec<ClientId>) =
        options.clients().into_iter().partition(|id| driver::exists(*id, work));
    for id in &absent {
        println!("{}: not run by us, it has no driver {}", id.client().id, work.folder);
    }
    for id in &there {
        driver::build(*id, work).with_context(|| id.client().id)?;
    }
    Ok(there)
}

/// The server of this release.
fn server(release: &str) -> Result<Vec<String>> {
    let program = if release == NEWEST { tools::redis_server() } else { tools::system_redis_server()? };
    let mut ask = shell::command(&program[0]);
    let said = shell::output(ask.args(&program[1..]).arg("--version"))?;
    ensure!(said.contains(&format!("v={release}.")), "wanted Redis {release}, found: {}", said.trim());
    Ok(program)
}

/// The part that every test run repeats: our projects once through a few drills. One that misses a
/// limit is run twice more, and fails when two of three miss.
pub fn short() -> Result<String> {
    if !rootless::is_root() {
        rootless::again(std::iter::once("drill-short".to_owned()))?;
        return Ok("in a user namespace".to_owned());
    }
    let options = Options::default();
    equipped()?;
    let clients = built(&options, &CALLS)?;
    let program = server(&options.redis)?;
    settle();
    let mut wrong = Vec::new();
    for drill in drills::ALL.iter().filter(|drill| SHORT.contains(&drill.name)) {
        let ours = |client: &ClientId| {
            (Actor { client: *client, subject: Subject::Holdfast, work: drill.work, process: 0 }, 1)
        };
        let todo: Vec<(Actor, u32)> = clients.iter().map(ours).collect();
        let first = repeat(drill, &todo, options.ttl, &program)?;
        for ((actor, _), record) in todo.iter().zip(first) {
            let mut missed = vec![drill.limit.missed(&record)];
            if missed[0].is_empty() {
                continue;
            }
            for _ in 0..2 {
                let again = repeat(drill, &[(*actor, 1)], options.ttl, &program)?;
                missed.extend(again.iter().map(|record| drill.limit.missed(record)));
            }
            println!("{}, {}: {missed:?}", actor.name(), drill.name);
            if missed.iter().filter(|missed| !missed.is_empty()).count() > 1 {
                wrong.push(format!("{}, {}: {missed:?}", actor.name(), drill.name));
            }
        }
    }
    wrong.extend(file::wrong(&file::read(&file::path())?)?);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(format!("{} clients, {} drills", clients.len(), SHORT.len()))
}

/// The tools of the lab and of every client that has a driver.
pub fn needs() -> Vec<&'static str> {
    let clients = ClientId::ALL.iter().filter(|id| driver::exists(**id, &CALLS));
    let mut needs: Vec<&'static str> =
        LAB.iter().copied().chain(clients.flat_map(|id| crate::check::clients::needs(*id))).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// This very program: another build of it may have taken its place on the disk meanwhile.
fn me() -> PathBuf {
    PathBuf::from(format!("/proc/{}/exe", std::process::id()))
}

/// Waits a while for a quiet machine: what was compiled before still stands in the average.
fn settle() {
    if one_minute_load() > QUIET {
        println!("waiting until the machine is quiet, three minutes at most");
        shell::wait_until(Duration::from_secs(180), || one_minute_load() <= QUIET);
    }
}

fn one_minute_load() -> f64 {
    let said = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    said.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn joined_names(actors: &[Actor]) -> String {
    actors.iter().map(Actor::name).collect::<Vec<_>>().join(", ")
}

fn told(actor: Actor, figures: &Figures) -> String {
    let back = figures.recovered.or(figures.refused).map_or("never".to_owned(), |s| format!("{s:.2} s"));
    let Figures { longest, failed, lost, doubled, late, connects, .. } = figures;
    let home = figures.returned.map(|s| format!(", {s:.2} s to home")).unwrap_or_default();
    let peak = figures.peak.map(|peak| format!(", {peak} in a second")).unwrap_or_default();
    let message = figures.message.as_deref().unwrap_or("");
    format!(
        "{:<28} {back:>8}, longest call {longest:.2} s, {failed} failed, {lost} lost, {doubled} doubled, {late} late, \
         {connects} connects{home}{peak}; {}",
        actor.name(),
        message.lines().next().unwrap_or("").chars().take(90).collect::<String>(),
    )
}

/// Ours beside the quick-start: seconds to the recovery or refusal, longest call, failed calls.
fn table(evidence: &Evidence, options: &Options) -> String {
    let of = |client: &str, drill: &str, subject: Subject| {
        evidence.records.iter().find(|r| {
            r.client == client
                && r.drill == drill
                && r.subject == subject
                && r.ttl_s == options.ttl
                && r.redis_version.starts_with(&options.redis)
        })
    };
    let mut text = format!(
        "{:<16} {:<18} {:>34}   {:>34}   ratio\n",
        "drill", "client", "ours: s / longest s / failed", "quick-start; busy: load above 4"
    );
    for drill in options.drills() {
        for id in options.clients() {
            let id = id.client().id;
            let ours = of(id, drill.name, Subject::Holdfast);
            let quick = of(id, drill.name, Subject::QuickStart);
            if ours.is_none() && quick.is_none() {
                continue;
            }
            let seconds =
                |record: Option<&Record>| record.and_then(|r| r.recovered_s.or(r.refused_s)).map(|s| s.median);
            let ratio = match (seconds(ours), seconds(quick)) {
                (Some(ours), Some(quick)) => format!("{:.1}", quick / ours.max(0.01)),
                (Some(_), None) if quick.is_some() => "never".to_owned(),
                _ => "-".to_owned(),
            };
            text += &format!("{:<16} {id:<18} {:>34}   {:>34}   {ratio}\n", drill.name, cell(ours), cell(quick));
        }
    }
    let run = |id: &&ClientId| evidence.records.iter().any(|record| record.client == id.client().id);
    for id in ClientId::ALL.iter().filter(|id| !run(id)) {
        text += &format!("{}: not run by us\n", id.client().id);
    }
    text
}

fn cell(record: Option<&Record>) -> String {
    let Some(record) = record else { return "not run".to_owned() };
    let back = record.recovered_s.or(record.refused_s).map_or("never".to_owned(), |s| format!("{:.1}", s.median));
    let mut cell = format!("{back} / {:.1} / {:.0}", record.longest_call_s.max, record.failed_calls.max);
    for (count, what) in [(record.lost, "lost"), (record.doubled, "dup"), (record.late, "late")] {
        if count > 0 {
            cell += &format!(" {what}{count}");
        }
    }
    if record.load > QUIET {
        cell += " busy";
    }
    if let Some(home) = record.returned_s {
        cell += &format!(" home {:.0}", home.max);
    }
    if let Some(peak) = record.peak {
        cell += &format!(" peak {peak}");
    }
    if record.refused_s.is_some() { cell + &format!(" {}c", record.connects) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_unknown_words_refused() {
        let options = Options::read(&["--client", "jedis,go-redis", "--drill", "reset", "--runs", "1"]).unwrap();
        assert_eq!((options.clients().len(), options.drills().count(), options.runs), (2, 1, 1));
        assert_eq!(Options::read(&[]).unwrap(), Options::default());
        for wrong in [&["--client", "jedi"][..], &["--drill", "rest"], &["--runs"], &["--onyl"]] {
            assert!(Options::read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_short_drills_exist() {
        assert!(SHORT.iter().all(|name| drills::ALL.iter().any(|drill| drill.name == *name)));
    }
}
