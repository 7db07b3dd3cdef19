//! The project's own commands, `cargo xtask …`: see [`USAGE`].

mod bench;
mod check;
mod codegen;
mod drill;
mod lab;
mod package;
mod paths;
mod scaffold;
mod serve;
mod shell;
mod site;
mod sweep;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask serve [--port N]         builds the page and shows it, on a machine with only Rust
cargo xtask test [--only STEP[,STEP]] [--allow-missing]
                                     installs what is missing, runs everything, prints one table
cargo xtask test --no-install        lists what is missing
cargo xtask drill [--client ID,…] [--drill NAME,…] [--runs N] [--ttl S] [--redis 8.0|7.0] [--out FILE] [--again]
                                     runs the projects and the quick-starts through faults, and judges them
cargo xtask drill --join FILE,…      adds up what labs side by side have measured, each into its own --out
cargo xtask drill --check            judges what was measured
cargo xtask sweep [--client ID] [--all]
                                     formats, lints and compiles every text that can be reached and has
                                     not passed yet; `cargo xtask test` checks a sample and the checksums
cargo xtask bench                    measures core, command line and page, prints medians
cargo xtask package                  builds the package for JavaScript in target/package
cargo xtask codegen [--check]        writes the rendered projects and the reference, or compares them
cargo xtask first-sight              writes web/first.html: the page at its default answers, as the built page shows it
cargo xtask shots                    builds the page and takes pictures of all of it, into target/shots
cargo xtask new-rule ID              starts a rule, with a failing test that says what to fill in
cargo xtask new-client ID            starts a client, likewise";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => serve::serve(None),
        ["serve", "--port", port] => serve::serve(Some(port.parse()?)),
        ["test", options @ ..] => check::check(&check::Options::read(options)?),
        ["drill", options @ ..] => drill::run(&drill::Options::read(options)?),
        ["drill-short"] => drill::short().map(|note| println!("{note}")),
        ["drill-dns"] => drill::serve_names(),
        ["drill-relay", before] => drill::serve_relay(before),
        ["drill-proxy", before] => drill::serve_proxy(before),
        ["bench"] => bench::bench(),
        ["package"] => package::write().map(|to| println!("{}", to.display())),
        ["codegen"] => codegen::write(&paths::root()),
        ["codegen", "--check"] => codegen::compare(&paths::root()),
        ["sweep", words @ ..] => sweep::sweep(words),
        ["first-sight"] => check::page::built("first-sight.mjs"),
        ["shots"] => check::page::built("shots.mjs"),
        ["site"] => site::write(),
        ["new-rule", id] => scaffold::new_rule(&paths::root(), id),
        ["new-client", id] => scaffold::new_client(&paths::root(), id),
        [] | ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("unknown: {}\n{USAGE}", other.join(" ")),
    }
}
