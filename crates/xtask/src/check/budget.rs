//! What the command line may cost: time and memory, measured on the program as it is installed.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use holdfast_tests::median;

use super::Step;
use crate::{paths, shell};

/// How many times as much as jq the audit reads in the same time of one core.
const TIMES_JQ: f64 = 8.0;

/// Resident kB on a stream of any length.
const MEMORY: u64 = 30 * 1024;

/// CPU ms from start to exit of `recommend`.
const RECOMMEND: f64 = 5.0;

/// MB that are read for the throughput, and streamed for the memory. A stream of 5 GB was run by hand.
const READ: usize = 100;
const STREAMED: usize = 300;

/// The step; nothing runs beside it.
pub fn step() -> Step {
    Step::new("audit-budget", &["jq"], measure)
}

fn measure() -> Result<String> {
    let seen = Seen::of(3)?;
    // The best: whatever else the machine does only makes them slower.
    let least = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
    let (times, recommend) = (least(&seen.jq) / least(&seen.audit), least(&seen.recommend) * 1000.0);
    let memory = seen.memory;
    let note = format!(
        "{times:.1} × jq (at least {TIMES_JQ}), {memory} kB on a stream (at most {MEMORY}), recommend {recommend:.1} ms (at most {RECOMMEND})"
    );
    ensure!(times >= TIMES_JQ && memory <= MEMORY && recommend <= RECOMMEND, "over the budget: {note}");
    Ok(note)
}

/// Prints the medians beside their limits: `cargo xtask bench`.
pub fn bench() -> Result<()> {
    let seen = Seen::of(9)?;
    let [audit, jq, recommend] = [seen.audit, seen.jq, seen.recommend].map(median);
    println!("{:>10.2} ms CPU   holdfast recommend, start to exit (at most {RECOMMEND})", recommend * 1000.0);
    println!("{:>10.0} MB/s     holdfast audit, one core", READ as f64 / audit);
    println!("{:>10.0} MB/s     jq -c . of the same file", READ as f64 / jq);
    println!("{:>10.1} × jq     (at least {TIMES_JQ})", jq / audit);
    println!("{:>10} kB       at most resident on a stream (at most {MEMORY})", seen.memory);
    Ok(())
}

/// Seconds of CPU, in as many runs as were asked for; kB.
struct Seen {
    audit: Vec<f64>,
    jq: Vec<f64>,
    recommend: Vec<f64>,
    memory: u64,
}

impl Seen {
    fn of(runs: usize) -> Result<Seen> {
        let mut build = shell::command("cargo");
        shell::shown(build.args(["build", "--release", "--package", "holdfast-cli"]).current_dir(paths::root()))?;
        let program = paths::target().join("release").join(format!("holdfast{}", std::env::consts::EXE_SUFFIX));
        let fleet = fleet()?;
        let mut seen =
            Seen { audit: Vec::new(), jq: Vec::new(), recommend: Vec::new(), memory: memory(&program, &fleet)? };
        // In turns, so that what else the machine does meets all of them.
        for _ in 0..runs {
            let cpu = |line: &str| cpu(line, &program, &fleet);
            seen.audit.push(cpu("\"$0\" audit \"$1\" --format ndjson --fail-on never >/dev/null")?);
            seen.jq.push(cpu("jq -c . \"$1\" >/dev/null")?);
            let fifty = "i=0; while [ $i -lt 50 ]; do \"$0\" recommend --format json >/dev/null; i=$((i+1)); done";
            seen.recommend.push(cpu(fifty)? / 50.0);
        }
        fs::remove_file(&fleet)?;
        Ok(seen)
    }
}

/// A stream of the shapes that the API has: databases as `tests/exports` has them, each with one
/// finding or none, a line each.
fn fleet() -> Result<PathBuf> {
    let names = ["pro-good", "pro-without-subscription", "essentials-good", "active-active-good", "pro-gcp-good"];
    let mut jq = shell::command("jq");
    jq.args(["-c", "if .databases then .databases[] else . end | select(.databaseId)"]);
    jq.args(names.map(|name| paths::root().join("tests/exports").join(name).with_extension("json")));
    let lines = shell::output(&mut jq)?;
    let path = paths::target().join("xtask/fleet.ndjson");
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    let mut out = BufWriter::new(File::create(&path)?);
    for _ in 0..(READ << 20) / lines.len().max(1) {
        out.write_all(lines.as_bytes())?;
    }
    out.flush()?;
    Ok(path)
}

/// Seconds of CPU, user and system, that a line of the shell takes.
fn cpu(line: &str, program: &Path, file: &Path) -> Result<f64> {
    let mut shell = shell::command("sh");
    shell.arg("-c").arg(format!("{line}; times")).args([program, file]);
    let told = shell::output(&mut shell)?;
    // The second line is the children's: `0m1.230000s 0m0.040000s`.
    let children = told.lines().last().context("times said nothing")?;
    children.split_whitespace().map(seconds).sum()
}

fn seconds(text: &str) -> Result<f64> {
    let (minutes, seconds) = text.trim_end_matches('s').split_once('m').context("minutes and seconds")?;
    Ok(minutes.parse::<f64>()? * 60.0 + seconds.parse::<f64>()?)
}

/// The most memory that was resident while a stream went through.
fn memory(program: &Path, fleet: &Path) -> Result<u64> {
    let chunk = fs::read(fleet)?;
    let mut child = shell::command("sh");
    child.arg("-c").arg("exec \"$0\" audit - --format ndjson --fail-on never >/dev/null").arg(program);
    let mut child = child.stdin(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("a pipe")?;
    for _ in 0..STREAMED.div_ceil(READ) {
        input.write_all(&chunk)?;
    }
    // It still waits for more: what it needed most is still to be read.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    drop(input);
    ensure!(child.wait()?.success(), "the stream was not judged");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(peak.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_of_the_shell_are_read() {
        assert!((seconds("1m2.500000s").unwrap() - 62.5).abs() < 1e-9);
        assert!(seconds("nothing").is_err());
    }
}
