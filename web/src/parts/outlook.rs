//! What happens when something fails: lost, away, seen, and who acts; and on a time axis, how soon a client is back.

use holdfast::evidence::Slice;
use holdfast::plan::Outlook;

use super::{evidence, timing};
use crate::components::lane::{Bar, lane, share};
use crate::components::source;
use crate::state::State;
use crate::ui::Ui;

const COLUMNS: [&str; 5] = ["When", "Data lost", "Away for", "Callers see", "Who acts"];

pub fn view(ui: &mut Ui, state: &State) {
    let plan = &state.now.plan;
    let axis = Axis::new(state);
    ui.el("section", |ui| {
        super::part(ui, "outlook");
        ui.leaf("h2", "What happens when…");
        ui.el("table", |ui| {
            ui.el("thead", |ui| {
                ui.el("tr", |ui| {
                    for column in COLUMNS {
                        ui.el("th", |ui| {
                            ui.attr("scope", "col");
                            ui.text(column);
                        });
                    }
                });
            });
            ui.el("tbody", |ui| {
                for outlook in &plan.outlook {
                    row(ui, outlook);
                    picture(ui, state, &axis, outlook);
                }
            });
        });
        ui.group(|ui| axis.legend(ui));
        timing::view(ui, plan);
    });
}

fn row(ui: &mut Ui, outlook: &Outlook) {
    ui.el("tr", |ui| {
        ui.el("th", |ui| {
            ui.attr("scope", "row");
            ui.text(outlook.failure.title());
        });
        let cells = [
            ("Data lost", &outlook.data_lost.text),
            ("Away for", &outlook.away.text),
            ("Callers see", &outlook.callers_see),
            ("Who acts", &outlook.who_acts),
        ];
        for (label, text) in cells {
            ui.el("td", |ui| {
                ui.attr("data-label", label);
                ui.text(text);
                if label == "Who acts" {
                    why(ui, outlook);
                }
            });
        }
    });
}

fn why(ui: &mut Ui, outlook: &Outlook) {
    ui.el("details.why", |ui| {
        ui.el("summary", |ui| {
            ui.text("Source");
            ui.leaf("span.unseen", &[" of ", outlook.failure.title()].concat());
        });
        source::list(ui, None, outlook.sources);
    });
}

/// From the fault to the first success: ours, the quick-start, and the plan beside this one where that differs.
fn picture(ui: &mut Ui, state: &State, axis: &Axis, outlook: &Outlook) {
    let beside = state.now.beside.as_ref();
    let other = beside.and_then(|it| it.outlook.iter().find(|other| other.failure == outlook.failure));
    ui.el("tr.picture", |ui| {
        ui.attr("data-failure", outlook.failure.title());
        ui.el("td", |ui| {
            ui.attr("colspan", "5");
            ui.group(|ui| axis.lanes(ui, outlook));
            ui.group(|ui| {
                if let (Some(beside), Some(other)) = (beside, other) {
                    let Outlook { data_lost, away, .. } = other;
                    ui.el("p.beside", |ui| {
                        ui.leaf("strong", &["With ", beside.replication, " instead"].concat());
                        ui.text(&[" · Away for: ", &away.text, " Data lost: ", &data_lost.text].concat());
                    });
                    axis.lanes(ui, other);
                }
            });
        });
    });
}

/// The axis of all pictures. It begins when Redis answers again: how long that takes is Redis Cloud's affair and not
/// documented, so it has no length in seconds.
struct Axis<'a> {
    slice: Option<&'a Slice<'static>>,
    /// ms at its end.
    end: u32,
}

/// Where the axis begins, in thousandths of the picture; before it is what is not documented.
const ZERO: u32 = 250;

impl<'a> Axis<'a> {
    fn new(state: &'a State) -> Self {
        let slice = state.slice().filter(|slice| !slice.version.is_empty());
        let drills = state.now.plan.outlook.iter().filter_map(|outlook| outlook.drill);
        let cells = drills.flat_map(|drill| [0, 1].map(|column| slice.and_then(|slice| slice.cell(drill, column))));
        let longest = cells.flatten().filter_map(|cell| cell.recovered_ms).max().unwrap_or(0);
        Axis { slice, end: longest.max(1000).div_ceil(2000) * 2000 }
    }

    fn lanes(&self, ui: &mut Ui, outlook: &Outlook) {
        let Some(drill) = outlook.drill else { return };
        for (column, label) in ["This code", "Quick-start"].into_iter().enumerate() {
            let before = if outlook.away.seconds == Some(0) { "ok" } else { "unknown" };
            let mut bars: Vec<Bar> = vec![(before, 0, ZERO)];
            let cell = self.slice.and_then(|slice| slice.cell(drill, column));
            if let Some(cell) = cell {
                let back = cell.recovered_ms.map_or(1000, |ms| ZERO + share(ms, self.end) * (1000 - ZERO) / 1000);
                bars.push((["fails", "fails theirs"][column], ZERO, back));
                bars.push(("ok", back, 1000));
            }
            lane(ui, label, &bars, cell.map_or("not measured", |cell| cell.head));
        }
    }

    fn legend(&self, ui: &mut Ui) {
        ui.el("div.lane", |ui| {
            ui.el("div.axis", |ui| {
                ui.leaf("span", "0 s: Redis answers again");
                ui.leaf("span", &[&(self.end / 1000).to_string(), " s"].concat());
            });
        });
        ui.el("p.legend", |ui| {
            for (class, text) in [
                ("key unknown", "not documented by Redis Cloud"),
                ("key fails", "no write has succeeded yet"),
                ("key fails theirs", "the same, quick-start"),
                ("key ok", "works"),
            ] {
                ui.el("span", |ui| {
                    ui.class(class);
                    ui.text(text);
                });
            }
        });
        if let Some(slice) = self.slice {
            evidence::notes(ui, slice);
        }
    }
}
