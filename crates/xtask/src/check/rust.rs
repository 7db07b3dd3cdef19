//! The steps that cargo and rustfmt do.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Lane, Step};
use crate::{codegen, paths, scaffold, shell};

/// What they need, and what they say, is shown as it comes.
pub fn lane() -> Lane {
    vec![
        Step::new("rustfmt", &["rustfmt"], rustfmt),
        Step::new("clippy", &["clippy"], || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
        Step::new("clippy-page", &["clippy", "wasm32"], || {
            cargo(&[
                "clippy",
                "--package",
                "holdfast-web",
                "--target",
                "wasm32-unknown-unknown",
                "--",
                "-D",
                "warnings",
            ])
        }),
        Step::new("core-wasm", &["wasm32"], || {
            cargo(&["check", "--package", "holdfast", "--no-default-features", "--target", "wasm32-unknown-unknown"])
        }),
        Step::new("cargo-test", &["jq"], || cargo(&["test", "--workspace"])),
        Step::new("scaffold", &[], scaffold),
        Step::new("docs", &[], || {
            shell::shown(cargo_command(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
            Ok(String::new())
        }),
        Step::new("terraform-fmt", &[], terraform_fmt),
        Step::new("codegen", &[], || {
            codegen::compare(&paths::root())?;
            Ok(String::new())
        }),
    ]
}

fn cargo(args: &[&str]) -> Result<String> {
    shell::shown(&mut cargo_command(args))?;
    Ok(String::new())
}

fn cargo_command(args: &[&str]) -> Command {
    let mut command = shell::command("cargo");
    command.args(args).current_dir(paths::root());
    command
}

/// The Terraform that is kept as files, by Terraform itself, which only some machines have; `cargo test` holds it to
/// the same form everywhere. And the scripts, by bash.
fn terraform_fmt() -> Result<String> {
    for script in files("tests/iac/*.sh")? {
        shell::shown(shell::command("bash").args(["-n", &script]).current_dir(paths::root()))?;
    }
    if !shell::has("terraform") {
        return Ok("terraform is not on this machine: only our own test of the form ran".to_owned());
    }
    let mut terraform = shell::command("terraform");
    shell::shown(terraform.args(["fmt", "-check", "-diff", "-recursive", "tests/iac"]).current_dir(paths::root()))?;
    Ok(String::new())
}

/// In a copy: a new rule and a new client compile as they are written, and each leaves one failing
/// test that says what to fill in.
fn scaffold() -> Result<String> {
    let copy = paths::target().join("scaffold");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    for path in files("*")?.iter().filter(|path| !path.starts_with(codegen::RENDERED)) {
        let to = copy.join(path);
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        fs::copy(paths::root().join(path), to)?;
    }
    scaffold::new_rule(&copy, "new-rule")?;
    scaffold::new_client(&copy, "new-client")?;
    let mut test = cargo_command(&["test", "--package", "holdfast", "--lib", "--color", "never", "--", "is_filled_in"]);
    // A folder of its own: in ours the copy would take the place of the real crate.
    let target = paths::target().join("scaffold-target");
    let done = test.current_dir(&copy).env("CARGO_TARGET_DIR", target).output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    for wanted in ["new-rule: title, what", "new-client: the record", "0 passed; 2 failed"] {
        ensure!(said.contains(wanted), "`{wanted}` is not among what the new tests said:\n{said}");
    }
    Ok(String::new())
}

/// What git knows or would take, as far as it is there.
fn files(pattern: &str) -> Result<Vec<String>> {
    let mut git = shell::command("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", pattern]).current_dir(paths::root());
    let listed = shell::output(&mut git)?;
    Ok(listed.lines().filter(|path| paths::root().join(path).is_file()).map(str::to_owned).collect())
}

/// Over the list of files: `cargo fmt` does not see the modules that a macro declares.
fn rustfmt() -> Result<String> {
    let files: Vec<String> = files("*.rs")?.into_iter().filter(|path| is_ours(path)).collect();
    let mut rustfmt = shell::command("rustfmt");
    rustfmt.args(["--check", "--edition", "2024"]).args(&files).current_dir(paths::root());
    shell::shown(&mut rustfmt)?;
    Ok(format!("{} files", files.len()))
}

/// Not what is rendered, which its own project formats; not templates, which are no Rust yet.
fn is_ours(path: &str) -> bool {
    let template = path
        .strip_prefix("crates/core/src/clients/")
        .is_some_and(|rest| rest.contains('/') && !rest.ends_with("/mod.rs"));
    !template && !path.starts_with(codegen::RENDERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_rendered_projects_are_left_to_others() {
        assert!(is_ours("crates/core/src/clients/mod.rs"));
        assert!(is_ours("crates/core/src/clients/redis_rs/mod.rs"));
        assert!(!is_ours("crates/core/src/clients/redis_rs/connection.rs"));
        assert!(!is_ours("tests/rendered/redis-rs/default/src/main.rs"));
    }
}
