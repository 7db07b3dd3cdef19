//! An earlier report: what it knew is left out of a later one.

use std::collections::HashSet;

use serde::Deserialize;

use super::object::objects;
use super::read::Bad;
use super::{Database, Finding};

/// The findings of an earlier report.
#[derive(Debug, Default)]
pub struct Baseline(HashSet<String>);

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
}

objects! {
    Report: "a report of `holdfast audit`";
    Known: "a database of a report";
    KnownFinding: "a finding of a report";
}

const REPORT: &str = "a report of `holdfast audit --format json` or ndjson";

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
        let keys = |known: &Known| {
            known
                .findings
                .iter()
                .map(|finding| key(known.id, &known.name, &finding.id, &finding.path))
                .collect::<Vec<_>>()
        };
        Ok(Baseline(databases.iter().flat_map(keys).collect()))
    }

    pub(super) fn without_known<'a>(&self, mut database: Database<'a>) -> Database<'a> {
        if !self.0.is_empty() {
            let new =
                |finding: &Finding| !self.0.contains(&key(database.id, &database.name, finding.id, &finding.path));
            database.findings.retain(new);
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
