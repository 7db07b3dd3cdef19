//! What is wrong with the answers, each with its way out.

use holdfast::plan::{Finding, Severity};
use yew::{Html, html};

use crate::app::{Link, Msg};
use crate::components::{severity, source};
use crate::state::State;

/// What is wrong; it stands above everything that it spoils.
pub fn wrong(state: &State, link: &Link) -> Html {
    list("Findings", state, link, |severity| severity != Severity::Note)
}

/// What is worth knowing.
pub fn notes(state: &State, link: &Link) -> Html {
    list("Worth knowing", state, link, |severity| severity == Severity::Note)
}

fn list(heading: &'static str, state: &State, link: &Link, wanted: fn(Severity) -> bool) -> Html {
    let findings = state.now.plan.findings.iter().filter(|finding| wanted(finding.severity));
    let rows: Vec<Html> = findings.map(|finding| row(finding, link)).collect();
    if rows.is_empty() {
        return Html::default();
    }
    html! {
        <section class="findings">
            <h2>{ heading }</h2>
            <ul>{ rows }</ul>
        </section>
    }
}

fn row(finding: &Finding, link: &Link) -> Html {
    let id = finding.id;
    html! {
        <li key={id} data-finding={id} tabindex="-1" class={format!("finding {}", finding.severity.word())}>
            { severity::mark(finding.severity) }
            <details>
                <summary><strong>{ &*finding.message }</strong>{ " " }{ &*finding.fix }</summary>
                { source::list(finding.sources) }
            </details>
            if let Some(label) = finding.change.as_ref().and(finding.label.as_ref()) {
                <button type="button" onclick={link.callback(move |_| Msg::Mend(id))}>{ &**label }</button>
            }
        </li>
    }
}
