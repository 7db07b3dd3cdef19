//! What the native core's plans and projects sum up to, so that another build of it can be held to the same bytes.

use std::collections::HashSet;

use holdfast::clients::project;
use holdfast::questions::{ALL, to_json, to_link};
use holdfast::{Answers, recommend};
use serde_json::{Map, Value};

use crate::pairs::each_pair;

/// A line for every pair of answers beside the defaults, so for every client with every choice.
///
/// # Errors
/// Where a plan can't be written as JSON.
pub fn sums() -> serde_json::Result<String> {
    let (mut lines, mut seen) = (Vec::new(), HashSet::new());
    each_pair(&[""], |answers| {
        if seen.insert(to_link(answers)) {
            lines.push(line(answers));
        }
    });
    lines.into_iter().collect()
}

/// The client, the sums of plan and project, the answers as JSON; tabs between.
fn line(answers: &Answers) -> serde_json::Result<String> {
    let plan = sum(serde_json::to_string(&recommend(answers))?.as_bytes());
    let files = sum(serde_json::to_string(&project(answers))?.as_bytes());
    let given = Value::Object(given(answers));
    Ok(format!("{}\t{plan:08x}\t{files:08x}\t{given}\n", answers.client.client().id))
}

/// What differs from the defaults.
fn given(answers: &Answers) -> Map<String, Value> {
    let defaults = Answers::default();
    let differ = ALL.iter().filter(|entry| (entry.show)(answers) != (entry.show)(&defaults));
    differ.map(|entry| (entry.key.to_owned(), to_json(entry, answers))).collect()
}

/// FNV-1a, with the 32 bits that JavaScript multiplies exactly.
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_fnv() {
        assert_eq!(sum(b""), 0x811c_9dc5);
        assert_eq!(sum(b"a"), 0xe40c_292c);
    }

    #[test]
    fn what_is_given_makes_the_same_answers() {
        let mut answers = Answers::default();
        for (id, text) in [("dataset", "0.25"), ("name", "\"\n"), ("quiet-hours", "Mon@1/4"), ("existing", "none")] {
            answers.set(id, text).unwrap();
        }
        let json = Value::Object(given(&answers)).to_string();
        assert_eq!(holdfast::questions::from_json(&json), Ok(answers));
        assert!(given(&Answers::default()).is_empty());
    }
}
