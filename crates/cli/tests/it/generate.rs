//! `holdfast generate`: all files or none, and nothing that was there before.

use std::collections::BTreeMap;
use std::fs;

use crate::program::{Ended, Folder, run};

/// A project with folders in it.
const CLIENT: &str = "jedis";

fn generate(out: &str, more: &[&str]) -> Ended {
    run(["generate", "--client", CLIENT, "--out", out].iter().chain(more))
}

/// The files of its default project: what the core renders.
fn project() -> BTreeMap<String, String> {
    let mut answers = holdfast::Answers::default();
    answers.set("client", CLIENT).unwrap();
    let files = holdfast::clients::project(&answers);
    assert!(files.iter().any(|file| file.path.contains('/')), "no folder in it");
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

#[test]
fn the_files_are_those_of_the_core_and_their_paths_are_printed() {
    let folder = Folder::new("generate");
    let out = folder.path("new/app");
    let ended = generate(&out, &[]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let mut printed: Vec<&str> = ended.out.lines().collect();
    printed.sort_unstable();
    let expected: Vec<String> = project().keys().map(|path| format!("{out}/{path}")).collect();
    assert_eq!(printed, expected);
    for (path, text) in project() {
        assert_eq!(fs::read_to_string(format!("{out}/{path}")).unwrap(), text, "{path}");
    }
    assert_eq!(folder.files().len(), project().len(), "something else was written");
}

#[test]
fn every_client_can_be_written() {
    for client in holdfast::clients::ClientId::ALL {
        let folder = Folder::new(&format!("client-{}", client.client().id));
        let ended = run(["generate", "--client", client.client().id, "--out", &folder.path("")]);
        assert!(ended.code < 2, "{}", ended.err);
        assert!(folder.files().contains(&client.client().snippet.to_owned()), "{:?}", folder.files());
    }
}

#[test]
fn an_existing_file_stops_everything_and_force_overwrites_just_those() {
    let folder = Folder::new("exists");
    let out = folder.path("");
    let path = project().into_keys().next_back().unwrap();
    fs::create_dir_all(folder.0.join(&path).parent().unwrap()).unwrap();
    fs::write(folder.0.join(&path), "mine").unwrap();
    fs::write(folder.0.join("notes.txt"), "mine too").unwrap();

    let ended = generate(&out, &[]);
    assert!(ended.refusal().contains(&path) && ended.err.contains("--force"), "{}", ended.err);
    assert_eq!(folder.files().len(), 2, "nothing was written");
    assert_eq!(fs::read_to_string(folder.0.join(&path)).unwrap(), "mine");

    assert_eq!(generate(&out, &["--force"]).code, 0);
    assert_eq!(fs::read_to_string(folder.0.join(&path)).unwrap(), project()[&path]);
    assert_eq!(fs::read_to_string(folder.0.join("notes.txt")).unwrap(), "mine too");
}

#[test]
fn answers_with_an_error_are_written_all_the_same_and_end_with_1() {
    let folder = Folder::new("errors");
    let ended = generate(&folder.path("app"), &["--plan", "free"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("the project is written") && ended.err.contains("error C1: "), "{}", ended.err);
    assert_eq!(ended.out.lines().count(), folder.files().len());
}

#[test]
fn bad_answers_write_nothing() {
    let folder = Folder::new("bad");
    generate(&folder.path("app"), &["--plan", "prp"]).refusal();
    assert_eq!(folder.files(), Vec::<String>::new());
    assert!(!folder.0.join("app").exists());
}

#[test]
fn a_file_is_no_folder_and_a_folder_no_file() {
    let folder = Folder::new("kinds");
    fs::write(folder.0.join("file"), "").unwrap();
    for (out, more) in [
        (folder.path("file"), &[][..]),
        (folder.path("file/below"), &[]),
        (folder.path(""), &["--format", "zip"]),
        (folder.path("missing/app.zip"), &["--format", "zip"]),
        (String::new(), &[]),
        (String::new(), &["--format", "zip"]),
    ] {
        let ended = generate(&out, more);
        assert!(!ended.refusal().is_empty(), "{out}");
        assert_eq!(folder.files(), ["file"], "{out}");
    }
    let first = project().into_keys().next().unwrap();
    fs::create_dir_all(folder.0.join("app").join(&first)).unwrap();
    assert!(generate(&folder.path("app"), &["--force"]).refusal().contains("found a folder, expected a file"));
}

#[cfg(unix)]
#[test]
fn no_link_leads_a_file_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (Folder::new("links"), Folder::new("outside"));
    fs::write(outside.0.join("mine"), "mine").unwrap();
    for path in project().keys() {
        let place = folder.0.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        // To a file that exists, and to one that the link would make.
        for target in ["mine", "made"] {
            symlink(outside.0.join(target), &place).unwrap();
            for more in [&[][..], &["--force"]] {
                assert!(generate(&folder.path(""), more).refusal().contains(path.as_str()));
            }
            fs::remove_file(&place).unwrap();
        }
    }
    assert_eq!(outside.files(), ["mine"]);
    assert_eq!(fs::read_to_string(outside.0.join("mine")).unwrap(), "mine");
    assert_eq!(folder.files(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn no_folder_that_is_a_link_is_entered() {
    use std::os::unix::fs::symlink;
    let path = project().into_keys().find(|path| path.contains('/')).unwrap();
    let (name, _) = path.split_once('/').unwrap();
    let (folder, outside) = (Folder::new("entered"), Folder::new("elsewhere"));
    symlink(&outside.0, folder.0.join(name)).unwrap();
    let ended = generate(&folder.path(""), &["--force"]);
    assert!(ended.refusal().contains("a symbolic link"), "{}", ended.err);
    assert_eq!((folder.files().len(), outside.files()), (1, vec![]));
}

#[test]
fn a_zip_holds_the_same_bytes_as_the_folder() {
    let folder = Folder::new("zip");
    let out = folder.path("app.zip");
    let ended = generate(&out, &["--format", "zip"]);
    assert_eq!((ended.code, ended.out.trim_end()), (0, out.as_str()));
    let bytes = fs::read(&out).unwrap();
    assert_eq!(unzip(&bytes), project());

    assert!(generate(&out, &["--format", "zip"]).refusal().contains("app.zip"));
    assert_eq!(generate(&out, &["--format", "zip", "--force"]).code, 0);
    assert_eq!(fs::read(&out).unwrap(), bytes, "equal answers, equal bytes");
    assert_eq!(folder.files(), ["app.zip"]);
}

/// Reads a zip of stored files by its directory.
fn unzip(bytes: &[u8]) -> BTreeMap<String, String> {
    let half = |at: usize| usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()));
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let text = |at: usize, length: usize| String::from_utf8(bytes[at..at + length].to_vec()).unwrap();
    let end = bytes.len() - 22;
    let mut at = word(end + 16);
    let mut files = BTreeMap::new();
    for _ in 0..half(end + 10) {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (size, name, local) = (word(at + 24), half(at + 28), word(at + 42));
        let start = local + 30 + half(local + 26) + half(local + 28);
        files.insert(text(at + 46, name), text(start, size));
        at += 46 + name;
    }
    assert_eq!(at, end);
    files
}
