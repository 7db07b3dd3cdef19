//! `cargo xtask site`: what Trunk's build adds to the page after it was built.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use holdfast::clients::{ClientId, pack};

/// Writes the clients' templates into the folder that Trunk is filling.
pub fn write() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this, and says where to")?;
    let folder = PathBuf::from(staging).join("clients");
    fs::create_dir_all(&folder)?;
    for id in ClientId::ALL {
        fs::write(folder.join(format!("{}.txt", id.client().id)), pack(*id))?;
    }
    Ok(())
}
