// Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&client=redis-rs

//! What `main.rs` and the test use.

pub mod redis_connection;
