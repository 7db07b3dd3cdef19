//! `tests/drills/EVIDENCE.md`: what was measured, as the page shows it.

use anyhow::Result;
use holdfast::clients::ClientId;
use holdfast::evidence::{Drill, Slice};

use super::table;
use crate::drill::slice;

/// The whole page.
pub fn evidence() -> Result<String> {
    let parts: Vec<String> = slice::all()?.iter().map(|(id, slice)| part(*id, slice)).collect();
    let head = "<!-- Written by `cargo xtask codegen` from evidence.json. -->\n# Evidence\n\n\
                Back: from the cure to the first successful write, the median of all runs; everything else is of the \
                worst run.\nLate: a write that had failed and was applied after a newer one.\n\n";
    Ok(head.to_owned() + &parts.join("\n"))
}

fn part(id: ClientId, slice: &Slice) -> String {
    let notes: String = slice.notes.iter().map(|note| format!("{note}\n\n")).collect();
    let title = format!("## {}\n\n", id.client().name);
    if slice.version.is_empty() {
        return (title + &notes).trim_end().to_owned() + "\n";
    }
    let head: Vec<&str> =
        ["drill", "what happens"].into_iter().chain(slice.columns.iter().copied()).chain(["limit"]).collect();
    let rows = slice.drills.iter().map(|drill| row(drill, slice.columns.len()));
    title + &notes + &table(&head, rows)
}

fn row(drill: &Drill, columns: usize) -> Vec<String> {
    let cell = |column| {
        let cells = drill.cells.iter().filter(|cell| cell.column == column);
        let cells: Vec<String> = cells.map(|cell| format!("**{}**, {}", cell.head, cell.rest)).collect();
        if cells.is_empty() { "not measured".to_owned() } else { cells.join("<br>") }
    };
    let verdict = if drill.missed { format!("**{}**", drill.verdict) } else { drill.verdict.to_owned() };
    let first = [format!("`{}`", drill.name), drill.what.to_owned()];
    first.into_iter().chain((0..columns).map(cell)).chain([verdict]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast::evidence::Cell;

    #[test]
    fn what_was_not_measured_is_never_a_blank() {
        let cell = Cell { head: "back after 0.6 s", rest: "1 run", ..Cell::default() };
        let drill = Drill { name: "reset", what: "w", verdict: "missed: x", missed: true, cells: vec![cell] };
        let cells = ["`reset`", "w", "**back after 0.6 s**, 1 run", "not measured", "**missed: x**"];
        assert_eq!(row(&drill, 2), cells);
    }
}
