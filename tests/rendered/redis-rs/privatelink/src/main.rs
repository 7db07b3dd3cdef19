// Holdfast 0.1.0 #v=1&plan=pro&endpoint=privatelink&client=redis-rs

//! Works once with each client, then answers GET /health until SIGTERM or SIGINT: needs Unix.

use std::sync::Arc;
use std::time::Duration;
use std::{env, process};

use app::redis_connection::{Redis, outcome_unknown};
use log::{LevelFilter, Log, Metadata, Record, warn};
use redis::{AsyncTypedCommands, RedisResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() {
    let _ = log::set_logger(&Stderr);
    log::set_max_level(LevelFilter::Info);
    let done = run().await;
    if let Err(error) = &done {
        eprintln!("app: {error}");
    }
    process::exit(done.is_err().into()); // to return would wait for a name lookup under way
}

async fn run() -> RedisResult<()> {
    let redis = Redis::open(Arc::new(|name| env::var(name).ok())).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut working = tokio::spawn(work(redis.clone()));
    let _ = timeout(Duration::from_secs(5), &mut working).await; // health is served without Redis, too
    let port = env::var("HEALTH_PORT").unwrap_or_else(|_| "8080".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("health: http://{}/health", listener.local_addr()?);
    tokio::select! {
        () = serve(listener, &redis) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    working.abort();
    drop(redis);
    println!("closed");
    Ok(())
}

async fn work(redis: Redis) {
    step("safe", || async { redis.safe().set_ex("holdfast:demo", "ok", 60).await }).await;
    step("once", || async { redis.once().incr("holdfast:counter", 1).await }).await;
}

async fn step<T, F: Future<Output = RedisResult<T>>>(name: &str, work: impl Fn() -> F) {
    while let Err(error) = work().await {
        warn!("{name}: {error}");
        if name != "safe" && outcome_unknown(&error) {
            return; // somebody has to look whether it was applied
        }
        sleep(Duration::from_secs(1)).await;
    }
    println!("{name}: ok");
}

async fn serve(listener: TcpListener, redis: &Redis) {
    loop {
        let Ok((mut socket, _)) = listener.accept().await else {
            sleep(Duration::from_secs(1)).await; // no file descriptor left
            continue;
        };
        let redis = redis.clone();
        tokio::spawn(async move {
            let mut request = [0; 1024];
            let _ = timeout(Duration::from_secs(5), socket.read(&mut request)).await;
            let (status, body) = if !request.starts_with(b"GET /health ") {
                ("404 Not Found", "")
            } else if redis.healthy().await {
                ("200 OK", r#"{"status":"ok"}"#)
            } else {
                ("503 Service Unavailable", r#"{"status":"down"}"#)
            };
            let head = "Content-Type: application/json\r\nConnection: close\r\nContent-Length:";
            let answer = format!("HTTP/1.1 {status}\r\n{head} {}\r\n\r\n{body}", body.len());
            let _ = socket.write_all(answer.as_bytes()).await;
        });
    }
}

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, of: &Metadata) -> bool {
        of.target().starts_with("app")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            eprintln!("{} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}
