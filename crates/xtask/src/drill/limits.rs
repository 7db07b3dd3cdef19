//! What our projects have to reach with the default answers. The margins are in the figures: a
//! deadline of 2 s and a quarter for the longest call, a second more than the longest pause between
//! two dials for the recovery, half the machine's noise of about a second being in both.

use holdfast::evidence::{Record, Subject};

/// Above this one-minute load the machine is not quiet: seconds then tell of the machine, and are
/// not judged. That a client comes back within a minute, and what it did to its writes, always is.
pub const QUIET: f64 = 4.0;
/// The longest that anybody may be away.
const AWAY_S: f64 = 60.0;
/// The longest call, in every drill.
const LONGEST_CALL_S: f64 = 2.5;
/// A refusal at the start.
const REFUSED_S: f64 = 5.0;
/// Connections of a refused client within 20 s.
const REFUSED_CONNECTS: u64 = 5;

/// What is expected of a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Back within 3 s of the cure, nothing lost.
    Soon,
    /// Back within 3 s after the name's old address may be forgotten, nothing lost.
    Name,
    /// The same; the replica had not heard all that was acknowledged, so something may be lost.
    Failover,
    /// Back within a minute: a refusal is not tried again at once.
    Rotation,
    /// Told at the start, in time, without knocking again and again.
    Refusal,
}

impl Limit {
    /// Seconds from the cure; nothing where there is none.
    pub fn recovered_s(self, ttl_s: u32) -> Option<f64> {
        match self {
            Limit::Soon => Some(3.0),
            Limit::Name | Limit::Failover => Some(f64::from(ttl_s) + 3.0),
            Limit::Rotation => Some(AWAY_S),
            Limit::Refusal => None,
        }
    }

    /// What the record misses, worst runs counting; seconds only of a quiet machine.
    pub fn missed(self, record: &Record) -> Vec<String> {
        if record.subject != Subject::Holdfast {
            return Vec::new();
        }
        let mut missed = Vec::new();
        let mut at_most = |what: &str, found: Option<f64>, limit: f64| match found {
            None => missed.push(format!("{what}: never, limit {limit:.1}")),
            Some(found) if found > limit => missed.push(format!("{what}: {found:.2}, limit {limit:.1}")),
            Some(_) => {}
        };
        let quiet = record.load <= QUIET;
        let seconds = |limit: f64| if quiet { limit } else { AWAY_S };
        match self.recovered_s(record.ttl_s) {
            Some(limit) => at_most("recovered, s", record.recovered_s.map(|spread| spread.max), seconds(limit)),
            None => {
                at_most("refused, s", record.refused_s.map(|spread| spread.max), seconds(REFUSED_S));
                at_most("connects", Some(record.connects as f64), REFUSED_CONNECTS as f64);
            }
        }
        at_most("longest call, s", Some(record.longest_call_s.max), seconds(LONGEST_CALL_S));
        at_most("doubled", Some(record.doubled as f64), 0.0);
        if self != Limit::Failover {
            at_most("lost", Some(record.lost as f64), 0.0);
        }
        missed
    }
}
