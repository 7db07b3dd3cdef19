//! Why a command ends early, and how that is said.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use holdfast::artefact::text::{Colour, plain};
use holdfast::questions::BadInput;

/// A command that ends before its work is done.
#[derive(Debug)]
pub enum Stop {
    /// Bad usage or unreadable input: one sentence, without a full stop.
    Bad(String),
    /// Whoever read our output has seen enough.
    ClosedPipe,
}

impl Stop {
    pub fn bad(message: impl Into<String>) -> Stop {
        Stop::Bad(message.into())
    }

    /// What the system refused to do with a path.
    pub fn io(path: &Path, error: &io::Error) -> Stop {
        Stop::bad(format!("{}: {}", shown(path), reason(error)))
    }

    /// Bad input that was given as an argument: the text as it was given, before it was cut for the message.
    pub fn argument(given: &str, error: BadInput) -> Stop {
        let found = if secret(given) { HIDDEN.to_owned() } else { error.found };
        Stop::bad(BadInput { found, ..error }.to_string())
    }

    /// Bad input, and whether it came by a flag or from which file.
    pub fn input(place: &str, error: BadInput) -> Stop {
        Stop::bad(match error.key.as_str() {
            // The whole text is meant and not one of its keys.
            "answers" => format!("{place}: found {}, expected {}", error.found, error.expected),
            _ => format!("{place}: {error}"),
        })
    }

    pub fn end(self) -> ExitCode {
        match self {
            Stop::ClosedPipe => ExitCode::SUCCESS,
            Stop::Bad(message) => {
                say(&message);
                ExitCode::from(2)
            }
        }
    }
}

/// One line on standard error. Where even that is closed, there is nobody to tell.
pub fn say(message: &str) {
    let _ = writeln!(io::stderr(), "holdfast: {}", message.lines().map(plain).collect::<Vec<_>>().join("\nholdfast: "));
}

/// What is shown in place of a secret.
pub const HIDDEN: &str = "a text that looks like a secret";

/// A connection string that was given where none belongs. A password may hold blanks and quotes, so that where it ends
/// can't be told: the whole is hidden, and rather a file's name with an `@` than none.
pub fn secret(text: &str) -> bool {
    let text: String = text.to_ascii_lowercase().split_whitespace().collect();
    ["://", "@", "password="].iter().any(|mark| text.contains(mark))
}

/// The result, on standard output.
pub fn print(text: &[u8]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|error| unwritten(&error))
}

/// Why the result could not be printed.
pub fn unwritten(error: &io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::ClosedPipe,
        _ => Stop::bad(format!("standard output: {}", reason(error))),
    }
}

/// Colour only for a terminal whose owner wants it.
pub fn colour() -> Colour {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if io::stdout().is_terminal() && !unwanted { Colour::On } else { Colour::Off }
}

/// A path in a message.
pub fn shown(path: &Path) -> String {
    let path = path.display().to_string();
    if secret(&path) { HIDDEN.to_owned() } else { plain(&path) }
}

/// The system's reason without its number: `permission denied`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
