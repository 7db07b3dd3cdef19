//! What is made of a plan.

pub mod document;
pub mod markdown;
pub mod text;
pub mod zip;

mod deployment;
mod runbook;
mod terraform;

pub use terraform::terraform;
pub use runbook::{Chapter, runbook};
