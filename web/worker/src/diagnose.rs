//! *Something is wrong*: what a log or an error message means, as HTML.

use std::io::Read;

use holdfast::diagnose::{Diagnosis, Report, report};
use holdfast::questions::from_link;
use holdfast::rules::Setting;
use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::File;

use crate::html::{about, el, escape, leaf, mark, prose, row, sources, with};
use crate::input::{Progress, Slices};
use crate::{Shown, audit};

/// What these logs say together, for the answers of a link.
#[wasm_bindgen]
pub fn diagnose(files: Vec<File>, link: &str, say: &Function) -> Shown {
    let mut progress = Progress::new(&files, say);
    let mut text = Vec::new();
    for file in &files {
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        if let Err(error) = Slices::new(file, &mut progress).read_to_end(&mut text) {
            return audit::refused(&file.name(), "", &error.to_string(), "a text");
        }
    }
    // A log may have been cut within a letter.
    let report = report(&String::from_utf8_lossy(&text), &from_link(link).0);
    let Report { lines, recognised, diagnoses, question, .. } = &report;
    let said = match diagnoses.first() {
        Some(first) => first.title,
        None => "Nothing in this text is known to Holdfast",
    };
    let read = format!("{recognised} of {lines} lines recognised.");
    let question = question.map(|question| {
        let next = leaf("h3", "The next question") + &el("p", &prose(question));
        with("section", " class=\"question\"", &next)
    });
    let html = [
        with("h2", " tabindex=\"-1\"", &escape(said)),
        leaf("p", &read),
        question.unwrap_or_default(),
        diagnoses.iter().map(one).collect(),
    ];
    Shown { said: format!("{said}. {read}"), html: html.concat(), more: Vec::new() }
}

fn one(diagnosis: &Diagnosis) -> String {
    let Diagnosis { id, severity, title, count, first_line, example, cause, checks, now, later, .. } = diagnosis;
    let lines = match count {
        1 => format!("Line {first_line}"),
        _ => format!("{count} lines, the first is {first_line}"),
    };
    let seen = leaf("p", &lines) + &with("pre", " tabindex=\"0\"", &leaf("code", example));
    let checks: String = checks.iter().map(|check| el("li", &prose(check))).collect();
    let rows = [
        row("Cause", &prose(cause)),
        row("Three checks", &el("ol", &checks)),
        row("Change now", &prose(now)),
        row("Change later", &prose(later)),
        yours(diagnosis),
        row("Seen in", &seen),
        row("Said by", &said_by(diagnosis)),
    ];
    let head = el("h3", &[&mark(*severity), " ", &escape(title)].concat());
    let attributes = [" class=\"judged ", severity.word(), "\" data-diagnosis=\"", &escape(id), "\""].concat();
    with("section", &attributes, &(head + &el("dl", &rows.concat())))
}

/// What the plan has that bears on it, with its reasons on demand.
fn yours(diagnosis: &Diagnosis) -> String {
    let advised = diagnosis.yours.iter().map(|advised| {
        let summary = el("summary", &[&escape(advised.name), ": ", &leaf("code", &advised.value)].concat());
        let setting = Setting::ALL.iter().find(|setting| setting.rule().title == advised.name);
        let more = setting.map(|setting| about(setting.key(), "In full")).unwrap_or_default();
        el("li", &el("details", &[summary, el("p", &prose(&advised.reason)), more].concat()))
    });
    let list: String = advised.collect();
    match diagnosis.client {
        _ if list.is_empty() => String::new(),
        Some(client) => row(&format!("Your numbers with {client}"), &el("ul", &list)),
        None => row("Your numbers", &el("ul", &list)),
    }
}

fn said_by(diagnosis: &Diagnosis) -> String {
    let message = diagnosis.messages.iter().map(|message| {
        let words = [&leaf("code", message.text), ", ", &escape(message.said_by)].concat();
        el("div", &(words + &sources([&message.source])))
    });
    message.collect()
}
