//! A document as HTML that is complete before any script runs: headings, lists, links.

use super::document::{Document, Entry, Line, Section, Tone};
use crate::clients::escape::xml as escape;

/// The body of a page about these documents. `link` gives the address of the page about an id, where there is one.
pub fn render(documents: &[Document], link: &dyn Fn(&str) -> Option<String>) -> String {
    documents.iter().map(|document| article(document, link)).collect()
}

fn article(document: &Document, link: &dyn Fn(&str) -> Option<String>) -> String {
    let sections: String = document.sections.iter().map(|section| section_of(section, link)).collect();
    let (title, lead) = (escape(&document.title), escape(&document.lead));
    format!("<article>\n<h1>{title}</h1>\n<p>{lead}</p>\n{sections}</article>\n")
}

fn section_of(section: &Section, link: &dyn Fn(&str) -> Option<String>) -> String {
    let entries: String = section.entries.iter().map(|entry| item(entry, link)).collect();
    format!("<section>\n<h2>{}</h2>\n<ul>\n{entries}</ul>\n</section>\n", escape(&section.heading))
}

fn item(entry: &Entry, link: &dyn Fn(&str) -> Option<String>) -> String {
    let linked = |text: &str, inner: String| match link(text) {
        Some(address) => format!("<a href=\"{}\">{inner}</a>", escape(&address)),
        None => inner,
    };
    let word = match entry.tone {
        Tone::Finding(severity) => format!("<b class=\"mark {0}\">{0}</b> ", severity.word()),
        Tone::Todo(true) => "<b>final:</b> ".to_owned(),
        Tone::Todo(false) | Tone::Plain => String::new(),
    };
    let term = (!entry.term.is_empty()).then(|| linked(&entry.term, escape(&entry.term)));
    let value = entry.value.as_deref().map(|value| linked(value, format!("<code>{}</code>", escape(value))));
    let head: Vec<String> = [term, value].into_iter().flatten().collect();
    let lines: String = entry.lines.iter().map(line).collect();
    format!("<li>{word}{}{lines}</li>\n", head.join(" "))
}

fn line(line: &Line) -> String {
    let label = if line.label.is_empty() { String::new() } else { format!("<b>{}:</b> ", escape(&line.label)) };
    let text = escape(&line.text);
    match line.url {
        Some(url) => format!("<p>{label}{text} <a href=\"{0}\">{0}</a></p>", escape(url)),
        None => format!("<p>{label}{text}</p>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answers, artefact::document, recommend};

    #[test]
    fn what_was_typed_is_never_markup() {
        let mut answers = Answers::default();
        answers.set("name", "<script>alert(1)</script>\"'&").unwrap();
        let text = render(&[document::plan(&recommend(&answers))], &|_| None);
        assert!(!text.contains("<script"), "{text}");
        assert_eq!(text.matches("<li>").count(), text.matches("</li>").count());
    }
}
