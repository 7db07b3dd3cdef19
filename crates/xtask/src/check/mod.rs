//! `cargo xtask test`: says what it installs, installs it, runs everything, prints one table.

pub mod budget;
pub mod clients;
mod doctor;
mod escape;
mod package;
pub mod page;
pub mod proof;
mod rust;
mod table;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::tools::{self, Tool};
use crate::{paths, shell};
use table::{Outcome, Row};

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq)]
pub struct Options {
    no_install: bool,
    allow_missing: bool,
    only: Vec<String>,
}

impl Options {
    /// Reads the flags.
    pub fn read(words: &[&str]) -> Result<Options> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--no-install" => options.no_install = true,
                "--allow-missing" => options.allow_missing = true,
                "--only" => match words.next() {
                    Some(list) => options.only.extend(list.split(',').map(str::to_owned)),
                    None => bail!("--only wants steps, joined by commas"),
                },
                other => bail!("unknown: {other}\n{}", crate::USAGE),
            }
        }
        Ok(options)
    }

    /// `clippy`, or `jedis` for every step of a client, or `jedis-live` for one.
    fn asks_for(&self, step: &str) -> bool {
        let is = |wanted: &String| {
            step == wanted || step.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('-'))
        };
        self.only.is_empty() || self.only.iter().any(is)
    }
}

/// Something to be checked.
pub struct Step {
    name: String,
    needs: Vec<&'static str>,
    run: Box<dyn Fn() -> Result<String> + Send>,
}

impl Step {
    fn new(name: impl Into<String>, needs: &[&'static str], run: impl Fn() -> Result<String> + Send + 'static) -> Step {
        Step { name: name.into(), needs: needs.to_vec(), run: Box::new(run) }
    }

    fn missing(&self) -> Vec<&'static Tool> {
        self.needs.iter().map(|name| tools::find(name)).filter(|tool| !tool.present()).collect()
    }

    fn run(&self) -> Row {
        let missing: Vec<String> =
            self.missing().iter().map(|tool| format!("{} ({})", tool.label(), tool.advice())).collect();
        let start = Instant::now();
        if !missing.is_empty() {
            return Row { step: self.name.clone(), outcome: Outcome::Missing(missing.join(", ")), seconds: 0 };
        }
        println!("--- {}", self.name);
        let outcome = match (self.run)() {
            Ok(note) => Outcome::Ok(note),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let row = Row { step: self.name.clone(), outcome, seconds: start.elapsed().as_secs() };
        println!("{}", row.report());
        row
    }
}

/// Steps that run one after the other; lanes run beside each other.
type Lane = Vec<Step>;

/// The whole check.
pub fn check(options: &Options) -> Result<()> {
    let start = Instant::now();
    let phases: Vec<Vec<Lane>> = phases().into_iter().map(|lanes| asked_for(lanes, options)).collect();
    let steps = || phases.iter().flatten().flatten();
    ensure!(steps().next().is_some(), "no step is called {}; there are: {}", options.only.join(", "), names());

    let missing = missing(steps());
    announce(&missing);
    println!("Disk: {}", disk());
    if options.no_install {
        ensure!(missing.is_empty(), "{} missing", missing.len());
        return Ok(());
    }
    tools::install(&missing.iter().copied().filter(|tool| tool.how().is_some()).collect::<Vec<_>>());

    let mut rows: Vec<Row> = phases.into_iter().flat_map(run_beside).collect();
    let claimed = proof::claimed();
    if proof::keep(&rows)? {
        rows.push(Step::new("seen", &[], move || proof::compare(&claimed)).run());
    }
    println!("\n{}\n{}", proof::table(&rows), table::table(&rows, start.elapsed().as_secs()));
    println!("Disk: {}", disk());
    ensure!(rows.iter().all(|row| row.passes(options.allow_missing)), "not everything passed");
    Ok(())
}

/// What we have taken of the disk, and what is left: a full disk fails in a hundred disguises.
fn disk() -> String {
    let folder = paths::target();
    let number = |line: &str| shell::output(&mut shell::line(line, &folder)).unwrap_or_default().trim().to_owned();
    let taken = number("du -sm . | cut -f1");
    format!("{taken} MB in {}, {} MB free", folder.display(), number("df -Pm . | awk 'NR == 2 { print $4 }'"))
}

/// The phases one after the other: what the compiler keeps both cores busy with comes first, so
/// that what is measured in milliseconds afterwards is not disturbed.
fn phases() -> Vec<Vec<Lane>> {
    // The longest first: what is left for one core alone at the end is short.
    let mut beside = vec![page::end_to_end()];
    beside.extend(clients::lanes());
    beside.extend([escape::lane(), doctor::lane()]);
    let built = rust::lane().into_iter().chain(page::build()).chain([package::step()]).collect();
    let compiled = vec![built, clients::setups()];
    // The drills measure seconds: nothing runs beside them.
    let drills = vec![Step::new("drills", &crate::drill::needs(), crate::drill::short)];
    vec![compiled, beside, vec![vec![budget::step(), page::budget()]], vec![drills]]
}

fn asked_for(lanes: Vec<Lane>, options: &Options) -> Vec<Lane> {
    lanes.into_iter().map(|lane| lane.into_iter().filter(|step| options.asks_for(&step.name)).collect()).collect()
}

fn names() -> String {
    phases().iter().flatten().flatten().map(|step| step.name.clone()).collect::<Vec<_>>().join(" ")
}

fn missing<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<&'static Tool> {
    let mut missing: Vec<&'static Tool> = Vec::new();
    for tool in steps.flat_map(Step::missing) {
        if missing.iter().all(|other| other.name != tool.name) {
            missing.push(tool);
        }
    }
    // In the order of the table: what others are installed with comes first.
    missing.sort_by_key(|tool| tools::ALL.iter().position(|other| other.name == tool.name));
    missing
}

