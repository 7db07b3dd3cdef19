//! What is read: answers from a file or standard input, then the flags over them; and other texts.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ArgMatches;
use holdfast::questions::{self, Answers, BadInput};

use crate::stop::{Stop, reason, secret, shown};

/// Answers are a page of text; what is larger is the wrong file.
const LARGEST: u64 = 1 << 20;

/// A log is judged whole and in memory.
const LARGEST_LOG: u64 = 64 << 20;

/// The answers of a command that takes them.
pub fn answers(matches: &ArgMatches) -> Result<Answers, Stop> {
    Ok(answers_given(matches)?.0)
}

/// The answers, and the ids of the questions that somebody answered.
pub fn answers_given(matches: &ArgMatches) -> Result<(Answers, Vec<&'static str>), Stop> {
    let (mut answers, mut given) = match matches.get_one::<std::path::PathBuf>("answers") {
        Some(path) => {
            let text = text(path, "a JSON file of answers")?;
            let answers = questions::from_json(&text).map_err(|error| Stop::input(&place(path), error))?;
            (answers, holdfast::audit::given(&text))
        }
        None => (Answers::default(), Vec::new()),
    };
    for entry in questions::ALL {
        if let Some(text) = matches.get_one::<String>(entry.question.id) {
            answers
                .set(entry.question.id, text)
                .map_err(|error| Stop::argument(text, BadInput { key: format!("--{}", error.key), ..error }))?;
            given.push(entry.question.id);
        }
    }
    Ok((answers, given))
}

/// The text of a log. Logs hold bytes of all kinds: what is not UTF-8 is replaced, and the rest is read.
pub fn log(path: &Path) -> Result<String, Stop> {
    let what = "an error message or log lines";
    let bytes =
        open(path).and_then(|from| limited(from, LARGEST_LOG)).map_err(|error| unreadable(path, what, &error))?;
    let bad = |found: &str| Stop::bad(format!("{}: found {found}, expected {what}", place(path)));
    if bytes.len() as u64 > LARGEST_LOG {
        return Err(bad("more than 64 MiB"));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() { Err(bad("nothing")) } else { Ok(text) }
}

/// A path in a message; `-` is standard input.
pub fn place(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { shown(path) }
}

/// The text of a file that a person wrote.
pub fn text(path: &Path, what: &str) -> Result<String, Stop> {
    let bytes = open(path).and_then(|from| limited(from, LARGEST)).map_err(|error| unreadable(path, what, &error))?;
    let bad = |found: &str| Stop::bad(format!("{}: found {found}, expected {what}", place(path)));
    if bytes.len() as u64 > LARGEST {
        return Err(bad("more than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        bad(&format!("bytes that are not UTF-8 text (after byte {})", error.utf8_error().valid_up_to()))
    })?;
    // Some editors begin a file with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Why a file can't be read.
pub fn unreadable(path: &Path, what: &str, error: &io::Error) -> Stop {
    let found = match error.kind() {
        io::ErrorKind::NotFound if secret(&path.to_string_lossy()) => {
            "what may be a connection string, which belongs on standard input (`-`)".to_owned()
        }
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "a directory".to_owned(),
        _ => format!("that it can't be read ({})", reason(error)),
    };
    Stop::bad(format!("{}: found {found}, expected {what}", place(path)))
}

/// A file, or standard input.
pub fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(Box::new(file)) }
}

/// One byte more than is allowed, so that too much can be told from just enough.
pub fn limited(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
