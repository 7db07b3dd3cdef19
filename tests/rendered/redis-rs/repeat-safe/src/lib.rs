// Holdfast 0.1.0 #v=1&client=redis-rs&repeat-writes=safe

//! What `main.rs` and the test use.

pub mod redis_connection;
