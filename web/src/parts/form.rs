//! The questions, in a loop over the core's table: the first group stands open, the others fold.

use holdfast::Answers;
use holdfast::questions::{ALL, Entry, Group, Kind};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement};

use crate::app::Msg;
use crate::components::question::{self, Asked};
use crate::components::severity;
use crate::state::State;
use crate::ui::Ui;

/// One listener for all controls: a control's name is its question's id, its value the text form.
pub fn view(ui: &mut Ui, state: &State) {
    ui.el("form", |ui| {
        ui.attr("aria-label", "Questions");
        ui.attr("tabindex", "-1");
        ui.attr("autocomplete", "off");
        ui.on("input", typed);
        ui.on("focusout", |_| Some(Msg::Leave));
        ui.on("submit", |event| {
            event.prevent_default();
            None
        });
        ui.group(|ui| {
            for it in Group::ALL {
                group(ui, it, state);
            }
        });
        ui.el("div.actions", |ui| {
            ui.button("button", "Print", Msg::Print(false));
            ui.button("button", "Start over", Msg::Reset);
        });
        ui.leaf("p.promise", "Nothing you type leaves this page.");
    });
}

fn typed(event: Event) -> Option<Msg> {
    let target = event.target()?;
    let (name, value) = match target.dyn_into::<HtmlInputElement>() {
        Ok(input) => (input.name(), input.value()),
        Err(other) => other.dyn_ref::<HtmlSelectElement>().map(|select| (select.name(), select.value()))?,
    };
    Some(Msg::Type(name, value))
}

fn group(ui: &mut Ui, group: Group, state: &State) {
    let entries: Vec<&'static Entry> = ALL.iter().filter(|entry| entry.question.group == group).collect();
    if group == Group::First {
        ui.open("section.group first");
        ui.leaf("h2.unseen", group.title());
    } else {
        ui.open("details.group");
        ui.el("summary", |ui| {
            // What was changed in the fold, else what it asks about: nobody has to open it to find out.
            let changed: Vec<String> = entries.iter().filter_map(|entry| changed(entry, state)).collect();
            ui.leaf("h2", group.title());
            severity::mark(ui, entries.iter().filter_map(|entry| state.trouble(entry)).min());
            if changed.is_empty() {
                let topics: Vec<String> = entries.iter().map(|entry| topic(entry)).collect();
                ui.leaf("span.answers", &topics.join(", "));
            } else {
                ui.leaf("span.answers given", &changed.join(" · "));
            }
        });
    }
    ui.group(|ui| {
        for entry in &entries {
            ui.kept(entry.question.id, Asked::new(entry, state), question::view);
        }
    });
    ui.close();
}

/// An answer that is not the default, in the form's words: `deadline 3000 ms`.
fn changed(entry: &Entry, state: &State) -> Option<String> {
    let answer = (entry.show)(state.answers());
    if answer == (entry.show)(&Answers::default()) {
        return None;
    }
    let shown = match entry.question.kind {
        Kind::Choice(choices) | Kind::Maybe(choices) => {
            choices.iter().find(|choice| choice.word == answer).map_or(answer, |choice| choice.label.to_owned())
        }
        Kind::Whole { unit, .. } | Kind::Decimal { unit, .. } => [&answer, " ", unit].concat(),
        _ => answer,
    };
    Some([topic(entry), shown].join(" "))
}

fn topic(entry: &Entry) -> String {
    entry.question.id.replace('-', " ")
}
