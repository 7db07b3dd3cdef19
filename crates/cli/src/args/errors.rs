//! Bad usage in the words of bad input: where, what was found, what is expected, the nearest word.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use holdfast::artefact::text::Colour;
use holdfast::questions;

use crate::stop::{self, Stop};

/// Ends the command: help and version on standard output, everything else as one line.
pub fn stop(error: &clap::Error, args: &[OsString]) -> Stop {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => help(error),
        _ => Stop::bad(message(error, args)),
    }
}

fn help(error: &clap::Error) -> Stop {
    let text = match stop::colour() {
        Colour::On => error.render().ansi().to_string(),
        Colour::Off => error.render().to_string(),
    };
    match stop::print(text.as_bytes()) {
        // There is nothing left to do, as after a pipe that was closed.
        Ok(()) => Stop::ClosedPipe,
        Err(stop) => stop,
    }
}

fn message(error: &clap::Error, args: &[OsString]) -> String {
    let arg = flag_of(error);
    let found = one(error, ContextKind::InvalidValue).unwrap_or_default();
    let help = help_of(args);
    match error.kind() {
        ErrorKind::UnknownArgument => unknown(error, &arg, &help),
        ErrorKind::InvalidSubcommand => {
            let word = one(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            let near = near(one(error, ContextKind::SuggestedSubcommand));
            format!("found {}, expected one of the commands {}{near}", quote(&word), commands())
        }
        ErrorKind::MissingSubcommand => {
            format!("found no command, expected one of {}; see `holdfast --help`", commands())
        }
        ErrorKind::InvalidValue if found.is_empty() => format!("{arg}: found no value, expected {}", wanted(error)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let near = near(one(error, ContextKind::SuggestedValue));
            format!("{arg}: found {}, expected {}{near}", quote(&found), wanted(error))
        }
        ErrorKind::MissingRequiredArgument => format!("expected {} as well; see `{help}`", missing(error)),
        ErrorKind::ArgumentConflict => format!("{arg}: found twice, expected once"),
        ErrorKind::InvalidUtf8 if arg.is_empty() => "found an argument that is not UTF-8 text".to_owned(),
        ErrorKind::InvalidUtf8 => format!("{arg}: found bytes that are not UTF-8 text, expected text"),
        _ => {
            let text = error.render().to_string();
            let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            if stop::secret(line) { format!("found {}; see `{help}`", stop::HIDDEN) } else { line.to_owned() }
        }
    }
}

/// An unknown flag, or a word too many. A secret is refused and never repeated.
fn unknown(error: &clap::Error, arg: &str, help: &str) -> String {
    let flag = arg.split('=').next().unwrap_or_default();
    let Some(id) = flag.strip_prefix("--") else {
        return match flag.strip_prefix('-') {
            Some(_) => format!("{}: found an unknown flag, expected one that `{help}` lists", quote(flag)),
            None => format!("found {}, expected no further word; see `{help}`", quote(flag)),
        };
    };
    let known = questions::known(id);
    let question = known.as_ref().err().and_then(|error| error.nearest);
    match known {
        Err(error) if error.found == "a secret" => format!("--{error}"),
        Ok(_) if questions::ALL.iter().all(|entry| entry.question.id != id) => {
            format!("{flag}: found an unknown flag, expected --{}", id.replace('_', "-"))
        }
        _ => {
            let nearest = one(error, ContextKind::SuggestedArg).or(question.map(|id| format!("--{id}")));
            format!("{}: found an unknown flag, expected one that `{help}` lists{}", plain_flag(flag), near(nearest))
        }
    }
}

fn plain_flag(flag: &str) -> String {
    let plain = flag.len() <= 60 && flag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { flag.to_owned() } else { quote(flag) }
}

/// The values that are allowed; a question's own words where it has some.
fn wanted(error: &clap::Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if !words.is_empty() => {
            format!("one of {}", words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", "))
        }
        _ => {
            let arg = flag_of(error);
            questions::find(arg.trim_start_matches('-'))
                .map_or("one, a file for example".to_owned(), |entry| entry.question.kind.shape())
        }
    }
}

fn near(word: Option<String>) -> String {
    word.map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default()
}

fn commands() -> String {
    let command = super::command();
    let names: Vec<String> = command.get_subcommands().map(|command| quote(command.get_name())).collect();
    names.join(", ")
}

/// The help that lists what would have been right.
fn help_of(args: &[OsString]) -> String {
    let given = args.get(1).and_then(|word| word.to_str()).unwrap_or_default();
    let command = super::command();
    match command.find_subcommand(given) {
        Some(command) => format!("holdfast {} --help", command.get_name()),
        None => "holdfast --help".to_owned(),
    }
}

/// The flag as people write it, without its value's name.
fn flag_of(error: &clap::Error) -> String {
    let short = |text: &String| match text.split_once(' ') {
        Some((flag, _)) if flag.starts_with("--") => flag.to_owned(),
        _ => text.trim_matches(['<', '>']).to_owned(),
    };
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => short(text),
        _ => String::new(),
    }
}

/// `--out PATH and --client ID`
fn missing(error: &clap::Error) -> String {
    let Some(ContextValue::Strings(args)) = error.get(ContextKind::InvalidArg) else { return "more".to_owned() };
    args.join(" and ").replace(['<', '>'], "")
}

fn one(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn quote(text: &str) -> String {
    if stop::secret(text) {
        return stop::HIDDEN.to_owned();
    }
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
