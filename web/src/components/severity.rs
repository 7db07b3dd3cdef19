//! How bad it is: a word and a shape, and only then a colour.

use holdfast::plan::Severity;
use yew::{Html, html};

/// The mark; its shape comes from the style sheet.
pub fn mark(severity: Severity) -> Html {
    html! { <span class={format!("mark {}", severity.word())}>{ severity.word() }</span> }
}
