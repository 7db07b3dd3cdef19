//! `holdfast clients`

use std::process::ExitCode;

use clap::ArgMatches;
use holdfast::artefact::text::table;
use holdfast::clients::{Client, ClientId};
use serde_json::{Value, json};

use super::word;
use crate::stop::{self, Stop};

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    let clients = || ClientId::ALL.iter().map(|id| id.client());
    let bytes = match word(matches, "format") {
        "json" => super::json(&clients().map(record).collect::<Vec<Value>>())?,
        _ => {
            let head = ["CLIENT", "NAME", "LANGUAGE", "VERSION", "CHECKED", "STANDING", "MAINTENANCE"];
            let rows: Vec<Vec<String>> =
                std::iter::once(head.map(str::to_owned).to_vec()).chain(clients().map(row)).collect();
            table(&rows, stop::colour()).into_bytes()
        }
    };
    stop::print(&bytes)?;
    Ok(ExitCode::SUCCESS)
}

fn row(client: &Client) -> Vec<String> {
    let warned = if client.warned() { "warned" } else { "not warned" };
    let standing = client.label();
    [client.id, client.name, client.language, client.version, client.checked, &standing, warned]
        .map(str::to_owned)
        .to_vec()
}

fn record(client: &Client) -> Value {
    json!({
        "id": client.id,
        "name": client.name,
        "language": client.language,
        "version": client.version,
        "checked": client.checked,
        "standing": client.standing,
        "not_run": client.not_run,
        "needs": client.needs,
        "handoffs": client.warned(),
        "snippet": client.snippet,
        "traps": client.traps.list(),
        "sources": client.sources,
    })
}
