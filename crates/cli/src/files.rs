//! Files, all of them or none: looked at first, written beside their place, then moved into it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::stop::{Stop, shown};

/// Something to write.
pub struct New<'a> {
    /// Where, below the folder that was named.
    pub path: &'a str,
    pub bytes: &'a [u8],
}

/// Writes into a folder, which is made where it is missing; the paths that were written.
pub fn into_folder(folder: &Path, files: &[New], force: bool) -> Result<Vec<PathBuf>, Stop> {
    if folder.as_os_str().is_empty() {
        return Err(Stop::bad("--out: found \"\", expected a folder"));
    }
    // A folder that was named may itself be a link: that is where the writer wants to go.
    if fs::metadata(folder).is_ok_and(|there| !there.is_dir()) {
        return Err(Stop::bad(format!("{}: found a file, expected a folder", shown(folder))));
    }
    let places: Vec<PathBuf> = files.iter().map(|file| folder.join(file.path)).collect();
    for place in &places {
        check_way(folder, place)?;
    }
    check_free(&places, force)?;
    write(folder, &places, files)
}

/// Writes one file.
pub fn one(path: &Path, bytes: &[u8], force: bool) -> Result<Vec<PathBuf>, Stop> {
    if path.file_name().is_none() || fs::metadata(path).is_ok_and(|there| there.is_dir()) {
        return Err(Stop::bad(format!("{}: found a folder, expected a file such as my-app.zip", shown(path))));
    }
    let places = [path.to_owned()];
    check_free(&places, force)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Stop::bad(format!("{}: found no such folder, expected one to write into", shown(folder))));
    }
    write(folder, &places, &[New { path: "", bytes }])
}

/// Between the folder and the file there may only be folders: a link could lead anywhere.
fn check_way(folder: &Path, place: &Path) -> Result<(), Stop> {
    let between = place.ancestors().skip(1).take_while(|above| *above != folder);
    for above in between {
        match fs::symlink_metadata(above) {
            Ok(there) if there.is_symlink() => return Err(found(above, "a symbolic link", "a folder")),
            Ok(there) if !there.is_dir() => return Err(found(above, "a file", "a folder")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Stop::io(above, &error)),
        }
    }
    Ok(())
}

/// Nothing may stand where a file is to be written; with `force`, a plain file may.
fn check_free(places: &[PathBuf], force: bool) -> Result<(), Stop> {
    let mut taken = Vec::new();
    for place in places {
        // Its password would become the name of a folder.
        if place.to_string_lossy().contains("://") {
            return Err(Stop::bad("--out: found what looks like a connection string, expected a folder or a file"));
        }
        match fs::symlink_metadata(place) {
            Ok(there) if there.is_dir() => return Err(found(place, "a folder", "a file")),
            Ok(there) if force && !there.is_file() => return Err(found(place, "a symbolic link or device", "a file")),
            Ok(_) => taken.push(shown(place)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Stop::io(place, &error)),
        }
    }
    if force || taken.is_empty() {
        return Ok(());
    }
    let what = if taken.len() == 1 { "a file that exists" } else { "files that exist" };
    Err(Stop::bad(format!("--out: found {what} ({}), expected none; --force overwrites", taken.join(", "))))
}

fn found(path: &Path, found: &str, expected: &str) -> Stop {
    Stop::bad(format!("{}: found {found}, expected {expected}; nothing was written", shown(path)))
}

fn write(folder: &Path, places: &[PathBuf], files: &[New]) -> Result<Vec<PathBuf>, Stop> {
    let mut undo = Undo::default();
    let drafts = draft(folder, places, files, &mut undo)?;
    for (draft, place) in drafts.iter().zip(places) {
        let new = fs::symlink_metadata(place).is_err();
        fs::rename(draft, place).map_err(|error| Stop::io(place, &error))?;
        if new {
            undo.files.push(place.clone());
        }
    }
    undo.done();
    Ok(places.to_vec())
}

/// Writes every file under another name, each in the folder that it will stand in.
fn draft(folder: &Path, places: &[PathBuf], files: &[New], undo: &mut Undo) -> Result<Vec<PathBuf>, Stop> {
    undo.make(folder)?;
    let mut drafts = Vec::new();
    for (number, (place, file)) in places.iter().zip(files).enumerate() {
        let beside = place.parent().unwrap_or(folder);
        undo.make(beside)?;
        let draft = beside.join(format!(".holdfast-{}-{number}", std::process::id()));
        let mut out = fs::File::create_new(&draft).map_err(|error| Stop::io(place, &error))?;
        undo.files.push(draft.clone());
        out.write_all(file.bytes).map_err(|error| Stop::io(place, &error))?;
        drafts.push(draft);
    }
    Ok(drafts)
}

/// What was made so far, taken away again unless all of it was.
#[derive(Default)]
struct Undo {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Undo {
    /// Makes a folder and those above it.
    fn make(&mut self, folder: &Path) -> Result<(), Stop> {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(|error| Stop::io(folder, &error))?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }

    fn done(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // What can't be removed stays; the first error has been told.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}
