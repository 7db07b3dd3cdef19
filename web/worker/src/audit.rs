//! *One I have*: exports and configurations, judged as the command line judges them, as HTML.

use std::cmp::Reverse;
use std::io::{self, BufRead, BufReader, Read};

use holdfast::Answers;
use holdfast::audit::report::{Format, Report, counted, many, named, title, told};
use holdfast::audit::{Auditor, Bad, Database, Finding, Needs, Place, is_json, is_stream, redacted};
use holdfast::plan::Severity;
use holdfast::questions::{ALL, from_link};
use js_sys::Function;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::File;

use crate::Shown;
use crate::html::{about, code, el, escape, leaf, mark, prose, row, sources, with};
use crate::input::{Progress, SLICE, Slices};

/// One document or one line, as on the command line.
const LARGEST: u64 = 64 << 20;
const LARGEST_TEXT: u64 = 1 << 20;

/// Databases with findings that are listed: more nobody reads, and they have to fit into memory.
const LISTED: usize = 1000;

/// Databases that are shown at once.
const PAGE: usize = 20;

/// Bytes of a document that is shown again, without its secrets.
const SHOWN: usize = 256 << 10;

/// Judges the files of a reader, held to the answers of a link or to the defaults of production.
#[wasm_bindgen]
pub fn audit(files: Vec<File>, link: Option<String>, say: &Function) -> Shown {
    let needs = match &link {
        Some(link) => Needs::new(from_link(link).0, ALL.iter().map(|entry| entry.question.id).collect()),
        None => Needs::new(Answers::default(), Vec::new()),
    };
    let mut audit = Audit {
        auditor: Auditor::new(needs),
        names: files.iter().map(File::name).collect(),
        // Only its sums are asked for.
        report: Report::new(Format::Ndjson, Vec::new()),
        listed: Vec::new(),
        left_out: 0,
        views: Vec::new(),
    };
    match audit.all(&files, &mut Progress::new(&files, say)) {
        Ok(()) => audit.shown(link.is_some()),
        Err((name, bad)) => {
            let place = bad.line.map(|line| format!("line {line}")).into_iter();
            let place: Vec<String> = place.chain(Some(bad.path).filter(|path| !path.is_empty())).collect();
            refused(&name, &place.join(", "), &bad.found, &bad.expected)
        }
    }
}

/// What can't be read: where, what was found, what was expected.
pub fn refused(name: &str, place: &str, found: &str, expected: &str) -> Shown {
    let said = format!("{name} could not be read");
    let place = if place.is_empty() { String::new() } else { row("Where", &leaf("code", place)) };
    let rows = [place, row("Found", &escape(found)), row("Expected", &escape(expected))];
    let head = [&mark(Severity::Error), " ", &escape(&said)].concat();
    let html = with("h2", " tabindex=\"-1\"", &head) + &with("dl", " class=\"refused\"", &rows.concat());
    Shown { said: format!("{said}: found {found}."), html, more: Vec::new() }
}

/// A database with findings.
struct Listed {
    database: Database<'static>,
    /// How many errors and warnings it has.
    rank: [usize; 2],
}

struct Audit {
    auditor: Auditor,
    names: Vec<String>,
    report: Report,
    listed: Vec<Listed>,
    left_out: usize,
    /// What was given, without its secrets: a heading and a text.
    views: Vec<(String, String)>,
}

/// What can't be read, and in which file.
type Refused = (String, Bad);

impl Audit {
    fn all(&mut self, files: &[File], progress: &mut Progress) -> Result<(), Refused> {
        let mut documents = Vec::new();
        for (at, file) in files.iter().enumerate() {
            if let Some(document) = self.input(at, file, progress).map_err(|bad| (self.name(at), bad))? {
                documents.push((at, document));
            }
        }
        let documents: Vec<(usize, &[u8])> = documents.iter().map(|(at, bytes)| (*at, bytes.as_slice())).collect();
        for (at, bytes) in &documents {
            self.view(*at, "", bytes);
        }
        let Audit { auditor, report, listed, left_out, .. } = self;
        let judged = auditor.documents(&documents, |database| {
            take(report, listed, left_out, database);
            Ok(())
        });
        judged.map_err(|bad: Bad| (self.name(bad.file), bad))
    }

    fn name(&self, at: usize) -> String {
        self.names.get(at).cloned().unwrap_or_default()
    }

