//! From bytes to documents. What can't be read is named with its place, and never repeated: it may
//! hold a password.

use core::fmt::{Display, Formatter, Result as Shown};

use serde::Deserialize;

use super::shape::{Export, Several};

/// What the API could return, for "expected …".
pub(super) const EXPORT: &str =
    "JSON of the Redis Cloud API: a database, a subscription, maintenance windows or a list";

/// Input that can't be audited: where, what was found, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Which of the documents that were given, from 0.
    pub file: usize,
    /// The line of a stream, or of several documents one after the other, from 1.
    pub line: Option<u64>,
    /// Where in the JSON; empty where the whole is meant.
    pub path: String,
    /// What was found, without its content.
    pub found: String,
    /// What would have been read.
    pub expected: String,
}

impl Bad {
    pub(super) fn new(found: impl Into<String>, expected: impl Into<String>) -> Bad {
        Bad { file: 0, line: None, path: String::new(), found: found.into(), expected: expected.into() }
    }
}

impl Display for Bad {
    fn fmt(&self, f: &mut Formatter<'_>) -> Shown {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}

impl std::error::Error for Bad {}

/// One object, as a line of a stream is.
pub(super) fn one(bytes: &[u8]) -> Result<Several<'_>, Bad> {
    let read = if bytes.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice::<Export>(bytes).map(|one| Several(vec![one]))
    } else {
        serde_json::from_slice(bytes)
    };
    read.map_err(|error| bad(bytes, &error, &format!("column {}", error.column())))
}

/// Everything in a file: one document, or several one after the other.
pub(super) fn all(bytes: &[u8]) -> Result<Vec<Export<'_>>, Bad> {
    let mut all = Vec::new();
    let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Several>();
    loop {
        let start = documents.byte_offset();
        match documents.next() {
            None => break,
            Some(Ok(Several(more))) => all.extend(more),
            Some(Err(error)) => {
                let at = format!("line {}, column {}", error.line(), error.column());
                // A path alone would name the same place in each of several documents.
                let line = (start > 0 && error.is_data()).then_some(error.line() as u64);
                return Err(Bad { line, ..bad(bytes.get(start..).unwrap_or_default(), &error, &at) });
            }
        }
    }
    if all.is_empty() && bytes.trim_ascii().is_empty() {
        return Err(Bad::new("nothing", EXPORT));
    }
    Ok(all)
}

/// Reads once more, slowly, to learn the path; what was found is named by its kind alone.
fn bad(bytes: &[u8], error: &serde_json::Error, at: &str) -> Bad {
    if !error.is_data() {
        let what = if error.is_eof() { "text that ends in the middle of JSON" } else { "text that is not JSON" };
        return Bad::new(format!("{what} ({at})"), EXPORT);
    }
    let mut again = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, Several>(&mut again) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::new(),
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (found, expected) = match message.split_once(", expected ") {
        Some((found, expected)) => (kind(found), wanted(expected)),
        None if message.starts_with("duplicate") => ("a key twice", "each key once"),
        None => ("a value that is out of range", EXPORT),
    };
    let path = if path == "." { String::new() } else { path };
    Bad { path, ..Bad::new(found, expected) }
}

/// The kind of a value in serde's message, without the value.
fn kind(message: &str) -> &'static str {
    let kinds = [
        ("null", "null"),
        ("boolean", "true or false"),
        ("integer", "a whole number"),
        ("floating", "a number with a point"),
        ("string", "a string"),
        ("sequence", "an array"),
        ("map", "an object"),
    ];
    let word = message.split(": ").nth(1).unwrap_or(message);
    if message.starts_with("invalid value") {
        return "a number that is out of range";
    }
    kinds.iter().find(|(start, _)| word.starts_with(start)).map_or("another kind of value", |(_, kind)| kind)
}

/// serde's words for what it expects, in ours.
fn wanted(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "u64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "an array",
        "an object or an array of objects" => EXPORT,
        other => other,
    }
}

impl Export<'_> {
    /// Why this object is nothing that can be audited.
    pub(super) fn refused(&self) -> Bad {
        let found = if self.task_id.is_some() {
            "a task of the API and not its result"
        } else if self.error.is_some() || self.error_code.is_some() {
            "an error of the API"
        } else {
            "an object that is no export"
        };
        Bad::new(found, EXPORT)
    }
}

/// Whether the text is meant to be JSON at all.
pub fn is_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Whether a file is a stream of documents, one a line: by its name, its first line that says something, and what is
/// known of the rest.
pub fn is_stream(name: &str, line: &[u8], rest: &[u8]) -> bool {
    let named = [".ndjson", ".jsonl"].iter().any(|end| name.ends_with(end));
    // No document and no configuration has a second line that opens an object, but for a list.
    let objects = rest.starts_with(b"{") && !line.starts_with(b"[");
    // A second document that is written over several lines: then the first had one by chance.
    let second = rest.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let spread = matches!(second, b"{" | b"[");
    named || !spread && (objects || (!second.is_empty() && is_json(line) && is_whole(line)))
}

/// Whether a line is a whole document, so that what follows it is the next one.
fn is_whole(line: &[u8]) -> bool {
    let mut document = serde_json::Deserializer::from_slice(line);
    serde::de::IgnoredAny::deserialize(&mut document).is_ok() && document.end().is_ok()
}
