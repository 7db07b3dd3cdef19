//! `cargo xtask codegen`: everything in the repository that is made from the core. A test compares.

mod evidence;
mod reference;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use holdfast::clients::ClientId;
use holdfast_tests::variants;

/// The folder that holds nothing but rendered projects.
pub const RENDERED: &str = "tests/rendered";

/// Writes what differs and removes rendered files that no variant owns.
pub fn write(root: &Path) -> Result<()> {
    let wanted = wanted()?;
    for (path, text) in &wanted {
        let path = root.join(path);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            fs::create_dir_all(path.parent().context("a file has a folder")?)?;
            fs::write(&path, text)?;
        }
    }
    for stray in strays(root, &wanted)? {
        fs::remove_file(root.join(stray))?;
    }
    remove_empty_folders(&root.join(RENDERED))?;
    println!("{} files are up to date", wanted.len());
    Ok(())
}

/// Fails with the command to run where anything differs.
pub fn compare(root: &Path) -> Result<()> {
    let wanted = wanted()?;
    let mut wrong: Vec<String> = wanted
        .iter()
        .filter_map(|(path, text)| match fs::read(root.join(path)) {
            Ok(found) if found == text.as_bytes() => None,
            Ok(_) => Some(format!("{} is out of date", path.display())),
            Err(_) => Some(format!("{} is missing", path.display())),
        })
        .collect();
    wrong.extend(strays(root, &wanted)?.iter().map(|path| format!("{} belongs to no variant", path.display())));
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(20);
        wrong.truncate(20);
        bail!("{}\n(and {more} more)\nRun `cargo xtask codegen` and commit what it changes", wrong.join("\n"));
    }
    Ok(())
}

/// Every generated file, by its path from the top.
fn wanted() -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    files.insert(PathBuf::from("tests/drills/EVIDENCE.md"), evidence::evidence()?);
    files.insert(PathBuf::from("crates/REFERENCE.md"), reference::reference());
    for client in ClientId::ALL {
        for variant in variants::ALL {
            let folder = Path::new(RENDERED).join(client.client().id).join(variant.name);
            files.extend(variant.project(*client).into_iter().map(|file| (folder.join(file.path), file.text)));
        }
    }
    Ok(files)
}

/// A table in Markdown.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line =
        |cells: Vec<String>| format!("| {} |\n", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "));
    let mut text = line(head.iter().map(|title| (*title).to_owned()).collect());
    text += &line(vec!["---".to_owned(); head.len()]);
    text.extend(rows.map(line));
    text
}

/// A cell stays one cell.
fn escape(cell: &str) -> String {
    cell.replace('|', "\\|").replace('\n', " ")
}

/// Files among the rendered projects that nothing renders.
fn strays(root: &Path, wanted: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let found = crate::shell::files_below(&root.join(RENDERED))?;
    let relative = found.iter().filter_map(|path| path.strip_prefix(root).ok()).map(Path::to_path_buf);
    Ok(relative.filter(|path| !wanted.contains_key(path)).collect())
}

fn remove_empty_folders(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_empty_folders(&path)?;
        }
    }
    // It fails where something is left inside, which is what is wanted.
    let _ = fs::remove_dir(folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_up_to_date() {
        if let Err(error) = compare(&crate::paths::root()) {
            panic!("{error}");
        }
    }

    #[test]
    fn a_changed_a_missing_and_a_stray_file_are_noticed_and_mended() {
        let root = std::env::temp_dir().join(format!("holdfast-codegen-{}", std::process::id()));
        let reference = root.join("crates/REFERENCE.md");
        let stray = root.join(RENDERED).join("nobody/default/left.txt");
        fs::create_dir_all(stray.parent().unwrap()).unwrap();
        fs::write(&stray, "").unwrap();

        let error = compare(&root).unwrap_err().to_string();
        assert!(error.contains("crates/REFERENCE.md is missing"), "{error}");
        assert!(error.contains("cargo xtask codegen"), "{error}");
        write(&root).unwrap();
        compare(&root).unwrap();
        assert!(!stray.exists());

        fs::write(&reference, "changed").unwrap();
        assert!(compare(&root).unwrap_err().to_string().contains("REFERENCE.md is out of date"));
        fs::create_dir_all(stray.parent().unwrap()).unwrap();
        fs::write(&stray, "").unwrap();
        assert!(compare(&root).unwrap_err().to_string().contains("left.txt belongs to no variant"));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn a_bar_stays_in_its_cell() {
        assert_eq!(table(&["a"], [vec!["x|y".to_owned()]].into_iter()), "| a |\n| --- |\n| x\\|y |\n");
    }
}
