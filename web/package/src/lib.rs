//! The core for other sites, JSON in and JSON out; `functions.js` makes objects of it. Here is no product fact, and
//! nothing is decided.

use holdfast::clients::project;
use holdfast::questions::{Answers, BadInput, from_json};
use js_sys::{Error, Reflect};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The plan for these answers.
///
/// # Errors
/// A `BadInput` as `index.d.ts` describes it.
#[wasm_bindgen]
pub fn recommend(answers: &str) -> Result<String, Error> {
    written(&holdfast::recommend(&read(answers)?))
}

/// The files of the project for this client and these answers; a client among the answers does not count.
///
/// # Errors
/// As [`recommend`].
#[wasm_bindgen]
pub fn render(client: &str, answers: &str) -> Result<String, Error> {
    let mut answers = read(answers)?;
    answers.set("client", client).map_err(refused)?;
    written(&project(&answers))
}

fn read(answers: &str) -> Result<Answers, Error> {
    from_json(answers).map_err(refused)
}

fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::new(&error.to_string()))
}

fn refused(bad: BadInput) -> Error {
    let error = Error::new(&bad.to_string());
    error.set_name("BadInput");
    let parts = [
        ("where", JsValue::from(bad.key)),
        ("found", bad.found.into()),
        ("expected", bad.expected.into()),
        ("nearest", bad.nearest.into()),
    ];
    for (key, value) in parts {
        // Only a frozen object would refuse.
        let _ = Reflect::set(&error, &key.into(), &value);
    }
    error
}
