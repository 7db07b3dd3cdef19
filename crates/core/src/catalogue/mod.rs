//! What Redis Cloud offers, as data: regions and the sizes of Essentials.

pub mod regions;
pub mod sizes;
