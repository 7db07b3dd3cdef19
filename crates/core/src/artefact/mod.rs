//! What is made of a plan.

pub mod document;
pub mod markdown;
pub mod text;
pub mod zip;

mod runbook;

pub use runbook::{Chapter, runbook};
