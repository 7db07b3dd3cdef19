//! What people already have, judged by the same rules: exports of the API in, findings out.
//!
//! Bytes are read into borrowed shapes (`shape.rs`), documents that belong together are joined
//! (`inventory.rs`), what is known becomes answers (`facts.rs`), and what the rules want for them is
//! compared with what is there (`compare.rs`). A stream is judged line by line: nothing of a line is
//! kept but how databases of the same features are to be judged.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::plan::Severity;
use crate::sources::Source;

mod baseline;
pub mod client;
mod compare;
mod facts;
mod inventory;
mod mend;
mod needs;
mod object;
mod read;
mod redacted;
pub mod report;
mod shape;

pub use baseline::Baseline;
pub use mend::Mend;
pub use needs::{Needs, given};
pub use read::{Bad, is_json, is_stream};
pub use redacted::redacted;

use compare::Held;
use facts::{Facts, Features};
use inventory::Inventory;
use shape::Export;

pub(crate) use crate::questions::Text;

/// A difference between what exists and what is needed, and how it is mended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// A setting, or a finding of `recommend`: `holdfast explain` knows it.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands in the export; what stands in the subscription begins so.
    pub path: Text,
    /// What stands there; null where the export does not say.
    pub present: Value,
    /// What should stand there.
    pub wanted: Value,
    /// One sentence on what is wrong.
    pub message: Text,
    /// One sentence on what to do.
    pub fix: Text,
    /// Why it should be so.
    pub reason: Text,
    /// Where it is written.
    pub sources: &'static [&'static Source],
    /// The change.
    pub mend: Mend,
}

/// One database, judged.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Database<'a> {
    /// Its id in the API.
    pub id: Option<u64>,
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its plan, as in the answers.
    pub plan: Option<&'static str>,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// The configuration of a client with everything as it should be and without its secrets; databases have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended: Option<String>,
    /// Where it was read.
    #[serde(skip)]
    pub place: Place,
    /// Everything that matters could be seen.
    #[serde(skip)]
    pub complete: bool,
}

/// Where something was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which of the documents that were given, from 0.
    pub file: usize,
    /// The line of a stream, from 1.
    pub line: Option<u64>,
}

/// Judges databases.
pub struct Auditor {
    needs: Needs,
    baseline: Baseline,
    /// How databases of the same features are judged. A fleet has few kinds of databases.
    held: Vec<(Features, Held)>,
}

/// More kinds of databases than this are not remembered at a time.
const KINDS: usize = 64;

impl Auditor {
    /// Judges by these needs.
    pub fn new(needs: Needs) -> Auditor {
        Auditor { needs, baseline: Baseline::default(), held: Vec::new() }
    }

    /// Leaves out what an earlier report knew.
    pub fn since(self, baseline: Baseline) -> Auditor {
        Auditor { baseline, ..self }
    }

    /// The answers that nobody gave.
    pub fn assumed(&self) -> serde_json::Map<String, Value> {
        self.needs.assumed()
    }

    /// Judges what a line of a stream says, for itself; an empty line says nothing.
    ///
    /// # Errors
    /// [`Bad`] when it is no export, with the place.
    pub fn line<E: From<Bad>>(
        &mut self,
        bytes: &[u8],
        place: Place,
        mut each: impl FnMut(&Database) -> Result<(), E>,
    ) -> Result<(), E> {
        if bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        let at = |bad: Bad| Bad { file: place.file, line: place.line, ..bad };
        let mut exports = read::one(bytes).map_err(at)?.0;
        if let [database] = exports.as_slice()
            && database.database_id.is_some()
        {
            let facts = Facts::new(database, None, None, database.of_subscription(), false);
            return each(&self.judge(facts, place));
        }
        let mut inventory = Inventory::default();
        for export in exports.drain(..) {
            inventory.take(export, place).map_err(at)?;
        }
        self.inventory(&inventory, each)
    }

