//! What stands where on the page. The result's parts are in the order in which they are needed.

pub mod code;
pub mod form;
pub mod header;

mod evidence;
mod findings;
pub mod iac;
mod outlook;
mod runbook;
mod settings;
mod timing;

use crate::app::{Msg, View};
use crate::state::{self, State};
use crate::ui::Ui;

/// The live result. It is one polite live region; its parts are quiet, so that a change is
/// announced as one sentence and not as a page.
pub fn result(ui: &mut Ui, state: &State, view: &View) {
    let plan = &state.now.plan;
    ui.el("section", |ui| {
        ui.attr("id", "result");
        ui.attr("aria-live", "polite");
        ui.attr("aria-label", "Result");
        ui.el("p.unseen", |ui| {
            ui.attr("role", "status");
            ui.text(&announcement(state));
        });
        summary(ui, state, view);
        ui.el("div.parts", |ui| {
            ui.attr("tabindex", "-1");
            ui.attr("aria-live", "off");
            unread(ui, state);
            findings::wrong(ui, state);
            settings::forever(ui, plan);
            settings::view(ui, state);
            code::view(ui, state, view);
            findings::notes(ui, state);
            outlook::view(ui, state);
            evidence::view(ui, state);
            iac::view(ui, state, view);
            runbook::view(ui, state);
        });
    });
}

/// The parts that there are, with their names in the bar.
const PARTS: &[(&str, &str)] = &[
    ("settings", "Settings"),
    ("code", "Code"),
    ("outlook", "Failures"),
    ("evidence", "Evidence"),
    ("iac", "Terraform"),
    ("runbook", "Runbook"),
];

/// Says of an element that it is a part.
fn part(ui: &mut Ui, name: &str) {
    ui.attr("data-part", name);
    ui.attr("tabindex", "-1");
}

/// The answer in one line, and the ways to its parts.
fn summary(ui: &mut Ui, state: &State, view: &View) {
    let plan = &state.now.plan;
    let (other_half, other_name) = if view.reading { ("form", "Questions") } else { (".parts", "Result") };
    ui.el("div.summary", |ui| {
        ui.attr("aria-live", "off");
        ui.el("p", |ui| {
            ui.attr("id", "summing");
            ui.attr("tabindex", "-1");
            ui.group(|ui| {
                for (i, word) in state::summary(plan).iter().enumerate() {
                    ui.text(if i > 0 { " · " } else { "" });
                    ui.leaf("span", word);
                }
            });
            ui.group(|ui| {
                for (severity, count) in state::counts(plan) {
                    ui.text(" · ");
                    ui.el("button", |ui| {
                        ui.class(&["link mark ", severity.word()].concat());
                        ui.click(Msg::GoTo([".finding.", severity.word()].concat()));
                        ui.text(&count);
                    });
                }
            });
        });
        ui.button("button.primary open", other_name, Msg::GoTo(other_half.to_owned()));
        ui.el("nav", |ui| {
            ui.attr("aria-label", "Parts of the result");
            for (part, title) in PARTS {
                ui.button("button", title, Msg::GoTo(["[data-part=", part, "]"].concat()));
            }
        });
    });
}

/// What a change is worth saying aloud.
fn announcement(state: &State) -> String {
    let changed = holdfast::rules::Setting::ALL.iter().filter(|setting| state.was(**setting).is_some()).count();
    match state.before {
        None => String::new(),
        Some(_) => {
            let counts = state::counts(&state.now.plan).into_iter().map(|(_, count)| count);
            let words: Vec<String> = state::summary(&state.now.plan).into_iter().chain(counts).collect();
            format!("{}. Settings changed: {changed}.", words.join(", "))
        }
    }
}

/// A broken link: what could not be read. The rest was kept.
fn unread(ui: &mut Ui, state: &State) {
    ui.group(|ui| {
        if state.unread.is_empty() {
            return;
        }
        ui.el("div.unread", |ui| {
            ui.attr("role", "alert");
            ui.el("p", |ui| ui.leaf("strong", "Part of this link could not be read; the rest is kept."));
            ui.el("ul", |ui| {
                for unread in &state.unread {
                    ui.leaf("li", &unread.to_string());
                }
            });
        });
    });
}
