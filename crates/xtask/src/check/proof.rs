//! What was seen of each client, as one table: a client for each row.
//!
//! The test command keeps each row in a file, with the checksum of the projects that it ran. The
//! reference shows what is there, and `not yet` for a client whose projects are others now; the test
//! command fails where it claims what was not seen.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use holdfast::clients::{Client, ClientId, project};
use holdfast::questions::Answers;
use holdfast_tests::texts::Text;
use holdfast_tests::variants;

use super::table::{Outcome, Row};
use crate::paths;

/// The folder of the rows.
const SEEN: &str = "tests/seen";

/// What a column says, and the step that proves it. The live runs are of every variant: one has
/// client certificates, one has names that nobody should type.
const COLUMNS: &[(&str, &str)] = &[
    ("formatted", "format"),
    ("linted", "lint"),
    ("compiled", "texts"),
    ("own test", "test"),
    ("TLS", "live"),
    ("mutual TLS", "live"),
    ("hostile text", "live"),
    ("refusals", "refusals"),
    ("frozen peer", "frozen"),
];

/// The table of all clients of which every step was asked for; nothing where there is none.
pub fn table(rows: &[Row]) -> String {
    let clients = ClientId::ALL.iter().filter_map(|id| cells(*id, rows)).collect::<Vec<_>>();
    if clients.is_empty() {
        return String::new();
    }
    let lines: Vec<Vec<String>> = std::iter::once(head()).chain(clients).collect();
    let width = |i: usize| lines.iter().filter_map(|line| line.get(i)).map(String::len).max().unwrap_or(0);
    let padded = |line: &Vec<String>| {
        let cells = line.iter().enumerate().map(|(i, cell)| format!("{cell:<0$}", width(i)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let reasons = ClientId::ALL.iter().map(|id| id.client());
    let reasons = reasons.filter_map(|client| Some(format!("{}: not run by us: {}\n", client.id, client.not_run?)));
    lines.iter().map(padded).chain(reasons).collect()
}

/// The titles.
pub fn head() -> Vec<String> {
    let titles = ["client", "version", "lines"].into_iter().chain(COLUMNS.iter().map(|(title, _)| *title));
    titles.map(str::to_owned).collect()
}

/// Keeps the rows of the table, and tells whether there are any.
pub fn keep(rows: &[Row]) -> Result<bool> {
    let mut any = false;
    for id in ClientId::ALL {
        if let Some(cells) = cells(*id, rows) {
            fs::create_dir_all(paths::root().join(SEEN))?;
            fs::write(file(*id), format!("{:016x}\n{}\n", checksum(*id), cells.join("\n")))?;
            any = true;
        }
    }
    Ok(any)
}

/// What the reference says of every client, before it is measured again.
pub fn claimed() -> Vec<Vec<String>> {
    ClientId::ALL.iter().map(|id| kept(*id)).collect()
}

/// Fails where the reference claims what was not seen now; where it claims too little, says what to do.
pub fn compare(claimed: &[Vec<String>]) -> Result<String> {
    let now = self::claimed();
    let both = || claimed.iter().flatten().zip(now.iter().flatten());
    let wrong: Vec<String> = claimed
        .iter()
        .zip(&now)
        .filter(|(said, seen)| said.iter().zip(*seen).any(|(said, seen)| said == "yes" && seen != "yes"))
        .filter_map(|(said, _)| said.first().cloned())
        .collect();
    ensure!(wrong.is_empty(), "the reference says of {} what was not seen now", wrong.join(", "));
    let news = both().filter(|(said, seen)| said != seen).count();
    Ok(match news {
        0 => "the reference says what was seen now".to_owned(),
        _ => format!("{news} cells are news to the reference: run `cargo xtask codegen` and commit it with {SEEN}"),
    })
}

/// The row that was kept, where the projects are still those that were run.
pub fn kept(id: ClientId) -> Vec<String> {
    let kept = fs::read_to_string(file(id)).unwrap_or_default();
    let mut lines = kept.lines().map(str::to_owned);
    if lines.next() == Some(format!("{:016x}", checksum(id))) {
        return lines.collect();
    }
    about(id).into_iter().chain(COLUMNS.iter().map(|_| "not yet".to_owned())).collect()
}

fn file(id: ClientId) -> PathBuf {
    paths::root().join(SEEN).join(id.client().id).with_extension("txt")
}

/// Of every project that is run, numbers and stamp apart.
fn checksum(id: ClientId) -> u64 {
    variants::ALL.iter().fold(0, |sum, variant| sum.rotate_left(7) ^ Text::new(variant.answers(id)).sum)
}

fn cells(id: ClientId, rows: &[Row]) -> Option<Vec<String>> {
    let client = id.client();
    let proofs: Option<Vec<String>> =
        COLUMNS.iter().map(|(_, step)| cell(client, step, rows).map(str::to_owned)).collect();
    Some(about(id).into_iter().chain(proofs?).collect())
}

/// Id, version and lines of the connection module for the default answers.
fn about(id: ClientId) -> [String; 3] {
    let client = id.client();
    let snippet = project(&Answers { client: id, ..Answers::default() }).swap_remove(0);
    [client.id.to_owned(), version(client), snippet.text.lines().count().to_string()]
}

/// Nothing where the step was not asked for.
fn cell(client: &Client, step: &str, rows: &[Row]) -> Option<&'static str> {
    let name = format!("{}-{step}", client.id);
    let Some(row) = rows.iter().find(|row| row.step == name) else {
        let only_read = ["format", "lint", "texts"].contains(&step);
        return client.not_run.filter(|_| !only_read).map(|_| "not run by us");
    };
    Some(match row.outcome {
        Outcome::Ok(_) => "yes",
        Outcome::Failed(_) => "NO",
        Outcome::Missing(_) => "MISSING",
    })
}

fn version(client: &Client) -> String {
    match client.ran {
        "" => client.version.to_owned(),
        ran => format!("{} (ran {ran})", client.version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_stands_in_the_table_when_all_of_it_was_asked_for() {
        let id = ClientId::ALL[0];
        let row = |step: &str, outcome| Row { step: format!("{}-{step}", id.client().id), outcome, seconds: 1 };
        let mut rows: Vec<Row> = ["format", "lint", "texts", "test", "live", "refusals"]
            .map(|step| row(step, Outcome::Ok(String::new())))
            .into();
        assert_eq!(cells(id, &rows), None);
        rows.push(row("frozen", Outcome::Failed(String::new())));
        let cells = cells(id, &rows).unwrap();
        assert_eq!(cells[3..], ["yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "NO"]);
        assert!(table(&rows).lines().nth(1).unwrap().starts_with(id.client().id));
    }
}
