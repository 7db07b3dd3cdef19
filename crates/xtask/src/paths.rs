//! Where things are.

use std::path::PathBuf;

/// The top of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the top level is there")
}

/// Cargo's target directory: everything that these commands leave behind is inside.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Tools that were installed for this project only.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// What the steps of `cargo xtask test` said.
pub fn logs() -> PathBuf {
    target().join("xtask")
}
