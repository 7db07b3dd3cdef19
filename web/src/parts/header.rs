//! The head of the page: its name, the three ways in, light and dark.

use crate::app::{Copied, Door, Msg, View};
use crate::components::copy;
use crate::ui::Ui;

const DOORS: &[(Door, &str)] =
    &[(Door::New, "New database"), (Door::Audit, "One I have"), (Door::Diagnose, "Something is wrong")];

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
                    ui.attr("href", &["#", &to.fragment(link)].concat());
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

/// What stands behind a door that the first visit does not need: `doors.js` fills it.
pub fn door(ui: &mut Ui, word: &'static str, open: bool, link: &str) {
    ui.el("main.door", |ui| {
        ui.key(word);
        ui.flag("hidden", !open);
        ui.el("holdfast-door", |ui| {
            ui.attr("kind", word);
            ui.attr("link", link);
            ui.text("Loading …");
        });
    });
}
