//! The generated project: the snippet first, every file, and all of them as a zip.

use holdfast::artefact::zip::zip;
use holdfast::clients::{self, File};

use crate::app::{Copied, Msg, View};
use crate::browser;
use crate::components::{copy, highlight, tabs};
use crate::state::State;
use crate::ui::Ui;

/// The open file.
pub fn open<'a>(state: &'a State, view: &View) -> Option<&'a File> {
    state.now.files.get(position(state, view))
}

fn position(state: &State, view: &View) -> usize {
    state.now.files.iter().position(|file| file.path == view.file).unwrap_or_default()
}

/// Hands over the project as a zip.
pub fn download(state: &State) {
    let name = [&clients::slug(&state.answers().name), ".zip"].concat();
    // Where the browser refuses there is nothing to add to what it says itself.
    let _ = browser::download(&name, &zip(&state.now.files), "application/zip");
}

pub fn view(ui: &mut Ui, state: &State, view: &View) {
    let files = &state.now.files;
    let open = position(state, view);
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let client = state.answers().client.client();
    let said = [client.name, " ", client.version, " · ", client.language, " · ", &client.label()].concat();
    ui.el("section", |ui| {
        super::part(ui, "code");
        ui.el("div.bar", |ui| {
            ui.leaf("h2", "Code");
            ui.leaf("p", &said);
            copy::button(ui, Copied::File, "Copy file", view);
            ui.el("button", |ui| {
                ui.state("aria-pressed", view.wrap);
                ui.click(Msg::Wrap);
                ui.text("Wrap");
            });
            ui.el("button.primary", |ui| {
                ui.flag("disabled", files.is_empty());
                ui.click(Msg::Download);
                ui.text("Download zip");
            });
            ui.group(|ui| {
                if !names.is_empty() {
                    tabs::strip(ui, "code", &names, open, Msg::Open);
                }
            });
        });
        ui.group(|ui| {
            if files.is_empty() {
                waiting(ui, state, view);
            }
        });
        ui.group(|ui| {
            for (i, file) in files.iter().enumerate() {
                panel(ui, ["code", &i.to_string()], file, i == open, view.wrap, state.earlier(&file.path));
            }
        });
    });
}

/// The client's templates are on their way, or could not be had.
fn waiting(ui: &mut Ui, state: &State, view: &View) {
    let failed = view.fetched.contains(&(state.answers().client, true));
    ui.el("p.waiting", |ui| {
        ui.attr("role", "status");
        ui.text(if failed { "The project's files could not be loaded. " } else { "Loading the project's files…" });
        ui.group(|ui| {
            if failed {
                ui.button("button", "Try again", Msg::Fetch);
            }
        });
    });
}

/// A file. Only the open one is coloured: the others are there to be found and read by machines.
pub fn panel(ui: &mut Ui, [part, i]: [&str; 2], file: &File, open: bool, wrap: bool, earlier: Option<&str>) {
    ui.el("div", |ui| {
        ui.key(&file.path);
        ui.attr("role", "tabpanel");
        ui.attr("id", &[part, "-file-", i].concat());
        ui.attr("aria-labelledby", &[part, "-tab-", i].concat());
        ui.flag("hidden", !open);
        ui.el("pre", |ui| {
            ui.attr("data-file", &file.path);
            ui.attr("tabindex", "0");
            ui.class(if wrap { "wrap" } else { "" });
            ui.el("code", |ui| {
                ui.group(|ui| {
                    if open {
                        highlight::text(ui, &file.path, &file.text, earlier);
                    } else {
                        ui.text(&file.text);
                    }
                });
            });
        });
    });
}
