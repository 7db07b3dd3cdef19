//! An earlier report: what it knew is left out of a later one.

use std::collections::HashMap;

use serde::Deserialize;

use super::object::objects;
use super::read::Bad;
use super::{Database, Finding};
use crate::plan::Severity;

/// The findings of an earlier report, each with how bad it was: what has become worse is new, and so is what was waived.
#[derive(Debug, Default)]
pub struct Baseline(HashMap<String, Severity>);

#[derive(Deserialize)]
#[serde(remote = "Self")]
struct Report {
    databases: Vec<Known>,
}

#[derive(Deserialize)]
#[serde(remote = "Self")]
struct Known {
    id: Option<u64>,
    name: String,
    findings: Vec<KnownFinding>,
}

#[derive(Deserialize)]
#[serde(remote = "Self")]
struct KnownFinding {
    id: String,
    path: String,
    severity: String,
}

objects! {
    Report: "a report of `holdfast audit`";
    Known: "a database of a report";
    KnownFinding: "a finding of a report";
}

const REPORT: &str = "a report of `holdfast audit --format json` or ndjson";

const SEVERITY: &str = "a finding's severity: \"error\", \"warning\" or \"note\"";

impl Baseline {
    /// Reads a report in JSON, or one database a line.
    ///
    /// # Errors
    /// [`Bad`] when the text is no report.
    pub fn read(text: &str) -> Result<Baseline, Bad> {
        let databases = match serde_json::from_str::<Report>(text) {
            Ok(report) => report.databases,
            Err(_) => serde_json::Deserializer::from_str(text)
                .into_iter()
                .collect::<Result<Vec<Known>, _>>()
                .map_err(|error| Bad::new(format!("something else (line {})", error.line()), REPORT))?,
        };
        let mut baseline = HashMap::new();
        for known in &databases {
            for finding in &known.findings {
                let severity = Severity::ALL.into_iter().find(|severity| severity.word() == finding.severity);
                let severity = severity.ok_or_else(|| Bad::new(format!("{:?}", finding.severity), SEVERITY))?;
                baseline.insert(key(known.id, &known.name, &finding.id, &finding.path), severity);
            }
        }
        Ok(Baseline(baseline))
    }

    pub(super) fn without_known<'a>(&self, mut database: Database<'a>) -> Database<'a> {
        if !self.0.is_empty() {
            database.findings.retain(|finding: &Finding| {
                let known = self.0.get(&key(database.id, &database.name, finding.id, &finding.path));
                known.is_none_or(|known| finding.severity < *known)
            });
        }
        database
    }
}

/// A database may be renamed; what is none has only its name.
fn key(id: Option<u64>, name: &str, finding: &str, path: &str) -> String {
    match id {
        Some(id) => format!("{id} {finding} {path}"),
        None => format!("{name} {finding} {path}"),
    }
}
