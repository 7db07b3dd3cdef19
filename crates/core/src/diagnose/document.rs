//! A report, to be read.

use super::{Advised, Diagnosis, Report};
use crate::artefact::document::{Document, Entry, Line, Section, Tone};

/// The report as a document.
pub fn document(report: &Report) -> Document {
    let Report { lines, recognised, diagnoses, question, .. } = report;
    let lead = match (diagnoses.first(), question) {
        (Some(first), _) => format!("{}. Recognised {recognised} of {lines} lines.", first.title),
        (None, Some(question)) => format!("Nothing in this text is known to Holdfast. {question}"),
        (None, None) => String::new(),
    };
    let sections =
        if diagnoses.is_empty() { vec![] } else { vec![Section::new("What it says", diagnoses.iter().map(entry))] };
    Document { title: "Diagnosed by Holdfast".into(), lead: lead.into(), sections }
}

fn entry(diagnosis: &Diagnosis) -> Entry {
    let lines = if diagnosis.count == 1 { "line" } else { "lines, the first is" };
    let seen = format!("{} {lines} {}: {}", diagnosis.count, diagnosis.first_line, diagnosis.example);
    let head = Entry { tone: Tone::Finding(diagnosis.severity), ..Entry::new(diagnosis.title) }
        .value(diagnosis.id)
        .line("Seen in", seen)
        .line("Cause", diagnosis.cause);
    let head = diagnosis.checks.iter().fold(head, |entry, check| entry.line("Check", *check));
    let head = head.line("Change now", diagnosis.now).line("Later", diagnosis.later);
    let head = if diagnosis.yours.is_empty() { head } else { head.line(label(diagnosis), yours(&diagnosis.yours)) };
    diagnosis.messages.iter().fold(head, |entry, message| {
        let text = format!("{} ({})", message.said_by, message.source.title);
        entry.push(Line { label: "Said by".into(), text: text.into(), url: Some(message.source.url), detail: false })
    })
}

fn label(diagnosis: &Diagnosis) -> String {
    match diagnosis.client {
        Some(client) => format!("For your answers with {client}"),
        None => "For your answers".to_owned(),
    }
}

fn yours(yours: &[Advised]) -> String {
    let values: Vec<String> = yours.iter().map(|advised| format!("{} {}", advised.name, advised.value)).collect();
    format!("{}.", values.join("; "))
}
