//! The page as it is published: its weight, and its behaviour in a real browser.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Lane, Step, command_line, two_of_three};
use crate::{paths, shell};

/// What the page shall weigh with every client, in brotli bytes.
const AIM: usize = 130_000;

/// What it may weigh until the aim is reached: the last weights with these fourteen clients, a little
/// rounded up. They go down, or up by what a new client or part weighs, never by less thrift.
struct Limit {
    /// Until the default answers work: nothing that is loaded on demand, and not the service worker.
    first: usize,
    /// With everything that is loaded on demand: templates and evidence of every client, and what judges behind two doors.
    all: usize,
}

/// A third of all are the two doors, most of it the engines of `audit` and `diagnose` with the core that they judge by: a
/// module of the worker, which can't share that of the page.
const LIMIT: Limit = Limit { first: 219_800, all: 600_800 };

/// What is seen before any script runs, in brotli bytes: the page's HTML with its style sheets in it.
const FIRST_SIGHT: usize = 30_000;

/// A figure that `tests/e2e/budget.mjs` measures.
struct Budget {
    what: &'static str,
    unit: &'static str,
    most: f64,
    /// What it shall be, where that is not reached yet: until then `most` is what was reached.
    aim: Option<f64>,
}

const fn at_most(what: &'static str, most: f64, unit: &'static str) -> Budget {
    Budget { what, unit, most, aim: None }
}

const BUDGET: [Budget; 9] = [
    at_most("requests before the first result", 2.0, ""),
    at_most("requests until interactive", 6.0, ""),
    at_most("requests to other hosts", 0.0, ""),
    // What a machine of two cores took in the worst of several runs, and room for a slower one: to be moved down only.
    Budget { aim: Some(600.0), ..at_most("first result", 1300.0, " ms") },
    Budget { aim: Some(2000.0), ..at_most("interactive", 3200.0, " ms") },
    Budget { aim: Some(2.0), ..at_most("change, median", 12.0, " ms") },
    Budget { aim: Some(5.0), ..at_most("change, 95 %", 80.0, " ms") },
    at_most("memory, growth", 10.0, " %"),
    at_most("links lost", 0.0, ""),
];

/// What a look at the page in a browser needs.
const BROWSER: [&str; 3] = ["node", "chromium", "fonts"];

/// The steps that build and weigh it.
pub fn build() -> Lane {
    vec![
        Step::new("page", &["node", "wasm32", "wasm-bindgen", "trunk", "binaryen"], || trunk().map(|()| String::new())),
        Step::new("page-weight", &["brotli"], weigh),
    ]
}

/// The browser's steps; `dist/` and the command line are built before.
pub fn end_to_end() -> Lane {
    vec![Step::new("e2e", &BROWSER, browse)]
}

/// What it costs its readers; nothing runs beside it.
pub fn budget() -> Step {
    Step::new("page-budget", &BROWSER, || {
        let (note, missed) = two_of_three("page-budget", || judge(&shell::output(&mut script("budget.mjs")?)?))?;
        Ok(note + missed)
    })
}

/// Prints the figures beside their limits: `cargo xtask bench`.
pub fn bench() -> Result<()> {
    trunk()?;
    // It judges nothing.
    judge(&shell::output(&mut script("budget.mjs")?)?).map(drop).or_else(|over| {
        println!("{over:#}");
        Ok(())
    })
}

/// Builds the page and runs a script of `tests/e2e` on it.
pub fn built(name: &str) -> Result<()> {
    trunk()?;
    shell::shown(&mut script(name)?)
}

fn trunk() -> Result<()> {
    let mut trunk = shell::command("trunk");
    // Trunk reads a colour switch that it does not understand everywhere.
    shell::shown(trunk.args(["build", "--release"]).env_remove("NO_COLOR").current_dir(paths::root()))
}

/// Node with a script of `tests/e2e`, or with its tests.
fn script(name: &str) -> Result<Command> {
    let tests = paths::root().join("tests/e2e");
    ensure!(paths::root().join("dist/index.html").is_file(), "dist/ is empty: the page was not built");
    shell::shown(shell::command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&tests))?;
    let mut node = shell::command("node");
    node.arg(name).current_dir(&tests);
    Ok(node)
}

/// The figures beside their limits, printed; an error where one is over.
fn judge(figures: &str) -> Result<String> {
    let figures: HashMap<String, f64> = serde_json::from_str(figures)?;
    let (mut all, mut over) = (Vec::new(), Vec::new());
    for Budget { what, unit, most, aim } in BUDGET {
        let figure = *figures.get(what).with_context(|| format!("{what} was not measured"))?;
        let aim = aim.map_or(String::new(), |aim| format!("; the aim is {aim}{unit}"));
        println!("{what}: {figure}{unit}, at most {most}{unit}{aim}");
        all.push(format!("{what} {figure}{unit}"));
        if figure > most {
            over.push(format!("{what} {figure}{unit}, at most {most}{unit}"));
        }
    }
    ensure!(over.is_empty(), "over the budget: {}", over.join("; "));
    Ok(all.join(", "))
}

fn weigh() -> Result<String> {
    let dist = paths::root().join("dist");
    let default = format!("{}.txt", holdfast::Answers::default().client.client().id);
    let (mut sight, mut first, mut all, mut doors, mut beside) = (0, 0, 0, 0, 0);
    for file in shell::files_below(&dist)? {
        let bytes = shell::brotli(&file)?;
        let path = file.strip_prefix(&dist)?;
        // Pages of their own, which this one does not load.
        if path.starts_with("explain") {
            beside += bytes;
            continue;
        }
        println!("{bytes:>8}  {}", path.display());
        all += bytes;
        if path == Path::new("index.html") {
            sight = bytes;
        }
        let for_one = path.starts_with("clients") || path.starts_with("evidence");
        if path.to_string_lossy().starts_with("doors-") {
            doors += bytes;
        } else if !(for_one && !path.ends_with(&default) || path == Path::new("offline.js")) {
            first += bytes;
        }
    }
    println!("{first:>8}  until the default answers work, of at most {}", LIMIT.first);
    println!("{doors:>8}  when one of two doors is opened");
    println!("{all:>8}  with every client and every door, of at most {}; the aim is {AIM}", LIMIT.all);
    println!("{beside:>8}  beside it: pages about one thing each");
    println!("{sight:>8}  before any script runs, of at most {FIRST_SIGHT}");
    ensure!(first > 0 && doors > 0, "dist/ is empty: the page was not built");
    ensure!(sight <= FIRST_SIGHT, "the first sight weighs {sight} bytes, at most {FIRST_SIGHT} are allowed");
    ensure!(first <= LIMIT.first, "the page weighs {first} bytes, at most {} are allowed", LIMIT.first);
    ensure!(all <= LIMIT.all, "the page weighs {all} bytes with everything, at most {} are allowed", LIMIT.all);
    Ok(format!("{sight} bytes before any script, {first} bytes, {all} with every client and door; the aim is {AIM}"))
}

fn browse() -> Result<String> {
    shell::shown(script("--test")?.env("HOLDFAST_CLI", command_line()?))?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_over_its_limit_fails_and_so_does_one_that_is_missing() {
        let figures = |more: f64| {
            let all = BUDGET.map(|budget| (budget.what, budget.most + more));
            serde_json::to_string(&HashMap::from(all)).unwrap()
        };
        assert!(judge(&figures(0.0)).is_ok());
        assert!(judge(&figures(0.1)).unwrap_err().to_string().contains("links lost 0.1, at most 0"));
        assert!(judge("{}").is_err());
    }
}
