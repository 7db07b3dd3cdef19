//! Which settings a Redis Cloud database should have, and a client that stays connected to it.
//!
//! One way through: `questions → Answers → recommend() → Plan → project | artefacts`. Nothing flows
//! back. No files, no clock, no network, no randomness; the same answers give the same bytes.

pub mod artefact;
#[cfg(feature = "audit")]
pub mod audit;
pub mod catalogue;
pub mod clients;
#[cfg(feature = "diagnose")]
pub mod diagnose;
#[cfg(feature = "doctor")]
pub mod doctor;
pub mod evidence;
#[cfg(feature = "explain")]
pub mod explain;
pub mod findings;
#[cfg(feature = "explain")]
pub mod guidelines;
pub mod plan;
pub mod questions;
pub mod rules;
pub mod schedule;
#[cfg(feature = "schema")]
pub mod schema;
pub mod sources;

mod case;
mod checklist;
mod connection;
mod outlook;
mod told;

pub use outlook::{Beside, beside};
pub use plan::{Plan, recommend};
pub use questions::Answers;

/// The version of the rules, the clients and the texts.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
