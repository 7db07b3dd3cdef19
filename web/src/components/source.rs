//! Where it is written.

use holdfast::sources::Source;
use yew::{Html, html};

/// Links to sources, each with the day it was read.
pub fn list(sources: &[&Source]) -> Html {
    html! {
        <ul class="sources">
            { for sources.iter().map(|source| html! {
                <li>
                    <a href={source.url} rel="noreferrer">{ source.title }</a>{ ", read " }<time>{ source.read }</time>
                </li>
            }) }
        </ul>
    }
}
