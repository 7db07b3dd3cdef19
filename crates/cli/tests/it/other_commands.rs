//! `explain`, `clients`, `completions`, `man`

use holdfast::clients::ClientId;

use crate::program::run;

#[test]
fn everything_is_explained_in_any_case() {
    for (id, part) in [
        ("C11", "AOF"),
        ("c11", "AOF"),
        ("Persistence", "aof-every-1-second"),
        ("tls", "TLS"),
        ("write_proof", "WAITAOF"),
        ("write-proof", "WAITAOF"),
        ("redis-py", "Python"),
        ("REDIS-PY", "Python"),
        ("data-loss", "one-second"),
    ] {
        let ended = run(["explain", id]);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{id}");
        assert!(ended.out.contains(part), "{id}: {}", ended.out);
    }
    for id in holdfast::explain::ids() {
        assert_eq!(run(["explain", id]).code, 0, "{id}");
    }
}

#[test]
fn every_client_is_listed_in_both_forms() {
    let text = run(["clients"]).out;
    let json = run(["clients", "--format", "json"]).json();
    for (at, id) in ClientId::ALL.iter().enumerate() {
        let client = id.client();
        let line = text.lines().nth(at + 1).unwrap();
        assert!(line.starts_with(client.id) && line.contains(client.version), "{line}");
        assert_eq!((json[at]["id"].as_str(), json[at]["version"].as_str()), (Some(client.id), Some(client.version)));
    }
    assert_eq!(text.lines().count(), ClientId::ALL.len() + 1);
}

#[test]
fn each_shell_completes_commands_flags_and_words() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(["completions", shell]).out;
        for part in ["recommend", "data-loss"] {
            assert!(script.contains(part), "{shell} does not know {part}");
        }
    }
    for shell in ["bash", "fish", "zsh"] {
        let script = run(["completions", shell]).out;
        for word in ["essentials-flex", "one-second", "go-redis"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn the_manual_has_every_command_and_every_question_once() {
    let page = run(["man"]).out.replace("\\-", "-");
    assert!(page.contains(".TH holdfast 1"), "{page}");
    for command in ["RECOMMEND", "GENERATE", "DIAGNOSE", "EXPLAIN", "CLIENTS", "SCHEMA", "COMPLETIONS", "MAN", "WIZARD"]
    {
        assert!(page.contains(&format!("HOLDFAST {command}")), "{command}");
    }
    for entry in holdfast::questions::ALL.iter().filter(|entry| entry.key != "client") {
        let flag = format!("--{}\\fR", entry.question.id);
        assert_eq!(page.matches(&flag).count(), 1, "{flag}");
    }
}
