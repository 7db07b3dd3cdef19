//! The drills' work, done by the project or by the library's quick-start: see ../README.md.

use std::env;
use std::process::exit;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use app::redis_connection::Redis;
use redis::aio::ConnectionManager;
use redis::{AsyncTypedCommands, Client, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, RedisResult};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static KEY: LazyLock<String> = LazyLock::new(|| variable("DRILL_KEY"));

#[tokio::main]
async fn main() {
    LazyLock::force(&START);
    let quick = env::args().any(|word| word == "quick-start");
    let mut terminate = signal(SignalKind::terminate()).expect("Unix");
    let work = async { if quick { quick_start().await } else { ours().await } };
    tokio::select! {
        opened = work => {
            say("open", "safe", *START, opened.map(|()| None));
            exit(1)
        }
        _ = terminate.recv() => exit(0),
    }
}

async fn ours() -> RedisResult<()> {
    let redis = Redis::open(Arc::new(|name| env::var(name).ok())).await?;
    rounds(redis.once(), redis.safe()).await;
    Ok(())
}

/// As the library's documentation makes a connection that comes back.
async fn quick_start() -> RedisResult<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let port = variable("REDIS_PORT").parse().expect("a port");
    let address = ConnectionAddr::TcpTls { host: variable("REDIS_HOST"), port, insecure: false, tls_params: None };
    let login = RedisConnectionInfo::default();
    let login = login.set_username(variable("REDIS_USERNAME")).set_password(variable("REDIS_PASSWORD"));
    let root_cert = Some(std::fs::read(variable("REDIS_CA_FILE"))?);
    let certificates = redis::TlsCertificates { client_tls: None, root_cert };
    let client = Client::build_with_tls(address.into_connection_info()?.set_redis_settings(login), certificates)?;
    let redis = ConnectionManager::new(client).await?;
    rounds(redis.clone(), redis).await;
    Ok(())
}

async fn rounds(mut once: impl AsyncTypedCommands, mut safe: impl AsyncTypedCommands) {
    let set = format!("{}:set", *KEY);
    loop {
        let began = Instant::now();
        say("incr", "once", began, once.incr(&*KEY, 1).await.map(Some));
        let began = Instant::now();
        say("set", "safe", began, safe.set(&set, "x").await.map(|()| None));
        let began = Instant::now();
        say("get", "safe", began, safe.get(&set).await.map(|_| None));
        sleep(Duration::from_millis(50)).await;
    }
}

fn say(op: &str, client: &str, began: Instant, result: RedisResult<Option<isize>>) {
    let (t, ms) = (began.duration_since(*START).as_secs_f64(), began.elapsed().as_secs_f64() * 1000.0);
    let value = result.as_ref().ok().copied().flatten().map_or("null".to_owned(), |value| value.to_string());
    let (ok, err) = match &result {
        Ok(_) => (true, "null".to_owned()),
        Err(error) => (false, format!("\"{}\"", error.to_string().replace(['"', '\\', '\n'], " "))),
    };
    println!(r#"{{"t":{t:.4},"op":"{op}","client":"{client}","ok":{ok},"ms":{ms:.1},"value":{value},"err":{err}}}"#);
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
