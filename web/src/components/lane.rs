//! A line of a picture: what it is about, bars on an axis that all lines share, and the number in words. The words
//! say all that the bars do, so the bars are hidden from those who listen.

use crate::ui::Ui;

/// A bar: its class, where it begins and where it ends, in thousandths of the axis.
pub type Bar = (&'static str, u32, u32);

pub fn lane(ui: &mut Ui, label: &str, bars: &[Bar], said: &str) {
    ui.el("div.lane", |ui| {
        ui.leaf("span", label);
        ui.el("svg", |ui| {
            ui.attr("aria-hidden", "true");
            for (class, from, to) in bars {
                rect(ui, class, [*from, 0, to.saturating_sub(*from), 1000]);
            }
        });
        ui.leaf("strong", said);
    });
}

/// A rectangle: left, top, width and height in thousandths of the picture.
pub fn rect(ui: &mut Ui, class: &'static str, sides: [u32; 4]) {
    ui.el("rect", |ui| {
        for (name, side) in ["x", "y", "width", "height"].into_iter().zip(sides) {
            ui.attr(name, &[&(side / 10).to_string(), ".", &(side % 10).to_string(), "%"].concat());
        }
        ui.class(class);
    });
}

/// `part` of `whole` in thousandths.
pub fn share(part: u32, whole: u32) -> u32 {
    (u64::from(part) * 1000 / u64::from(whole.max(1))).min(1000) as u32
}
