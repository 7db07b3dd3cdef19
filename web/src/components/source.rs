//! Where it is written.

use holdfast::artefact::page;
use holdfast::sources::Source;

use crate::ui::Ui;

/// A link to the page about an id where there is one, and links to sources, each with the day it was read.
pub fn list(ui: &mut Ui, about: Option<&str>, sources: &[&Source]) {
    ui.el("ul.sources", |ui| {
        ui.group(|ui| {
            let Some(id) = about else { return };
            ui.el("li", |ui| {
                ui.el("a", |ui| {
                    ui.attr("href", &["explain/", &page(id)].concat());
                    ui.text("All about it");
                });
            });
        });
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
