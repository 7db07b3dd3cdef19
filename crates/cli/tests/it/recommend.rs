//! `holdfast recommend`

use std::io::Read;
use std::process::Stdio;

use crate::program::{Folder, command, plan, run, with_input};

const PRO: &str = r#"{"plan":"pro","endpoint":"public","data_loss":"one-second","survive":"zone","client":"go-redis"}"#;

#[test]
fn a_pro_database_gets_its_settings_with_reasons_and_sources() {
    let ended = plan(PRO);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let plan = ended.json();
    for (setting, value) in [("persistence", "aof-every-1-second"), ("replication", "multi-zone"), ("tls", "on")] {
        let advice = &plan["settings"][setting];
        assert_eq!(advice["value"], value);
        assert!(advice["reason"].as_str().is_some_and(|reason| reason.ends_with('.')), "{advice}");
        assert!(advice["sources"].as_array().is_some_and(|sources| !sources.is_empty()), "{advice}");
    }
}

#[test]
fn the_keys_of_a_plan_stand_in_their_order() {
    let plan = run(["recommend", "--format", "json"]).json();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&plan), ["holdfast", "answers", "settings", "connection", "outlook", "findings", "checklist"]);
    assert_eq!(
        keys(&plan["settings"]["tls"]),
        ["value", "title", "reason", "price", "because", "rejected", "change_later", "sources"]
    );
    let questions: Vec<&str> = holdfast::questions::ALL.iter().map(|entry| entry.key).collect();
    assert_eq!(keys(&plan["answers"]), questions);
}

#[test]
fn an_error_in_the_answers_is_exit_1_with_the_whole_plan() {
    for format in ["text", "markdown", "json"] {
        let ended = run(["recommend", "--plan", "free", "--format", format]);
        assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{format}");
        assert!(ended.out.contains("C1") && ended.out.contains("noeviction"), "{}", ended.out);
    }
}

#[test]
fn flags_override_the_file() {
    let args = ["recommend", "--answers", "-", "--format", "json", "--plan", "essentials", "--deadline", "700"];
    let answers = with_input(args, PRO.as_bytes()).json()["answers"].clone();
    assert_eq!((answers["plan"].as_str(), answers["deadline"].as_u64()), (Some("essentials"), Some(700)));
    assert_eq!(answers["client"], "go-redis");
}

#[test]
fn each_question_is_a_flag_that_takes_its_own_text() {
    let defaults = holdfast::Answers::default();
    for entry in holdfast::questions::ALL {
        let flag = format!("--{}={}", entry.question.id, (entry.show)(&defaults));
        assert_eq!(run(["recommend", &flag, "--format", "json"]).code, 0, "{flag}");
    }
}

#[test]
fn the_text_begins_with_one_sentence_and_fits_into_80_columns() {
    let ended = run(["recommend", "--plan", "pro", "--quiet-hours", "Tue+Fri@22/8"]);
    let mut rest = ended.out.as_str();
    for part in [
        "Pro (1 GB) with replication multi-zone",
        "WHAT CAN NEVER BE CHANGED LATER",
        "SETTINGS",
        "Tuesday and Friday from 22:00 for 8 hours",
        "THE CLIENT'S CLOCKS",
        "WHAT HAPPENS WHEN",
        "WHAT YOU STILL HAVE TO DO",
        "#v=1&plan=pro&quiet-hours=Tue%2BFri@22/8",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not in its place: {rest}"));
        rest = &rest[at..];
    }
    for line in ended.out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn without_a_terminal_there_is_no_colour() {
    assert!(!run(["recommend", "--plan", "free"]).out.contains('\u{1b}'));
}

#[test]
fn equal_answers_give_equal_bytes() {
    for format in ["text", "markdown", "json"] {
        let once = || run(["recommend", "--plan", "pro-flex", "--format", format]).out;
        assert_eq!(once(), once());
    }
}

#[test]
fn hostile_text_stays_text_in_every_format() {
    let hostile = "\u{1b}[2J\r\u{202e}`</script>|\n# x";
    for id in ["name", "host", "user"] {
        for format in ["text", "markdown"] {
            let ended = run(["recommend", &format!("--{id}={hostile}"), "--format", format]);
            assert!(ended.code < 2, "{}", ended.err);
            assert!(!ended.out.contains(['\u{1b}', '\r', '\u{202e}']), "{id} {format}: {}", ended.out);
            assert!(!ended.out.contains("\n# x"), "{id} {format}: {}", ended.out);
        }
        let ended = run(["recommend", &format!("--{id}={hostile}"), "--format", "json"]);
        assert_eq!(ended.json()["answers"][id], hostile);
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for args in [
        ["recommend", "--format=markdown"],
        ["man", ""],
        ["schema", "plan"],
        ["completions", "bash"],
        ["recommend", "--help"],
    ] {
        let args = args.iter().filter(|arg| !arg.is_empty());
        let mut child = command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_clear_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command().arg("recommend").stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "holdfast: standard output: no space left on device\n");
}

#[test]
fn markdown_has_every_detail() {
    let folder = Folder::new("markdown");
    let file = folder.path("answers.json");
    std::fs::write(&file, PRO).unwrap();
    let text = run(["recommend", "--answers", &file, "--format", "markdown"]).out;
    for part in
        ["# Recommended by Holdfast", "## Settings", "  - Source: [Data persistence", "  - Not: none", "`go-redis`"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}
