//! From what a driver told and what the server counted to the figures of one run. Pure.

use std::collections::BTreeMap;

use super::driver::Call;

/// When the fault began and when it was cured, in seconds of the drill's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// The fault.
    pub from: f64,
    /// The cure, or the end of the failover.
    pub to: f64,
}

/// The figures of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub recovered: Option<f64>,
    pub refused: Option<f64>,
    pub returned: Option<f64>,
    pub peak: Option<u64>,
    pub longest: f64,
    pub failed: u64,
    pub lost: u64,
    pub doubled: u64,
    pub late: u64,
    pub connects: u64,
    pub message: Option<String>,
}

impl Figures {
    /// Of several processes of one app: it is away until the last of them is back.
    pub fn worst(processes: &[Figures]) -> Figures {
        let last = |figure: fn(&Figures) -> Option<f64>| {
            let found: Option<Vec<f64>> = processes.iter().map(figure).collect();
            found.and_then(|found| found.into_iter().reduce(f64::max))
        };
        let early = processes.iter().filter_map(|one| one.returned).find(|after| *after < 0.0);
        let sum = |figure: fn(&Figures) -> u64| processes.iter().map(figure).sum();
        Figures {
            recovered: last(|one| one.recovered),
            refused: last(|one| one.refused),
            returned: early.or_else(|| last(|one| one.returned)),
            peak: processes.iter().filter_map(|one| one.peak).max(),
            longest: processes.iter().map(|one| one.longest).fold(0.0, f64::max),
            failed: sum(|one| one.failed),
            lost: sum(|one| one.lost),
            doubled: sum(|one| one.doubled),
            late: sum(|one| one.late),
            connects: sum(|one| one.connects),
            message: processes.iter().find_map(|one| one.message.clone()),
        }
    }
}

/// The first successful write after the cure, in seconds since then. Reads prove nothing: a demoted
/// primary answers them.
pub fn recovered(calls: &[Call], fault: Fault) -> Option<f64> {
    let writes = calls.iter().filter(|call| call.ok && matches!(call.op.as_str(), "incr" | "set"));
    writes.map(|call| call.ended - fault.to).find(|after| *after >= 0.0)
}

/// Silence for longer than this is a call that has not ended.
const PENDING_S: f64 = 1.0;

/// A run through a fault, watched until `end`. `counted` is the counter's value then.
pub fn judge(calls: &[Call], fault: Fault, end: f64, counted: i64) -> Figures {
    let since: Vec<&Call> = calls.iter().filter(|call| call.ended >= fault.from).collect();
    // What began before the fault and has not ended has no line.
    let pending = calls.last().map_or(0.0, |call| end - call.ended);
    let longest = since.iter().map(|call| call.ended - call.began).fold(0.0, f64::max);
    let (lost, doubled, late) = writes(calls, counted);
    Figures {
        recovered: recovered(calls, fault),
        longest: if pending > PENDING_S { longest.max(pending) } else { longest },
        failed: since.iter().filter(|call| !call.ok).count() as u64,
        lost,
        doubled,
        late,
        message: since.iter().find_map(|call| call.err.clone()),
        ..Figures::default()
    }
}

/// Each region's counter begins so far from the next one's: a value tells where it was counted.
pub const REGION: i64 = 1_000_000;

/// A run with a database in each region, the first of which went dark at the fault and was back at the
/// cure. From `arrival` on it had what was written away from it. `counted` are the counters' values at
/// the end. An increment that failed may have been sent to any region, but only to one of them.
pub fn regions(calls: &[Call], fault: Fault, arrival: f64, end: f64, counted: &[i64]) -> Figures {
    let place = |call: &Call| call.value.filter(|_| call.ok).map(|value| value / REGION);
    let wrote =
        |away: bool| move |call: &&Call| call.op == "incr" && place(call).is_some_and(|region| (region > 0) == away);
    let left = calls.iter().find(wrote(true)).map(|call| call.ended);
    let back = left.and_then(|left| calls.iter().filter(|call| call.began >= left).find(wrote(false)));
    let mut figures = Figures {
        recovered: left.map(|left| left - fault.from),
        returned: back.map(|call| call.ended - arrival),
        ..judge(calls, fault, end, 0)
    };
    (figures.lost, figures.doubled, figures.late) = (0, 0, 0);
    let (mut applied, begun) = (0, calls.iter().filter(|call| call.op == "incr").count() as i64);
    for (region, counted) in (0..).zip(counted) {
        let here = calls.iter().filter(|call| place(call).is_none_or(|place| place == region)).cloned();
        let here: Vec<Call> =
            here.map(|call| Call { value: call.value.map(|value| value - region * REGION), ..call }).collect();
        let counted = counted - region * REGION;
        let (lost, doubled, late) = writes(&here, counted);
        figures.lost += lost;
        figures.doubled += doubled;
        figures.late += late;
        applied += counted;
    }
    // The driver may have been ended in the midst of one.
    figures.doubled += (applied - begun - 1).max(0) as u64;
    figures
}

