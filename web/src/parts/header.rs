//! The head of the page: its name, the three ways in, light and dark. And what two of the ways lead to.

use crate::app::{Copied, Door, Msg, View};
use crate::components::copy;
use crate::ui::Ui;

const DOORS: &[(Door, &str)] =
    &[(Door::New, "New database"), (Door::Existing, "One I have"), (Door::Trouble, "Something is wrong")];

pub fn view(ui: &mut Ui, view: &View) {
    ui.el("header.page", |ui| {
        ui.leaf("h1", "Holdfast");
        ui.leaf("p", "Redis Cloud settings, and a client that stays connected");
        ui.el("nav", |ui| {
            ui.attr("aria-label", "Ways in");
            for (to, label) in DOORS {
                ui.el("button", |ui| {
                    if *to == view.door {
                        ui.attr("aria-current", "page");
                    }
                    ui.click(Msg::Enter(*to));
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

/// A way in that leads nowhere yet, and says so.
pub fn later(ui: &mut Ui, door: Door) {
    let (title, will, until) = match door {
        Door::Existing | Door::New => (
            "A database you have",
            "Here you will paste what the Redis Cloud API says about your database, and see what is wrong with it, worst first.",
            "This does not work yet. Until it does, answer the questions as for a new database and fill in “What exists”: the result then says what can still be changed.",
        ),
        Door::Trouble => (
            "Something is wrong",
            "Here you will paste an error message or a few lines of a log, and see the cause, three checks, and what to change now.",
            "This does not work yet. Until it does, the runbook of the result says what to do when the database does not answer.",
        ),
    };
    ui.el("main.plain", |ui| {
        ui.leaf("h2", title);
        ui.leaf("p", will);
        ui.leaf("p", until);
        ui.el("p", |ui| ui.button("button.primary", "To the questions", Msg::Enter(Door::New)));
    });
}
