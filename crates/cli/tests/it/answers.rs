//! Answers that can't be read: one line that says where, what was found and what is expected.

use crate::program::{Folder, plan, run};

#[test]
fn a_wrong_answer_is_named_with_its_key_and_the_nearest_word() {
    for (answers, parts) in [
        (r#"{"plan":"prp"}"#, ["plan: ", "\"prp\"", "did you mean \"pro\"?"]),
        (r#"{"data-loss":"nothing"}"#, ["data-loss: ", "an unknown key", "did you mean \"data_loss\"?"]),
        (r#"{"deadline":49}"#, ["deadline: ", "49", "from 50 to 60000"]),
        (r#"{"deadline":"2000"}"#, ["deadline: ", "\"2000\"", "a whole number"]),
        (r#"{"port":65536}"#, ["port: ", "65536", "to 65535"]),
        (r#"{"plan":"pro","plan":"free"}"#, ["plan: ", "the key twice", "once"]),
        (r#"{"password":"hunter2"}"#, ["password: ", "a secret", "never asks"]),
        (r#"{"regions":["us-east-1",7]}"#, ["regions: ", "array", "strings"]),
        ("{\"plan\":", ["not JSON", "line 1", "a JSON object of answers"]),
        ("[1]", ["another kind of JSON", "line 1", "a JSON object of answers"]),
        ("", ["not JSON", "line 1", "a JSON object of answers"]),
    ] {
        let ended = plan(answers);
        let refusal = ended.refusal();
        assert!(refusal.starts_with("standard input: "), "{refusal}");
        for part in parts {
            assert!(refusal.contains(part), "{part}: {refusal}");
        }
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[test]
fn a_file_that_is_no_text_is_named() {
    let folder = Folder::new("answers");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let large = vec![b' '; 2 << 20];
    for (path, found) in [
        (folder.path("missing.json"), "no such file"),
        (folder.path(""), "a directory"),
        (file("latin1.json", b"{\"name\":\"\xfc\"}"), "bytes that are not UTF-8 text (after byte 9)"),
        (file("utf16.json", b"\xff\xfe{\0}\0"), "bytes that are not UTF-8 text (after byte 0)"),
        (file("large.json", &large), "more than 1 MiB"),
        (file("deep.json", "[".repeat(100_000).as_bytes()), "another kind of JSON"),
        (file("deeper.json", format!("{{\"plan\":{}", "[".repeat(100_000)).as_bytes()), "not JSON"),
    ] {
        let ended = run(["recommend", "--answers", &path]);
        let refusal = ended.refusal();
        assert!(refusal.starts_with(&path) && refusal.contains(found), "{found}: {refusal}");
    }
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    assert_eq!(plan("\u{feff}{\"plan\":\"pro\"}").json()["answers"]["plan"], "pro");
}

#[test]
fn a_number_may_be_written_with_a_point() {
    assert_eq!(plan(r#"{"deadline":3000.0}"#).json()["answers"]["deadline"], 3000);
}