    /// Judges a stream as it comes, and a configuration as a whole; a document is given back, to be merged with others.
    fn input(&mut self, at: usize, file: &File, progress: &mut Progress) -> Result<Option<Vec<u8>>, Bad> {
        let failed = |error: io::Error| bad(None, error.to_string(), "a file that can be read");
        let mut from = BufReader::with_capacity(SLICE, Slices::new(file, progress));
        let mut line = Vec::new();
        let mut number = 0;
        // Lines of nothing before the first.
        while line.trim_ascii().is_empty() {
            line.clear();
            if next(&mut from, &mut line).map_err(failed)? == 0 {
                break;
            }
            number += 1;
            if number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
        }
        if is_stream(&file.name(), &line, from.fill_buf().map_err(failed)?) {
            return self.stream(at, from, line, number).map(|()| None);
        }
        let most = if is_json(&line) { LARGEST } else { LARGEST_TEXT };
        let mut bytes = line;
        from.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > most {
            let found = format!("more than {} MiB in one document", most >> 20);
            return Err(bad(None, found, "one object a line"));
        }
        if is_json(&bytes) || bytes.trim_ascii().is_empty() {
            return Ok(Some(bytes));
        }
        let judged = self.auditor.configuration(&String::from_utf8_lossy(&bytes), Place { file: at, line: None })?;
        let Audit { report, listed, left_out, .. } = self;
        take(report, listed, left_out, &judged);
        Ok(None)
    }

