//! One command, one file.

mod audit;
mod clients;
mod completions;
mod diagnose;
mod doctor;
mod document;
mod explain;
mod generate;
mod man;
mod recommend;
mod schema;
mod wizard;

use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::Plan;
use holdfast::artefact::{rest, terraform};
use holdfast::plan::Severity;

use crate::stop::Stop;

/// Runs the command that was given.
pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    match matches.subcommand() {
        Some(("recommend", matches)) => recommend::run(matches),
        Some(("generate", matches)) => generate::run(matches),
        Some(("audit", matches)) => audit::run(matches),
        Some(("terraform", matches)) => document::run(matches, terraform),
        Some(("rest", matches)) => document::run(matches, rest),
        Some(("explain", matches)) => explain::run(matches),
        Some(("diagnose", matches)) => diagnose::run(matches),
        Some(("doctor", matches)) => doctor::run(matches),
        Some(("clients", matches)) => clients::run(matches),
        Some(("schema", matches)) => schema::run(matches),
        Some(("completions", matches)) => completions::run(matches),
        Some(("man", _)) => man::run(),
        Some(("wizard", _)) => wizard::run(),
        _ => Err(Stop::bad("found no command; see `holdfast --help`")),
    }
}

/// 1 when something is wrong with the answers.
fn code(plan: &Plan) -> ExitCode {
    ExitCode::from(u8::from(plan.count(Severity::Error) > 0))
}

/// A word that clap has checked or set.
fn word<'a>(matches: &'a ArgMatches, id: &str) -> &'a str {
    matches.get_one::<String>(id).map_or("", String::as_str)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Stop> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Stop::bad(format!("JSON: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
