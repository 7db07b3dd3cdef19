//! The questions, in a loop over the core's table: the first group stands open, the others fold.

use holdfast::Answers;
use holdfast::questions::{ALL, Entry, Group, Kind};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement, InputEvent, SubmitEvent};
use yew::{Html, html};

use crate::app::{Link, Msg};
use crate::components::{question, severity};
use crate::state::State;

/// One listener for all controls: a control's name is its question's id, its value the text form.
pub fn view(state: &State, link: &Link) -> Html {
    html! {
        <form
            aria-label="Questions"
            tabindex="-1"
            autocomplete="off"
            oninput={link.batch_callback(|event: InputEvent| typed(&event))}
            onfocusout={link.callback(|_| Msg::Leave)}
            onsubmit={|event: SubmitEvent| event.prevent_default()}
        >
            { for Group::ALL.into_iter().map(|it| group(it, state, link)) }
            <div class="actions">
                <button type="button" onclick={link.callback(|_| Msg::Print)}>{ "Print" }</button>
                <button type="button" onclick={link.callback(|_| Msg::Reset)}>{ "Start over" }</button>
            </div>
            <p class="promise">{ "Nothing you type leaves this page." }</p>
        </form>
    }
}

fn typed(event: &InputEvent) -> Option<Msg> {
    let target = event.target()?;
    let (name, value) = match target.dyn_into::<HtmlInputElement>() {
        Ok(input) => (input.name(), input.value()),
        Err(other) => other.dyn_ref::<HtmlSelectElement>().map(|select| (select.name(), select.value()))?,
    };
    Some(Msg::Type(name, value))
}

fn group(group: Group, state: &State, link: &Link) -> Html {
    let entries = || ALL.iter().filter(move |entry| entry.question.group == group);
    let questions = html! { { for entries().map(|entry| question::view(entry, state, link)) } };
    if group == Group::First {
        return html! { <section class="group first"><h2 class="unseen">{ group.title() }</h2>{ questions }</section> };
    }
    // What was changed in the fold, else what it asks about: nobody has to open it to find out.
    let changed: Vec<String> = entries().filter_map(|entry| changed(entry, state)).collect();
    let said =
        if changed.is_empty() { entries().map(topic).collect::<Vec<_>>().join(", ") } else { changed.join(" · ") };
    let worst = entries().filter_map(|entry| state.trouble(entry)).min();
    html! {
        <details class="group">
            <summary>
                <h2>{ group.title() }</h2>
                { worst.map(severity::mark).unwrap_or_default() }
                <span class={if changed.is_empty() { "answers" } else { "answers given" }}>{ said }</span>
            </summary>
            { questions }
        </details>
    }
}

/// An answer that is not the default, in the form's words: `deadline 3000 ms`.
fn changed(entry: &Entry, state: &State) -> Option<String> {
    let answer = (entry.show)(state.answers());
    if answer == (entry.show)(&Answers::default()) {
        return None;
    }
    let shown = match entry.question.kind {
        Kind::Choice(choices) | Kind::Maybe(choices) => {
            choices.iter().find(|choice| choice.word == answer).map_or(answer, |choice| choice.label.to_owned())
        }
        Kind::Whole { unit, .. } | Kind::Decimal { unit, .. } => format!("{answer} {unit}"),
        _ => answer,
    };
    Some(format!("{} {shown}", topic(entry)))
}

fn topic(entry: &Entry) -> String {
    entry.question.id.replace('-', " ")
}
