//! Findings as text, JSON, NDJSON and SARIF, written piece by piece: a fleet need not fit into memory.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{Database, Finding, Summary};
use crate::artefact::document::{Entry, Tone};
use crate::artefact::text::{Colour, entry, heading, plain, wrap};
use crate::plan::Severity;
use crate::rules::Setting;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with or without colour.
    Text(Colour),
    /// One document.
    Json,
    /// One database a line.
    Ndjson,
    /// For tools that collect findings: SARIF 2.1.0.
    Sarif,
}

/// A report that is being written.
pub struct Report {
    format: Format,
    /// What the documents are called, for SARIF.
    files: Vec<String>,
    summary: Summary,
    /// Each kind of finding with its number, in the order in which they were met.
    kinds: Vec<Kind>,
}

/// All findings of one id and severity.
pub struct Kind {
    /// Their id.
    pub id: &'static str,
    /// How bad they are.
    pub severity: Severity,
    help: Option<&'static str>,
    /// In how many databases they were met.
    pub databases: u64,
}

impl Report {
    /// Begins a report on documents of these names.
    pub fn new(format: Format, files: Vec<String>) -> Report {
        Report { format, files, summary: Summary::default(), kinds: Vec::new() }
    }

    /// What was found so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What stands before the first database.
    pub fn begin(&self, assumed: &Map<String, Value>, out: &mut Vec<u8>) {
        match self.format {
            Format::Text(_) if assumed.is_empty() => {}
            Format::Text(_) => {
                out.extend_from_slice(wrap(&told(assumed), 0, 0).as_bytes());
                out.push(b'\n');
            }
            Format::Json => {
                let assumed = indented(&json!(assumed), 2);
                let head = format!(
                    "{{\n  \"holdfast\": \"{}\",\n  \"assumed\": {assumed},\n  \"databases\": [",
                    crate::VERSION
                );
                out.extend_from_slice(head.as_bytes());
            }
            Format::Ndjson => {}
            Format::Sarif => {
                let head = "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \
                            \"runs\": [{\n    \"columnKind\": \"unicodeCodePoints\",\n    \"results\": [";
                out.extend_from_slice(head.as_bytes());
            }
        }
    }

    /// One database.
    pub fn database(&mut self, database: &Database, out: &mut Vec<u8>) {
        let first = self.summary.databases == 0;
        match self.format {
            Format::Text(colour) => text(database, colour, out),
            Format::Json => {
                out.extend_from_slice(if first { b"\n    " } else { b",\n    " });
                out.extend_from_slice(indented(&serde_json::to_value(database).unwrap_or_default(), 4).as_bytes());
            }
            Format::Ndjson => {
                // Into memory, and of types that JSON has: it can't fail.
                let _ = serde_json::to_writer(&mut *out, database);
                out.push(b'\n');
            }
            Format::Sarif => {
                let mut before = self.summary.at_least(Severity::Note) > 0;
                for finding in &database.findings {
                    out.extend_from_slice(if before { b",\n      " } else { b"\n      " });
                    out.extend_from_slice(self.result(database, finding).to_string().as_bytes());
                    before = true;
                }
            }
        }
        self.count(database);
    }

    /// Counts a database without writing it.
    pub fn count(&mut self, database: &Database) {
        self.summary.add(database);
        for (i, finding) in database.findings.iter().enumerate() {
            let same = |id: &str, severity| id == finding.id && severity == finding.severity;
            let again = database.findings.iter().take(i).any(|other| same(other.id, other.severity));
            match self.kinds.iter_mut().find(|kind| same(kind.id, kind.severity)) {
                Some(kind) => kind.databases += u64::from(!again),
                None => self.kinds.push(Kind {
                    id: finding.id,
                    severity: finding.severity,
                    help: finding.sources.first().map(|source| source.url),
                    databases: 1,
                }),
            }
        }
    }

    /// What stands after the last database.
    pub fn end(&self, out: &mut Vec<u8>) {
        match self.format {
            Format::Text(colour) => self.sum(colour, out),
            Format::Json => {
                let close = if self.summary.databases == 0 { "]" } else { "\n  ]" };
                let summary = indented(&serde_json::to_value(&self.summary).unwrap_or_default(), 2);
                out.extend_from_slice(format!("{close},\n  \"summary\": {summary}\n}}\n").as_bytes());
            }
            Format::Ndjson => {}
            Format::Sarif => {
                let close = if self.summary.at_least(Severity::Note) == 0 { "]" } else { "\n    ]" };
                let tool = json!({ "driver": {
                    "name": "Holdfast", "semanticVersion": crate::VERSION, "rules": self.rules(),
                } });
                out.extend_from_slice(
                    format!("{close},\n    \"tool\": {}\n  }}]\n}}\n", indented(&tool, 4)).as_bytes(),
                );
            }
        }
    }

    /// The kinds of findings, the worst first, and the most frequent of these.
    pub fn kinds(&self) -> Vec<&Kind> {
        let order = |kind: &Kind| (kind.severity, core::cmp::Reverse(kind.databases));
        let mut kinds: Vec<&Kind> = Vec::new();
        // One by one: they are few, and the library's sort weighs more in the page.
        for kind in &self.kinds {
            kinds.insert(kinds.partition_point(|before| order(before) <= order(kind)), kind);
        }
        kinds
    }

