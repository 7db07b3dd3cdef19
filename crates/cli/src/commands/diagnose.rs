//! `holdfast diagnose`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::artefact::text;
use holdfast::diagnose::{document, report};
use holdfast::plan::Severity;

use super::{json, word};
use crate::{input, stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, stop::Stop> {
    let answers = input::answers(matches)?;
    let path = matches.get_one::<PathBuf>("file").ok_or_else(|| stop::Stop::bad("found no FILE"))?;
    let report = report(&input::log(path)?, &answers);
    let bytes = match word(matches, "format") {
        "json" => json(&report)?,
        _ => text::render(&document(&report), stop::colour()).into_bytes(),
    };
    stop::print(&bytes)?;
    let errors = report.diagnoses.iter().any(|diagnosis| diagnosis.severity == Severity::Error);
    Ok(ExitCode::from(u8::from(errors)))
}
