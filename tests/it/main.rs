//! What must hold for the whole of Holdfast, beyond one module.

mod enumerate;
mod exports;
mod foreign;
mod iac;
mod links;
mod pairs;
mod plans;
mod ways_out;
