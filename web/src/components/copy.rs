//! A button that copies, and says whether it did.

use crate::app::{Copied, Msg, View};
use crate::ui::Ui;

pub fn button(ui: &mut Ui, what: Copied, label: &'static str, view: &View) {
    let said = match view.copied {
        Some((copied, true)) if copied == what => "Copied",
        Some((copied, false)) if copied == what => "Not allowed here",
        _ => label,
    };
    ui.el("button.copy", |ui| {
        ui.attr("aria-live", "polite");
        ui.click(Msg::Copy(what));
        ui.text(said);
    });
}
