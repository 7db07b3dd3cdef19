//! `crates/REFERENCE.md`: questions, settings, findings and clients as tables.

use crate::check::proof;
use holdfast::clients::ClientId;
use holdfast::findings::checks;
use holdfast::questions::{ALL, Answers, Choice, Kind};
use holdfast::rules::Setting;

/// The whole page.
pub fn reference() -> String {
    let sections = [questions(), settings(), findings(), clients(), seen()];
    format!("<!-- Written by `cargo xtask codegen`. -->\n# Reference\n\n{}", sections.join("\n"))
}

fn questions() -> String {
    let defaults = Answers::default();
    let rows = ALL.iter().map(|entry| {
        let question = entry.question;
        let default = (entry.show)(&defaults);
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        vec![format!("`{}`", question.id), question.title.into(), answers(&question.kind), default]
    });
    table("Questions", ["id", "question", "answers", "default"], rows)
}

fn answers(kind: &Kind) -> String {
    let words = |choices: &[Choice]| choices.iter().map(|c| format!("`{}`", c.word)).collect::<Vec<_>>().join(" ");
    match kind {
        Kind::Choice(choices) | Kind::Maybe(choices) | Kind::Words(choices) => words(choices),
        other => other.shape(),
    }
}

fn settings() -> String {
    let rows = Setting::ALL.iter().map(|setting| {
        let rule = setting.rule();
        let sources: Vec<String> = rule.sources.iter().map(|s| format!("[{}]({})", s.title, s.url)).collect();
        vec![format!("`{}`", setting.key()), rule.title.into(), rule.what.into(), sources.join(", ")]
    });
    table("Settings", ["key", "console", "rule", "sources"], rows)
}

fn findings() -> String {
    let rows = checks()
        .map(|check| vec![check.id.into(), check.severity.word().into(), check.title.into(), check.rule.into()]);
    table("Findings", ["id", "severity", "about", "rule"], rows)
}

fn clients() -> String {
    let rows = ClientId::ALL.iter().map(|id| {
        let client = id.client();
        let version = format!("{} ({})", client.version, client.checked);
        vec![format!("`{}`", client.id), client.language.into(), version, client.label(), client.needs.into()]
    });
    table("Clients", ["id", "language", "version (checked)", "standing", "needs"], rows)
}

fn seen() -> String {
    let head: [String; 12] = proof::head().try_into().expect("twelve columns");
    let text = table(
        "What was seen of each client",
        head.each_ref().map(String::as_str),
        ClientId::ALL.iter().map(|id| proof::kept(*id)),
    );
    let reasons = ClientId::ALL.iter().map(|id| id.client());
    let reasons =
        reasons.filter_map(|client| Some(format!("\n`{}` was not run by us: {}.\n", client.id, client.not_run?)));
    text + &reasons.collect::<String>()
}

fn table<const N: usize>(title: &str, head: [&str; N], rows: impl Iterator<Item = Vec<String>>) -> String {
    format!("## {title}\n\n") + &super::table(&head, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_setting_finding_and_client_has_a_row() {
        let page = reference();
        let rows = ALL.len() + Setting::ALL.len() + checks().count() + 2 * ClientId::ALL.len();
        // Two more for the head of each of the five tables.
        assert_eq!(page.lines().filter(|line| line.starts_with("| ")).count(), rows + 2 * 5);
    }
}
