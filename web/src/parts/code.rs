//! The generated project: the snippet first, every file, and all of them as a zip.

use holdfast::artefact::zip::zip;
use holdfast::clients::{self, File};
use yew::{Html, html};

use crate::app::{Copied, Link, Msg, View};
use crate::browser;
use crate::components::{copy, highlight, tabs};
use crate::state::State;

/// The open file.
pub fn open<'a>(state: &'a State, view: &View) -> Option<&'a File> {
    state.now.files.get(position(state, view))
}

fn position(state: &State, view: &View) -> usize {
    state.now.files.iter().position(|file| file.path == view.file).unwrap_or_default()
}

/// Hands over the project as a zip.
pub fn download(state: &State) {
    let name = format!("{}.zip", clients::slug(&state.answers().name));
    // Where the browser refuses there is nothing to add to what it says itself.
    let _ = browser::download(&name, &zip(&state.now.files), "application/zip");
}

pub fn view(state: &State, view: &View, link: &Link) -> Html {
    let files = &state.now.files;
    let open = position(state, view);
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let client = state.answers().client.client();
    html! {
        <section data-part="code" tabindex="-1">
            <div class="bar">
                <h2>{ "Code" }</h2>
                <p>{ format!("{} {} · {} · {}", client.name, client.version, client.language, client.standing.label()) }</p>
                { copy::button(Copied::File, "Copy file", view, link) }
                <button type="button" aria-pressed={if view.wrap { "true" } else { "false" }} onclick={link.callback(|_| Msg::Wrap)}>
                    { "Wrap" }
                </button>
                <button type="button" class="primary" onclick={link.callback(|_| Msg::Download)}>{ "Download zip" }</button>
                if !names.is_empty() { { tabs::strip(&names, open, link) } }
            </div>
            { for files.iter().enumerate().map(|(i, file)| panel(i, file, i == open, view.wrap, state)) }
        </section>
    }
}

/// A file. Only the open one is coloured: the others are there to be found and read by machines.
fn panel(i: usize, file: &File, open: bool, wrap: bool, state: &State) -> Html {
    html! {
        <div key={file.path.clone()} role="tabpanel" id={format!("file-{i}")} aria-labelledby={format!("tab-{i}")} hidden={!open}>
            <pre data-file={file.path.clone()} class={wrap.then_some("wrap")} tabindex="0"><code>
                if open {
                    { highlight::lines(&file.path, &file.text, state.earlier(&file.path)) }
                } else {
                    { &file.text }
                }
            </code></pre>
        </div>
    }
}
