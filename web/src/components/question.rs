//! A question as a form control: what it looks like follows from its kind.
//!
//! The control's `name` is the question's id and its value the text form, so that links, flags and
//! fields are one language. The form listens for all of them: see `parts::form`.

use holdfast::Answers;
use holdfast::catalogue::regions;
use holdfast::questions::{Choice, Entry, Kind};
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

pub fn view(ui: &mut Ui, entry: &'static Entry, state: &State) {
    match entry.question.kind {
        Kind::Choice(choices) if choices.len() > CARDS => select(ui, entry, choices, state),
        Kind::Choice(choices) => cards(ui, entry, None, choices, state),
        Kind::Maybe(choices) => cards(ui, entry, Some(&ABSENT), choices, state),
        Kind::YesNo => cards(ui, entry, None, YES_NO, state),
        Kind::Whole { unit, .. } => text(ui, entry, "numeric", unit, state),
        Kind::Decimal { unit, .. } => text(ui, entry, "decimal", unit, state),
        Kind::Text { .. } | Kind::Words(_) | Kind::Codes { .. } | Kind::QuietHours => {
            text(ui, entry, "text", "", state);
        }
    }
}

/// Few choices: all of them in sight, each with what it means.
fn cards(ui: &mut Ui, entry: &Entry, first: Option<&Choice>, choices: &[Choice], state: &State) {
    let id = entry.question.id;
    let chosen = (entry.show)(state.answers());
    let choices = || first.into_iter().chain(choices);
    // Short ones stand two in a row.
    let pair = choices().all(|choice| choice.label.len() + choice.means.len() < 24);
    ui.el("fieldset.question", |ui| {
        ui.attr("aria-describedby", &["h-", id].concat());
        ui.el("legend", |ui| title(ui, entry, state));
        help(ui, entry);
        ui.el("div.cards", |ui| {
            if pair {
                ui.class("cards pair");
            }
            for choice in choices() {
                card(ui, id, choice, choice.word == chosen);
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
fn select(ui: &mut Ui, entry: &Entry, choices: &[Choice], state: &State) {
    let id = entry.question.id;
    let chosen = (entry.show)(state.answers());
    let means = choices.iter().find(|choice| choice.word == chosen).map_or("", |choice| choice.means);
    ui.el("div.question", |ui| {
        label(ui, entry, state);
        ui.el("select", |ui| {
            ui.attr("name", id);
            ui.attr("id", &["q-", id].concat());
            ui.attr("aria-describedby", &["m-", id, " h-", id].concat());
            ui.property("value", &chosen);
            for choice in choices {
                option(ui, choice.word, choice.label, choice.word == chosen);
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
fn text(ui: &mut Ui, entry: &'static Entry, mode: &'static str, unit: &'static str, state: &State) {
    let id = entry.question.id;
    let draft = state.draft(entry);
    let value = draft.map_or_else(|| (entry.show)(state.answers()), |draft| draft.text.clone());
    let wrong = draft.and_then(|draft| draft.wrong.as_ref());
    ui.el("div.question", |ui| {
        label(ui, entry, state);
        ui.el("div.field", |ui| {
            if !unit.is_empty() || mode == "numeric" {
                ui.class("field number");
            }
            ui.el("input", |ui| {
                ui.attr("name", id);
                ui.attr("id", &["q-", id].concat());
                ui.value(&value);
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
                ui.text(&kept(entry, state.answers()));
            }
        });
        ui.group(|ui| match entry.question.kind {
            Kind::Words(choices) => chips(ui, entry, choices, state),
            Kind::Codes { .. } => regions(ui, entry, state),
            _ => {}
        });
    });
}

/// What the result goes on with while a field can't be read.
fn kept(entry: &Entry, answers: &Answers) -> String {
    let last = (entry.show)(answers);
    if last.is_empty() {
        " The result goes on without it.".to_owned()
    } else {
        [" The result keeps ", &last, "."].concat()
    }
}

fn placeholder(entry: &Entry) -> &'static str {
    match entry.question.kind {
        Kind::QuietHours => "Tue+Fri@22/8;Sun@1/6",
        _ => "",
    }
}

/// What a field is called, and below it what it asks.
fn label(ui: &mut Ui, entry: &Entry, state: &State) {
    ui.el("label", |ui| {
        ui.attr("for", &["q-", entry.question.id].concat());
        title(ui, entry, state);
    });
    help(ui, entry);
}

fn title(ui: &mut Ui, entry: &Entry, state: &State) {
    ui.text(entry.question.title);
    severity::mark(ui, state.trouble(entry));
}

fn help(ui: &mut Ui, entry: &Entry) {
    ui.el("p.help", |ui| {
        ui.attr("id", &["h-", entry.question.id].concat());
        ui.text(entry.question.help);
    });
}

/// Words that can be switched on and off; they fill the field above them.
fn chips(ui: &mut Ui, entry: &'static Entry, choices: &[Choice], state: &State) {
    let text = (entry.show)(state.answers());
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
fn regions(ui: &mut Ui, entry: &'static Entry, state: &State) {
    let text = (entry.show)(state.answers());
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
            for region in regions::of(state.answers().cloud) {
                if !taken.iter().any(|code| code == region.code) {
                    option(ui, region.code, region.code, false);
                }
            }
        });
    });
}
