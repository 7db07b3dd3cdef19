//! Quiet hours that the service would refuse.

use super::{CHECK, Change, Change::*, Check, Say::*, TO_PRO, told};
use crate::case::Case;
use crate::plan::Severity::{Error, Note, Warning};
use crate::questions::{Day, QuietHours};
use crate::sources;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "C9",
        severity: Error,
        title: told("Only Pro has manual maintenance windows"),
        rule: told("Maintenance of Essentials and Free happens in a fixed window each night."),
        because: &["plan", "quiet-hours"],
        sources: &[sources::WINDOWS],
        applies: |case| !case.plan.is_pro() && !case.answers.quiet_hours.is_empty(),
        message: Is("{plan} has a fixed maintenance window, and you named your own."),
        fix: Is("Switch to Pro, or live with 00:00 to 06:00 of the region's local time."),
        change: TO_PRO,
        ..CHECK
    },
    Check {
        id: "C48",
        severity: Error,
        title: told("Windows of a length that the service refuses"),
        rule: told("The API: a window lasts 4 to 24 hours, with Flex 8 to 24; the Terraform docs say 4 to 24 for all."),
        because: &["quiet-hours", "plan"],
        sources: &[sources::API, sources::TERRAFORM_PRO],
        applies: |case| {
            let lengths = shortest(case)..=24;
            !case.answers.quiet_hours.iter().all(|window| lengths.contains(&window.duration_in_hours))
        },
        message: Made(|case| format!("A maintenance window lasts {} to 24 hours.", shortest(case))),
        fix: Is("Use the nearest length that is allowed."),
        change: SetTo(Is("Use the nearest lengths"), |case| {
            mended(case, |window| window.duration_in_hours = window.duration_in_hours.clamp(shortest(case), 24))
        }),
        ..CHECK
    },
    Check {
        id: "C49",
        severity: Error,
        title: told("Too many windows, or a day twice"),
        rule: told(
            "There are at most seven windows; that a day may stand in one of them only is known from an error code's name.",
        ),
        because: &["quiet-hours"],
        sources: &[sources::API],
        otherwise: Some((Warning, |case| !too_many(case))),
        applies: |case| too_many(case) || repeats_a_day(case),
        message: By(|case| match too_many(case) {
            true => "You named {windows} windows, and the service takes seven.",
            false => "A day stands in your windows twice, and the service seems to refuse that.",
        }),
        fix: By(|case| match too_many(case) {
            true => "Keep seven.",
            false => "Name each day once; a longer window can take the place of two.",
        }),
        change: OneOf(|case| if too_many(case) { &KEEP_SEVEN } else { &EACH_DAY_ONCE }),
    },
    Check {
        id: "C50",
        severity: Error,
        title: told("Hours that do not exist"),
        rule: told("A window starts at a whole hour from 0 to 23."),
        because: &["quiet-hours"],
        sources: &[sources::API],
        applies: |case| case.answers.quiet_hours.iter().any(|window| window.start_hour > 23),
        message: Is("A maintenance window starts at an hour from 0 to 23."),
        fix: Is("Midnight is hour 0 of the next day."),
        change: SetTo(Is("Count the hours within the day"), |case| mended(case, |window| window.start_hour %= 24)),
        ..CHECK
    },
    Check {
        id: "H20",
        severity: Note,
        title: told("Redis advises two days of eight hours"),
        rule: told("For manual windows Redis recommends at least two different days of eight hours each."),
        because: &["quiet-hours"],
        sources: &[sources::WINDOWS],
        applies: |case| {
            let long = case.answers.quiet_hours.iter().filter(|window| window.duration_in_hours >= 8);
            case.plan.is_pro() && !case.answers.quiet_hours.is_empty() && on_one_day(long)
        },
        message: Is(
            "Redis advises windows on two different days, eight hours each, so that maintenance is not delayed.",
        ),
        fix: Is("Add a second day, or lengthen the window."),
        change: SetTo(Is("Make it eight hours on two days"), two_days),
        ..CHECK
    },
];

const KEEP_SEVEN: Change =
    SetTo(Is("Give up the windows beyond the seventh"), |case| patch(case.answers.quiet_hours.iter().take(7)));

const EACH_DAY_ONCE: Change = SetTo(Is("Name each day once"), |case| {
    let mut seen = Vec::new();
    let mut windows = case.answers.quiet_hours.clone();
    for window in &mut windows {
        window.days.retain(|day| {
            let new = !seen.contains(day);
            seen.push(*day);
            new
        });
    }
    patch(windows.iter().filter(|window| !window.days.is_empty()))
});

fn on_one_day<'a>(windows: impl Iterator<Item = &'a QuietHours>) -> bool {
    let days: Vec<Day> = windows.flat_map(|window| window.days.clone()).collect();
    days.iter().all(|day| days.first() == Some(day))
}

/// The same windows of eight hours at least; where all are on one day, half a week later, too.
fn two_days(case: &Case) -> String {
    let one = on_one_day(case.answers.quiet_hours.iter());
    let mut first = true;
    mended(case, |window| {
        window.duration_in_hours = window.duration_in_hours.max(8);
        if std::mem::take(&mut first) && one {
            let day = Day::ALL.iter().position(|day| window.days.first() == Some(day)).unwrap_or_default();
            window.days.push(Day::ALL[(day + 3) % Day::ALL.len()]);
        }
    })
}

/// Every window, mended.
fn mended(case: &Case, mend: impl FnMut(&mut QuietHours)) -> String {
    let mut windows = case.answers.quiet_hours.clone();
    windows.iter_mut().for_each(mend);
    patch(windows.iter())
}

fn patch<'a>(windows: impl Iterator<Item = &'a QuietHours>) -> String {
    let windows: Vec<String> = windows.map(QuietHours::show).collect();
    format!("quiet-hours={}", windows.join(";"))
}

fn shortest(case: &Case) -> u32 {
    if case.plan.is_flex() { 8 } else { 4 }
}

fn too_many(case: &Case) -> bool {
    case.answers.quiet_hours.len() > 7
}

fn repeats_a_day(case: &Case) -> bool {
    let days = || case.answers.quiet_hours.iter().flat_map(|window| &window.days);
    days().enumerate().any(|(i, day)| days().take(i).any(|other| other == day))
}

#[cfg(test)]
mod tests {
    use crate::findings::found;

    #[test]
    fn windows_that_are_too_few_are_made_two_days_of_eight_hours() {
        let made = |windows: &str| {
            let link = |windows: &str| format!("v=1&plan=pro&quiet-hours={windows}");
            let finding = found("H20", &link(windows))?;
            let change = finding.change?;
            let text = change.answers().next()?.1.to_owned();
            assert!(found("H20", &link(&text)).is_none(), "{windows}: {text}");
            Some(text)
        };
        assert_eq!(made("Sun@1/4").as_deref(), Some("Sun+Wed@1/8"));
        assert_eq!(made("Tue@22/4;Fri@1/12").as_deref(), Some("Tue@22/8;Fri@1/12"));
        assert_eq!(made("Tue@22/8;Fri@1/8"), None);
    }
}
