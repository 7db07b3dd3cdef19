//! `cargo xtask site`: what Trunk's build adds to the page after it was built.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use holdfast::clients::{ClientId, pack};
use holdfast::explain;
use holdfast::guidelines::guidelines;

use crate::paths;

/// Writes the clients' templates and the pages about each id, with all of them as JSON, into the folder that Trunk is filling.
pub fn write() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this, and says where to")?;
    let staging = PathBuf::from(staging);
    templates(&staging.join("clients"))?;
    explanations(&staging.join("explain"))
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