    /// Judges what several documents say together, each with its number.
    ///
    /// # Errors
    /// [`Bad`] when one of them is no export, with the place.
    pub fn documents<E: From<Bad>>(
        &mut self,
        documents: &[(usize, &[u8])],
        each: impl FnMut(&Database) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut inventory = Inventory::default();
        for &(file, bytes) in documents {
            let at = |bad: Bad| Bad { file, ..bad };
            for export in read::all(bytes).map_err(at)? {
                inventory.take(export, Place { file, line: None }).map_err(at)?;
            }
        }
        self.inventory(&inventory, each)
    }

    /// Judges the configuration of a client.
    ///
    /// # Errors
    /// [`Bad`] when the text is none that is known.
    pub fn configuration(&self, text: &str, place: Place) -> Result<Database<'static>, Bad> {
        let judged = client::audit(text, &self.needs.answers(&[]), place);
        judged.map(|judged| self.baseline.without_known(judged)).map_err(|bad| Bad { file: place.file, ..bad })
    }

    fn inventory<E: From<Bad>>(
        &mut self,
        inventory: &Inventory,
        mut each: impl FnMut(&Database) -> Result<(), E>,
    ) -> Result<(), E> {
        for (facts, place) in inventory.facts()? {
            each(&self.judge(facts, place))?;
        }
        Ok(())
    }

    fn judge<'f>(&mut self, facts: Facts<'f, '_>, place: Place) -> Database<'f> {
        let features = facts.features(&self.needs);
        let known = self.held.iter().position(|(other, _)| *other == features);
        let at = known.unwrap_or_else(|| {
            if self.held.len() >= KINDS {
                self.held.clear();
            }
            let held = Held::new(&features, &self.needs);
            self.held.push((features, held));
            self.held.len() - 1
        });
        let (mut findings, complete) = compare::judge(facts, &self.held[at].1);
        if !self.needs.waives_nothing() {
            for finding in &mut findings {
                self.waive(finding, facts.database, facts.subscription);
            }
        }
        worst_first(&mut findings);
        let database = Database {
            id: facts.database.database_id,
            name: Cow::Borrowed(facts.database.name.as_deref().unwrap_or_default()),
            plan: Some(facts.plan.word()),
            findings,
            mended: None,
            place,
            complete,
        };
        self.baseline.without_known(database)
    }

    /// What is waived is still said, as a note; a waiver that has ended is said too.
    fn waive(&self, finding: &mut Finding, database: &Export, subscription: Option<&Export>) {
        let Some(waived) = self.needs.waiver(finding.id, database, subscription) else { return };
        let message = core::mem::take(&mut finding.message);
        finding.message = if waived.holds {
            finding.severity = Severity::Note;
            format!("{message} Waived by {} until {}.", waived.owner, waived.until).into()
        } else {
            format!("{message} The waiver of {} ended on {}.", waived.owner, waived.until).into()
        };
    }
}

/// In one place, as the library's sort comes along once for each that calls it.
fn worst_first(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| finding.severity);
}

/// How much was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Databases that were judged.
    pub databases: u64,
    /// Findings of this severity.
    pub errors: u64,
    /// Findings of this severity.
    pub warnings: u64,
    /// Findings of this severity.
    pub notes: u64,
    /// Everything that matters could be seen of every database.
    pub complete: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Summary { databases: 0, errors: 0, warnings: 0, notes: 0, complete: true }
    }
}

impl Summary {
    /// Counts one database more.
    pub fn add(&mut self, database: &Database) {
        self.databases += 1;
        self.complete &= database.complete;
        for finding in &database.findings {
            *match finding.severity {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
                Severity::Note => &mut self.notes,
            } += 1;
        }
    }

    /// How many findings are at least so bad.
    pub fn at_least(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.errors + self.warnings,
            Severity::Note => self.errors + self.warnings + self.notes,
        }
    }
}
