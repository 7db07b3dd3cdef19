//! What a person does: first to set it up, then when it happens.

use yew::{Html, html};

use crate::state::State;

pub fn view(state: &State) -> Html {
    html! {
        <section data-part="runbook" tabindex="-1">
            <h2>{ "Runbook" }</h2>
            <details class="chapter" open=true>
                <summary><h3>{ "Before you rely on it" }</h3></summary>
                <ol>
                    { for state.now.plan.checklist.iter().map(|step| html! {
                        <li>
                            { &*step.text }
                            if step.irreversible { <strong class="never">{ " For ever." }</strong> }
                            <span class="console">{ &*step.console }</span>
                        </li>
                    }) }
                </ol>
            </details>
            { for state.now.chapters.iter().map(|chapter| html! {
                <details class="chapter">
                    <summary><h3>{ &*chapter.title }</h3></summary>
                    <ol>{ for chapter.steps.iter().map(|step| html! { <li>{ &**step }</li> }) }</ol>
                </details>
            }) }
        </section>
    }
}
