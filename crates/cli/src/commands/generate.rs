//! `holdfast generate`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::Plan;
use holdfast::artefact::{document, zip::zip};
use holdfast::plan::Severity;

use super::{code, word};
use crate::files::{self, New};
use crate::input;
use crate::stop::{self, Stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    let answers = input::answers(matches)?;
    let project = holdfast::clients::project(&answers);
    let out = matches.get_one::<PathBuf>("out").cloned().unwrap_or_default();
    let force = matches.get_flag("force");
    let written = if word(matches, "format") == "zip" {
        files::one(&out, &zip(&project), force)?
    } else {
        let new: Vec<New> = project.iter().map(|file| New { path: &file.path, bytes: file.text.as_bytes() }).collect();
        files::into_folder(&out, &new, force)?
    };
    let plan = holdfast::recommend(&answers);
    warn("the project is written, but its answers have", &plan);
    let paths: String = written.iter().map(|path| format!("{}\n", path.display())).collect();
    stop::print(paths.as_bytes())?;
    Ok(code(&plan))
}

/// Says why the exit status is 1 although everything was written.
pub fn warn(what: &str, plan: &Plan) {
    if plan.count(Severity::Error) > 0 {
        stop::say(&format!("{what} {}", document::counts(plan)));
        for finding in plan.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            stop::say(&format!("error {}: {} {}", finding.id, finding.message, finding.fix));
        }
    }
}
