//! A button that copies, and says whether it did.

use yew::{Html, html};

use crate::app::{Copied, Link, Msg, View};

pub fn button(what: Copied, label: &'static str, view: &View, link: &Link) -> Html {
    let said = match view.copied {
        Some((copied, true)) if copied == what => "Copied",
        Some((copied, false)) if copied == what => "Not allowed here",
        _ => label,
    };
    html! {
        <button type="button" class="copy" aria-live="polite" onclick={link.callback(move |_| Msg::Copy(what))}>{ said }</button>
    }
}
