//! Running programs: with our tools first on the PATH, and with words when they fail.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::paths;

/// A program by name, with the project's own tools first on its PATH and nothing on its input.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PATH", path()).stdin(Stdio::null());
    command
}

/// A line for the shell, run in a folder.
pub fn line(line: &str, folder: &Path) -> Command {
    let mut command = command("sh");
    command.arg("-c").arg(line).current_dir(folder);
    command
}

/// The PATH, our tools first.
pub fn path() -> OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let ours = [paths::tools().join("bin"), paths::tools().join("npm/node_modules/.bin")];
    std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&inherited))).unwrap_or(inherited)
}

/// Whether a program is to be had.
pub fn has(program: &str) -> bool {
    std::env::split_paths(&path())
        .any(|folder| folder.join(program).is_file() || folder.join(format!("{program}.exe")).is_file())
}

/// Runs it where a person can watch.
pub fn shown(command: &mut Command) -> Result<()> {
    let words = words(command);
    let status = command.status().with_context(|| format!("could not start: {words}"))?;
    if !status.success() {
        bail!("failed ({status}): {words}");
    }
    Ok(())
}

/// Runs it into a log; when it fails, the end of the log is part of the error.
pub fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let words = words(command);
    let before = fs::metadata(log).map(|file| file.len()).unwrap_or(0);
    let file = appending(log)?;
    let status =
        command.stdout(file.try_clone()?).stderr(file).status().with_context(|| format!("could not start: {words}"))?;
    if !status.success() {
        let said = fs::read(log).unwrap_or_default();
        let said = String::from_utf8_lossy(said.get(before as usize..).unwrap_or_default()).into_owned();
        bail!("failed ({status}): {words}\n{}", last_lines(&said, 40));
    }
    Ok(())
}

/// Opens a log at its end.
pub fn appending(log: &Path) -> Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(File::options().create(true).append(true).open(log)?)
}

/// What it prints, standard output only.
pub fn output(command: &mut Command) -> Result<String> {
    let words = words(command);
    let output = command.output().with_context(|| format!("could not start: {words}"))?;
    if !output.status.success() {
        bail!("failed ({}): {words}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it ends well; it may be missing altogether.
pub fn succeeds(line: &str) -> bool {
    let mut probe = command("sh");
    probe.arg("-c").arg(line).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// What a file weighs on the wire, in bytes.
pub fn brotli(file: &Path) -> Result<usize> {
    let mut brotli = command("sh");
    brotli.args(["-c", "brotli --stdout --quality=11 --lgwin=24 \"$1\" | wc -c", "sh"]).arg(file);
    output(&mut brotli)?.trim().parse().context("a number of bytes")
}

/// The end of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Asks again and again until it is so.
pub fn wait_until(patience: Duration, mut so: impl FnMut() -> bool) -> bool {
    let start = std::time::Instant::now();
    loop {
        if so() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Every file below a folder, sorted; nothing where the folder is missing.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn words(command: &Command) -> String {
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(command.get_program().to_string_lossy().into_owned()).chain(args).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_kept() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }

    #[test]
    fn a_failing_command_says_what_it_was() {
        let error = output(&mut line("echo why >&2; exit 3", Path::new("."))).unwrap_err().to_string();
        assert!(error.contains("exit 3") && error.ends_with("why"), "{error}");
    }
}