/// A run in which each of so many clients wrote under a name of its own: how long until the last of them
/// had written by a call that began after the fault; nothing when one never did.
pub fn storm(calls: &[Call], fault: f64, end: f64, clients: usize) -> Figures {
    let mut back = BTreeMap::new();
    for call in calls.iter().filter(|call| call.ok && call.began >= fault) {
        back.entry(&call.client).or_insert(call.ended - fault);
    }
    let last = back.values().copied().fold(0.0, f64::max);
    // Calls of many clients at once say nothing about the counter.
    let figures = judge(calls, Fault { from: fault, to: fault }, end, 0);
    Figures { recovered: (back.len() >= clients).then_some(last), lost: 0, doubled: 0, late: 0, ..figures }
}

/// A run that is to be refused: how long from the program's start to the first error, of the opening
/// or of a call. By the driver's clock, so that a virtual machine's own start does not count.
pub fn refusal(calls: &[Call]) -> Figures {
    let first = calls.iter().find(|call| !call.ok);
    Figures {
        refused: first.map(|call| call.age),
        longest: calls.iter().map(|call| call.ended - call.began).fold(0.0, f64::max),
        failed: calls.iter().filter(|call| !call.ok).count() as u64,
        message: first.and_then(|call| call.err.clone()),
        ..Figures::default()
    }
}

