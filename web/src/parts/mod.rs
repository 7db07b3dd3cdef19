//! What stands where on the page. The result's parts are in the order in which they are needed.

pub mod code;
pub mod form;
pub mod header;

mod findings;
mod outlook;
mod runbook;
mod settings;

use yew::{Html, html};

use crate::app::{Link, Msg, View};
use crate::state::{self, State};

/// The live result. It is one polite live region; its parts are quiet, so that a change is
/// announced as one sentence and not as a page.
pub fn result(state: &State, view: &View, link: &Link) -> Html {
    let plan = &state.now.plan;
    let (other_half, other_name) = if view.reading { ("form", "Questions") } else { (".parts", "Result") };
    html! {
        <section id="result" aria-live="polite" aria-label="Result">
            <p class="unseen" role="status">{ announcement(state) }</p>
            <div class="summary" aria-live="off">
                <p id="summing" tabindex="-1">
                    { for state::summary(plan).into_iter().enumerate().map(|(i, word)| html! {
                        <>{ if i > 0 { " · " } else { "" } }<span>{ word }</span></>
                    }) }
                    { for state::counts(plan).into_iter().map(|(severity, count)| html! {
                        <>
                            { " · " }
                            <button type="button" class={format!("link mark {}", severity.word())} onclick={go_to(link, &format!(".finding.{}", severity.word()))}>
                                { count }
                            </button>
                        </>
                    }) }
                </p>
                <button type="button" class="primary open" onclick={go_to(link, other_half)}>{ other_name }</button>
                <nav aria-label="Parts of the result">
                    { for PARTS.iter().map(|(part, title)| html! {
                        <button type="button" onclick={go_to(link, &format!("[data-part={part}]"))}>{ *title }</button>
                    }) }
                </nav>
            </div>
            <div class="parts" tabindex="-1" aria-live="off">
                { unread(state) }
                { findings::wrong(state, link) }
                { settings::forever(plan) }
                { settings::view(state, link) }
                { code::view(state, view, link) }
                { findings::notes(state, link) }
                { outlook::view(plan) }
                { runbook::view(state) }
            </div>
        </section>
    }
}

/// The parts that there are, with their names in the bar.
const PARTS: &[(&str, &str)] =
    &[("settings", "Settings"), ("code", "Code"), ("outlook", "Failures"), ("runbook", "Runbook")];

fn go_to(link: &Link, selector: &str) -> yew::Callback<web_sys::MouseEvent> {
    let selector = selector.to_owned();
    link.callback(move |_| Msg::GoTo(selector.clone()))
}

/// What a change is worth saying aloud.
fn announcement(state: &State) -> String {
    let changed = holdfast::rules::Setting::ALL.iter().filter(|setting| state.was(**setting).is_some()).count();
    match state.before {
        None => String::new(),
        Some(_) => {
            let counts = state::counts(&state.now.plan).into_iter().map(|(_, count)| count);
            let words: Vec<String> = state::summary(&state.now.plan).into_iter().chain(counts).collect();
            format!("{}. Settings changed: {changed}.", words.join(", "))
        }
    }
}

/// A broken link: what could not be read. The rest was kept.
fn unread(state: &State) -> Html {
    if state.unread.is_empty() {
        return Html::default();
    }
    html! {
        <div class="unread" role="alert">
            <p><strong>{ "Part of this link could not be read; the rest is kept." }</strong></p>
            <ul>{ for state.unread.iter().map(|unread| html! { <li>{ unread.to_string() }</li> }) }</ul>
        </div>
    }
}
