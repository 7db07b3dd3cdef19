//! Where it is written.

use holdfast::sources::Source;

use crate::ui::Ui;

/// Links to sources, each with the day it was read.
pub fn list(ui: &mut Ui, sources: &[&Source]) {
    ui.el("ul.sources", |ui| {
        for source in sources {
            ui.el("li", |ui| {
                ui.el("a", |ui| {
                    ui.attr("href", source.url);
                    ui.attr("rel", "noreferrer");
                    ui.text(source.title);
                });
                ui.text(", read ");
                ui.leaf("time", source.read);
            });
        }
    });
}