fn announce(missing: &[&'static Tool]) {
    if missing.is_empty() {
        println!("Every tool is there.");
        return;
    }
    println!("Missing:");
    for tool in missing {
        let how = tool
            .how()
            .map_or_else(|| format!("to be installed by you: {}", tool.advice()), |how| format!("by us: {how}"));
        println!("  {:<24} {how}", tool.label());
    }
}

/// Two lanes at a time, as there are cores on the smallest machine that this is for.
fn run_beside(lanes: Vec<Lane>) -> Vec<Row> {
    let count = lanes.len();
    let queue: Mutex<VecDeque<(usize, Lane)>> = Mutex::new(lanes.into_iter().enumerate().collect());
    let done: Mutex<Vec<Vec<Row>>> = Mutex::new((0..count).map(|_| Vec::new()).collect());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no lane panics with the queue").pop_front();
                    let Some((i, lane)) = next else { break };
                    let rows = lane.iter().map(Step::run).collect();
                    done.lock().expect("no lane panics with the rows")[i] = rows;
                }
            });
        }
    });
    done.into_inner().expect("every lane has ended").into_iter().flatten().collect()
}

/// The command line, built.
fn command_line() -> Result<PathBuf> {
    let mut build = shell::command("cargo");
    shell::shown(build.args(["build", "--package", "holdfast-cli"]).current_dir(paths::root()))?;
    Ok(paths::target().join("debug").join(format!("holdfast{}", std::env::consts::EXE_SUFFIX)))
}

/// Something with a limit in time: a miss is tried twice more, and two of three are a failure.
fn two_of_three<T>(name: &str, run: impl Fn() -> Result<T>) -> Result<(T, &'static str)> {
    let missed = match run() {
        Ok(result) => return Ok((result, "")),
        Err(missed) => missed,
    };
    println!("{name}, missed: {missed:#}");
    let again = [run(), run()].map(|result| result.inspect_err(|error| println!("{name}, missed: {error:#}")));
    let [Ok(_), Ok(result)] = again else { bail!("missed again; the first time: {missed:#}") };
    Ok((result, "; missed once of three"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_unknown_ones_refused() {
        let options = Options::read(&["--allow-missing", "--only", "clippy,jedis"]).unwrap();
        assert!(options.allow_missing && !options.no_install);
        assert!(options.asks_for("clippy") && options.asks_for("jedis-live"));
        assert!(!options.asks_for("clippy2") && !options.asks_for("redis-py-live"));
        assert!(Options::default().asks_for("anything"));
        assert!(Options::read(&["--onyl"]).is_err());
        assert!(Options::read(&["--only"]).is_err());
    }

    #[test]
    fn every_step_has_its_own_name_and_asks_for_known_tools() {
        let mut seen = Vec::new();
        for step in phases().iter().flatten().flatten() {
            assert!(!seen.contains(&step.name), "{}", step.name);
            seen.push(step.name.clone());
            for tool in &step.needs {
                tools::find(tool);
            }
        }
    }

    #[test]
    fn lanes_keep_their_order_and_a_failure_is_a_row() {
        let step = |name: &'static str, fails: bool| {
            Step::new(name, &[], move || if fails { bail!("broken") } else { Ok(String::new()) })
        };
        let rows = run_beside(vec![vec![step("a", false), step("b", true)], vec![step("c", false)], vec![]]);
        let names: Vec<&str> = rows.iter().map(|row| row.step.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(rows.iter().map(|row| row.passes(false)).collect::<Vec<_>>(), [true, false, true]);
    }
}
