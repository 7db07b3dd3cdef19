//! `holdfast completions`

use std::process::ExitCode;

use clap::ArgMatches;
use clap_complete::{Shell, generate};

use crate::{args, stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, stop::Stop> {
    // Made in memory first: the generator panics where a pipe is closed.
    let mut script = Vec::new();
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        generate(*shell, &mut args::command(), "holdfast", &mut script);
    }
    stop::print(&script)?;
    Ok(ExitCode::SUCCESS)
}
