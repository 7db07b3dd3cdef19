//! The plan as Terraform and as REST calls.

use holdfast::clients::File;

use super::code;
use crate::app::{Copied, Msg, View};
use crate::components::{copy, tabs};
use crate::state::State;
use crate::ui::Ui;

/// What the tabs call the files, in their order.
const TABS: &[&str] = &["Terraform", "REST"];

/// The open file.
pub fn open<'a>(state: &'a State, view: &View) -> &'a File {
    &state.now.iac[usize::from(view.rest)]
}

pub fn view(ui: &mut Ui, state: &State, view: &View) {
    ui.el("section", |ui| {
        super::part(ui, "iac");
        ui.el("div.bar", |ui| {
            ui.leaf("h2", "Terraform and REST");
            ui.leaf("p", "What only you know is a variable; the keys come from the environment.");
            copy::button(ui, Copied::Iac, "Copy file", view);
            tabs::strip(ui, "iac", TABS, usize::from(view.rest), Msg::OpenIac);
        });
        ui.group(|ui| {
            for (i, file) in state.now.iac.iter().enumerate() {
                let earlier = state.before.as_ref().map(|before| before.iac[i].text.as_str());
                code::panel(ui, ["iac", &i.to_string()], file, i == usize::from(view.rest), view.wrap, earlier);
            }
        });
    });
}
