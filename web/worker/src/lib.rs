//! The engines behind two of the page's doors, *one I have* and *something is wrong*, in a Web Worker.
//!
//! `worker.js` calls them with the files that a reader gave, and hands what they say to `doors.js`: HTML in which
//! everything that was read is escaped, and no secret stands. Here is no product fact, and nothing is decided.

mod audit;
mod diagnose;
mod html;
mod input;

use holdfast::clients::ClientId;
use wasm_bindgen::prelude::wasm_bindgen;

use html::{escape, with};

/// What is shown.
#[wasm_bindgen]
pub struct Shown {
    said: String,
    html: String,
    more: Vec<String>,
}

#[wasm_bindgen]
impl Shown {
    /// One sentence, to be announced.
    #[wasm_bindgen(getter)]
    pub fn said(&self) -> String {
        self.said.clone()
    }

    /// The result.
    #[wasm_bindgen(getter)]
    pub fn html(&self) -> String {
        self.html.clone()
    }

    /// How many pages of it are still to come.
    #[wasm_bindgen(getter)]
    pub fn pages(&self) -> usize {
        self.more.len()
    }

    /// The next of these pages; nothing after the last.
    pub fn more(&mut self) -> String {
        if self.more.is_empty() { String::new() } else { self.more.remove(0) }
    }
}

/// The clients that a log can be from, as options of a select.
#[wasm_bindgen]
pub fn clients() -> String {
    let option = |id: &ClientId| {
        let client = id.client();
        with("option", &format!(" value=\"{}\"", escape(client.id)), &escape(client.name))
    };
    ClientId::ALL.iter().map(option).collect()
}

pub use audit::audit;
pub use diagnose::diagnose;
