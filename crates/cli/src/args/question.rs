//! A question as a flag.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use holdfast::questions::{self, Answers, Choice, Entry, Kind};

/// Every question as a flag, grouped as in the form.
pub fn questions() -> impl Iterator<Item = Arg> {
    questions::ALL.iter().map(flag)
}

fn flag(entry: &'static Entry) -> Arg {
    let question = entry.question;
    let default = (entry.show)(&Answers::default());
    let default = if default.is_empty() { "nothing" } else { &default };
    let words = Words::new(choices(&question.kind).iter().map(possible));
    Arg::new(question.id)
        .long(question.id)
        .value_name(value_name(&question.kind))
        .allow_negative_numbers(true)
        .help(format!("{} [default: {default}]", question.title))
        .long_help(format!(
            "{} {}\nTakes {} [default: {default}]",
            question.title,
            question.help,
            question.kind.shape()
        ))
        .help_heading(format!("Questions ({})", question.group.title()))
        .value_parser(words)
}

fn choices(kind: &Kind) -> &'static [Choice] {
    match kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => choices,
        Kind::YesNo => {
            &[Choice { word: "yes", label: "Yes", means: "" }, Choice { word: "no", label: "No", means: "" }]
        }
        Kind::Whole { .. } | Kind::Decimal { .. } | Kind::Text { .. } | Kind::Codes { .. } | Kind::QuietHours => &[],
    }
}

fn possible(choice: &Choice) -> PossibleValue {
    let value = PossibleValue::new(choice.word);
    if choice.means.is_empty() { value } else { value.help(choice.means) }
}

fn value_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Choice(_) | Kind::Maybe(_) => "WORD",
        Kind::YesNo => "YES|NO",
        Kind::Whole { .. } | Kind::Decimal { .. } => "NUMBER",
        Kind::Text { .. } => "TEXT",
        Kind::Words(_) | Kind::Codes { .. } => "LIST",
        Kind::QuietHours => "WINDOWS",
    }
}

/// Words for help and completion. Any text is taken: the core judges it, with the same message as
/// for a file.
#[derive(Clone)]
pub struct Words(Vec<PossibleValue>);

impl Words {
    pub fn new(words: impl Iterator<Item = PossibleValue>) -> Words {
        Words(words.collect())
    }
}

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        value.to_str().map(str::to_owned).ok_or_else(|| {
            use clap::error::{ContextKind, ContextValue};
            let mut error = clap::Error::new(ErrorKind::InvalidUtf8).with_cmd(command);
            let name = arg.map(ToString::to_string).unwrap_or_default();
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.0.is_empty() { None } else { Some(Box::new(self.0.iter().cloned())) }
    }
}
