//! `cargo xtask serve`: the page, on a machine with only Rust.
//!
//! Trunk stays the one pipeline. It and wasm-bindgen are built without optimisation, debug
//! information and TLS, and beside them the page itself, so that no core idles.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{paths, shell, tools};

/// Builds the page, serves it on this machine, and says where.
pub fn serve(port: Option<u16>) -> Result<()> {
    let start = Instant::now();
    say(start, "Holdfast's page, built and served on this machine.");
    prepare(start)?;
    let port = port.map_or_else(first_free_port, Ok)?;
    let mut trunk = shell::command("trunk");
    // No wasm-opt and no optimisation: this is the first look, not what is published.
    trunk.args(["serve", "--address", "127.0.0.1", "--port", &port.to_string()]).current_dir(paths::root());
    say(start, "building the page");
    let mut trunk = trunk.env_remove("NO_COLOR").spawn().context("could not start trunk")?;
    while !answers(port) {
        if let Some(status) = trunk.try_wait()? {
            bail!("trunk ended before it served anything ({status})");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let address = format!("http://127.0.0.1:{port}/");
    say(start, &format!("ready: {address}  (Ctrl+C ends it)"));
    open_browser(&address);
    trunk.wait()?;
    Ok(())
}

/// What is missing, all at once.
fn prepare(start: Instant) -> Result<()> {
    let wasm = tools::find("wasm32");
    if !wasm.present() {
        say(start, "adding the target wasm32-unknown-unknown");
        tools::install(&[wasm]);
        if !wasm.present() {
            bail!("the target wasm32-unknown-unknown is missing; `rustup target add wasm32-unknown-unknown` adds it");
        }
    }
    let mut jobs = Vec::new();
    let missing: Vec<_> =
        ["wasm-bindgen", "trunk"].map(tools::find).into_iter().filter(|tool| !tool.present()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for tool in &missing {
        say(start, &format!("getting {} (some minutes, once)", tool.label()));
        // Each has a folder of its own: in a shared one the second would wait for the first.
        let folder = paths::tools().join("build").join(tool.name);
        jobs.push(Job::spawn(&tool.label(), tool.cargo_install()?.env("CARGO_TARGET_DIR", folder))?);
    }
    let mut page = shell::command("cargo");
    page.args(["build", "--package", "holdfast-web", "--target", "wasm32-unknown-unknown"]).current_dir(paths::root());
    jobs.push(Job::spawn("the page's crates", &mut page)?);
    wait(start, jobs)
}

/// A build whose progress is read from what it says.
struct Job {
    label: String,
    child: Child,
    log: PathBuf,
}

impl Job {
    fn spawn(label: &str, command: &mut Command) -> Result<Job> {
        let log = paths::logs().join(format!("{}.log", label.replace(' ', "-")));
        std::fs::create_dir_all(paths::logs())?;
        let file = File::create(&log)?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn().context("could not start cargo")?;
        Ok(Job { label: label.to_owned(), child, log })
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

fn wait(start: Instant, mut jobs: Vec<Job>) -> Result<()> {
    let mut spoken = Instant::now();
    while !jobs.is_empty() {
        std::thread::sleep(Duration::from_millis(200));
        let mut running = Vec::new();
        for mut job in jobs {
            match job.child.try_wait()? {
                None => running.push(job),
                Some(status) if status.success() => say(start, &format!("{}: done", job.label)),
                Some(_) => {
                    for mut other in running {
                        // The error is about the one that failed, not about these.
                        let _ = other.child.kill();
                    }
                    bail!("{} could not be built:\n{}", job.label, shell::last_lines(&job.said(), 30));
                }
            }
        }
        jobs = running;
        if spoken.elapsed() > Duration::from_secs(5) {
            spoken = Instant::now();
            let progress: Vec<String> = jobs.iter().map(|job| progress(&job.label, &job.said())).collect();
            say(start, &progress.join(" | "));
        }
    }
    Ok(())
}

/// `trunk 0.21.14: 123 crates, now lightningcss`.
fn progress(label: &str, said: &str) -> String {
    let compiled: Vec<&str> = said.lines().filter_map(|line| line.trim_start().strip_prefix("Compiling ")).collect();
    match compiled.last().and_then(|line| line.split(' ').next()) {
        Some(name) => format!("{label}: {} crates, now {name}", compiled.len()),
        None => format!("{label}: fetching"),
    }
}

fn say(start: Instant, text: &str) {
    println!("[{:>3} s] {text}", start.elapsed().as_secs());
}

fn first_free_port() -> Result<u16> {
    if TcpListener::bind(("127.0.0.1", 8080)).is_ok() { Ok(8080) } else { shell::free_port() }
}

/// Trunk listens before the page is built, and answers with an error until it is.
fn answers(port: u16) -> bool {
    status(port, "/") == Some(200)
}

/// The status of a GET on this machine.
fn status(port: u16, path: &str) -> Option<u16> {
    crate::lab::get(port, path).ok().map(|(status, _)| status)
}

/// Only where somebody could see it.
fn open_browser(address: &str) {
    let seen = std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some();
    let opener: &[&str] = match std::env::consts::OS {
        "macos" => &["open"],
        "windows" => &["cmd", "/c", "start", ""],
        _ if seen => &["xdg-open"],
        _ => return,
    };
    // The address is printed: whoever has no browser has that.
    let _ = Command::new(opener[0]).args(&opener[1..]).arg(address).spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_number_of_crates_and_the_last_one() {
        assert_eq!(progress("trunk", "    Updating index\n"), "trunk: fetching");
        let said = "   Compiling libc v0.2.1\n   Compiling syn v2.0.0\n";
        assert_eq!(progress("trunk", said), "trunk: 2 crates, now syn");
    }
}
