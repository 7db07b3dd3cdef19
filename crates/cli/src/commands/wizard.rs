//! `holdfast wizard`: the questions in a terminal. Enter keeps the default.

use std::fmt;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use holdfast::Answers;
use holdfast::artefact::document::{self, Section, flag};
use holdfast::artefact::text::render;
use holdfast::questions::{self, Choice, Entry, Group, Kind};
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, MultiSelect, Select, Text};

use super::code;
use crate::stop::{self, Stop};

pub fn run() -> Result<ExitCode, Stop> {
    if !io::stdin().is_terminal() {
        return Err(Stop::bad(
            "wizard: found a standard input that is no terminal, expected one to ask you in; \
             elsewhere use `holdfast recommend --answers FILE`",
        ));
    }
    stop::say("Enter keeps the default, Esc ends");
    let answers = ask_all().map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Stop::bad("wizard: cancelled, nothing was done")
        }
        other => Stop::bad(format!("wizard: {other}")),
    })?;
    let plan = holdfast::recommend(&answers);
    let mut document = document::plan(&plan);
    document.sections.push(Section::new("The same again, and the project", again(&answers)));
    stop::print(render(&document, stop::colour()).as_bytes())?;
    Ok(code(&plan))
}

/// The command lines that reproduce what was answered.
fn again(answers: &Answers) -> Vec<document::Entry> {
    let defaults = Answers::default();
    let given = questions::ALL.iter().map(|entry| (entry.question.id, (entry.show)(answers), (entry.show)(&defaults)));
    let client = flag("client", &answers.get("client"));
    let flags: String = given
        .filter(|(id, text, default)| text != default && *id != "client")
        .map(|(id, text, _)| format!(" {}", flag(id, &text)))
        .collect();
    [format!("holdfast recommend {client}{flags}"), format!("holdfast generate {client} --out my-app{flags}")]
        .map(|line| document::Entry::new("").value(line))
        .into()
}

fn ask_all() -> Result<Answers, InquireError> {
    let mut answers = Answers::default();
    for group in Group::ALL {
        let entries = || questions::ALL.iter().filter(move |entry| entry.question.group == group);
        if group == Group::First || wanted(group, entries().count())? {
            for entry in entries() {
                ask(&mut answers, entry)?;
            }
        }
    }
    Ok(answers)
}

fn wanted(group: Group, count: usize) -> Result<bool, InquireError> {
    let some = if count == 1 { "1 more question".to_owned() } else { format!("{count} more questions") };
    Confirm::new(&format!("{}: {some}. Answer too?", group.title()))
        .with_default(false)
        .with_help_message("No keeps the defaults")
        .prompt()
}

fn ask(answers: &mut Answers, entry: &'static Entry) -> Result<(), InquireError> {
    let question = entry.question;
    let now = (entry.show)(answers);
    let text = match question.kind {
        Kind::Choice(choices) => select(entry, choices.iter().map(Shown).collect(), &now)?,
        Kind::Maybe(choices) => select(entry, std::iter::once(&NOTHING).chain(choices).map(Shown).collect(), &now)?,
        Kind::YesNo => {
            let yes =
                Confirm::new(question.title).with_default(now == "yes").with_help_message(question.help).prompt()?;
            if yes { "yes" } else { "no" }.to_owned()
        }
        Kind::Words(choices) => {
            let help = format!("{} Space selects, Enter goes on.", question.help);
            let picked = MultiSelect::new(question.title, choices.iter().map(Shown).collect())
                .with_help_message(&help)
                .prompt()?;
            picked.iter().map(|shown| shown.0.word).collect::<Vec<_>>().join(",")
        }
        Kind::Whole { .. } | Kind::Decimal { .. } | Kind::Text { .. } | Kind::Codes { .. } | Kind::QuietHours => {
            typed(entry, &now)?
        }
    };
    // What was picked is one of the choices, and what was typed was read once already.
    answers.set(question.id, &text).map_err(|error| InquireError::Custom(error.into()))
}

fn select(entry: &Entry, choices: Vec<Shown>, now: &str) -> Result<String, InquireError> {
    let at = choices.iter().position(|shown| shown.0.word == now).unwrap_or_default();
    let picked = Select::new(entry.question.title, choices)
        .with_starting_cursor(at)
        .with_page_size(20)
        .with_help_message(entry.question.help)
        .prompt()?;
    Ok(picked.0.word.to_owned())
}

fn typed(entry: &'static Entry, now: &str) -> Result<String, InquireError> {
    let id = entry.question.id;
    let help = format!("{} Takes {}.", entry.question.help, entry.question.kind.shape());
    let judge = move |text: &str| match Answers::default().set(id, text) {
        Ok(()) => Ok(Validation::Valid),
        Err(error) => Ok(Validation::Invalid(format!("Found {}, expected {}", error.found, error.expected).into())),
    };
    let mut prompt = Text::new(entry.question.title).with_help_message(&help).with_validator(judge);
    if !now.is_empty() {
        prompt = prompt.with_default(now);
    }
    prompt.prompt()
}

static NOTHING: Choice = Choice { word: "", label: "Nothing", means: "it does not exist yet" };

struct Shown(&'static Choice);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.label, self.0.means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_has_what_differs_and_always_the_client() {
        let mut answers = Answers::default();
        answers.set("plan", "pro").unwrap();
        answers.set("quiet-hours", "Tue@22/8;Sun@1/6").unwrap();
        let lines: Vec<String> = again(&answers).into_iter().filter_map(|entry| entry.value).map(Into::into).collect();
        assert_eq!(lines[0], "holdfast recommend --client redis-py --plan pro --quiet-hours='Tue@22/8;Sun@1/6'");
        assert!(lines[1].starts_with("holdfast generate --client redis-py --out my-app --plan pro"));
    }
}
