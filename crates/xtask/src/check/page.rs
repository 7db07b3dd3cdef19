//! The page as it is published: its weight, and its behaviour in a real browser.

use std::path::Path;

use anyhow::{Result, ensure};

use super::{Lane, Step};
use crate::{paths, shell};

/// What the page shall weigh with every client, in brotli bytes.
const AIM: usize = 130_000;

/// What it may weigh until the aim is reached: the last weights with these thirteen clients, a little
/// rounded up. They go down, or up by what a new client or part weighs, never by less thrift.
struct Limit {
    /// Until the default answers work: nothing that is loaded on demand, and not the service worker.
    first: usize,
    /// With everything that is loaded on demand: templates and evidence of every client, and what judges behind two doors.
    all: usize,
}

/// The two doors weigh 214,400, of which 206,200 are the engines of `audit` and `diagnose` with the core that they judge
/// by: a module of the worker, which can't share that of the page.
const LIMIT: Limit = Limit { first: 202_000, all: 575_000 };

/// The steps that build and weigh it.
pub fn build() -> Lane {
    vec![
        Step::new("page", &["node", "wasm32", "wasm-bindgen", "trunk", "binaryen"], || {
            // Trunk reads a colour switch that it does not understand everywhere.
            shell::shown(
                shell::command("trunk").args(["build", "--release"]).env_remove("NO_COLOR").current_dir(paths::root()),
            )?;
            Ok(String::new())
        }),
        Step::new("page-weight", &["brotli"], weigh),
    ]
}

/// The browser's steps; `dist/` and the command line are built before.
pub fn end_to_end() -> Lane {
    vec![Step::new("e2e", &["node", "chromium", "fonts"], browse)]
}

fn weigh() -> Result<String> {
    let dist = paths::root().join("dist");
    let default = format!("{}.txt", holdfast::Answers::default().client.client().id);
    let (mut first, mut all, mut doors, mut beside) = (0, 0, 0, 0);
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
        let for_one = path.starts_with("clients") || path.starts_with("evidence");
        if path.starts_with("doors-") {
            doors += bytes;
        } else if !(for_one && !path.ends_with(&default) || path == Path::new("offline.js")) {
            first += bytes;
        }
    }
    println!("{first:>8}  until the default answers work, of at most {}", LIMIT.first);
    println!("{doors:>8}  when one of two doors is opened");
    println!("{all:>8}  with every client and every door, of at most {}; the aim is {AIM}", LIMIT.all);
    println!("{beside:>8}  beside it: pages about one thing each");
    ensure!(first > 0 && doors > 0, "dist/ is empty: the page was not built");
    ensure!(first <= LIMIT.first, "the page weighs {first} bytes, at most {} are allowed", LIMIT.first);
    ensure!(all <= LIMIT.all, "the page weighs {all} bytes with everything, at most {} are allowed", LIMIT.all);
    Ok(format!("{first} bytes, {all} with every client and door; the aim is {AIM}"))
}

fn browse() -> Result<String> {
    let tests = paths::root().join("tests/e2e");
    ensure!(paths::root().join("dist/index.html").is_file(), "dist/ is empty: the page was not built");
    let mut build = shell::command("cargo");
    shell::shown(build.args(["build", "--package", "holdfast-cli"]).current_dir(paths::root()))?;
    if tests.join("package.json").is_file() {
        shell::shown(shell::command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&tests))?;
    }
    let cli = paths::target().join("debug").join(format!("holdfast{}", std::env::consts::EXE_SUFFIX));
    shell::shown(shell::command("node").args(["--test"]).env("HOLDFAST_CLI", cli).current_dir(&tests))?;
    Ok(String::new())
}
