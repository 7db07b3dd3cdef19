//! What happens when something fails: lost, away, seen, and who acts.

use holdfast::Plan;
use holdfast::plan::Outlook;
use yew::{Html, html};

use crate::components::source;

pub fn view(plan: &Plan) -> Html {
    html! {
        <section data-part="outlook" tabindex="-1">
            <h2>{ "What happens when…" }</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{ "When" }</th>
                        <th scope="col">{ "Data lost" }</th>
                        <th scope="col">{ "Away for" }</th>
                        <th scope="col">{ "Callers see" }</th>
                        <th scope="col">{ "Who acts" }</th>
                    </tr>
                </thead>
                <tbody>{ for plan.outlook.iter().map(row) }</tbody>
            </table>
        </section>
    }
}

fn row(outlook: &Outlook) -> Html {
    html! {
        <tr>
            <th scope="row">{ outlook.failure.title() }</th>
            <td data-label="Data lost">{ &*outlook.data_lost.text }</td>
            <td data-label="Away for">{ &*outlook.away.text }</td>
            <td data-label="Callers see">{ &*outlook.callers_see }</td>
            <td data-label="Who acts">
                { &*outlook.who_acts }
                <details class="why"><summary>{ "Source" }<span class="unseen">{ format!(" of {}", outlook.failure.title()) }</span></summary>{ source::list(outlook.sources) }</details>
            </td>
        </tr>
    }
}
