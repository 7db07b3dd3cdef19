// fill((stamp))

//! Needs no Redis.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
/*%- if tls %*/
use std::{env, fs, process};
/*%- endif %*/

use app::redis_connection::{Redis, Variables};
use redis::AsyncTypedCommands;

/*% if mutual_tls -%*/
/// Nobody trusts it.
const PAIR: &str = "\
-----BEGIN CERTIFICATE-----
MIHTMIGGoAMCAQICAQEwBQYDK2VwMAwxCjAIBgNVBAMMAXgwHhcNMjYxMTI1MjI1
NjQ0WhcNMjYxMTI2MjI1NjQ0WjAMMQowCAYDVQQDDAF4MCowBQYDK2VwAyEAMfVx
w/WjOltQOc8ERdKoWPHISKW1SJ1xB3aJc2S3kMKjDTALMAkGA1UdEwQCMAAwBQYD
K2VwA0EAXC+cKTNymH3pQHHEqanENvxY7SHdUkWlJ6soV01xkUw/ywzVo1hH+v7W
tnYdZmG/pRrW5NISuIvlMXYcZfuSAw==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEILRn5Mbqgqz2oimdbz+hPm/g0TvJE6G8yK1FgVBew/Tg
-----END PRIVATE KEY-----
";

/*% endif -%*/
/// The variables of a peer that accepts and never answers.
fn silent(peer: &TcpListener, password: &'static str) -> Variables {
    let port = peer.local_addr().unwrap().port().to_string();
    /*%- if tls %*/
    let file = env::temp_dir().join(format!("redis-test-{}-{port}", process::id()));
    fs::write(&file, fill((pem))).unwrap();
    /*%- endif %*/
    Arc::new(move |name| match name {
        "REDIS_HOST" => Some("127.0.0.1".to_owned()),
        "REDIS_PORT" => Some(port.clone()),
        "REDIS_PASSWORD" => Some(password.to_owned()),
        /*%- if tls %*/
        _ if name.ends_with("_FILE") => file.to_str().map(str::to_owned),
        /*%- endif %*/
        _ => None,
    })
}

#[tokio::test]
async fn a_silent_peer_holds_no_call_beyond_the_deadline() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let redis = Redis::open(silent(&peer, "secret")).await.unwrap();
    let began = Instant::now();
    assert!(redis.safe().get("key").await.is_err());
    assert!(began.elapsed() < Duration::from_millis(fill((late_ms))));
}

#[tokio::test]
async fn a_missing_password_is_a_clear_error() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = Redis::open(silent(&peer, "")).await.err().unwrap();
    assert!(error.to_string().contains("REDIS_PASSWORD is not set"));
}