/// Lost, doubled and late increments. Calls come one after the other, so between two acknowledged
/// values lie only the calls that failed in between, each applied once or not at all. More than that
/// is one of those that had failed before, applied late, or one that was applied twice. A late one
/// that arrives before the next success can't be told from a slow one: `late` is a lower bound.
fn writes(calls: &[Call], counted: i64) -> (u64, u64, u64) {
    let (mut lost, mut doubled, mut late) = (0, 0, 0);
    // Failed since the last acknowledged value, and before it and not yet seen in the counter.
    let (mut fresh, mut open, mut last) = (0, 0, 0);
    let increments = calls.iter().filter(|call| call.op == "incr");
    let values = increments.map(|call| if call.ok { call.value } else { None });
    // The driver may have been ended in the midst of one. The count at the end is the value before an
    // increment that nobody made.
    for value in values.chain([None, Some(counted + 1)]) {
        let Some(value) = value else {
            fresh += 1;
            continue;
        };
        let more = value - last - 1;
        lost += (-more).max(0);
        let slow = more.clamp(0, fresh);
        let after = (more - slow).clamp(0, open);
        late += after;
        doubled += (more - slow - after).max(0);
        open += fresh - slow - after;
        (fresh, last) = (0, value);
    }
    (lost as u64, doubled as u64, late as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(values: &[Option<i64>]) -> Vec<Call> {
        let call = |(i, value): (usize, &Option<i64>)| Call {
            began: i as f64,
            ended: i as f64 + 0.5,
            age: i as f64 + 0.5,
            op: "incr".to_owned(),
            ok: value.is_some(),
            value: *value,
            client: "once".to_owned(),
            err: value.is_none().then(|| "timeout".to_owned()),
        };
        values.iter().enumerate().map(call).collect()
    }

    #[test]
    fn what_was_acknowledged_once_counts_once() {
        assert_eq!(writes(&calls(&[Some(1), Some(2), Some(3)]), 3), (0, 0, 0));
        assert_eq!(writes(&calls(&[Some(1), None, Some(3)]), 3), (0, 0, 0), "it failed, and was applied");
        assert_eq!(writes(&calls(&[Some(1), None, Some(2)]), 2), (0, 0, 0), "it failed");
        assert_eq!(writes(&[], 0), (0, 0, 0));
    }

    #[test]
    fn a_repeat_a_late_one_and_a_loss_are_told_apart() {
        assert_eq!(writes(&calls(&[Some(1), Some(3)]), 3), (0, 1, 0));
        assert_eq!(writes(&calls(&[Some(1), None, Some(2), Some(4)]), 4), (0, 0, 1));
        assert_eq!(writes(&calls(&[Some(1), None, Some(2)]), 3), (0, 0, 0), "ended in the midst of a call");
        assert_eq!(writes(&calls(&[Some(1), None, Some(2)]), 4), (0, 0, 1), "after the last success");
        assert_eq!(writes(&calls(&[Some(1), Some(2), Some(2)]), 2), (1, 0, 0));
        assert_eq!(writes(&calls(&[Some(1), Some(2)]), 1), (1, 0, 0));
    }

    #[test]
    fn a_region_is_left_and_returned_to_and_nothing_is_done_in_both() {
        let away = |value: i64| Some(REGION + value);
        let calls = calls(&[Some(1), None, None, away(1), away(2), Some(2)]);
        let judged = |counted: &[i64]| regions(&calls, Fault { from: 1.0, to: 3.0 }, 4.6, 6.0, counted);
        let well = judged(&[2, REGION + 2]);
        assert_eq!((well.recovered, well.failed, well.lost, well.doubled), (Some(2.5), 2, 0, 0));
        assert_eq!(well.returned.map(|after| (after * 10.0).round()), Some(9.0));
        assert_eq!(judged(&[3, REGION + 4]).doubled, 0, "both that failed had been applied; one more was under way");
        assert_eq!(judged(&[4, REGION + 4]).doubled, 1);
        assert_eq!(judged(&[2, REGION + 1]).lost, 1);
        assert_eq!(regions(&calls[..5], Fault { from: 1.0, to: 3.0 }, 4.6, 6.0, &[1, REGION + 2]).returned, None);
    }

    #[test]
    fn an_app_is_back_when_its_last_process_is() {
        let one = |returned| Figures { recovered: Some(1.0), returned, failed: 2, ..Figures::default() };
        let of = |returned: [Option<f64>; 2]| Figures::worst(&returned.map(one));
        assert_eq!((of([Some(1.0), Some(2.0)]).returned, of([Some(1.0), None]).returned), (Some(2.0), None));
        assert_eq!(of([Some(-1.0), Some(2.0)]).returned, Some(-1.0), "too early");
        assert_eq!((of([None, None]).recovered, of([None, None]).failed), (Some(1.0), 4));
    }

    #[test]
    fn a_storm_is_over_when_the_last_client_has_written() {
        let of = |client: &str, call: Call| Call { client: client.to_owned(), ..call };
        let calls = calls(&[Some(1), None, Some(2), Some(3)]);
        let calls: Vec<Call> = ["a", "b", "a", "b"].iter().zip(calls).map(|(client, call)| of(client, call)).collect();
        assert_eq!(storm(&calls, 0.5, 4.0, 2).recovered, Some(3.0));
        assert_eq!(storm(&calls, 0.5, 4.0, 3).recovered, None);
        assert_eq!(storm(&calls[..3], 0.5, 3.0, 2).recovered, None, "b has failed");
    }

    #[test]
    fn only_a_write_after_the_cure_is_recovery() {
        let mut calls = calls(&[Some(1), None, Some(2), Some(3)]);
        let fault = Fault { from: 1.0, to: 1.8 };
        let after = |calls: &[Call]| recovered(calls, fault).map(|after| (after * 100.0).round());
        assert_eq!(after(&calls), Some(70.0));
        calls[2].op = "get".to_owned();
        assert_eq!(after(&calls), Some(170.0));
        assert_eq!(after(&calls[..2]), None);
        assert_eq!(judge(&calls, fault, 3.6, 3).failed, 1);
        assert_eq!(judge(&calls, fault, 3.6, 3).longest, 0.5);
        assert_eq!(judge(&calls, fault, 9.5, 3).longest, 6.0, "a call that has not ended");
    }
}