    /// How much was found, and of what.
    fn sum(&self, colour: Colour, out: &mut Vec<u8>) {
        out.extend_from_slice(heading("Summary", colour).as_bytes());
        let text = counted(&self.summary);
        out.extend_from_slice(wrap(&text, 2, 2).as_bytes());
        for kind in self.kinds() {
            let line = Entry::new(format!("{} ({})", title(kind.id), many(kind.databases, "database")));
            out.extend_from_slice(entry(&line.value(kind.id).tone(Tone::Finding(kind.severity)), colour).as_bytes());
        }
        if !self.kinds.is_empty() {
            out.extend_from_slice(wrap("`holdfast explain ID` says more of each of them.", 2, 2).as_bytes());
        }
    }

    fn rules(&self) -> Value {
        let mut rules: Vec<Value> = Vec::new();
        for kind in &self.kinds {
            if rules.iter().all(|rule| rule["id"] != kind.id) {
                let mut rule = json!({ "id": kind.id, "shortDescription": { "text": title(kind.id) } });
                if let Some(help) = kind.help {
                    rule["helpUri"] = help.into();
                }
                rules.push(rule);
            }
        }
        rules.into()
    }

    fn result(&self, database: &Database, finding: &Finding) -> Value {
        let file = self.files.get(database.place.file).map_or("", String::as_str);
        let mut place = json!({ "artifactLocation": { "uri": utf8_percent_encode(file, PATH).to_string() } });
        if let Some(line) = database.place.line {
            place["region"] = json!({ "startLine": line });
        }
        let what = named(database);
        json!({
            "ruleId": finding.id,
            "level": finding.severity.word(),
            "message": { "text": format!("{what}: {} {}", finding.message, finding.fix) },
            "locations": [{
                "physicalLocation": place,
                "logicalLocations": [{ "fullyQualifiedName": format!("{what}: {}", finding.path) }],
            }],
            "partialFingerprints": { "holdfast/v1": format!("{what} {} {}", finding.id, finding.path) },
            "properties": { "database": { "id": database.id, "name": database.name, "plan": database.plan }, "finding": finding },
        })
    }
}

/// What a path has that a URI reference has not.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b':');

/// The database in words: its name may be absent, or twice in a fleet.
pub fn named(database: &Database) -> String {
    match (database.id, database.name.is_empty()) {
        (Some(id), true) => format!("database {id}"),
        (Some(id), false) => format!("{} ({id})", database.name),
        (None, _) => database.name.clone().into_owned(),
    }
}

/// How much was found, in a sentence.
pub fn counted(summary: &Summary) -> String {
    let Summary { databases, errors, warnings, notes, complete } = *summary;
    let text = format!(
        "{}: {}, {}, {}.",
        many(databases, "database"),
        many(errors, "error"),
        many(warnings, "warning"),
        many(notes, "note")
    );
    if complete { text } else { text + " The export does not say everything; the notes say what is missing." }
}

/// What is assumed, in a sentence.
pub fn told(assumed: &Map<String, Value>) -> String {
    let told: Vec<String> =
        assumed.iter().map(|(key, value)| format!("{} {}", key.replace('_', "-"), answer(value))).collect();
    format!("Nobody said otherwise, so this is assumed: {}.", told.join(", "))
}

/// The console's word for a setting, or what a finding is about; the id where neither is known.
pub fn title(id: &'static str) -> &'static str {
    let setting = Setting::ALL.iter().find(|setting| setting.key() == id).map(|setting| setting.rule().title);
    setting.or_else(|| about(id)).unwrap_or(id)
}

/// Whether a finding can have this id.
pub(super) fn knows(id: &str) -> bool {
    let settings = Setting::ALL.iter().map(|setting| setting.key());
    let checks = crate::findings::checks().map(|check| check.id);
    let mut ids = settings.chain(checks).chain(super::client::CHECKS.iter().map(|check| check.id));
    ids.any(|known| known.eq_ignore_ascii_case(id))
}

#[cfg(feature = "explain")]
fn about(id: &str) -> Option<&'static str> {
    let check = crate::findings::checks().find(|check| check.id == id).map(|check| check.title);
    check.or_else(|| super::client::CHECKS.iter().find(|check| check.id == id).map(|check| check.title))
}

#[cfg(not(feature = "explain"))]
fn about(_: &str) -> Option<&'static str> {
    None
}

/// `1 error`, `2 errors`.
pub fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn answer(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    }
}

fn text(database: &Database, colour: Colour, out: &mut Vec<u8>) {
    let plan = database.plan.map(|plan| format!(", {plan}")).unwrap_or_default();
    let nothing = if database.findings.is_empty() { ": nothing to mend" } else { "" };
    out.extend_from_slice(wrap(&format!("{}{plan}{nothing}", plain(&named(database))), 0, 2).as_bytes());
    for finding in &database.findings {
        let mut told = Entry::new(finding.message.clone()).value(finding.id).tone(Tone::Finding(finding.severity));
        told = told.line("", format!("At {}. {} {}", finding.path, finding.reason, finding.fix));
        for call in [&finding.mend.rest, &finding.mend.terraform].into_iter().flatten() {
            told = told.line("", call.clone());
        }
        if finding.severity != Severity::Note {
            told = told.line("", finding.mend.blast_radius);
        }
        out.extend_from_slice(entry(&told, colour).as_bytes());
    }
    if let Some(mended) = &database.mended {
        out.extend_from_slice(b"\n  Mended, without secrets:\n\n");
        for line in mended.lines() {
            out.extend_from_slice(format!("    {}\n", plain(line)).as_bytes());
        }
    }
    out.push(b'\n');
}

/// JSON over several lines, all but the first indented by so many spaces.
fn indented(value: &Value, by: usize) -> String {
    format!("{value:#}").replace('\n', &format!("\n{}", " ".repeat(by)))
}
