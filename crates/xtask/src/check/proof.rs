//! What was seen of each client, as one table: a client for each row.

use holdfast::clients::{Client, ClientId, project};
use holdfast::questions::Answers;

use super::table::{Outcome, Row};

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
    let head = ["client", "version", "lines"].into_iter().chain(COLUMNS.iter().map(|(title, _)| *title));
    let lines: Vec<Vec<String>> = std::iter::once(head.map(str::to_owned).collect()).chain(clients).collect();
    let width = |i: usize| lines.iter().filter_map(|line| line.get(i)).map(String::len).max().unwrap_or(0);
    let padded = |line: &Vec<String>| {
        let cells = line.iter().enumerate().map(|(i, cell)| format!("{cell:<0$}", width(i)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let reasons = ClientId::ALL.iter().map(|id| id.client());
    let reasons = reasons.filter_map(|client| Some(format!("{}: not run by us: {}\n", client.id, client.not_run?)));
    lines.iter().map(padded).chain(reasons).collect()
}

fn cells(id: ClientId, rows: &[Row]) -> Option<Vec<String>> {
    let client = id.client();
    let proofs: Option<Vec<String>> =
        COLUMNS.iter().map(|(_, step)| cell(client, step, rows).map(str::to_owned)).collect();
    let snippet = project(&Answers { client: id, ..Answers::default() }).swap_remove(0);
    let about = [client.id.to_owned(), version(client), snippet.text.lines().count().to_string()];
    Some(about.into_iter().chain(proofs?).collect())
}

/// Nothing where the step was not asked for.
fn cell(client: &Client, step: &str, rows: &[Row]) -> Option<&'static str> {
    let name = format!("{}-{step}", client.id);
    let Some(row) = rows.iter().find(|row| row.step == name) else {
        return client.not_run.map(|_| "not run");
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
