// Holdfast 0.1.0 #v=1&client=redis-rs&name=%3C/script%3E%22&host=a%22%0Ab%5C%24%7B&user=%27%22%0A

//! What `main.rs` and the test use.

pub mod redis_connection;
