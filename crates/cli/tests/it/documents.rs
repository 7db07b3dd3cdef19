//! `holdfast terraform`, `holdfast rest`: the text of the core, printed or written to one file.

use std::fs;

use holdfast::artefact::{rest, terraform};
use holdfast::{Answers, Plan};

use crate::program::{Folder, run};

type Document = fn(&Plan) -> String;

const DOCUMENTS: [(&str, Document); 2] = [("terraform", terraform), ("rest", rest)];

#[test]
fn the_document_is_the_one_of_the_core_and_alone_on_standard_output() {
    for (command, document) in DOCUMENTS {
        let ended = run([command]);
        let text = document(&holdfast::recommend(&Answers::default()));
        assert_eq!((ended.code, ended.out, ended.err.as_str()), (0, text, ""), "{command}");
    }
}

#[test]
fn answers_with_an_error_end_with_1_and_a_whole_document() {
    for (command, _) in DOCUMENTS {
        let ended = run([command, "--plan", "free"]);
        assert_eq!(ended.code, 1);
        assert!(ended.err.contains("the document is complete") && ended.err.contains("error C1: "), "{}", ended.err);
        assert!(ended.out.contains("Holdfast ") && ended.out.ends_with('\n'), "{}", ended.out);
    }
}

#[test]
fn a_file_is_written_once_and_overwritten_only_by_force() {
    for (command, document) in DOCUMENTS {
        let folder = Folder::new(command);
        let out = folder.path("document");
        let ended = run([command, "--out", &out]);
        assert_eq!((ended.code, ended.out.trim_end(), ended.err.as_str()), (0, out.as_str(), ""));
        fs::write(&out, "mine").unwrap();
        assert!(run([command, "--out", &out]).refusal().contains("--force"));
        assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
        assert_eq!(run([command, "--out", &out, "--force"]).code, 0);
        assert_eq!(fs::read_to_string(&out).unwrap(), document(&holdfast::recommend(&Answers::default())));
        assert_eq!(folder.files(), ["document"]);
    }
}
