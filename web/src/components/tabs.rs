//! Tabs: one stop for the Tab key, arrows move between them.

use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use crate::app::Msg;
use crate::browser;
use crate::ui::Ui;

/// The strip of tabs; panel `i` has the id `file-i`.
pub fn strip(ui: &mut Ui, names: &[&str], open: usize) {
    let count = names.len();
    let paths: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    ui.el("div.tabs", |ui| {
        ui.attr("role", "tablist");
        ui.attr("aria-label", "Files");
        ui.on("keydown", move |event| {
            let to = match event.unchecked_ref::<KeyboardEvent>().key().as_str() {
                "ArrowRight" => (open + 1) % count,
                "ArrowLeft" => (open + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return None,
            };
            event.prevent_default();
            browser::focus(&["#tab-", &to.to_string()].concat());
            Some(Msg::Open(paths[to].clone()))
        });
        for (i, name) in names.iter().enumerate() {
            tab(ui, &i.to_string(), name, i == open);
        }
    });
}

fn tab(ui: &mut Ui, i: &str, name: &str, open: bool) {
    ui.el("button", |ui| {
        ui.attr("role", "tab");
        ui.attr("id", &["tab-", i].concat());
        ui.attr("aria-controls", &["file-", i].concat());
        ui.state("aria-selected", open);
        ui.attr("tabindex", if open { "0" } else { "-1" });
        ui.click(Msg::Open(name.to_owned()));
        ui.text(name);
    });
}
