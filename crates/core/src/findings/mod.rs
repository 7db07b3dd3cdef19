//! Every finding, in one table of checks: what is wrong with a set of answers, and the way out.
//!
//! `C1`…`C68` are the constraints of the fact sheet, `H1`… our own. **error**: the service would
//! refuse it, or a stated need can't be met. **warning**: it works and will hurt. **note**: worth
//! knowing. A rule that is known only from an error code's name never makes an error alone.

mod active_active;
mod maintenance;
pub(crate) mod names;
mod network;
mod plans;
mod security;
mod size;
mod writes;
mod zones;

use crate::case::Case;
use crate::plan::{Finding, Severity};
use crate::questions::{Answers, Patch, Text};
use crate::sources::Source;
use crate::told::{Told, told};

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

type Holds = fn(&Case) -> bool;

/// Something that can be wrong with answers.
pub struct Check {
    /// `C1`…`C68` or `H1`….
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is where the case says otherwise.
    otherwise: Option<(Severity, Holds)>,
    /// What it is about, in a few words.
    pub title: Told,
    /// The rule behind it, in the words of the docs.
    pub rule: Told,
    /// The questions whose answers can cause it.
    pub because: &'static [&'static str],
    /// Where the rule is written.
    pub sources: &'static [&'static Source],
    applies: Holds,
    message: Say,
    fix: Say,
    change: Change,
}

/// What an entry of the table leaves out.
const CHECK: Check = Check {
    id: "",
    severity: Severity::Note,
    otherwise: None,
    title: told(""),
    rule: told(""),
    because: &[],
    sources: &[],
    applies: |_| false,
    message: Say::Is(""),
    fix: Say::Is(""),
    change: Change::Nothing,
};

/// A sentence. Names in braces become values: see [`Case::fill`].
enum Say {
    /// The same for everybody.
    Is(&'static str),
    /// One of several.
    By(fn(&Case) -> &'static str),
    /// Made from answers, and left as it is.
    Made(fn(&Case) -> String),
}

impl Say {
    fn text(&self, case: &Case) -> Text {
        match self {
            Say::Is(text) => case.fill(text),
            Say::By(text) => case.fill(text(case)),
            Say::Made(text) => text(case).into(),
        }
    }
}

/// A button that changes answers, and the patch that it applies. Its label begins with "Give up"
/// where it weakens a need.
enum Change {
    /// No answer helps.
    Nothing,
    /// The same for everybody.
    Set(&'static str, &'static str),
    /// Made from answers.
    SetTo(Say, fn(&Case) -> String),
    /// One of several.
    OneOf(fn(&Case) -> &'static Change),
}

const TO_PRO: Change = Change::Set("Switch to Pro", "plan=pro");
const TO_ESSENTIALS: Change = Change::Set("Switch to Essentials", "plan=essentials");

impl Change {
    fn offer(&self, case: &Case) -> Option<(Text, Patch)> {
        match self {
            Change::Nothing => None,
            Change::Set(label, patch) => Some(((*label).into(), Patch::new(*patch))),
            Change::SetTo(label, patch) => Some((label.text(case), Patch::new(patch(case)))),
            Change::OneOf(change) => change(case).offer(case),
        }
    }
}

/// Every check, in the order of the themes.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    THEMES.iter().flat_map(|theme| theme.iter())
}

impl Check {
    /// How bad it is in this case, where it applies.
    fn severity_in(&self, case: &Case) -> Option<Severity> {
        let severity = match self.otherwise {
            Some((severity, holds)) if holds(case) => severity,
            _ => self.severity,
        };
        (self.applies)(case).then_some(severity)
    }

    /// One sentence on what is wrong.
    pub(crate) fn message(&self, case: &Case) -> Text {
        self.message.text(case)
    }

    fn finding(&self, severity: Severity, case: &Case) -> Finding {
        let (label, change) = self.change.offer(case).unzip();
        Finding {
            id: self.id,
            severity,
            message: self.message(case),
            fix: self.fix.text(case),
            because: self.because,
            change,
            label,
            sources: self.sources,
        }
    }
}

/// What is wrong with these answers, the worst first.
pub fn find(answers: &Answers) -> Vec<Finding> {
    findings(&Case::new(answers))
}

/// Every finding, the worst first.
pub(crate) fn findings(case: &Case) -> Vec<Finding> {
    // Few of them; the library's sort is heavy in the page.
    let found: Vec<_> = checks().filter_map(|check| Some((check.severity_in(case)?, check))).collect();
    let of = |severity| found.iter().filter(move |(other, _)| *other == severity);
    Severity::ALL.into_iter().flat_map(of).map(|(severity, check)| check.finding(*severity, case)).collect()
}

/// The checks that find an error, one by one.
pub(crate) fn errors(case: &Case) -> impl Iterator<Item = &'static Check> {
    checks().filter(move |check| check.severity_in(case) == Some(Severity::Error))
}

/// What a check found, for the tests of the themes.
#[cfg(test)]
fn found(id: &str, link: &str) -> Option<Finding> {
    let (answers, unread) = crate::questions::from_link(link);
    assert_eq!(unread, [], "{link}");
    find(&answers).into_iter().find(|finding| finding.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::plan::PlanKind;

    #[test]
    fn every_name_in_braces_has_a_value() {
        let answers = Answers::default();
        // A plan with sizes, so that each name means something.
        let case = Case::on(&answers, PlanKind::Essentials);
        for check in checks() {
            for text in [check.message.text(&case), check.fix.text(&case)] {
                // What a reader writes into keys.
                assert!(!text.replace("{tag}", "").contains('{'), "{}: {text}", check.id);
            }
        }
    }

    #[test]
    fn each_check_is_there_once() {
        for (i, check) in checks().enumerate() {
            assert!(!check.because.is_empty() && !check.sources.is_empty(), "{}", check.id);
            assert!(checks().skip(i + 1).all(|other| other.id != check.id), "{} twice", check.id);
        }
    }
}
