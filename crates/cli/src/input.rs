//! The answers: from a file or standard input, then the flags over them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ArgMatches;
use holdfast::questions::{self, Answers, BadInput};

use crate::stop::{Stop, reason, shown};

/// Answers are a page of text; what is larger is the wrong file.
const LARGEST: u64 = 1 << 20;

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

fn read(path: &Path) -> Result<Answers, Stop> {
    let (place, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), limited(io::stdin().lock()))
    } else {
        (shown(path), open(path).and_then(limited))
    };
    let bad = |found: &str| Stop::bad(format!("{place}: found {found}, expected a JSON file of answers"));
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => bad("no such file"),
        io::ErrorKind::IsADirectory => bad("a directory"),
        _ => bad(&format!("that it can't be read ({})", reason(&error))),
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(bad("more than 1 MiB"));
    }
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
fn limited(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
