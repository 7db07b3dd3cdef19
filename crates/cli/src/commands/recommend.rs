//! `holdfast recommend`

use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::artefact::{document, markdown, text};

use super::{code, json, word};
use crate::{input, stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, stop::Stop> {
    let plan = holdfast::recommend(&input::answers(matches)?);
    let bytes = match word(matches, "format") {
        "json" => json(&plan)?,
        "markdown" => markdown::render(&document::plan(&plan)).into_bytes(),
        _ => text::render(&document::plan(&plan), stop::colour()).into_bytes(),
    };
    stop::print(&bytes)?;
    Ok(code(&plan))
}
