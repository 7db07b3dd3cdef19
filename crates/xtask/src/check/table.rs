//! The one table at the end.

/// How a step went.
pub enum Outcome {
    /// With what is worth knowing.
    Ok(String),
    /// With the whole story.
    Failed(String),
    /// With what is missing.
    Missing(String),
}

/// A step that is over.
pub struct Row {
    pub step: String,
    pub outcome: Outcome,
    pub seconds: u64,
}

impl Row {
    /// Whether it lets the whole check pass.
    pub fn passes(&self, allow_missing: bool) -> bool {
        match self.outcome {
            Outcome::Ok(_) => true,
            Outcome::Failed(_) => false,
            Outcome::Missing(_) => allow_missing,
        }
    }

    /// Said when the step ends.
    pub fn report(&self) -> String {
        match &self.outcome {
            Outcome::Ok(_) => format!("--- {}: ok, {} s", self.step, self.seconds),
            Outcome::Failed(story) => format!("--- {}: FAILED, {} s\n{story}", self.step, self.seconds),
            Outcome::Missing(what) => format!("--- {}: not run, {what} missing", self.step),
        }
    }

    fn cells(&self) -> [String; 4] {
        let (result, note) = match &self.outcome {
            Outcome::Ok(note) => ("ok", note.as_str()),
            Outcome::Failed(story) => ("FAILED", story.lines().next().unwrap_or_default()),
            Outcome::Missing(what) => ("MISSING", what.as_str()),
        };
        let note: String = note.lines().next().unwrap_or_default().chars().take(100).collect();
        [self.step.clone(), result.to_owned(), format!("{} s", self.seconds), note]
    }
}

/// Every step, and the sums in the words that test runners use.
pub fn table(rows: &[Row], seconds: u64) -> String {
    let head = ["step", "result", "time", ""].map(str::to_owned);
    let cells: Vec<[String; 4]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width = |i: usize| cells.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [step, result, time, note] in &cells {
        let line = format!("{step:<0$}  {result:<1$}  {time:>2$}  {note}", widths[0], widths[1], widths[2]);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let count = |which: fn(&Outcome) -> bool| rows.iter().filter(|row| which(&row.outcome)).count();
    let passed = count(|outcome| matches!(outcome, Outcome::Ok(_)));
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let missing = count(|outcome| matches!(outcome, Outcome::Missing(_)));
    text + &format!("in {} min {} s\n{passed} passed, {failed} failed, {missing} skipped", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |step: &str, outcome| Row { step: step.into(), outcome, seconds: 7 };
        vec![
            row("clippy", Outcome::Ok("fine".into())),
            row("jedis-live", Outcome::Failed("first\nsecond".into())),
            row("go", Outcome::Missing("go 1.24".into())),
        ]
    }

    #[test]
    fn the_table_shows_every_step_and_the_sums() {
        let wanted = "\
step        result   time
clippy      ok        7 s  fine
jedis-live  FAILED    7 s  first
go          MISSING   7 s  go 1.24
in 1 min 5 s
1 passed, 1 failed, 1 skipped";
        assert_eq!(table(&rows(), 65), wanted);
    }

    #[test]
    fn what_is_missing_passes_only_when_it_was_allowed() {
        let passes = |allow| rows().iter().map(|row| row.passes(allow)).collect::<Vec<_>>();
        assert_eq!(passes(false), [true, false, false]);
        assert_eq!(passes(true), [true, false, true]);
    }
}
