//! The settings: name, value and reason in sight; price, rejected choices, later change and source on demand.

use holdfast::Plan;
use holdfast::artefact::document::clocks;
use holdfast::questions;
use holdfast::rules::{Advice, Setting, Value};
use yew::{Html, classes, html};

use crate::app::{Link, Msg};
use crate::components::source;
use crate::state::State;

/// What can never be changed later. It stands before everything else.
pub fn forever(plan: &Plan) -> Html {
    let steps = plan.checklist.iter().filter(|step| step.irreversible);
    let fixed = plan.settings.0.iter().map(|(_, advice)| advice).filter(|advice| advice.change_later.irreversible());
    html! {
        <section class="forever">
            <h2>{ "What you can never change later" }</h2>
            <ul>
                { for steps.map(|step| html! { <li>{ &*step.text }</li> }) }
                <li class="fixed">
                    { "Also fixed" }
                    { for fixed.map(|advice| html! {
                        <span>{ advice.title }{ " " }<code>{ advice.shown() }</code></span>
                    }) }
                </li>
            </ul>
        </section>
    }
}

pub fn view(state: &State, link: &Link) -> Html {
    let settings = &state.now.plan.settings.0;
    html! {
        <section data-part="settings" tabindex="-1">
            <h2>{ "Settings" }</h2>
            { for settings.iter().map(|(setting, advice)| row(*setting, advice, state, link)) }
            { timing(&state.now.plan) }
        </section>
    }
}

/// A value of more characters stands on a line of its own.
const LONG: usize = 40;

fn row(setting: Setting, advice: &Advice, state: &State, link: &Link) -> Html {
    let was = state.was(setting);
    let shown = advice.shown();
    let class = classes!("row", was.is_some().then_some("changed"), (shown.len() > LONG).then_some("long"));
    html! {
        <details data-setting={setting.key()} {class}>
            <summary>
                <span class="name">{ advice.title }</span>
                <code class="value" data-value={raw(&advice.value)}>{ shown }</code>
                <span class="reason">
                    if let Some(was) = was { <span class="was">{ format!("was {was}") }</span> }
                    { &*advice.reason }
                </span>
            </summary>
            <dl>
                <dt>{ "Price" }</dt>
                <dd>{ &*advice.price }</dd>
                if !advice.rejected.is_empty() {
                    <dt>{ "Rejected" }</dt>
                    <dd>
                        <ul>
                            { for advice.rejected.iter().map(|it| html! { <li><code>{ it.value }</code>{ " " }{ &*it.why }</li> }) }
                        </ul>
                    </dd>
                }
                <dt>{ "Change later" }</dt>
                <dd>{ advice.change_later.label() }</dd>
                <dt>{ "Follows from" }</dt>
                <dd>{ because(&advice.because, link) }</dd>
                <dt>{ "Source" }</dt>
                <dd>{ source::list(advice.sources) }</dd>
            </dl>
        </details>
    }
}

/// The value as it stands in the plan's JSON, a bare word without its quotes.
fn raw(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The questions that decided it; each leads to its control.
fn because(ids: &[&'static str], link: &Link) -> Html {
    html! {
        <ul class="because">
            { for ids.iter().filter_map(|id| questions::find(id)).map(|entry| {
                let selector = format!("[name={}]:is(:checked, :not([type=radio]))", entry.question.id);
                html! {
                    <li>
                        <button type="button" class="link" onclick={link.callback(move |_| Msg::GoTo(selector.clone()))}>
                            { entry.question.title }
                        </button>
                    </li>
                }
            }) }
        </ul>
    }
}

/// The three clocks: they are in the code already, here is why.
fn timing(plan: &Plan) -> Html {
    html! {
        <details class="row clocks">
            <summary>
                <span class="name">{ "Timeouts and retries" }</span>
                <span class="reason">{ "The numbers of the generated client, each with its reason." }</span>
            </summary>
            <dl>
                { for clocks(&plan.connection).into_iter().map(|clock| html! {
                    <>
                        <dt>{ &*clock.term }</dt>
                        <dd>
                            <code>{ clock.value.as_deref() }</code>{ " " }
                            { for clock.lines.into_iter().map(|line| html! { &*line.text }) }
                        </dd>
                    </>
                }) }
            </dl>
        </details>
    }
}
