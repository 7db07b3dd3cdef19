//! A document as Markdown, with everything that there is to know.

use super::document::{Document, Entry, Section, Tone};
use crate::clients::escape::{invisible, markdown as escape};

/// The document; ends in a line break.
pub fn render(document: &Document) -> String {
    let mut out = format!("# {}\n\n{}\n", escape(&document.title), escape(&document.lead));
    for section in &document.sections {
        section_to(&mut out, section);
    }
    out
}

fn section_to(out: &mut String, section: &Section) {
    out.push_str(&format!("\n## {}\n\n", escape(&section.heading)));
    for entry in &section.entries {
        out.push_str(&head(entry));
        for line in &entry.lines {
            let label = if line.label.is_empty() { String::new() } else { format!("{}: ", escape(&line.label)) };
            let text = match line.url {
                Some(url) => format!("[{}](<{url}>)", escape(&line.text)),
                None => escape(&line.text),
            };
            out.push_str(&format!("  - {label}{text}\n"));
        }
    }
}

fn head(entry: &Entry) -> String {
    let term = escape(&entry.term);
    let value = entry.value.as_deref().map(code).unwrap_or_default();
    match entry.tone {
        Tone::Finding(severity) => format!("- **{}** {value}: {term}\n", severity.word()),
        Tone::Todo(irreversible) => format!("- [ ] {}{term}\n", if irreversible { "**final:** " } else { "" }),
        Tone::Plain if value.is_empty() => format!("- {term}\n"),
        Tone::Plain if term.is_empty() => format!("- {value}\n"),
        Tone::Plain => format!("- **{term}**: {value}\n"),
    }
}

/// Text as code: between more backticks than it has in a row.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if invisible(c) { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space on both sides is taken away again, and keeps a backtick apart from the fence.
    let pad = if text.starts_with('`') || text.ends_with('`') || text.starts_with(' ') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answers, artefact::document, recommend};

    #[test]
    fn code_holds_any_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn what_was_typed_is_never_markup() {
        let mut answers = Answers::default();
        answers.set("name", "<script>\n# x").unwrap();
        answers.set("user", "`[a](b)").unwrap();
        let text = render(&document::plan(&recommend(&answers)));
        assert!(!text.contains("\n# x"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("<script>")), "{text}");
        for line in text.lines().filter(|line| line.contains("[a](b)")) {
            assert!(line.contains("`` `[a](b) ``"), "{line}");
        }
    }
}
