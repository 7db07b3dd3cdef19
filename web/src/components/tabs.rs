//! Tabs: one stop for the Tab key, arrows move between them.

use web_sys::KeyboardEvent;
use yew::{Html, html};

use crate::app::{Link, Msg};
use crate::browser;

/// The strip of tabs; panel `i` has the id `file-i`.
pub fn strip(names: &[&str], open: usize, link: &Link) -> Html {
    let count = names.len();
    let paths: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowRight" => (open + 1) % count,
            "ArrowLeft" => (open + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return None,
        };
        event.prevent_default();
        browser::focus(&format!("#tab-{to}"));
        Some(Msg::Open(paths[to].clone()))
    });
    html! {
        <div class="tabs" role="tablist" aria-label="Files" {onkeydown}>
            { for names.iter().enumerate().map(|(i, name)| tab(i, name, i == open, link)) }
        </div>
    }
}

fn tab(i: usize, name: &str, open: bool, link: &Link) -> Html {
    let path = name.to_owned();
    html! {
        <button
            type="button"
            role="tab"
            id={format!("tab-{i}")}
            aria-controls={format!("file-{i}")}
            aria-selected={if open { "true" } else { "false" }}
            tabindex={if open { "0" } else { "-1" }}
            onclick={link.callback(move |_| Msg::Open(path.clone()))}
        >{ name }</button>
    }
}
