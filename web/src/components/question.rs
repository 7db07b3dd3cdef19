//! A question as a form control: what it looks like follows from its kind.
//!
//! The control's `name` is the question's id and its value the text form, so that links, flags and
//! fields are one language. The form listens for all of them: see `parts::form`.

use holdfast::catalogue::regions;
use holdfast::plan::Severity;
use holdfast::questions::{self, BadInput, Choice, Cloud, Entry, Kind};
use web_sys::HtmlSelectElement;
use yew::TargetCast;

use super::severity;
use crate::app::Msg;
use crate::state::State;
use crate::ui::Ui;

/// With more choices than this, a select.
const CARDS: usize = 4;

const YES_NO: &[Choice] =
    &[Choice { word: "no", label: "No", means: "" }, Choice { word: "yes", label: "Yes", means: "" }];

const ABSENT: Choice = Choice { word: "", label: "Not given", means: "" };

/// A question, and all that its control shows.
#[derive(PartialEq)]
pub struct Asked {
    id: &'static str,
    answer: String,
    /// What was typed, where that is not what the answer shows, and what is wrong with it.
    draft: Option<(String, Option<BadInput>)>,
    trouble: Option<Severity>,
    cloud: Cloud,
}

impl Asked {
    pub fn new(entry: &Entry, state: &State) -> Self {
        Asked {
            id: entry.question.id,
            answer: (entry.show)(state.answers()),
            draft: state.draft(entry).map(|draft| (draft.text.clone(), draft.wrong.clone())),
            trouble: state.trouble(entry),
            cloud: state.answers().cloud,
        }
    }
}

pub fn view(ui: &mut Ui, asked: &Asked) {
    let Some(entry) = questions::find(asked.id) else { return };
    match entry.question.kind {
        Kind::Choice(choices) if choices.len() > CARDS => select(ui, entry, choices, asked),
        Kind::Choice(choices) => cards(ui, entry, None, choices, asked),
        Kind::Maybe(choices) => cards(ui, entry, Some(&ABSENT), choices, asked),
        Kind::YesNo => cards(ui, entry, None, YES_NO, asked),
        Kind::Whole { unit, .. } => text(ui, entry, "numeric", unit, asked),
        Kind::Decimal { unit, .. } => text(ui, entry, "decimal", unit, asked),
        Kind::Text { .. } | Kind::Words(_) | Kind::Codes { .. } | Kind::QuietHours => {
            text(ui, entry, "text", "", asked);
        }
    }
}

/// Few choices: all of them in sight, each with what it means.
fn cards(ui: &mut Ui, entry: &Entry, first: Option<&Choice>, choices: &[Choice], asked: &Asked) {
    let id = entry.question.id;
    let chosen = &asked.answer;
    let choices = || first.into_iter().chain(choices);
    // Short ones stand two in a row.
    let pair = choices().all(|choice| choice.label.len() + choice.means.len() < 24);
    ui.el("fieldset.question", |ui| {
        ui.attr("aria-describedby", &["h-", id].concat());
        ui.el("legend", |ui| title(ui, entry, asked));
        help(ui, entry);
        ui.el("div.cards", |ui| {
            if pair {
                ui.class("cards pair");
            }
            for choice in choices() {
                card(ui, id, choice, choice.word == *chosen);
            }
        });
    });
}

fn card(ui: &mut Ui, id: &str, choice: &Choice, chosen: bool) {
    ui.el("label.card", |ui| {
        ui.el("input", |ui| {
            ui.attr("type", "radio");
            ui.attr("name", id);
            ui.value(choice.word);
            ui.checked(chosen);
        });
        ui.el("span", |ui| {
            ui.leaf("span.label", choice.label);
            ui.group(|ui| {
                if !choice.means.is_empty() {
                    ui.el("span.means", |ui| {
                        ui.text(" ");
                        ui.text(choice.means);
                    });
                }
            });
        });
    });
}

/// Many choices: a select, and below it what the chosen one means.
fn select(ui: &mut Ui, entry: &Entry, choices: &[Choice], asked: &Asked) {
    let id = entry.question.id;
    let chosen = &asked.answer;
    let means = choices.iter().find(|choice| choice.word == *chosen).map_or("", |choice| choice.means);
    ui.el("div.question", |ui| {
        label(ui, entry, asked);
        ui.el("select", |ui| {
            ui.attr("name", id);
            ui.attr("id", &["q-", id].concat());
            ui.attr("aria-describedby", &["m-", id, " h-", id].concat());
            ui.property("value", chosen);
            for choice in choices {
                option(ui, choice.word, choice.label, choice.word == *chosen);
            }
        });
        ui.el("p.means", |ui| {
            ui.attr("id", &["m-", id].concat());
            ui.text(means);
        });
    });
}

fn option(ui: &mut Ui, value: &str, label: &str, selected: bool) {
    ui.el("option", |ui| {
        ui.attr("value", value);
        ui.flag("selected", selected);
        ui.text(label);
    });
}

