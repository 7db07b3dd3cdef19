//! The commands and their flags. The flags of the questions are made in a loop over their table.

mod errors;
mod question;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use clap_complete::Shell;

use crate::stop::Stop;

pub use question::questions;

const EXIT: &str = "\
Exit status: 0 nothing is wrong; 1 something is, and the result is complete all the same; 2 bad usage or \
unreadable input.";

/// The whole command line.
pub fn command() -> Command {
    Command::new("holdfast")
        .version(holdfast::VERSION)
        .about("The right settings for a Redis Cloud database, and a client that stays connected to it")
        .long_about(
            "The right settings for a Redis Cloud database, each with its reason, and a client project in your \
             language that stays connected through failovers.\n\nAll questions have a default answer: begin with \
             `holdfast recommend`, or let `holdfast wizard` ask you.",
        )
        .after_help(EXIT)
        .subcommand_required(true)
        .max_term_width(100)
        .subcommands([
            recommend(),
            generate(),
            terraform(),
            rest(),
            audit(),
            doctor(),
            diagnose(),
            explain(),
            clients(),
            schema(),
            completions(),
            man(),
            wizard(),
        ])
}

/// Reads the arguments; help and version are printed here and end the command.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<ArgMatches, Stop> {
    let args: Vec<OsString> = args.into_iter().collect();
    command().try_get_matches_from(&args).map_err(|error| errors::stop(&error, &args))
}

fn recommend() -> Command {
    Command::new("recommend")
        .about("Recommend settings, with reasons")
        .long_about(
            "Recommend settings for a database, each with its reason; what is wrong with the answers, and the way \
             out; what can never be changed later; what happens when something fails; what you still have to do.",
        )
        .after_help(format!(
            "Examples:\n  holdfast recommend --plan pro --data-loss nothing\n  \
             holdfast recommend --answers answers.json --format markdown\n  \
             echo '{{\"survive\": \"region\"}}' | holdfast recommend --answers - --format json\n\n{EXIT}"
        ))
        .arg(format(&["text", "markdown", "json"], "Form of the result; Markdown and JSON have every detail"))
        .arg(answers())
        .args(questions())
}

fn generate() -> Command {
    // The one question without a default here: which language a project is in, nobody can guess.
    let client = |arg: Arg| match arg.get_id().as_str() {
        "client" => arg.required(true).value_name("ID").help_heading(None).help("Client library").long_help(None),
        _ => arg,
    };
    Command::new("generate")
        .about("Write a client project that stays connected")
        .long_about(
            "Write a client project that stays connected, for the same answers as `holdfast recommend`, and print \
             the paths of its files. Nothing is written when one of them exists already, unless with --force.",
        )
        .after_help(format!(
            "Examples:\n  holdfast generate --client redis-py --out my-app\n  \
             holdfast generate --client go-redis --plan pro --format zip --out my-app.zip\n\n{EXIT}"
        ))
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("PATH")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::AnyPath)
                .help("Folder to write into; with --format zip the file to write"),
        )
        .arg(format(&["files", "zip"], "Files in a folder, or one zip file"))
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .help("Overwrite files of the project that exist already, and nothing else"),
        )
        .arg(answers())
        .args(questions().map(client))
}

fn audit() -> Command {
    let file = |id: &'static str, help: &'static str| {
        Arg::new(id)
            .long(id)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .help(help)
    };
    Command::new("audit")
        .about("Audit databases that exist, or the configuration of a client")
        .long_about(
            "Audit what exists: JSON that the Redis Cloud API returns for databases, subscriptions, maintenance \
             windows and lists of them, on Essentials, Pro and Active-Active. Documents are merged by id; a file \
             with one object a line is judged line by line, in constant memory. Each difference comes with its \
             reason and the change that mends it.\n\nA connection string (redis://, rediss://, \
             StackExchange.Redis), a .env file or the configuration of Spring is judged as well, and given back \
             mended. No password is ever printed.",
        )
        .after_help(format!(
            "Examples:\n  holdfast audit database.json subscription.json\n  \
             holdfast audit --print-export-script > export.sh; sh export.sh > fleet.ndjson\n  \
             holdfast audit fleet.ndjson --needs needs.json --format sarif\n  \
             holdfast audit - --role cache < .env\n\nNeeds of a fleet: {{\"needs\": [{{\"name\": \"cache-*\", \
             \"answers\": {{\"role\": \"cache\"}}}}],\n  \"waivers\": [{{\"finding\": \"backup\", \"tag\": \
             \"team=web\", \"owner\": \"ann@example.com\", \"until\": \"2027-01-31\"}}]}}\n\n{EXIT}"
        ))
        .arg(
            Arg::new("files")
                .value_name("FILE")
                .num_args(1..)
                .required_unless_present("print-export-script")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("Files to audit, or - for standard input"),
        )
        .arg(format(&["text", "json", "ndjson", "sarif"], "Form of the result"))
        .arg(file("needs", "JSON file with answers by name, tag or subscription pattern, and with waivers"))
        .arg(file("baseline", "Earlier result in JSON or NDJSON: what it knew is left out"))
        .arg(
            Arg::new("fail-on")
                .long("fail-on")
                .value_name("SEVERITY")
                .value_parser(PossibleValuesParser::new(["error", "warning", "note", "never"]))
                .default_value("error")
                .help("From which severity on the exit status is 1"),
        )
        .arg(
            Arg::new("print-export-script")
                .long("print-export-script")
                .action(ArgAction::SetTrue)
                .help("Print a script that exports all databases of an account, with keys from the environment"),
        )
        .arg(answers())
        .args(questions())
}

