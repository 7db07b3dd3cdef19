//! Quiet hours that the service would refuse.

use serde_json::Value;

use super::{Check, Found, when};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Day, QuietHours};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C9",
        severity: Error,
        title: "Only Pro has manual maintenance windows",
        rule: "Maintenance of Essentials and Free happens in a fixed window each night.",
        because: &["plan", "quiet-hours"],
        sources: &[sources::WINDOWS],
        find: |case| {
            when(!case.plan.is_pro() && !case.answers.quiet_hours.is_empty(), || {
                Found::new(
                    format!("{} has a fixed maintenance window, and you named your own.", case.plan.label()),
                    "Switch to Pro, or live with 00:00 to 06:00 of the region's local time.",
                )
                .switch_to_pro()
            })
        },
    },
    Check {
        id: "C48",
        severity: Error,
        title: "Windows of a length that the service refuses",
        rule: "The API: a window lasts 4 to 24 hours, with Flex 8 to 24; the Terraform docs say 4 to 24 for all.",
        because: &["quiet-hours", "plan"],
        sources: &[sources::API, sources::TERRAFORM_PRO],
        find: |case| {
            let shortest = if case.plan.is_flex() { 8 } else { 4 };
            let legal = |window: &QuietHours| (shortest..=24).contains(&window.duration_in_hours);
            when(!case.answers.quiet_hours.iter().all(legal), || {
                Found::new(
                    format!("A maintenance window lasts {shortest} to 24 hours."),
                    "Use the nearest length that is allowed.",
                )
                .change(
                    "Use the nearest lengths",
                    [windows(case, |window| QuietHours {
                        duration_in_hours: window.duration_in_hours.clamp(shortest, 24),
                        ..window
                    })],
                )
            })
        },
    },
    Check {
        id: "C49",
        severity: Error,
        title: "Too many windows, or a day twice",
        rule: "There are at most seven windows; that a day may stand in one of them only is known from an error code's name.",
        because: &["quiet-hours"],
        sources: &[sources::API],
        find: |case| {
            let all = &case.answers.quiet_hours;
            if all.len() > 7 {
                let kept: Value = all.iter().take(7).map(QuietHours::to_json).collect();
                return Some(
                    Found::new(format!("You named {} windows, and the service takes seven.", all.len()), "Keep seven.")
                        .change("Give up the windows beyond the seventh", [("quiet_hours", kept)]),
                );
            }
            when(repeats_a_day(all), || {
                Found::new(
                    "A day stands in your windows twice, and the service seems to refuse that.",
                    "Name each day once; a longer window can take the place of two.",
                )
                .severity(Warning)
                .change("Name each day once", [("quiet_hours", each_day_once(all))])
            })
        },
    },
    Check {
        id: "C50",
        severity: Error,
        title: "Hours that do not exist",
        rule: "A window starts at a whole hour from 0 to 23.",
        because: &["quiet-hours"],
        sources: &[sources::API],
        find: |case| {
            when(case.answers.quiet_hours.iter().any(|window| window.start_hour > 23), || {
                Found::new(
                    "A maintenance window starts at an hour from 0 to 23.",
                    "Midnight is hour 0 of the next day.",
                )
                .change(
                    "Count the hours within the day",
                    [windows(case, |window| QuietHours { start_hour: window.start_hour % 24, ..window })],
                )
            })
        },
    },
    Check {
        id: "H20",
        severity: Note,
        title: "Redis advises two days of eight hours",
        rule: "For manual windows Redis recommends at least two different days of eight hours each.",
        because: &["quiet-hours"],
        sources: &[sources::WINDOWS],
        find: |case| {
            let long = case.answers.quiet_hours.iter().filter(|window| window.duration_in_hours >= 8);
            let days: Vec<Day> = long.flat_map(|window| window.days.clone()).collect();
            let one = days.iter().all(|day| days.first() == Some(day));
            when(case.plan.is_pro() && !case.answers.quiet_hours.is_empty() && one, || {
                Found::new(
                    "Redis advises windows on two different days, eight hours each, so that maintenance is not delayed.",
                    "Add a second day, or lengthen the window.",
                )
            })
        },
    },
];

fn windows(case: &Case, mend: impl Fn(QuietHours) -> QuietHours) -> (&'static str, Value) {
    ("quiet_hours", case.answers.quiet_hours.iter().cloned().map(mend).map(|window| window.to_json()).collect())
}

fn repeats_a_day(windows: &[QuietHours]) -> bool {
    let days = || windows.iter().flat_map(|window| &window.days);
    days().enumerate().any(|(i, day)| days().take(i).any(|other| other == day))
}

fn each_day_once(windows: &[QuietHours]) -> Value {
    let mut seen = Vec::new();
    let once = |window: &QuietHours| {
        let mut days = Vec::new();
        for day in &window.days {
            if !seen.contains(day) {
                seen.push(*day);
                days.push(*day);
            }
        }
        QuietHours { days, ..window.clone() }
    };
    windows.iter().map(once).filter(|window| !window.days.is_empty()).map(|window| window.to_json()).collect()
}