    fn stream(&mut self, at: usize, mut from: impl BufRead, mut line: Vec<u8>, first: u64) -> Result<(), Bad> {
        self.view(at, ", the first line", &line);
        let Audit { auditor, report, listed, left_out, .. } = self;
        for number in first.. {
            if line.len() as u64 > LARGEST {
                let found = format!("more than {} MiB in one line", LARGEST >> 20);
                return Err(bad(Some(number), found, "one object"));
            }
            auditor.line(&line, Place { file: at, line: Some(number) }, |database| -> Result<(), Bad> {
                take(report, listed, left_out, database);
                Ok(())
            })?;
            line.clear();
            let failed = |error: io::Error| bad(Some(number), error.to_string(), "a file that can be read");
            if next(&mut from, &mut line).map_err(failed)? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn view(&mut self, at: usize, which: &str, document: &[u8]) {
        let text = if document.len() > SHOWN { None } else { redacted(document) };
        self.views.extend(text.map(|text| (self.name(at) + which, text)));
    }

    /// The result: how much, of what, and where, the worst first.
    fn shown(mut self, by_answers: bool) -> Shown {
        self.listed.sort_by_key(|listed| Reverse(listed.rank));
        let said = counted(self.report.summary());
        let held = if by_answers {
            "Held to the answers of the first door.".to_owned()
        } else {
            format!("Held to what production needs. {}", told(&self.auditor.assumed()))
        };
        let kinds: String = self.report.kinds().into_iter().map(kind).collect();
        let kinds = if kinds.is_empty() {
            leaf("p", "Nothing to mend.")
        } else {
            leaf("h3", "By finding, the worst first") + &with("ul", " class=\"kinds\"", &kinds)
        };
        let several = self.names.len() > 1;
        let mut pages: Vec<String> = self
            .listed
            .chunks(PAGE)
            .map(|page| page.iter().map(|listed| self.database(&listed.database, several)).collect())
            .collect();
        let head = if pages.is_empty() {
            String::new()
        } else {
            let without = self.report.summary().databases - (self.listed.len() + self.left_out) as u64;
            let without = if without > 0 {
                leaf("p", &format!("{} more: nothing to mend.", many(without, "database")))
            } else {
                String::new()
            };
            let left_out = if self.left_out > 0 {
                let text = format!(
                    "The worst {} are listed; `holdfast audit` lists the other {} too.",
                    self.listed.len(),
                    self.left_out
                );
                leaf("p", &text)
            } else {
                String::new()
            };
            leaf("h3", "One by one, the worst first") + &without + &left_out + &pages.remove(0)
        };
        // The sums are the heading; that not everything could be seen stands below it.
        let (sums, unseen) = said.split_once(". ").unwrap_or((&said, ""));
        let sums = with("h2", " tabindex=\"-1\"", &escape(sums));
        let unseen = if unseen.is_empty() { String::new() } else { leaf("p", unseen) };
        let html = [sums, unseen, leaf("p", &held), kinds, self.views(), head].concat();
        Shown { said, html, more: pages }
    }

    fn views(&self) -> String {
        let views = self.views.iter().map(|(name, text)| {
            let pre = with("pre", " tabindex=\"0\" data-redacted", &leaf("code", text));
            leaf("h4", name) + &pre
        });
        let views: String = views.collect();
        if views.is_empty() {
            return views;
        }
        let summary = leaf("summary", "What you gave, without its secrets");
        with("details", " class=\"given\"", &(summary + &views))
    }

    fn database(&self, database: &Database, several: bool) -> String {
        let plan = database.plan.map(|plan| [" · ", plan].concat()).unwrap_or_default();
        let file = if several { [" · ", &self.name(database.place.file)].concat() } else { String::new() };
        let line = database.place.line.map(|line| format!(" · line {line}")).unwrap_or_default();
        let place = with("span", " class=\"place\"", &escape(&[plan, file, line].concat()));
        let findings: String = database.findings.iter().map(finding).collect();
        let mended = database.mended.as_deref().map(|text| {
            let text = leaf("h5", "Mended, without its secrets") + &code(text);
            with("div", " data-mended", &text)
        });
        let html = [
            el("h4", &(escape(&named(database)) + &place)),
            with("ul", " class=\"findings\"", &findings),
            mended.unwrap_or_default(),
        ];
        with("section", " class=\"database\"", &html.concat())
    }
}

/// Counts a database, and keeps it where there is something to mend or something mended.
fn take(report: &mut Report, listed: &mut Vec<Listed>, left_out: &mut usize, database: &Database) {
    report.count(database);
    if database.findings.is_empty() && database.mended.is_none() {
        return;
    }
    let count = |severity| database.findings.iter().filter(|finding| finding.severity == severity).count();
    let rank = [count(Severity::Error), count(Severity::Warning)];
    let database = Database {
        name: database.name.clone().into_owned().into(),
        findings: database.findings.clone(),
        mended: database.mended.clone(),
        ..*database
    };
    listed.push(Listed { database, rank });
    if listed.len() >= 2 * LISTED {
        listed.sort_by_key(|listed| Reverse(listed.rank));
        *left_out += listed.len() - LISTED;
        listed.truncate(LISTED);
    }
}

fn kind(kind: &holdfast::audit::report::Kind) -> String {
    let count = with("span", " class=\"count\"", &escape(&many(kind.databases, "database")));
    el("li", &[&mark(kind.severity), " ", &about(kind.id, title(kind.id)), " ", &count].concat())
}

fn finding(finding: &Finding) -> String {
    let Finding { id, severity, path, present, wanted, message, fix, reason, mend, .. } = finding;
    let value = |value: &Value| leaf("code", &value.to_string());
    let values = match (present, wanted) {
        (Value::Null, Value::Null) => leaf("code", path),
        (Value::Null, _) => [leaf("code", path), " is not given, should be ".to_owned(), value(wanted)].concat(),
        (_, Value::Null) => [leaf("code", path), " is ".to_owned(), value(present)].concat(),
        _ => [leaf("code", path), " is ".to_owned(), value(present), ", should be ".to_owned(), value(wanted)].concat(),
    };
    let by_call = mend.rest.is_some() || mend.terraform.is_some();
    let call = |term: &str, call: &Option<String>, none: &str| match call {
        Some(call) => row(term, &code(call)),
        None if by_call => row(term, &escape(none)),
        None => String::new(),
    };
    let more = [
        call("REST", &mend.rest, "No call of the API does it."),
        call("Terraform", &mend.terraform, "The provider has no argument for it."),
        row(if by_call { "Touches" } else { "The way" }, &escape(mend.blast_radius)),
        row("Why", &prose(reason)),
        row("Source", &sources(finding.sources.iter().copied())),
        row("In full", &about(id, title(id))),
    ];
    let html = [
        mark(*severity),
        "<div>".to_owned(),
        el("p", &[&el("strong", &prose(message)), " ", &prose(fix)].concat()),
        with("p", " class=\"values\"", &values),
        el(
            "details",
            &(leaf("summary", if by_call { "Mend it" } else { "What to do, and why" }) + &el("dl", &more.concat())),
        ),
        "</div>".to_owned(),
    ];
    let attributes = [" class=\"finding ", severity.word(), "\" data-finding=\"", &escape(id), "\""].concat();
    with("li", &attributes, &html.concat())
}

fn bad(line: Option<u64>, found: String, expected: &str) -> Bad {
    Bad { file: 0, line, path: String::new(), found, expected: expected.to_owned() }
}

/// The next line, as far as it may reach.
fn next(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    from.take(LARGEST + 1).read_until(b'\n', line)
}
