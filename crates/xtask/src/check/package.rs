//! The package for JavaScript: its types hold, and it gives the same bytes as this program.

use std::fs;

use holdfast_tests::sums::sums;

use super::Step;
use crate::{package, paths, shell};

/// Built, then used in Node.js.
pub fn step() -> Step {
    let needs = [package::NEEDS, &["brotli", "typescript"]].concat();
    Step::new("package", &needs, || {
        let package = package::write()?;
        let tests = paths::root().join("tests/package");
        let mut install = shell::command("npm");
        install.args(["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        shell::shown(install.current_dir(&tests))?;
        let sums = sums()?;
        let file = paths::target().join("xtask/sums.txt");
        fs::write(&file, &sums)?;
        shell::shown(shell::command("tsc").arg("--project").arg(&tests))?;
        shell::shown(shell::command("node").args(["--test"]).env("HOLDFAST_SUMS", &file).current_dir(&tests))?;
        let weight = shell::brotli(&package.join("core_bg.wasm"))?;
        Ok(format!("{} answers give the same bytes; {weight} bytes", sums.lines().count()))
    })
}
