//! A demo while it runs: what it says, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell;

/// A running demo; it and all that it started are killed when it is dropped.
pub struct Demo {
    child: Child,
    lines: Receiver<String>,
    folder: PathBuf,
}

impl Demo {
    /// Starts it with these variables; what it says also goes into files in `folder`.
    pub fn start(project: &Path, run: &str, variables: &[(String, String)], folder: &Path) -> Result<Demo> {
        // `exec`, so that SIGTERM reaches the demo and not a shell in between.
        let mut command = shell::line(&format!("exec {}", run.trim_start_matches("exec ")), project);
        for name in std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("REDIS_")) {
            command.env_remove(name);
        }
        command.envs(variables.iter().cloned());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let errors = fs::File::create(folder.join("stderr"))?;
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().context("could not start the demo")?;
        let stdout = BufReader::new(child.stdout.take().context("a demo has a standard output")?);
        let (sender, lines) = channel();
        let copy = folder.join("stdout");
        std::thread::spawn(move || {
            let mut said = String::new();
            for line in stdout.lines().map_while(Result::ok) {
                said = said + &line + "\n";
                // Both are for whoever reads them; nobody may be left.
                let _ = fs::write(&copy, &said);
                let _ = sender.send(line);
            }
        });
        Ok(Demo { child, lines, folder: folder.to_owned() })
    }

    /// The next line of its standard output.
    pub fn line(&mut self, patience: Duration) -> Result<String> {
        self.lines.recv_timeout(patience).map_err(|_| match self.child.try_wait() {
            Ok(Some(status)) => anyhow::anyhow!("the demo has ended ({status})"),
            _ => anyhow::anyhow!("the demo printed nothing more within {} s", patience.as_secs()),
        })
    }

    /// Asks it to end, as a person or an orchestrator would.
    pub fn terminate(&self) -> Result<()> {
        signal("TERM", &self.child.id().to_string())
    }

    /// Its exit code; nothing where a signal ended it.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<i32>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            if start.elapsed() > patience {
                bail!("the demo still runs after {} s", patience.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its standard error.
    pub fn errors(&self) -> String {
        fs::read_to_string(self.folder.join("stderr")).unwrap_or_default()
    }

    /// Everything that it said.
    pub fn said(&self) -> String {
        let output = fs::read_to_string(self.folder.join("stdout")).unwrap_or_default();
        format!("standard output:\n{output}standard error:\n{}", shell::last_lines(&self.errors(), 30))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The whole group: a wrapper may have left something behind.
        let _ = signal("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process, or with a hyphen to a group.
pub fn signal(name: &str, process: &str) -> Result<()> {
    let mut kill = shell::command("sh");
    kill.args(["-c", &format!("kill -s {name} -- {process}")]);
    shell::output(&mut kill).map(drop)
}
