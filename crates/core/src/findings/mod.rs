//! Every finding, in one table of checks: what is wrong with a set of answers, and the way out.
//!
//! `C1`…`C68` are the constraints of the fact sheet, `H1`… our own. **error**: the service would
//! refuse it, or a stated need can't be met. **warning**: it works and will hurt. **note**: worth
//! knowing. A rule that is known only from an error code's name never makes an error alone.

mod active_active;
mod maintenance;
mod names;
mod network;
mod plans;
mod security;
mod size;
mod writes;
mod zones;

use serde_json::{Map, Value};

use crate::case::Case;
use crate::plan::{Finding, Severity};
use crate::questions::Text;
use crate::sources::Source;

/// The checks, by theme. A new theme is a new file and a line here; a new check is an entry in one of them.
static THEMES: &[&[Check]] = &[
    plans::CHECKS,
    zones::CHECKS,
    active_active::CHECKS,
    network::CHECKS,
    security::CHECKS,
    writes::CHECKS,
    maintenance::CHECKS,
    size::CHECKS,
    names::CHECKS,
];

/// Something that can be wrong with answers.
pub struct Check {
    /// `C1`…`C68` or `H1`….
    pub id: &'static str,
    /// How bad it is, unless the case says otherwise.
    pub severity: Severity,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The rule behind it, in the words of the docs.
    pub rule: &'static str,
    /// The questions whose answers can cause it.
    pub because: &'static [&'static str],
    /// Where the rule is written.
    pub sources: &'static [Source],
    find: fn(&Case) -> Option<Found>,
}

/// Every check, in the order of the themes.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    THEMES.iter().flat_map(|theme| theme.iter())
}

/// What a check found in a case.
struct Found {
    severity: Option<Severity>,
    message: Text,
    fix: Text,
    change: Option<(Text, Patch)>,
}

/// Answers to change, as JSON.
type Patch = Vec<(&'static str, Value)>;

impl Found {
    fn new(message: impl Into<Text>, fix: impl Into<Text>) -> Found {
        Found { severity: None, message: message.into(), fix: fix.into(), change: None }
    }

    /// With a button. Its label begins with "Give up" where it weakens a need.
    fn change(self, label: impl Into<Text>, patch: impl IntoIterator<Item = (&'static str, Value)>) -> Found {
        Found { change: Some((label.into(), patch.into_iter().collect())), ..self }
    }

    fn severity(self, severity: Severity) -> Found {
        Found { severity: Some(severity), ..self }
    }

    /// The most common way out.
    fn switch_to_pro(self) -> Found {
        self.change("Switch to Pro", [("plan", Value::from("pro"))])
    }
}

/// Only where it applies.
fn when(applies: bool, found: impl FnOnce() -> Found) -> Option<Found> {
    applies.then(found)
}

impl Check {
    fn run(&self, case: &Case) -> Option<Finding> {
        let found = (self.find)(case)?;
        let (label, change) = match found.change {
            Some((label, patch)) => (
                Some(label),
                Some(patch.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>()),
            ),
            None => (None, None),
        };
        Some(Finding {
            id: self.id,
            severity: found.severity.unwrap_or(self.severity),
            message: found.message,
            fix: found.fix,
            because: self.because,
            change,
            label,
            sources: self.sources,
        })
    }
}

/// What is wrong with these answers, the worst first.
pub fn find(answers: &crate::Answers) -> Vec<Finding> {
    findings(&Case::new(answers))
}

/// Every finding, the worst first.
pub(crate) fn findings(case: &Case) -> Vec<Finding> {
    let found: Vec<Finding> = checks().filter_map(|check| check.run(case)).collect();
    // Few of them, and a sort is 3 KB of the page.
    let of = |severity| found.iter().filter(move |finding| finding.severity == severity).cloned();
    Severity::ALL.into_iter().flat_map(of).collect()
}

/// Only the errors, one by one.
pub(crate) fn errors(case: &Case) -> impl Iterator<Item = Finding> {
    checks().filter_map(move |check| check.run(case)).filter(|finding| finding.severity == Severity::Error)
}
