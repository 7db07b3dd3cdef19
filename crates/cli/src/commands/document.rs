//! `holdfast terraform`, `holdfast rest`: one document, printed or written to a file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::Plan;

use super::{code, generate::warn};
use crate::stop::{self, Stop};
use crate::{files, input};

pub fn run(matches: &ArgMatches, document: fn(&Plan) -> String) -> Result<ExitCode, Stop> {
    let plan = holdfast::recommend(&input::answers(matches)?);
    let text = document(&plan);
    match matches.get_one::<PathBuf>("out") {
        Some(path) => {
            files::one(path, text.as_bytes(), matches.get_flag("force"))?;
            stop::print(format!("{}\n", path.display()).as_bytes())?;
        }
        None => stop::print(text.as_bytes())?,
    }
    warn("the document is complete, but its answers have", &plan);
    Ok(code(&plan))
}
