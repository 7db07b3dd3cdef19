//! The head of the page: its name, the three ways in, light and dark. And what two of the ways lead to.

use yew::{Html, html};

use crate::app::{Copied, Door, Link, Msg, View};
use crate::components::copy;

const DOORS: &[(Door, &str)] =
    &[(Door::New, "New database"), (Door::Existing, "One I have"), (Door::Trouble, "Something is wrong")];

pub fn view(view: &View, link: &Link) -> Html {
    html! {
        <header class="page">
            <h1>{ "Holdfast" }</h1>
            <p>{ "Redis Cloud settings, and a client that stays connected" }</p>
            <nav aria-label="Ways in">
                { for DOORS.iter().map(|(to, label)| html! {
                    <button
                        type="button"
                        aria-current={(*to == view.door).then_some("page")}
                        onclick={link.callback(move |_| Msg::Enter(*to))}
                    >{ *label }</button>
                }) }
            </nav>
            { copy::button(Copied::Link, "Copy link", view, link) }
            <button type="button" class="theme" title="Light or dark" aria-label="Light or dark" onclick={link.callback(|_| Msg::SwitchTheme)} />
        </header>
    }
}

/// A way in that leads nowhere yet, and says so.
pub fn later(door: Door, link: &Link) -> Html {
    let (title, will, until) = match door {
        Door::Existing | Door::New => (
            "A database you have",
            "Here you will paste what the Redis Cloud API says about your database, and see what is wrong with it, worst first.",
            "This does not work yet. Until it does, answer the questions as for a new database and fill in “What exists”: the result then says what can still be changed.",
        ),
        Door::Trouble => (
            "Something is wrong",
            "Here you will paste an error message or a few lines of a log, and see the cause, three checks, and what to change now.",
            "This does not work yet. Until it does, the runbook of the result says what to do when the database does not answer.",
        ),
    };
    html! {
        <main class="plain">
            <h2>{ title }</h2>
            <p>{ will }</p>
            <p>{ until }</p>
            <p><button type="button" class="primary" onclick={link.callback(|_| Msg::Enter(Door::New))}>{ "To the questions" }</button></p>
        </main>
    }
}
