//! The page: a form over the core's questions, and beside it what the core answers.
//!
//! It holds no product fact and decides nothing: words, ranges, values and reasons come from the core.

mod app;
mod browser;
mod components;
mod parts;
mod state;
mod ui;

fn main() {
    if let Some(root) = browser::find("#app") {
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