fn terraform() -> Command {
    document(
        Command::new("terraform").about("Print the plan as Terraform").long_about(
            "Print the plan as Terraform, for the same answers as `holdfast recommend`: subscription, database, \
             windows and private links. What only you know is a variable; the keys come from the environment.",
        ),
        "terraform",
        "main.tf",
    )
}

fn rest() -> Command {
    document(
        Command::new("rest").about("Print the plan as calls of the REST API").long_about(
            "Print the plan as a shell script that creates a database with these settings, or brings one that exists \
             to them. The keys come from the environment, and it has a dry run.",
        ),
        "rest",
        "redis-cloud.sh",
    )
}

/// A command that makes one document out of a plan.
fn document(command: Command, name: &str, file: &str) -> Command {
    command
        .after_help(format!(
            "Examples:\n  holdfast {name} --plan pro --survive region\n  \
             holdfast {name} --answers answers.json --out {file}\n\n{EXIT}"
        ))
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("File to write, instead of standard output"),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .requires("out")
                .help("Overwrite the file where it exists already"),
        )
        .arg(answers())
        .args(questions())
}

fn doctor() -> Command {
    Command::new("doctor")
        .about("Look at a live endpoint from here")
        .long_about(
            "Look at a live endpoint from here, each step bounded in time and nothing written: the name and how long \
             DNS lets it be kept, the connection, the certificate and its names, HELLO and AUTH, round trips, and what \
             the user may see of server, role, persistence, eviction and connections. With answers it is held \
             against their plan. At a failure it says which step, why, and what to do.\n\nUser, password and \
             certificates come from the environment: REDIS_USERNAME, REDIS_PASSWORD, REDIS_CA_FILE (redis_ca.pem), \
             REDIS_CERT_FILE, REDIS_KEY_FILE. The password is sent when the server is verified, or with --plaintext \
             when it answers as Redis does, and is never printed.",
        )
        .after_help(format!(
            "Examples:\n  REDIS_CA_FILE=redis_ca.pem holdfast doctor redis-1.example.com:12345\n  \
             holdfast doctor localhost:6379 --plaintext --role cache --format json\n\n{EXIT}"
        ))
        .arg(
            Arg::new("endpoint-address")
                .value_name("HOST:PORT")
                .required(true)
                .value_hint(ValueHint::Hostname)
                .help("The endpoint; an IPv6 address stands in brackets"),
        )
        .arg(
            Arg::new("plaintext")
                .long("plaintext")
                .action(ArgAction::SetTrue)
                .help("Speak without TLS: the password, where one is set, travels in clear"),
        )
        .arg(format(&["text", "json"], "Form of the result"))
        .arg(answers())
        .args(questions())
}

fn diagnose() -> Command {
    Command::new("diagnose")
        .about("Say what an error message or a log means")
        .long_about(
            "Say what an error message or a log means: for each cause that is recognised what it is, three checks, \
             what to change now and what later, that which explains most first. Answers make the advice that of your \
             client and plan. Secrets are not repeated.",
        )
        .after_help(
            "Examples:\n  holdfast diagnose app.log\n  \
             kubectl logs deploy/shop | holdfast diagnose - --client ioredis --runtime kubernetes\n\n\
             Exit status: 0 nothing was recognised, or only what heals by itself; 1 something that does not; 2 bad \
             usage or unreadable input.",
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("File with the error message or log lines, or - for standard input"),
        )
        .arg(format(&["text", "json"], "Form of the result"))
        .arg(answers())
        .args(questions())
}

fn explain() -> Command {
    Command::new("explain")
        .about("Explain a setting, a finding, a client, a question or an error message in full")
        .after_help(
            "Examples:\n  holdfast explain persistence   a setting\n  holdfast explain C11           a finding\n  \
             holdfast explain redis-py      a client\n  holdfast explain data-loss     a question\n  \
             holdfast explain no-password   an error message",
        )
        .arg(
            Arg::new("id")
                .value_name("ID")
                .required(true)
                .value_parser(question::Words::new(holdfast::explain::ids().into_iter().map(Into::into)))
                .hide_possible_values(true)
                .help("Its id, in any case"),
        )
}

fn clients() -> Command {
    Command::new("clients")
        .about("List the clients that a project can be generated for")
        .arg(format(&["text", "json"], "Form of the list"))
}

fn schema() -> Command {
    Command::new("schema").about("Print a JSON Schema").arg(
        Arg::new("of")
            .value_name("WHAT")
            .required(true)
            .value_parser(PossibleValuesParser::new(["answers", "plan", "project", "audit", "evidence", "guidelines"]))
            .help("What the schema describes"),
    )
}

fn completions() -> Command {
    Command::new("completions")
        .about("Print completions for a shell")
        .after_help("Example:\n  holdfast completions bash > ~/.local/share/bash-completion/completions/holdfast")
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)).help("The shell"))
}

fn man() -> Command {
    Command::new("man").about("Print the manual page").after_help("Example:\n  holdfast man | man -l -")
}

fn wizard() -> Command {
    Command::new("wizard").about("Ask the questions one by one, in a terminal")
}

fn format(words: &'static [&'static str], help: &'static str) -> Arg {
    Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(words))
        .default_value(words[0])
        .help(help)
}

fn answers() -> Arg {
    Arg::new("answers")
        .long("answers")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("JSON file with answers, or - for standard input; flags below override it")
}

#[cfg(test)]
mod tests {
    #[test]
    fn clap_finds_no_fault_in_the_commands() {
        super::command().debug_assert();
    }
}
