//! What a person does: first to set it up, then when it happens.

use crate::app::Msg;
use crate::state::State;
use crate::ui::Ui;

pub fn view(ui: &mut Ui, state: &State) {
    ui.el("section", |ui| {
        super::part(ui, "runbook");
        ui.el("div.bar", |ui| {
            ui.leaf("h2", "Runbook");
            ui.leaf("p", "");
            ui.button("button", "Print the runbook", Msg::Print(true));
        });
        ui.el("details.chapter", |ui| {
            ui.flag("open", true);
            title(ui, "Before you rely on it");
            ui.el("ol", |ui| {
                for step in &state.now.plan.checklist {
                    ui.el("li", |ui| {
                        ui.text(&step.text);
                        ui.group(|ui| {
                            if step.irreversible {
                                ui.leaf("strong.never", " For ever.");
                            }
                        });
                        ui.leaf("span.console", &step.console);
                    });
                }
            });
        });
        ui.group(|ui| {
            for chapter in &state.now.chapters {
                ui.el("details.chapter", |ui| {
                    title(ui, &chapter.title);
                    ui.el("ol", |ui| {
                        for step in &chapter.steps {
                            ui.leaf("li", step);
                        }
                    });
                });
            }
        });
    });
}

fn title(ui: &mut Ui, title: &str) {
    ui.el("summary", |ui| ui.leaf("h3", title));
}
