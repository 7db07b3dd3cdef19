//! `cargo xtask site`: what Trunk's build adds to the page after it was built.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use holdfast::clients::{ClientId, pack};

use crate::drill::slice;

/// Writes into the folder that Trunk is filling what the page fetches for the client that is chosen: its templates,
/// and what was measured with it.
pub fn write() -> Result<()> {
    let staging = std::env::var_os("TRUNK_STAGING_DIR").context("Trunk calls this, and says where to")?;
    let staging = PathBuf::from(staging);
    let put = |folder: &str, id: ClientId, text: String| -> Result<()> {
        let folder = staging.join(folder);
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(format!("{}.txt", id.client().id)), text)?)
    };
    for id in ClientId::ALL {
        put("clients", *id, pack(*id))?;
    }
    for (id, slice) in slice::all()? {
        put("evidence", id, slice.write())?;
    }
    Ok(())
}
