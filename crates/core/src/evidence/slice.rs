//! What a page shows of one client: words and figures, ready to be shown, a line each.
//!
//! `cargo xtask site` writes it from the files of measurements; what is judged is judged there. JSON would bring its
//! parser along, which weighs more than the slice.

/// What was measured with one client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice<'a> {
    /// The library's version that ran; empty where nothing was measured.
    pub version: &'a str,
    /// What has to be said beside the figures, the most important first.
    pub notes: Vec<&'a str>,
    /// Whose figures stand beside each other: our project, the quick-start, our project on Redis Cloud.
    pub columns: Vec<&'a str>,
    /// Every drill, whether it was run with this client or not.
    pub drills: Vec<Drill<'a>>,
}

/// A drill, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drill<'a> {
    /// Its word.
    pub name: &'a str,
    /// What happens in it.
    pub what: &'a str,
    /// Whether our project met its limit, in words.
    pub verdict: &'a str,
    /// It did not.
    pub missed: bool,
    /// What was measured, of the newest server first.
    pub cells: Vec<Cell<'a>>,
}

/// What was measured of one column in one drill.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell<'a> {
    /// The index of its column.
    pub column: usize,
    /// ms from the cure to the first successful write, the median; nothing where a run never saw one, or was refused.
    /// Whole numbers, because what reads others weighs more in a page than all that reads this.
    pub recovered_ms: Option<u32>,
    /// The figure that matters most, with its unit.
    pub head: &'a str,
    /// The others.
    pub rest: &'a str,
    /// Of the code that ran, see [`super::hash`]; empty where that was not the project for the default answers.
    pub code: &'a str,
}

impl<'a> Slice<'a> {
    /// Reads what [`Slice::write`] wrote; what can't be read is left out.
    pub fn read(text: &'a str) -> Slice<'a> {
        let mut slice = Slice::default();
        for line in text.lines() {
            let mut parts = line.split('\t');
            let mut next = || parts.next().unwrap_or_default();
            match next() {
                "version" => slice.version = next(),
                "note" => slice.notes.push(next()),
                "column" => slice.columns.push(next()),
                "drill" => {
                    let (name, what, verdict) = (next(), next(), next());
                    slice.drills.push(Drill { name, what, verdict, missed: next() == MISSED, cells: Vec::new() });
                }
                "cell" => {
                    let (column, ms) = (next().parse().unwrap_or_default(), next().parse().ok());
                    let cell = Cell { column, recovered_ms: ms, head: next(), rest: next(), code: next() };
                    if let Some(drill) = slice.drills.last_mut() {
                        drill.cells.push(cell);
                    }
                }
                _ => {}
            }
        }
        slice
    }

    /// One line for each thing. No text in it may have a tab or a line break.
    pub fn write(&self) -> String {
        let mut lines = vec![format!("version\t{}", self.version)];
        lines.extend(self.notes.iter().map(|note| format!("note\t{note}")));
        lines.extend(self.columns.iter().map(|column| format!("column\t{column}")));
        for Drill { name, what, verdict, missed, cells } in &self.drills {
            lines.push(format!("drill\t{name}\t{what}\t{verdict}\t{}", if *missed { MISSED } else { "" }));
            for Cell { column, recovered_ms, head, rest, code } in cells {
                let ms = recovered_ms.map(|ms| ms.to_string()).unwrap_or_default();
                lines.push(format!("cell\t{column}\t{ms}\t{head}\t{rest}\t{code}"));
            }
        }
        lines.join("\n") + "\n"
    }

    /// What was measured first of a column in a drill.
    pub fn cell(&self, drill: &str, column: usize) -> Option<&Cell<'a>> {
        let drill = self.drills.iter().find(|it| it.name == drill)?;
        drill.cells.iter().find(|cell| cell.column == column)
    }
}

const MISSED: &str = "missed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_read_as_it_was_written() {
        let cell = Cell { column: 1, recovered_ms: Some(640), head: "0.6 s", rest: "0 failed", code: "ab" };
        let never = Cell { recovered_ms: None, head: "never", ..cell };
        let slice = Slice {
            version: "8.1.0",
            notes: vec!["Measured in our lab."],
            columns: vec!["Ours", "Quick-start"],
            drills: vec![
                Drill { name: "reset", what: "it hangs up", verdict: "met", missed: false, cells: vec![cell, never] },
                Drill { name: "region", what: "it goes dark", verdict: "", missed: true, cells: Vec::new() },
            ],
        };
        let text = slice.write();
        assert_eq!(Slice::read(&text), slice);
        assert_eq!(slice.cell("reset", 1), Some(&cell));
        assert_eq!((slice.cell("reset", 0), slice.cell("region", 0)), (None, None));
    }

    #[test]
    fn what_is_no_slice_has_nothing() {
        assert_eq!(Slice::read("<!doctype html>\ncell\tx"), Slice::default());
    }
}
