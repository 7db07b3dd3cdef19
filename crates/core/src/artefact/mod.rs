//! What is made of a plan.

pub mod document;
pub mod markdown;
pub mod text;
pub mod zip;

mod deployment;
mod rest;
mod runbook;
mod terraform;

pub use rest::rest;
pub use runbook::{Chapter, runbook};
pub use terraform::terraform;
