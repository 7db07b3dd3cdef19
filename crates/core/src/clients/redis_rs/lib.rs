// fill((stamp))

//! What `main.rs` and the test use.

pub mod redis_connection;
/*%- if active_active %*/
pub mod redis_regions;
/*%- endif %*/
