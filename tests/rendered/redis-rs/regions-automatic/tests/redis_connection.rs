// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rs&write-regions=3&region-failover=automatic

//! Needs no Redis.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use app::redis_connection::{Redis, Variables};
use redis::AsyncTypedCommands;

/// The variables of a peer that accepts and never answers.
fn silent(peer: &TcpListener, password: &'static str) -> Variables {
    let port = peer.local_addr().unwrap().port().to_string();
    let file = env::temp_dir().join(format!("redis-test-{}-{port}", process::id()));
    fs::write(&file, "").unwrap();
    Arc::new(move |name| match name {
        "REDIS_HOST" => Some("127.0.0.1".to_owned()),
        "REDIS_PORT" => Some(port.clone()),
        "REDIS_PASSWORD" => Some(password.to_owned()),
        _ if name.ends_with("_FILE") => file.to_str().map(str::to_owned),
        _ => None,
    })
}

#[tokio::test]
async fn a_silent_peer_holds_no_call_beyond_the_deadline() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let redis = Redis::open(silent(&peer, "secret")).await.unwrap();
    let began = Instant::now();
    assert!(redis.safe().get("key").await.is_err());
    assert!(began.elapsed() < Duration::from_millis(2600));
}

#[tokio::test]
async fn a_missing_password_is_a_clear_error() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = Redis::open(silent(&peer, "")).await.err().unwrap();
    assert!(error.to_string().contains("REDIS_PASSWORD is not set"));
}
