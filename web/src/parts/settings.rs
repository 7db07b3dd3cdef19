//! The settings: name, value and reason in sight; price, rejected choices, later change and source on demand.

use holdfast::Plan;
use holdfast::artefact::document::clocks;
use holdfast::questions;
use holdfast::rules::{Advice, Rejected, Setting, Value};

use crate::app::Msg;
use crate::components::source;
use crate::state::State;
use crate::ui::Ui;

/// What can never be changed later. It stands before everything else.
pub fn forever(ui: &mut Ui, plan: &Plan) {
    let fixed = plan.settings.0.iter().map(|(_, advice)| advice).filter(|advice| advice.change_later.irreversible());
    ui.el("section.forever", |ui| {
        ui.leaf("h2", "What you can never change later");
        ui.el("ul", |ui| {
            ui.group(|ui| {
                for step in plan.checklist.iter().filter(|step| step.irreversible) {
                    ui.leaf("li", &step.text);
                }
            });
            ui.el("li.fixed", |ui| {
                ui.text("Also fixed");
                ui.group(|ui| {
                    for advice in fixed {
                        ui.el("span", |ui| {
                            ui.text(advice.title);
                            ui.text(" ");
                            ui.leaf("code", &advice.shown());
                        });
                    }
                });
            });
        });
    });
}

pub fn view(ui: &mut Ui, state: &State) {
    let plan = &state.now.plan;
    ui.el("section", |ui| {
        super::part(ui, "settings");
        ui.leaf("h2", "Settings");
        ui.group(|ui| {
            for (setting, advice) in &plan.settings.0 {
                let shown = Row { setting: *setting, advice: advice.clone(), was: state.was(*setting) };
                ui.kept(setting.key(), shown, row);
            }
        });
        timing(ui, plan);
    });
}

/// A value of more characters stands on a line of its own.
const LONG: usize = 40;

#[derive(PartialEq)]
struct Row {
    setting: Setting,
    advice: Advice,
    was: Option<String>,
}

fn row(ui: &mut Ui, Row { setting, advice, was }: &Row) {
    let shown = advice.shown();
    let changed = if was.is_some() { " changed" } else { "" };
    let long = if shown.len() > LONG { " long" } else { "" };
    ui.el("details", |ui| {
        ui.attr("data-setting", setting.key());
        ui.class(&["row", changed, long].concat());
        ui.el("summary", |ui| {
            ui.leaf("span.name", advice.title);
            ui.el("code.value", |ui| {
                ui.attr("data-value", &raw(&advice.value));
                ui.text(&shown);
            });
            ui.el("span.reason", |ui| {
                ui.group(|ui| {
                    if let Some(was) = was {
                        ui.leaf("span.was", &["was ", was].concat());
                    }
                });
                ui.text(&advice.reason);
            });
        });
        ui.el("dl", |ui| {
            ui.leaf("dt", "Price");
            ui.leaf("dd", &advice.price);
            ui.group(|ui| {
                if !advice.rejected.is_empty() {
                    ui.leaf("dt", "Rejected");
                    ui.el("dd", |ui| rejected(ui, &advice.rejected));
                }
            });
            ui.leaf("dt", "Change later");
            ui.leaf("dd", advice.change_later.label());
            ui.leaf("dt", "Follows from");
            ui.el("dd", |ui| because(ui, &advice.because));
            ui.leaf("dt", "Source");
            ui.el("dd", |ui| source::list(ui, Some(setting.key()), advice.sources));
        });
    });
}

fn rejected(ui: &mut Ui, rejected: &[Rejected]) {
    ui.el("ul", |ui| {
        for it in rejected {
            ui.el("li", |ui| {
                ui.leaf("code", it.value);
                ui.text(" ");
                ui.text(&it.why);
            });
        }
    });
}

/// The value as it stands in the plan's JSON, a bare word without its quotes.
fn raw(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The questions that decided it; each leads to its control.
fn because(ui: &mut Ui, ids: &[&'static str]) {
    ui.el("ul.because", |ui| {
        for entry in ids.iter().filter_map(|id| questions::find(id)) {
            let selector = ["[name=", entry.question.id, "]:is(:checked, :not([type=radio]))"].concat();
            ui.el("li", |ui| ui.button("button.link", entry.question.title, Msg::GoTo(selector)));
        }
    });
}

/// The three clocks: they are in the code already, here is why.
fn timing(ui: &mut Ui, plan: &Plan) {
    ui.el("details.row clocks", |ui| {
        ui.el("summary", |ui| {
            ui.leaf("span.name", "Timeouts and retries");
            ui.leaf("span.reason", "The numbers of the generated client, each with its reason.");
        });
        ui.el("dl", |ui| {
            for clock in clocks(&plan.connection) {
                ui.leaf("dt", &clock.term);
                ui.el("dd", |ui| {
                    ui.leaf("code", clock.value.as_deref().unwrap_or_default());
                    ui.text(" ");
                    ui.group(|ui| {
                        for line in &clock.lines {
                            ui.text(&line.text);
                        }
                    });
                });
            }
        });
    });
}
