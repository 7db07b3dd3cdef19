//! HTML as text: what is put in is escaped, or was made here.

use holdfast::artefact::page;
use holdfast::clients::escape::xml;
use holdfast::plan::Severity;
use holdfast::sources::Source;

/// A text as HTML; its lines stay lines.
pub fn escape(text: &str) -> String {
    text.split('\n').map(xml).collect::<Vec<_>>().join("\n")
}

/// A sentence in which what stands between backticks is code.
pub fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { leaf("code", part) } else { escape(part) }).collect()
}

/// An element with attributes.
pub fn with(name: &str, attributes: &str, inside: &str) -> String {
    ["<", name, attributes, ">", inside, "</", name, ">"].concat()
}

/// An element.
pub fn el(name: &str, inside: &str) -> String {
    with(name, "", inside)
}

/// An element with nothing but a text.
pub fn leaf(name: &str, text: &str) -> String {
    el(name, &escape(text))
}

/// A severity: a word, and a shape from the style sheet.
pub fn mark(severity: Severity) -> String {
    let word = severity.word();
    with("span", &[" class=\"mark ", word, "\""].concat(), word)
}

/// A link to the page about an id.
pub fn about(id: &str, text: &str) -> String {
    with("a", &[" href=\"explain/", &escape(&page(id)), "\""].concat(), &escape(text))
}

/// A term and what stands beside it.
pub fn row(term: &str, inside: &str) -> String {
    leaf("dt", term) + &el("dd", inside)
}

/// A text to be copied.
pub fn code(text: &str) -> String {
    let pre = with("pre", " tabindex=\"0\"", &leaf("code", text));
    with("div", " class=\"code\"", &(pre + "<button type=\"button\" data-copy>Copy</button>"))
}

/// Where it is written.
pub fn sources<'a>(sources: impl IntoIterator<Item = &'a Source>) -> String {
    let source = |source: &Source| {
        let link = [" href=\"", &escape(source.url), "\" rel=\"noreferrer\""].concat();
        el("li", &[&with("a", &link, &escape(source.title)), ", read ", &escape(source.read)].concat())
    };
    let sources: String = sources.into_iter().map(source).collect();
    with("ul", " class=\"sources\"", &sources)
}
