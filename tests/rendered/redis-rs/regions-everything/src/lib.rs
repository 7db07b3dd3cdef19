// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rs&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes

//! What `main.rs` and the test use.

pub mod redis_connection;
pub mod redis_regions;
