//! `cargo xtask sweep`: formats, lints and compiles every text that a reader can reach.
//!
//! There are hundreds for each client, too many for each run of the test command. So a file keeps the
//! checksum of each that has passed, and the test command compares: a text that is not in the file
//! fails. A sample is checked really every time.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use holdfast::clients::ClientId;
use holdfast_tests::texts::{self, Text, for_people};

use crate::check::clients;
use crate::{paths, shell, tools};

/// The folder of the files that say what has passed.
const PASSED: &str = "tests/texts";

/// What has passed, by which commands and tools.
#[derive(Debug, Default, PartialEq)]
struct Passed {
    line: String,
    tools: String,
    sums: BTreeSet<u64>,
}

/// Checks what has not passed yet, or everything, and writes down what has.
pub fn sweep(words: &[&str]) -> Result<()> {
    let (mut all, mut asked) = (false, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match (*word, word.strip_prefix("--client")) {
            ("--all", _) => all = true,
            (_, Some("")) => {
                let id = words.next().context("--client wants an id")?;
                asked.push(*ClientId::ALL.iter().find(|known| known.client().id == *id).context("an unknown client")?);
            }
            _ => bail!("unknown: {word}\n{}", crate::USAGE),
        }
    }
    let clients = if asked.is_empty() { ClientId::ALL.to_vec() } else { asked };
    let failed: Vec<&str> = clients.iter().filter(|id| !swept(**id, all)).map(|id| id.client().id).collect();
    ensure!(failed.is_empty(), "not everything passed: {}", failed.join(", "));
    Ok(())
}

fn swept(id: ClientId, all: bool) -> bool {
    let name = id.client().id;
    let result = sweep_client(id, all).inspect_err(|error| println!("{name}: {error:#}"));
    result.inspect(|note| println!("{name}: {note}")).is_ok()
}

fn sweep_client(id: ClientId, all: bool) -> Result<String> {
    let wanted = texts::distinct(id);
    let known = read(id).filter(|known| !all && known.fits(id)).unwrap_or_default();
    let (count, files) = (wanted.len(), count_files(&wanted));
    let passed = Passed { line: line(id)?.to_owned(), tools: labels(id), sums: wanted.iter().map(|t| t.sum).collect() };
    let new: Vec<Text> = wanted.into_iter().filter(|text| !known.sums.contains(&text.sum)).collect();
    let checked = new.len();
    if checked > 0 {
        check(id, "all", &new)?;
    }
    let path = file(id);
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    fs::write(path, passed.write(id))?;
    Ok(format!("{count} projects of {files} texts: {checked} checked now, {} had passed before", count - checked))
}

/// The step of the test command.
pub fn step(id: ClientId) -> Result<String> {
    let again = format!("run `cargo xtask sweep --client {}` and commit what it changes", id.client().id);
    let known = read(id).with_context(|| format!("no text has passed yet: {again}"))?;
    ensure!(known.fits(id), "the tools or their commands have changed: {again}");
    let wanted: BTreeSet<u64> = texts::distinct(id).iter().map(|text| text.sum).collect();
    let new = wanted.difference(&known.sums).count();
    ensure!(new == 0, "{new} of {} texts have not passed yet: {again}", wanted.len());
    let gone = known.sums.difference(&wanted).count();
    ensure!(gone == 0, "{gone} texts have passed that nobody can reach any more: {again}");
    let sample = texts::sample(id);
    check(id, "sample", &sample)?;
    let now: HashSet<u64> = sample.iter().map(|text| text.sum).collect();
    Ok(format!("{} texts: {} checked now, {} by checksum", wanted.len(), now.len(), wanted.len() - now.len()))
}

/// Writes the projects and runs the client's line over all of them.
fn check(id: ClientId, what: &str, texts: &[Text]) -> Result<()> {
    let ready = clients::ready(id)?;
    let folder = paths::target().join("sweep").join(id.client().id).join(what);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut distinct = String::new();
    let mut seen = HashSet::new();
    for (i, text) in texts.iter().enumerate() {
        for (file, sum) in text.files.iter().zip(&text.sums).filter(|(file, _)| !for_people(&file.path)) {
            let path = format!("{i:04}/{}", file.path);
            write(&folder.join(&path), &file.text)?;
            if seen.insert(sum) {
                distinct += &format!("{path}\n");
            }
        }
    }
    write(&folder.join("distinct"), &distinct)?;
    let links: String = texts.iter().enumerate().map(|(i, text)| format!("{i:04} {}\n", link(text))).collect();
    write(&folder.join("links"), &links)?;
    let log = paths::logs().join(format!("{}-texts.log", id.client().id));
    shell::logged(shell::line(line(id)?, &folder).env("READY", ready), &log)
}

fn link(text: &Text) -> String {
    holdfast::questions::to_link(&text.answers)
}

fn line(id: ClientId) -> Result<&'static str> {
    let line = id.client().drill.texts;
    ensure!(!line.is_empty(), "the client has no command for all of its texts");
    Ok(line)
}

fn count_files(texts: &[Text]) -> usize {
    texts.iter().flat_map(|text| &text.sums).collect::<HashSet<_>>().len()
}

fn labels(id: ClientId) -> String {
    clients::needs(id).iter().map(|name| tools::find(name).label()).collect::<Vec<_>>().join(", ")
}

fn file(id: ClientId) -> PathBuf {
    paths::root().join(PASSED).join(id.client().id).with_extension("txt")
}

fn read(id: ClientId) -> Option<Passed> {
    Passed::read(&fs::read_to_string(file(id)).ok()?)
}

impl Passed {
    fn fits(&self, id: ClientId) -> bool {
        line(id).is_ok_and(|line| self.line == line) && self.tools == labels(id)
    }

    fn write(&self, id: ClientId) -> String {
        let sums: String = self.sums.iter().map(|sum| format!("{sum:016x}\n")).collect();
        format!(
            "# Written by `cargo xtask sweep --client {}`: the checksum of each text that has passed.\n\
             # {}\n# {}\n{sums}",
            id.client().id,
            self.tools,
            self.line
        )
    }

    fn read(text: &str) -> Option<Passed> {
        let mut lines = text.lines().skip(1);
        let mut head = || lines.next()?.strip_prefix("# ").map(str::to_owned);
        let (tools, line) = (head()?, head()?);
        let sums = lines.map(|sum| u64::from_str_radix(sum, 16).ok()).collect::<Option<_>>()?;
        Some(Passed { line, tools, sums })
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    Ok(fs::write(path, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_passed_is_read_as_it_was_written() {
        let passed = Passed { line: "a && b".into(), tools: "c 1, d".into(), sums: [1, u64::MAX].into() };
        assert_eq!(Passed::read(&passed.write(ClientId::ALL[0])), Some(passed));
        assert_eq!(Passed::read("# a\n# b\n# c\nnot a sum\n"), None);
        assert_eq!(Passed::read(""), None);
    }
}
