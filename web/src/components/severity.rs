//! How bad it is: a word and a shape, and only then a colour.

use holdfast::plan::Severity;

use crate::ui::Ui;

/// The mark, where there is something to mark; its shape comes from the style sheet.
pub fn mark(ui: &mut Ui, severity: Option<Severity>) {
    ui.group(|ui| {
        if let Some(severity) = severity {
            ui.el("span", |ui| {
                ui.class(&["mark ", severity.word()].concat());
                ui.text(severity.word());
            });
        }
    });
}
