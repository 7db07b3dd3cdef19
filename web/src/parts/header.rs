//! The head of the page: its name, the three ways in, light and dark.

use crate::app::{Copied, Msg, View, through};
use crate::components::copy;
use crate::ui::Ui;

/// The doors, with their words in the address.
const DOORS: &[(&str, &str)] = &[("", "New database"), ("audit", "One I have"), ("diagnose", "Something is wrong")];

pub fn view(ui: &mut Ui, view: &View, link: &str) {
    ui.el("header.page", |ui| {
        ui.leaf("h1", "Holdfast");
        ui.leaf("p", "Redis Cloud settings, and a client that stays connected");
        ui.el("nav", |ui| {
            ui.attr("aria-label", "Ways in");
            for (to, label) in DOORS {
                ui.el("a", |ui| {
                    if *to == view.door {
                        ui.attr("aria-current", "page");
                    }
                    ui.attr("href", &["#", &through(to, link)].concat());
                    ui.text(label);
                });
            }
        });
        copy::button(ui, Copied::Link, "Copy link", view);
        ui.el("button.theme", |ui| {
            ui.attr("title", "Light or dark");
            ui.attr("aria-label", "Light or dark");
            ui.click(Msg::SwitchTheme);
        });
    });
}
