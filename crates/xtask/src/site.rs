//! `cargo xtask site`: what Trunk's build adds to the page after it was built.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use holdfast::clients::{ClientId, pack};
use holdfast::explain;
use holdfast::guidelines::guidelines;

use crate::{paths, shell};

/// Writes the clients' templates and the pages about each id, with all of them as JSON, into the folder that Trunk is filling.
pub fn write() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this, and says where to")?;
    let staging = PathBuf::from(staging);
    templates(&staging.join("clients"))?;
    // What is kept for the time without a network: everything but the pages about each id.
    offline(&staging)?;
    explanations(&staging.join("explain"))
}

/// The service worker, with the names of the files in this folder; another build has another cache.
fn offline(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    let mut hasher = DefaultHasher::new();
    for file in shell::files_below(folder)? {
        fs::read(&file)?.hash(&mut hasher);
        files.push(file.strip_prefix(folder)?.to_string_lossy().replace('\\', "/"));
    }
    // The folder itself is how people come to the page.
    files.push("./".to_owned());
    let text = fs::read_to_string(paths::root().join("web/offline.js"))?
        .replace("holdfast-BUILD", &format!("holdfast-{:016x}", hasher.finish()))
        .replace("FILES = []", &format!("FILES = {}", serde_json::to_string(&files)?));
    Ok(fs::write(folder.join("offline.js"), text)?)
}

fn templates(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for id in ClientId::ALL {
        fs::write(folder.join(format!("{}.txt", id.client().id)), pack(*id))?;
    }
    Ok(())
}

fn explanations(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for page in explain::pages() {
        fs::write(folder.join(page.path), page.text)?;
    }
    let guidelines = serde_json::to_string_pretty(&guidelines())? + "\n";
    fs::write(folder.join("guidelines.json"), guidelines)?;
    let style = |name: &str| fs::read_to_string(paths::root().join("web/style").join(name));
    Ok(fs::write(folder.join("style.css"), style("base.css")? + &style("explain.css")?)?)
}
