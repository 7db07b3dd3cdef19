//! What happens when something fails: lost, away, seen, and who acts.

use holdfast::Plan;
use holdfast::plan::Outlook;

use crate::components::source;
use crate::ui::Ui;

pub fn view(ui: &mut Ui, plan: &Plan) {
    ui.el("section", |ui| {
        super::part(ui, "outlook");
        ui.leaf("h2", "What happens when…");
        ui.el("table", |ui| {
            ui.el("thead", |ui| {
                ui.el("tr", |ui| {
                    for column in ["When", "Data lost", "Away for", "Callers see", "Who acts"] {
                        ui.el("th", |ui| {
                            ui.attr("scope", "col");
                            ui.text(column);
                        });
                    }
                });
            });
            ui.el("tbody", |ui| {
                for outlook in &plan.outlook {
                    row(ui, outlook);
                }
            });
        });
    });
}

fn row(ui: &mut Ui, outlook: &Outlook) {
    ui.el("tr", |ui| {
        ui.el("th", |ui| {
            ui.attr("scope", "row");
            ui.text(outlook.failure.title());
        });
        let cells = [
            ("Data lost", &outlook.data_lost.text),
            ("Away for", &outlook.away.text),
            ("Callers see", &outlook.callers_see),
            ("Who acts", &outlook.who_acts),
        ];
        for (label, text) in cells {
            ui.el("td", |ui| {
                ui.attr("data-label", label);
                ui.text(text);
                if label == "Who acts" {
                    why(ui, outlook);
                }
            });
        }
    });
}

fn why(ui: &mut Ui, outlook: &Outlook) {
    ui.el("details.why", |ui| {
        ui.el("summary", |ui| {
            ui.text("Source");
            ui.leaf("span.unseen", &[" of ", outlook.failure.title()].concat());
        });
        source::list(ui, None, outlook.sources);
    });
}
