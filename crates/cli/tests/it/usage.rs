//! Bad usage, and help.

use std::ffi::OsStr;

use crate::program::{run, with_input};

#[test]
fn bad_usage_is_one_line_that_leads_on() {
    for (args, parts) in [
        (vec![], vec!["found no command", "\"recommend\"", "`holdfast --help`"]),
        (vec!["recomend"], vec!["\"recomend\"", "did you mean \"recommend\"?"]),
        (vec!["recommend", "--plna", "pro"], vec!["--plna", "`holdfast recommend --help`", "did you mean \"--plan\"?"]),
        (vec!["recommend", "--plan", "prp"], vec!["--plan: ", "\"prp\"", "\"essentials\"", "did you mean \"pro\"?"]),
        (vec!["recommend", "--plan"], vec!["--plan: found no value", "\"essentials\""]),
        (vec!["recommend", "--plan", "pro", "--plan", "pro"], vec!["--plan: found twice, expected once"]),
        (vec!["recommend", "--data_loss", "nothing"], vec!["expected --data-loss"]),
        (vec!["recommend", "--deadline", "-5"], vec!["--deadline: ", "\"-5\"", "from 50 to 60000"]),
        (vec!["recommend", "--deadline", "soon"], vec!["--deadline: ", "\"soon\"", "from 50 to 60000"]),
        (vec!["recommend", "--dataset", "0"], vec!["--dataset: ", "\"0\"", "above 0"]),
        (vec!["recommend", "--blocking", "true"], vec!["--blocking: ", "\"yes\" or \"no\""]),
        (vec!["recommend", "--quiet-hours", "Tue"], vec!["--quiet-hours: ", "Tue+Fri@22/8"]),
        (vec!["recommend", "--format", "xml"], vec!["--format: ", "\"markdown\""]),
        (vec!["recommend", "now"], vec!["\"now\"", "no further word"]),
        (vec!["recommend", "-x"], vec!["\"-x\"", "unknown flag"]),
        (vec!["generate", "--out", "x"], vec!["expected --client ID as well"]),
        (vec!["generate", "--client", "redis-py"], vec!["expected --out PATH as well"]),
        (vec!["generate", "--client", "redispy", "--out", "x"], vec!["--client: ", "did you mean \"redis-py\"?"]),
        (vec!["explain"], vec!["expected ID as well"]),
        (vec!["explain", "persistense"], vec!["\"persistense\"", "did you mean \"persistence\"?"]),
        (vec!["schema", "evidences"], vec!["\"evidences\"", "\"answers\""]),
        (vec!["completions", "fsh"], vec!["\"fsh\"", "did you mean \"fish\"?"]),
        (vec!["wizard"], vec!["no terminal"]),
    ] {
        let ended = run(&args);
        for part in parts {
            assert!(ended.refusal().contains(part), "{args:?}, {part}: {}", ended.err);
        }
    }
}

#[test]
fn a_secret_is_refused_and_not_repeated() {
    for args in [
        vec!["recommend", "--password", "hunter2"],
        vec!["recommend", "--redis-password=hunter2"],
        vec!["recommend", "--host", "rediss://default:hunter2@redis-1.example.com:12345"],
        vec!["generate", "--client", "redis-py", "--out", "x", "--token", "hunter2"],
    ] {
        let ended = run(&args);
        assert!(ended.refusal().contains("secret") && !ended.err.contains("hunter2"), "{}", ended.err);
    }
}

#[test]
fn a_connection_string_where_none_belongs_keeps_its_password() {
    let url = "rediss://default:hunter2@redis-1.example.com:12345";
    let dotnet = "redis-1.example.com:12345,Password=hunter2,ssl=true";
    let without_scheme = "default:hunter2@redis-1.example.com:12345";
    // Where a password with blanks or quotes ends can't be told.
    let (blank, quote) = ("redis://default:a hunter2@redis-1.example.com:1", "redis://default:a'hunter2@b:1");
    let spaced = "redis-1.example.com:12345,Password = a hunter2,ssl=true";
    for given in [url, dotnet, without_scheme, blank, quote, spaced] {
        for args in [
            vec![given],
            vec!["audit", given],
            vec!["audit", "--needs", given, "-"],
            vec!["audit", "--baseline", given, "-"],
            vec!["audit", "--format", given, "-"],
            vec!["diagnose", given],
            vec!["recommend", given],
            vec!["recommend", "--answers", given],
            vec!["recommend", "--format", given],
            vec!["recommend", "--role", given],
            vec!["schema", given],
            vec!["doctor", given],
            vec!["explain", given],
            vec!["generate", "--out", "x", "--client", given],
        ] {
            let ended = with_input(args.iter(), b"{}");
            assert_eq!(ended.code, 2, "{args:?}");
            assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"), "{args:?}: {}", ended.err);
        }
    }
    assert!(run(["audit", url]).err.contains("standard input"));
    for args in [["generate", "--client=redis-py", "--out", url], ["terraform", "--plan=pro", "--out", quote]] {
        let ended = run(args);
        assert!(ended.refusal().contains("connection string") && !ended.err.contains("hunter2"), "{}", ended.err);
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = OsStr::from_bytes(b"a\xff\x1b[31m");
    for args in [
        vec![OsStr::new("recommend"), OsStr::new("--name"), bytes],
        vec![OsStr::new("explain"), bytes],
        vec![bytes],
        vec![OsStr::new("recommend"), OsStr::new("--answers"), bytes],
    ] {
        run(&args).refusal();
    }
}

#[test]
fn help_and_version_are_results() {
    for args in [vec!["--help"], vec!["-h"], vec!["--version"], vec!["recommend", "--help"], vec!["help", "generate"]] {
        let ended = run(&args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{args:?}");
        assert!(ended.out.contains("holdfast"), "{args:?}");
    }
}

#[test]
fn help_names_every_question_with_its_default_and_its_choices() {
    let help = run(["recommend", "--help"]).out;
    let defaults = holdfast::Answers::default();
    for entry in holdfast::questions::ALL {
        assert!(help.contains(&format!("--{} <", entry.question.id)), "{}", entry.key);
        let default = (entry.show)(&defaults);
        assert!(default.is_empty() || help.contains(&format!("[default: {default}]")), "{}", entry.key);
        if let holdfast::questions::Kind::Choice(choices) = entry.question.kind {
            for choice in choices {
                assert!(help.contains(&format!("- {}", choice.word)), "{} {}", entry.key, choice.word);
            }
        }
    }
}

#[test]
fn the_wizard_needs_a_terminal() {
    assert!(with_input(["wizard"], b"\n\n\n").refusal().contains("`holdfast recommend --answers FILE`"));
}
