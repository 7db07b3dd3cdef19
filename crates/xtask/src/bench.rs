//! `cargo xtask bench`: medians, each beside its limit where there is one. It judges nothing: that is the test command's.

use anyhow::Result;

use crate::check::{budget, page};
use crate::{paths, shell};

type Part = fn() -> Result<()>;

/// What is measured, one after the other.
const PARTS: [(&str, Part); 3] = [("core", core), ("command line", budget::bench), ("page", page::bench)];

/// Measures everything.
pub fn bench() -> Result<()> {
    for (title, part) in PARTS {
        println!("--- {title}");
        part()?;
    }
    Ok(())
}

/// As it is built for release, so in a program of its own.
fn core() -> Result<()> {
    let mut bench = shell::command("cargo");
    shell::shown(bench.args(["bench", "--package", "holdfast-tests", "--bench", "core"]).current_dir(paths::root()))
}
