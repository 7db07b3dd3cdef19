//! `holdfast schema`

use std::process::ExitCode;

use clap::ArgMatches;

use super::{json, word};
use crate::stop::{self, Stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    let schema = match word(matches, "of") {
        "audit" => holdfast::schema::audit(),
        "plan" => holdfast::schema::plan(),
        "project" => holdfast::schema::project(),
        "guidelines" => holdfast::schema::guidelines(),
        "evidence" => holdfast::schema::evidence(),
        _ => holdfast::schema::answers(),
    };
    stop::print(&json(&schema)?)?;
    Ok(ExitCode::SUCCESS)
}
