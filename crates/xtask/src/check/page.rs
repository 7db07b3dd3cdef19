//! The page as it is published: its weight, and its behaviour in a real browser.

use anyhow::{Context, Result, ensure};

use super::{Lane, Step};
use crate::{paths, shell};

/// Brotli bytes of everything in `dist/`: what the page shall weigh with these four clients.
const AIM: usize = 110_000;

/// What it may weigh until the aim is reached: the last weight, a little rounded up. It only ever goes down.
const LIMIT: usize = 178_500;

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
    let mut sum = 0;
    for file in shell::files_below(&dist)? {
        let mut brotli = shell::command("sh");
        brotli.args(["-c", "brotli --stdout --quality=11 --lgwin=24 \"$1\" | wc -c", "sh"]).arg(&file);
        let bytes: usize = shell::output(&mut brotli)?.trim().parse().context("a number of bytes")?;
        println!("{bytes:>8}  {}", file.strip_prefix(&dist)?.display());
        sum += bytes;
    }
    println!("{sum:>8}  of at most {LIMIT}; the aim is {AIM}");
    ensure!(sum > 0, "dist/ is empty: the page was not built");
    ensure!(sum <= LIMIT, "the page weighs {sum} bytes, at most {LIMIT} are allowed");
    Ok(format!("{sum} of at most {LIMIT} bytes; the aim is {AIM}"))
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
