//! What was measured with the chosen client: ours beside the library's quick-start. Words and figures come with the
//! slice; what is said here is only whether they are of the code that is shown.

use holdfast::evidence::{Drill, Slice};

use crate::state::{Fit, State};
use crate::ui::Ui;

pub fn view(ui: &mut Ui, state: &State) {
    ui.el("section", |ui| {
        super::part(ui, "evidence");
        ui.leaf("h2", "Evidence");
        ui.group(|ui| match state.slice() {
            None => ui.leaf("p.waiting", "Loading what was measured…"),
            Some(slice) if slice.drills.is_empty() => ui.leaf("p", "What was measured could not be loaded."),
            Some(slice) => {
                notes(ui, slice);
                if !slice.version.is_empty() {
                    ui.leaf("p.fit", &fit(state, slice));
                    ui.group(|ui| ui.kept("", Table(slice), table));
                }
            }
        });
    });
}

/// What has to be said beside every figure.
pub fn notes(ui: &mut Ui, slice: &Slice) {
    ui.el("div.words", |ui| {
        for note in &slice.notes {
            ui.el("p", |ui| {
                for (i, piece) in note.split("**").enumerate() {
                    ui.leaf(if i % 2 == 1 { "strong" } else { "span" }, piece);
                }
            });
        }
    });
}

/// Whether the figures are of the code above.
fn fit(state: &State, slice: &Slice) -> String {
    let client = state.answers().client.client();
    let code = match state.fit() {
        Fit::Same => "The code shown above is the code that was run, numbers and first comment apart.",
        Fit::Answers => {
            "The code that was run is the project for the default answers. Your answers changed the code: these figures \
             are of its neighbour."
        }
        Fit::Older => "The code has changed since some of these figures were taken: they are of an older text.",
    };
    let version = match [client.version, client.ran].contains(&slice.version) {
        true => String::new(),
        false => [" Run with version ", slice.version, "; the project pins ", client.version, "."].concat(),
    };
    [code, &version].concat()
}

/// One table is another when it lies elsewhere: they stay as they were fetched.
struct Table(&'static Slice<'static>);

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// It scrolls by itself, as files do, so that the parts below stay within reach.
fn table(ui: &mut Ui, Table(slice): &Table) {
    ui.open("div.scroll");
    ui.attr("tabindex", "0");
    ui.attr("role", "region");
    ui.attr("aria-label", "Every drill");
    ui.el("table.drills", |ui| {
        ui.el("thead", |ui| {
            ui.el("tr", |ui| {
                for title in ["Drill"].iter().chain(&slice.columns).chain(&["Limit for ours"]) {
                    ui.el("th", |ui| {
                        ui.attr("scope", "col");
                        ui.text(title);
                    });
                }
            });
        });
        ui.el("tbody", |ui| {
            for drill in &slice.drills {
                row(ui, drill, &slice.columns);
            }
        });
    });
    ui.close();
}

fn row(ui: &mut Ui, drill: &Drill, columns: &[&str]) {
    ui.el("tr", |ui| {
        ui.el("th", |ui| {
            ui.attr("scope", "row");
            ui.attr("data-drill", drill.name);
            ui.leaf("code", drill.name);
            ui.leaf("span", drill.what);
        });
        for (column, title) in columns.iter().enumerate() {
            ui.el("td", |ui| {
                ui.attr("data-label", title);
                let mut none = true;
                for cell in drill.cells.iter().filter(|cell| cell.column == column) {
                    none = false;
                    ui.el("p", |ui| {
                        ui.leaf("strong", cell.head);
                        ui.leaf("span", cell.rest);
                    });
                }
                if none {
                    ui.text("not measured");
                }
            });
        }
        ui.el("td", |ui| {
            ui.attr("data-label", "Limit for ours");
            ui.leaf(if drill.missed { "span.mark error" } else { "span" }, drill.verdict);
        });
    });
}
