//! What is wrong with the answers, each with its way out.

use holdfast::plan::{Finding, Severity};

use crate::app::Msg;
use crate::components::{severity, source};
use crate::state::State;
use crate::ui::Ui;

/// What is wrong; it stands above everything that it spoils.
pub fn wrong(ui: &mut Ui, state: &State) {
    list(ui, "Findings", state, false);
}

/// What is worth knowing.
pub fn notes(ui: &mut Ui, state: &State) {
    list(ui, "Worth knowing", state, true);
}

fn list(ui: &mut Ui, heading: &'static str, state: &State, notes: bool) {
    let findings = state.now.plan.findings.iter().filter(|finding| (finding.severity == Severity::Note) == notes);
    let findings: Vec<&Finding> = findings.collect();
    ui.group(|ui| {
        if findings.is_empty() {
            return;
        }
        ui.el("section.findings", |ui| {
            ui.leaf("h2", heading);
            ui.el("ul", |ui| {
                for finding in findings {
                    row(ui, finding);
                }
            });
        });
    });
}

fn row(ui: &mut Ui, finding: &Finding) {
    let id = finding.id;
    ui.el("li", |ui| {
        ui.key(id);
        ui.attr("data-finding", id);
        ui.attr("tabindex", "-1");
        ui.class(&["finding ", finding.severity.word()].concat());
        severity::mark(ui, Some(finding.severity));
        ui.el("details", |ui| {
            ui.el("summary", |ui| {
                ui.leaf("strong", &finding.message);
                ui.text(" ");
                ui.text(&finding.fix);
            });
            source::list(ui, Some(id), finding.sources);
        });
        ui.group(|ui| {
            if let Some(label) = finding.change.as_ref().and(finding.label.as_ref()) {
                ui.button("button", label, Msg::Mend(id));
            }
        });
    });
}
