//! What must hold for the whole of Holdfast, beyond one module.

mod enumerate;
mod plans;
