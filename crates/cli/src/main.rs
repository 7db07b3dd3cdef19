//! The command line of Holdfast. What it knows of Redis Cloud, it knows from the core.

mod args;
mod commands;
mod files;
mod input;
mod stop;

use std::process::ExitCode;

/// Reads the arguments, runs the command, and says in one line on standard error what went wrong.
fn main() -> ExitCode {
    match args::parse(std::env::args_os()).and_then(|matches| commands::run(&matches)) {
        Ok(code) => code,
        Err(stop) => stop.end(),
    }
}
