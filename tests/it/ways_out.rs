//! What must hold for every way out that a finding offers.

use std::collections::BTreeMap;

use holdfast::plan::Finding;
use holdfast::questions::{ALL, to_link};
use holdfast::{Answers, findings};

/// The label of a change that gives up a need begins so.
pub const GIVES_UP: &str = "Give up ";

/// What did not hold, with the first answers that showed it.
#[derive(Default)]
pub struct Broken(BTreeMap<String, String>);

impl Broken {
    pub fn note(&mut self, what: String, answers: &Answers) {
        self.0.entry(what).or_insert_with(|| to_link(answers));
    }

    /// Fails when there is anything.
    pub fn none(&self) {
        assert!(self.0.is_empty(), "{:#?}", self.0);
    }
}

/// Follows every offered change to its end: each removes the finding that offers it, none weakens
/// a need without saying so, and no chain comes back to where it was.
pub fn follow(answers: &Answers, found: &[Finding], broken: &mut Broken) {
    follow_on(answers, found, &mut Vec::new(), broken);
}

fn follow_on(answers: &Answers, found: &[Finding], before: &mut Vec<Answers>, broken: &mut Broken) {
    if before.contains(answers) {
        return broken.note("a chain of changes has no end".to_owned(), answers);
    }
    before.push(answers.clone());
    for finding in found {
        let Some(change) = &finding.change else { continue };
        match answers.with(change) {
            Err(error) => broken.note(format!("{}: {error}", finding.id), answers),
            Ok(after) => {
                if let Some(what) = weakened(finding, |entry| ((entry.show)(answers), (entry.show)(&after))) {
                    broken.note(what, answers);
                }
                let left = findings::find(&after);
                if left.iter().any(|other| other.id == finding.id) {
                    broken.note(format!("{} stays after its change", finding.id), answers);
                } else {
                    follow_on(&after, &left, before, broken);
                }
            }
        }
    }
    before.pop();
}

/// The need that a finding's change weakens without saying so; `change` tells an answer before and after.
pub fn weakened(finding: &Finding, change: impl Fn(&holdfast::questions::Entry) -> (String, String)) -> Option<String> {
    let label = finding.label.as_deref().unwrap_or_default();
    let unsaid = ALL.iter().find(|entry| {
        let (from, to) = change(entry);
        entry.question.weakens(&from, &to)
    })?;
    (!label.starts_with(GIVES_UP)).then(|| format!("{}, \"{label}\", weakens {}", finding.id, unsaid.question.id))
}
