//! What the parts are made of.

pub mod copy;
pub mod highlight;
pub mod lane;
pub mod question;
pub mod severity;
pub mod source;
pub mod tabs;
