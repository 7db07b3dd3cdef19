//! Tabs: one stop for the Tab key, arrows move between them.

use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use crate::app::Msg;
use crate::browser;
use crate::ui::Ui;

/// The strip of tabs above a part's files: panel `i` has the id `<part>-file-i`.
pub fn strip(ui: &mut Ui, part: &'static str, names: &[&str], open: usize, msg: fn(String) -> Msg) {
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
            browser::focus(&["#", part, "-tab-", &to.to_string()].concat());
            Some(msg(paths[to].clone()))
        });
        for (i, name) in names.iter().enumerate() {
            tab(ui, [part, &i.to_string()], name, i == open, msg);
        }
    });
}

fn tab(ui: &mut Ui, [part, i]: [&str; 2], name: &str, open: bool, msg: fn(String) -> Msg) {
    ui.el("button", |ui| {
        ui.attr("role", "tab");
        ui.attr("id", &[part, "-tab-", i].concat());
        ui.attr("aria-controls", &[part, "-file-", i].concat());
        ui.state("aria-selected", open);
        ui.attr("tabindex", if open { "0" } else { "-1" });
        ui.click(msg(name.to_owned()));
        ui.text(name);
    });
}
