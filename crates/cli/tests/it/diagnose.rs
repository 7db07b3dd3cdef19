//! `holdfast diagnose`

use crate::program::{Folder, run, with_input};

const LOG: &str = "2026-11-20 10:00:01 connecting to rediss://default:hunter2@redis-1.example.com:12345\n\
    2026-11-20 10:00:02 MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20).\n\
    2026-11-20 10:00:02 MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20).\n\
    2026-11-20 10:00:03 Error: connect ECONNREFUSED 10.0.0.1:12345 url=redis://:hunter2@h password=hunter2\n";

#[test]
fn a_log_is_counted_and_ordered_and_its_secrets_are_hidden() {
    let ended = with_input(["diagnose", "-", "--format", "json"], LOG.as_bytes());
    let json = ended.json();
    assert_eq!((ended.code, &json["lines"], &json["recognised"]), (1, &4.into(), &3.into()), "{}", ended.out);
    let ids: Vec<_> = json["diagnoses"].as_array().unwrap().iter().map(|d| (&d["id"], &d["count"])).collect();
    assert_eq!(ids, [(&"connection-refused".into(), &1.into()), (&"retries-used-up".into(), &2.into())]);
    assert_eq!(json["diagnoses"][0]["client"], "ioredis");
    assert_eq!(json["diagnoses"][0]["checks"].as_array().unwrap().len(), 3);
    assert!(!ended.out.contains("hunter2"), "{}", ended.out);
    let text = with_input(["diagnose", "-"], LOG.as_bytes());
    assert!(text.out.contains("Change now") && !text.out.contains("hunter2"), "{}", text.out);
}

#[test]
fn the_advice_has_the_answers_numbers() {
    let pause = |args: &[&str]| {
        let ended = with_input(["diagnose", "-", "--format", "json"].iter().chain(args), b"Timeout reading from a:1");
        ended.json()["diagnoses"][0]["yours"][0]["value"].as_str().unwrap().parse::<u32>().unwrap()
    };
    assert!(pause(&["--deadline", "500"]) < pause(&["--deadline", "5000"]));
}

#[test]
fn what_is_unknown_is_said_and_asked_about() {
    let ended = with_input(["diagnose", "-"], b"something odd happened\n");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.contains("Nothing in this text is known") && ended.out.contains('?'), "{}", ended.out);
}

#[test]
fn what_heals_by_itself_is_no_error() {
    assert_eq!(with_input(["diagnose", "-"], b"LOADING Redis is loading the dataset in memory").code, 0);
    assert_eq!(with_input(["diagnose", "-"], b"WRONGPASS invalid username-password pair").code, 1);
}

#[test]
fn bytes_that_are_no_text_do_not_hide_the_rest() {
    assert_eq!(with_input(["diagnose", "-"], b"\xff\xfe NOAUTH Authentication required.\x1b[31m\r\n").code, 1);
}

#[test]
fn input_that_cannot_be_read_is_refused() {
    let folder = Folder::new("diagnose");
    for (path, part) in [(folder.path("none.log"), "no such file"), (folder.path("."), "a directory")] {
        assert!(run(["diagnose", path.as_str()]).refusal().contains(part));
    }
    assert!(with_input(["diagnose", "-"], b" \n").refusal().contains("found nothing"));
    assert!(run(["diagnose"]).refusal().contains("expected FILE as well"));
}
