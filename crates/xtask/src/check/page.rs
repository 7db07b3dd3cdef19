//! The page as it is published: its weight, and its behaviour in a real browser.

use anyhow::{Context, Result, ensure};

use super::{Lane, Step};
use crate::{paths, shell};

/// What the page shall weigh with every client, in brotli bytes.
const AIM: usize = 130_000;

/// What it may weigh until the aim is reached: the last weights with these thirteen clients, a little
/// rounded up. They go down, or up by what a new client or part weighs, never by less thrift.
struct Limit {
    /// Until the default answers work: everything but what is fetched for the other clients.
    first: usize,
    /// With the templates and the evidence of every client.
    all: usize,
}

const LIMIT: Limit = Limit { first: 200_800, all: 338_500 };

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
    let (mut first, mut all) = (0, 0);
    for file in shell::files_below(&dist)? {
        let mut brotli = shell::command("sh");
        brotli.args(["-c", "brotli --stdout --quality=11 --lgwin=24 \"$1\" | wc -c", "sh"]).arg(&file);
        let bytes: usize = shell::output(&mut brotli)?.trim().parse().context("a number of bytes")?;
        let path = file.strip_prefix(&dist)?;
        println!("{bytes:>8}  {}", path.display());
        all += bytes;
        let for_one = path.starts_with("clients") || path.starts_with("evidence");
        if !for_one || path.ends_with(&default) {
            first += bytes;
        }
    }
    println!("{first:>8}  until the default answers work, of at most {}", LIMIT.first);
    println!("{all:>8}  with every client, of at most {}; the aim is {AIM}", LIMIT.all);
    ensure!(all > 0, "dist/ is empty: the page was not built");
    ensure!(first <= LIMIT.first, "the page weighs {first} bytes, at most {} are allowed", LIMIT.first);
    ensure!(all <= LIMIT.all, "the page weighs {all} bytes with every client, at most {} are allowed", LIMIT.all);
    Ok(format!("{first} bytes, {all} with every client; the aim is {AIM}"))
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
