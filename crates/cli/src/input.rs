//! The answers: from a file or standard input, then the flags over them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ArgMatches;
use holdfast::questions::{self, Answers, BadInput};

use crate::stop::{Stop, reason, shown};

/// Answers are a page of text; what is larger is the wrong file.
const LARGEST: u64 = 1 << 20;

/// A log is judged whole and in memory.
const LARGEST_LOG: u64 = 64 << 20;

/// The answers of a command that takes them.
pub fn answers(matches: &ArgMatches) -> Result<Answers, Stop> {
    let mut answers = match matches.get_one::<std::path::PathBuf>("answers") {
        Some(path) => read(path)?,
        None => Answers::default(),
    };
    for entry in questions::ALL {
        if let Some(text) = matches.get_one::<String>(entry.question.id) {
            answers
                .set(entry.question.id, text)
                .map_err(|error| Stop::bad(BadInput { key: format!("--{}", error.key), ..error }.to_string()))?;
        }
    }
    Ok(answers)
}

/// The text of a log. Logs hold bytes of all kinds: what is not UTF-8 is replaced, and the rest is read.
pub fn log(path: &Path) -> Result<String, Stop> {
    let (place, bytes) = bytes(path, LARGEST_LOG, "an error message or log lines")?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Err(Stop::bad(format!("{place}: found nothing, expected an error message or log lines")));
    }
    Ok(text)
}

/// What is in a file or comes on standard input, and what to call it in a message.
fn bytes(path: &Path, largest: u64, expected: &str) -> Result<(String, Vec<u8>), Stop> {
    let (place, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), limited(io::stdin().lock(), largest))
    } else {
        (shown(path), open(path).and_then(|file| limited(file, largest)))
    };
    let bad = |found: &str| Stop::bad(format!("{place}: found {found}, expected {expected}"));
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => bad("no such file"),
        io::ErrorKind::IsADirectory => bad("a directory"),
        _ => bad(&format!("that it can't be read ({})", reason(&error))),
    })?;
    if bytes.len() as u64 > largest {
        return Err(bad(&format!("more than {} MiB", largest >> 20)));
    }
    Ok((place, bytes))
}

fn read(path: &Path) -> Result<Answers, Stop> {
    let (place, bytes) = bytes(path, LARGEST, "a JSON file of answers")?;
    let bad = |found: &str| Stop::bad(format!("{place}: found {found}, expected a JSON file of answers"));
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| bad(&format!("bytes that are not UTF-8 text (after byte {})", error.valid_up_to())))?;
    // Some editors begin a file with a byte order mark.
    questions::from_json(text.trim_start_matches('\u{feff}')).map_err(|error| Stop::input(&place, error))
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
}

/// One byte more than is allowed, so that too much can be told from just enough.
fn limited(from: impl Read, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(largest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
