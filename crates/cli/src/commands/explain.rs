//! `holdfast explain`

use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::artefact::text::render;

use super::word;
use crate::stop::{self, Stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    let id = word(matches, "id");
    let documents = holdfast::explain::explain(id).map_err(|error| Stop::argument(id, error))?;
    let texts: Vec<String> = documents.iter().map(|document| render(document, stop::colour())).collect();
    stop::print(texts.join("\n").as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
