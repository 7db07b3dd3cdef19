// Holdfast 0.1.0 #v=1&plan=pro&client=redis-rs&cluster-api=yes

//! What `main.rs` and the test use.

pub mod redis_connection;