/// Everything that is typed: a field with its unit, and below it what is wrong with what it says.
fn text(ui: &mut Ui, entry: &'static Entry, mode: &'static str, unit: &'static str, asked: &Asked) {
    let id = entry.question.id;
    let value = asked.draft.as_ref().map_or(&asked.answer, |(text, _)| text);
    let wrong = asked.draft.as_ref().and_then(|(_, wrong)| wrong.as_ref());
    ui.el("div.question", |ui| {
        label(ui, entry, asked);
        ui.el("div.field", |ui| {
            if !unit.is_empty() || mode == "numeric" {
                ui.class("field number");
            }
            ui.el("input", |ui| {
                ui.attr("name", id);
                ui.attr("id", &["q-", id].concat());
                ui.value(value);
                ui.attr("type", "text");
                ui.attr("inputmode", mode);
                ui.attr("autocomplete", "off");
                ui.attr("autocapitalize", "off");
                ui.attr("spellcheck", "false");
                ui.attr("placeholder", placeholder(entry));
                if wrong.is_some() {
                    ui.attr("aria-invalid", "true");
                }
                ui.attr("aria-describedby", &["e-", id, " h-", id].concat());
            });
            ui.group(|ui| {
                if !unit.is_empty() {
                    ui.leaf("span.unit", unit);
                }
            });
        });
        ui.el("p.wrong", |ui| {
            ui.attr("id", &["e-", id].concat());
            ui.attr("aria-live", "polite");
            if let Some(wrong) = wrong {
                ui.text(&["Expected ", &wrong.expected, ", found ", &wrong.found, "."].concat());
                if let Some(nearest) = wrong.nearest {
                    ui.text(&[" Did you mean \"", nearest, "\"?"].concat());
                }
                ui.text(&kept(&asked.answer));
            }
        });
        ui.group(|ui| match entry.question.kind {
            Kind::Words(choices) => chips(ui, entry, choices, asked),
            Kind::Codes { .. } => regions(ui, entry, asked),
            _ => {}
        });
    });
}

/// What the result goes on with while a field can't be read.
fn kept(last: &str) -> String {
    if last.is_empty() {
        " The result goes on without it.".to_owned()
    } else {
        [" The result keeps ", last, "."].concat()
    }
}

fn placeholder(entry: &Entry) -> &'static str {
    match entry.question.kind {
        Kind::QuietHours => "Tue+Fri@22/8;Sun@1/6",
        _ => "",
    }
}

/// What a field is called, and below it what it asks.
fn label(ui: &mut Ui, entry: &Entry, asked: &Asked) {
    ui.el("label", |ui| {
        ui.attr("for", &["q-", entry.question.id].concat());
        title(ui, entry, asked);
    });
    help(ui, entry);
}

fn title(ui: &mut Ui, entry: &Entry, asked: &Asked) {
    ui.text(entry.question.title);
    severity::mark(ui, asked.trouble);
}

fn help(ui: &mut Ui, entry: &Entry) {
    ui.el("p.help", |ui| {
        ui.attr("id", &["h-", entry.question.id].concat());
        ui.text(entry.question.help);
    });
}

/// Words that can be switched on and off; they fill the field above them.
fn chips(ui: &mut Ui, entry: &'static Entry, choices: &[Choice], asked: &Asked) {
    let text = &asked.answer;
    let on: Vec<&str> = text.split(',').filter(|word| !word.is_empty()).collect();
    ui.el("div.chips", |ui| {
        ui.attr("role", "group");
        ui.attr("aria-label", entry.question.title);
        for choice in choices {
            let pressed = on.contains(&choice.word);
            let mut words: Vec<&str> = on.iter().copied().filter(|word| *word != choice.word).collect();
            if !pressed {
                words.push(choice.word);
            }
            ui.el("button", |ui| {
                ui.state("aria-pressed", pressed);
                ui.attr("title", choice.means);
                ui.click(Msg::Type(entry.question.id.to_owned(), words.join(",")));
                ui.text(choice.label);
            });
        }
    });
}

/// The regions of the chosen cloud; each that is picked is added to the field above.
fn regions(ui: &mut Ui, entry: &'static Entry, asked: &Asked) {
    let text = asked.answer.clone();
    let taken: Vec<String> = text.split(',').map(str::to_owned).collect();
    ui.el("select.add", |ui| {
        ui.attr("aria-label", "Add a region");
        ui.on("change", move |event| {
            let select: HtmlSelectElement = event.target_dyn_into()?;
            let code = select.value();
            select.set_value("");
            let list = if text.is_empty() { code } else { [text.as_str(), &code].join(",") };
            Some(Msg::Type(entry.question.id.to_owned(), list))
        });
        option(ui, "", "Add a region …", true);
        ui.group(|ui| {
            for region in regions::of(asked.cloud) {
                if !taken.iter().any(|code| code == region.code) {
                    option(ui, region.code, region.code, false);
                }
            }
        });
    });
}
