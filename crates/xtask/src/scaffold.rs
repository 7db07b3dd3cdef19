//! `cargo xtask new-rule ID` and `new-client ID`: a file with a failing test that says what to fill
//! in, and the one line in the table.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Starts a rule.
pub fn new_rule(root: &Path, id: &str) -> Result<()> {
    let module = module(id)?;
    let rules = root.join("crates/core/src/rules");
    let line = format!("    /// TODO: what it is, in one sentence.\n    {} => {module},\n", type_name(id));
    start(&rules.join(format!("{module}.rs")), &fill(RULE, id), &rules.join("mod.rs"), "settings! {", &line)
}

/// Starts a client.
pub fn new_client(root: &Path, id: &str) -> Result<()> {
    let module = module(id)?;
    let clients = root.join("crates/core/src/clients");
    let line = format!("    {} => {module};\n", type_name(id));
    start(&clients.join(&module).join("mod.rs"), &fill(CLIENT, id), &clients.join("mod.rs"), "clients! {", &line)
}

fn start(file: &Path, text: &str, table: &Path, head: &str, line: &str) -> Result<()> {
    ensure!(!file.exists(), "{} is there already", file.display());
    let extended = with_line(&fs::read_to_string(table)?, head, line)?;
    fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    fs::write(file, text)?;
    fs::write(table, extended)?;
    println!("{}: fill it in; `cargo test -p holdfast` tells what is missing", file.display());
    Ok(())
}

/// The table with one more line at its end.
fn with_line(text: &str, head: &str, line: &str) -> Result<String> {
    let start = text.rfind(&format!("\n{head}\n")).with_context(|| format!("no table `{head}`"))?;
    let end = start + text[start..].find("\n}").context("the table has no end")? + 1;
    Ok(format!("{}{line}{}", &text[..end], &text[end..]))
}

fn module(id: &str) -> Result<String> {
    let fine = !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    ensure!(fine && id.starts_with(|c: char| c.is_ascii_lowercase()), "an id is in kebab-case: {id}");
    Ok(id.replace('-', "_"))
}

fn type_name(id: &str) -> String {
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    id.split('-').filter(|word| !word.is_empty()).map(capital).collect()
}

fn fill(template: &str, id: &str) -> String {
    template.replace("MODULE", &id.replace('-', "_")).replace("ID", id)
}

const RULE: &str = r#"//! TODO: what it decides, and from what.

use super::{ChangeLater, Decision, Rule};
use crate::case::Case;
use crate::told::told;

/// The rule.
pub const RULE: Rule = Rule { title: "TODO", what: told("TODO"), sources: &[], decide };

fn decide(_case: &Case) -> Decision {
    Decision {
        value: "TODO".into(),
        reason: "TODO".into(),
        price: "TODO".into(),
        because: (&[]).into(),
        rejected: vec![],
        change_later: ChangeLater::AnyTime,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rule_is_filled_in() {
        let todo = concat!("TO", "DO");
        assert!(
            !include_str!("MODULE.rs").contains(todo),
            "ID: title, what, sources and decide; then a test for each choice of the questions that it reads"
        );
    }
}
"#;

const CLIENT: &str = r#"//! TODO: the library, and what is particular about it.

use super::*;

/// The client.
pub const CLIENT: Client = Client {
    id: "ID",
    name: "TODO",
    language: "TODO",
    version: "TODO",
    ran: "",
    checked: "TODO",
    needs: "TODO",
    standing: Standing::BestEffort,
    not_run: None,
    snippet: "TODO",
    hears: Hears::NOTHING,
    knobs: Knobs { pool: false, keepalive: false, user_timeout: false, health_check: false, dns_cache: false, cluster: false },
    opens: Opens::PROVED_APART,
    traps: traps(&[]),
    drill: Drill { tools: &[], setup: told(""), installed: None, format: told(""), lint: told(""), texts: told(""), test: told(""), run: told("") },
    sources: &[],
    files: &[Template { path: "TODO", when: "", text: template!("mod.rs") }, ENV],
    words: |_| vec![],
};

#[cfg(test)]
mod tests {
    #[test]
    fn the_client_is_filled_in() {
        let todo = concat!("TO", "DO");
        assert!(
            !include_str!("mod.rs").contains(todo),
            "ID: the record, the templates, the drill; clients/README.md says what the project must do"
        );
    }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_modules_and_types() {
        assert_eq!(module("spring-data-redis").unwrap(), "spring_data_redis");
        assert_eq!(type_name("spring-data-redis"), "SpringDataRedis");
        for id in ["", "Rule", "9x", "a_b", "../x"] {
            assert!(module(id).is_err(), "{id}");
        }
    }

    #[test]
    fn the_line_comes_last_in_its_table() {
        let text = "macro! settings! {\n}\n\nsettings! {\n    A => a,\n}\n\nfn rest() {\n}\n";
        let wanted = "macro! settings! {\n}\n\nsettings! {\n    A => a,\n    B => b,\n}\n\nfn rest() {\n}\n";
        assert_eq!(with_line(text, "settings! {", "    B => b,\n").unwrap(), wanted);
    }

    #[test]
    fn the_tables_are_where_they_are_looked_for() {
        let core = crate::paths::root().join("crates/core/src");
        for (file, head) in [("rules/mod.rs", "settings! {"), ("clients/mod.rs", "clients! {")] {
            with_line(&fs::read_to_string(core.join(file)).unwrap(), head, "").unwrap();
        }
    }
}
