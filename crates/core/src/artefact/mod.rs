//! What is made of a plan.

pub mod document;
#[cfg(feature = "explain")]
pub mod html;
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

use crate::clients::File;
use crate::plan::Plan;

/// The name of the page about an id, in the folder `explain/` beside the page: it stays as it is for as long as the id
/// does.
pub fn page(id: &str) -> String {
    format!("{}.html", id.trim().to_ascii_lowercase().replace('_', "-"))
}

/// Terraform and REST as files, for the page and for tests.
pub fn iac(plan: &Plan) -> [File; 2] {
    let file = |path: &str, text| File { path: path.to_owned(), text };
    [file("main.tf", terraform(plan)), file("redis-cloud.sh", rest(plan))]
}
