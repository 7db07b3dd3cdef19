//! What the drills measured: the form of `tests/drills/evidence.json`, and the slice of it that a page shows.

mod slice;

use serde::{Deserialize, Serialize};

pub use slice::{Cell, Drill, Slice};

/// Tells code apart, as `code_hash` does: FNV-1a without the first line where that is the stamp, and without digits.
/// Answers that change only numbers, or another version of ours, make the same code.
pub fn hash(code: &str) -> String {
    let (first, rest) = code.split_once('\n').unwrap_or(("", code));
    let stamped = if first.contains("Holdfast ") { rest } else { code };
    let bytes = stamped.bytes().filter(|byte| !byte.is_ascii_digit());
    let sum = bytes.fold(crate::clients::sum(&[]), |sum, byte| crate::clients::add(sum, &[byte]));
    format!("{sum:016x}")
}

/// A file of measurements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// `lab`, or `redis-cloud` for a file of someone who owns a database.
    pub target: String,
    /// The day of the newest record.
    pub taken: String,
    /// The machine's kernel.
    pub kernel: String,
    /// One for each client, drill, TTL, server and subject.
    pub records: Vec<Record>,
}

/// One client in one drill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The client's id.
    pub client: String,
    /// The library's version that ran.
    pub client_version: String,
    /// The server's version.
    pub redis_version: String,
    /// The drill.
    pub drill: String,
    /// For how long the name's address may be kept.
    pub ttl_s: u32,
    /// Whose code ran.
    pub subject: Subject,
    /// How many times.
    pub runs: u32,
    /// From the cure, or the end of the failover, to the first successful write; null when a run never saw one.
    pub recovered_s: Option<Spread>,
    /// In the drills that refuse: from the start to the error; null when a run never saw one, and in other drills.
    pub refused_s: Option<Spread>,
    /// With automatic failover to another region and back: from the moment when what was written away may arrive
    /// at home to the first write at home. Negative: too early. Absent when a run never saw one, and in other drills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_s: Option<Spread>,
    /// In the drill of a storm: connections begun in the busiest second after the fault, in the worst run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<u64>,
    /// The longest call since the fault.
    pub longest_call_s: Spread,
    /// Calls that failed since the fault.
    pub failed_calls: Spread,
    /// Acknowledged increments that were gone, in the worst run.
    pub lost: u64,
    /// Increments that were applied twice, in the worst run.
    pub doubled: u64,
    /// Increments that had failed and were applied after a newer one, in the worst run; a lower bound.
    pub late: u64,
    /// Connections begun in the worst run: within 20 s of the start in the drills that refuse, else in all.
    pub connects: u64,
    /// What the first failed call said in the first run.
    pub message: Option<String>,
    /// The day.
    pub taken: String,
    /// The machine's greatest one-minute load when a run began: it disturbs what is shorter than a second.
    pub load: f64,
    /// Of the code that ran, without stamp and numbers.
    pub code_hash: String,
}

/// Whose code ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The generated project.
    Holdfast,
    /// The library as its documentation starts it.
    QuickStart,
}

/// A figure over all runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The one in the middle; of two the greater.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Nothing of nothing. Figures are kept to the hundredth.
    pub fn of(figures: &[f64]) -> Option<Spread> {
        let mut sorted: Vec<f64> = figures.iter().map(|figure| (figure * 100.0).round() / 100.0).collect();
        sorted.sort_by(f64::total_cmp);
        let median = *sorted.get(sorted.len() / 2)?;
        Some(Spread { median, min: *sorted.first()?, max: *sorted.last()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_and_numbers_are_not_the_code() {
        assert_eq!(hash("# Holdfast 0.1.0 #v=1\nx = 1\n"), hash("# Holdfast 0.2.0 #v=1&plan=pro\nx = 250\n"));
        assert_ne!(hash("# Holdfast 0.1.0\nx = 1\n"), hash("# Holdfast 0.1.0\ny = 1\n"));
        assert_eq!(hash("a1"), "af63dc4c8601ec8c");
    }

    #[test]
    fn a_spread_has_its_ends_and_its_middle() {
        assert_eq!(Spread::of(&[3.0, 1.004, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(Spread::of(&[]), None);
    }
}
