//! A document as text for a terminal, at most 80 columns wide.

use super::document::{Document, Entry, Line, Section, Tone};
use crate::clients::escape::invisible;
use crate::plan::Severity;

/// Columns.
const WIDTH: usize = 80;

/// Colours of a terminal, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    On,
    /// For a file, a pipe, and whoever wants none.
    Off,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colour::On if !code.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// The document without what is for those who want to know more; ends in a line break.
pub fn render(document: &Document, colour: Colour) -> String {
    let mut out = wrap(&document.lead, 0, 0);
    for section in document.sections.iter().filter(|section| !section.detail) {
        out.push('\n');
        section_to(&mut out, section, colour);
    }
    out
}

fn section_to(out: &mut String, section: &Section, colour: Colour) {
    out.push_str(&heading(&section.heading, colour));
    for each in &section.entries {
        out.push_str(&entry(each, colour));
    }
}

/// The heading of a section.
pub(crate) fn heading(text: &str, colour: Colour) -> String {
    format!("{}\n", colour.paint(BOLD, &plain(text).to_uppercase()))
}

/// An entry with its lines.
pub(crate) fn entry(entry: &Entry, colour: Colour) -> String {
    let mut out = head(entry, colour);
    for line in entry.lines.iter().filter(|line| !line.detail) {
        out.push_str(&wrap(&labelled(line), 6, 6));
        if let Some(url) = line.url {
            out.push_str(&format!("      {url}\n"));
        }
    }
    out
}

fn labelled(line: &Line) -> String {
    if line.label.is_empty() { line.text.to_string() } else { format!("{}: {}", line.label, line.text) }
}

/// The first line of an entry: `  term: value`, or `  error C11  what is wrong`.
fn head(entry: &Entry, colour: Colour) -> String {
    let (mark, code) = match entry.tone {
        Tone::Plain => (String::new(), ""),
        Tone::Todo(irreversible) => ((if irreversible { "[ ] final: " } else { "[ ] " }).to_owned(), YELLOW),
        Tone::Finding(severity) => {
            let id = entry.value.as_deref().unwrap_or_default();
            (format!("{} {id}: ", severity.word()), tone(severity))
        }
    };
    let value = entry.value.as_deref().filter(|_| !matches!(entry.tone, Tone::Finding(_)));
    let text = match value {
        Some(value) if entry.term.is_empty() => value.to_owned(),
        Some(value) => format!("{}: {value}", entry.term),
        None => entry.term.to_string(),
    };
    let block = wrap(&format!("{mark}{text}"), 2, if mark.is_empty() { 6 } else { 4 });
    match value.map(plain) {
        // Coloured after it was wrapped, because codes have no width.
        Some(value) if block.lines().count() == 1 && block.trim_end().ends_with(&value) => {
            let (term, _) = block.split_at(block.trim_end().len() - value.len());
            format!("{term}{}\n", colour.paint(BOLD, &value))
        }
        _ if mark.is_empty() => block,
        _ => match block.split_once(mark.trim_end()) {
            Some((before, after)) => format!("{before}{}{after}", colour.paint(code, mark.trim_end())),
            None => block,
        },
    }
}

fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Note => CYAN,
    }
}

/// Text in lines of 80 columns: the first indented by `first`, the others by `rest`. A word that is
/// longer than a line stays whole, because it is an address or something to copy.
pub(crate) fn wrap(text: &str, first: usize, rest: usize) -> String {
    let mut out = " ".repeat(first);
    let mut column = first;
    let mut fresh = true;
    for word in text.split_whitespace().map(plain) {
        let width = word.chars().count();
        if !fresh && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(rest));
            column = rest;
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += width;
        fresh = false;
    }
    out.push('\n');
    out
}

/// What a person typed can't move the cursor, change colours or hide: it is shown as `\u{1b}`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if invisible(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// A table with columns as wide as their longest cell; the first row is the heading.
pub fn table(rows: &[Vec<String>], colour: Colour) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut out = String::new();
    for (i, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let line = cells.join("  ");
        out.push_str(&colour.paint(if i == 0 { DIM } else { "" }, line.trim_end()));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answers, artefact::document, recommend};

    fn text(answers: &Answers, colour: Colour) -> String {
        render(&document::plan(&recommend(answers)), colour)
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in text(&Answers::default(), Colour::Off).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn without_colour_there_is_no_code_and_with_it_the_words_are_the_same() {
        let (off, on) = (text(&Answers::default(), Colour::Off), text(&Answers::default(), Colour::On));
        assert!(!off.contains('\u{1b}') && on.contains('\u{1b}'));
        let mut stripped = on;
        for code in [BOLD, DIM, RED, YELLOW, CYAN, "0"] {
            stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(stripped, off);
    }

    #[test]
    fn what_was_typed_cannot_reach_the_terminal_as_a_code() {
        let mut answers = Answers::default();
        for id in ["name", "host", "user"] {
            answers.set(id, "\u{1b}[31mred\r\u{202e}\n").unwrap();
        }
        let text = text(&answers, Colour::Off);
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text}");
    }

    #[test]
    fn long_words_stay_whole() {
        let word = "x".repeat(100);
        assert_eq!(wrap(&format!("a {word} b"), 2, 4), format!("  a\n    {word}\n    b\n"));
    }
}
