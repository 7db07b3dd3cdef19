//! The clocks as pictures: one call, the dials after a lost connection, and all processes at once.

use holdfast::Plan;
use holdfast::schedule::{self, Dial, Part, Storm};

use crate::components::lane::{lane, rect, share};
use crate::ui::Ui;

pub fn view(ui: &mut Ui, plan: &Plan) {
    ui.el("div.timing", |ui| {
        call(ui, plan);
        dials(ui, plan);
        storm(ui, plan);
    });
}

fn call(ui: &mut Ui, plan: &Plan) {
    let deadline = plan.answers.deadline;
    ui.leaf("h3", "A call, at its longest");
    ui.el("div", |ui| {
        for Part { what, from_ms, to_ms, jitter } in schedule::call(&plan.connection) {
            let class = if jitter { "jitter" } else { "try" };
            let from = if jitter { "0" } else { "" };
            let length = (to_ms - from_ms).to_string();
            let said = [from, if jitter { " to " } else { "" }, &length, " ms"].concat();
            lane(ui, what, &[(class, share(from_ms, deadline), share(to_ms, deadline))], &said);
        }
        lane(ui, "deadline", &[("deadline", 990, 1000)], &[&deadline.to_string(), " ms"].concat());
    });
    ui.leaf("p.quiet", schedule::CALL_OUTLASTS);
}

fn dials(ui: &mut Ui, plan: &Plan) {
    let dials = schedule::dials(&plan.connection);
    let end = dials.last().map_or(1, |last| last.latest_ms);
    ui.leaf("h3", "A lost connection dials again");
    ui.el("div", |ui| {
        for (i, Dial { wait_ms, latest_ms }) in dials.iter().enumerate() {
            let said = ["0 to ", &wait_ms.to_string(), " ms later"].concat();
            let label = ["dial ", &(i + 1).to_string()].concat();
            let mean = share(*latest_ms, end) / 2;
            lane(ui, &label, &[("jitter", 0, share(*latest_ms, end)), ("deadline", mean, mean + 6)], &said);
        }
    });
    ui.el("p.quiet", |ui| {
        ui.text(schedule::DIALS_OUTLAST);
        for reason in [&plan.connection.reconnect.cap_ms.reason, &plan.connection.dns.refresh_after_ms.reason] {
            ui.text(" ");
            ui.text(reason);
        }
    });
}

fn storm(ui: &mut Ui, plan: &Plan) {
    let processes = plan.answers.instances;
    let storm = schedule::storm(&plan.connection, processes);
    let meaning = storm.told();
    let Storm { away_s, with_jitter, without } = storm;
    let most = |counts: &[u32]| counts.iter().copied().max().unwrap_or(0);
    let (high, wide) = (most(&without).max(most(&with_jitter)), with_jitter.len() as u32);
    ui.leaf("h3", "All processes lose Redis at once");
    ui.el("svg.storm", |ui| {
        ui.attr("aria-hidden", "true");
        for (class, counts, side) in [("fails theirs", &without, 0), ("try", &with_jitter, 450)] {
            for (second, count) in counts.iter().enumerate() {
                let slot = 1000 / wide.max(1);
                let height = share(*count, high);
                let left = second as u32 * slot + side * slot / 1000;
                rect(ui, class, [left, 1000 - height, slot * 400 / 1000, height]);
            }
        }
    });
    ui.el("div.axis", |ui| {
        ui.leaf("span", "0 s");
        ui.leaf("span", &[&wide.to_string(), " s"].concat());
    });
    let told = |counts: &[u32]| {
        let counts: Vec<String> = counts.iter().map(u32::to_string).collect();
        counts.join(", ")
    };
    ui.el("p.legend", |ui| {
        for (class, name, counts) in
            [("key fails theirs", "without jitter", &without), ("key try", "with it", &with_jitter)]
        {
            ui.el("span", |ui| {
                ui.class(class);
                ui.text(&[name, ", at most ", &most(counts).to_string(), " dials in a second"].concat());
            });
        }
    });
    ui.el("p.quiet", |ui| {
        let (processes, away) = (processes.to_string(), away_s.to_string());
        ui.text(
            &["Simulated: ", &processes, " processes, Redis away for ", &away, " s. Dials in each second: "].concat(),
        );
        ui.text(&["with jitter ", &told(&with_jitter), "; without ", &told(&without), ". "].concat());
        ui.text(meaning);
    });
}
