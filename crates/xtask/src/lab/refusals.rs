//! What a demo says and does when it is refused: the sentence is printed, so that a person can judge it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use holdfast::clients;

use super::certificates::Certificates;
use super::demo::Demo;
use super::server::Server;
use super::{Lab, PASSWORD};

/// From the start to the end.
const LIMIT: Duration = Duration::from_secs(5);

/// What stack traces look like, in any of the languages.
const TRACES: &[&str] =
    &["Traceback (most", "\n\tat ", "\n    at ", "goroutine ", "Exception in thread", "panicked at"];

struct Refusal {
    what: &'static str,
    /// What differs from a healthy environment.
    change: fn(&mut Vec<(String, String)>, &Certificates, &Server),
    /// The sentence names one of these, so that the reader knows where to look.
    names: &'static [&'static str],
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        what: "wrong authority",
        change: |variables, certificates, _| {
            set(variables, "REDIS_CA_FILE", &super::shown(&certificates.wrong_bundle()));
        },
        names: &["REDIS_CA_FILE", "wrong-bundle.pem"],
    },
    Refusal {
        what: "wrong host name",
        change: |variables, _, stranger| set(variables, "REDIS_PORT", &stranger.tls_port.to_string()),
        names: &["REDIS_HOST"],
    },
    Refusal {
        what: "wrong password",
        change: |variables, _, _| set(variables, "REDIS_PASSWORD", "not-the-password"),
        names: &["REDIS_PASSWORD"],
    },
    Refusal {
        what: "no password",
        change: |variables, _, _| variables.retain(|(name, _)| name != "REDIS_PASSWORD"),
        names: &["REDIS_PASSWORD"],
    },
];

/// Runs the demo into each refusal; the sentences it said.
pub fn refusals(project: &Path, folder: &Path, run: &str, context: &clients::Context) -> Result<Vec<String>> {
    let lab = Lab::start(folder, context)?;
    let stranger = Server::stranger(&folder.join("stranger"), &lab.certificates)?;
    let mut sentences = Vec::new();
    let mut wrong = Vec::new();
    for refusal in REFUSALS {
        let mut variables = lab.environment(context.regions);
        variables.push(("HEALTH_PORT".to_owned(), crate::shell::free_port()?.to_string()));
        (refusal.change)(&mut variables, &lab.certificates, &stranger);
        match refused(project, folder, run, &variables, refusal) {
            Ok(sentence) => sentences.push(format!("{}: {sentence}", refusal.what)),
            Err(error) => wrong.push(format!("{}: {error:#}", refusal.what)),
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(sentences)
}

fn refused(
    project: &Path,
    folder: &Path,
    run: &str,
    variables: &[(String, String)],
    refusal: &Refusal,
) -> Result<String> {
    let start = Instant::now();
    let mut demo = Demo::start(project, run, variables, folder)?;
    let code = demo.wait(LIMIT).with_context(|| demo.said())?;
    let took = start.elapsed();
    ensure!(code == Some(1), "it ended with {code:?}, wanted 1\n{}", demo.said());
    let said = demo.errors();
    judge(&said, refusal.names)?;
    Ok(format!("{} ({:.1} s)", said.trim(), took.as_secs_f64()))
}

/// A sentence or a few lines, that name where to look, without a trace or the password.
fn judge(said: &str, names: &[&str]) -> Result<()> {
    ensure!(!said.trim().is_empty(), "it said nothing");
    ensure!(said.trim().lines().count() <= 3, "it said more than a person reads:\n{said}");
    for trace in TRACES {
        ensure!(!said.contains(trace), "it printed a stack trace:\n{said}");
    }
    ensure!(names.iter().any(|name| said.contains(name)), "it names none of {names:?}:\n{said}");
    ensure!(!said.contains(PASSWORD) && !said.contains("not-the-password"), "it printed the password");
    Ok(())
}

fn set(variables: &mut [(String, String)], name: &str, value: &str) {
    for (_, old) in variables.iter_mut().filter(|(other, _)| other == name) {
        *old = value.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_names_the_variable_passes() {
        judge("Redis refused the password: check REDIS_PASSWORD\n", &["REDIS_PASSWORD"]).unwrap();
    }

    #[test]
    fn silence_a_trace_a_secret_and_a_riddle_are_refused() {
        for said in [
            "",
            "REDIS_PASSWORD\n\tat app.Main.main(Main.java:1)",
            "Traceback (most recent call last): REDIS_PASSWORD",
            "REDIS_PASSWORD not-the-password",
            "something is wrong",
            "REDIS_PASSWORD\n2\n3\n4",
        ] {
            assert!(judge(said, &["REDIS_PASSWORD"]).is_err(), "{said:?}");
        }
    }
}
