/// Each client by itself, with one write in half a second.
async fn rounds(_: impl AsyncTypedCommands, mut safe: impl AsyncTypedCommands) {
    static CLIENTS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = CLIENTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let key = format!("{}:{number}", *KEY);
    loop {
        let began = Instant::now();
        say("set", &number, began, safe.set(&key, "x").await.map(|()| None));
        sleep(Duration::from_millis(500)).await;
    }
}

/// A hundred of them; whoever ends first has failed.
async fn hundred(quick: bool) -> RedisResult<()> {
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..100 {
        clients.spawn(async move { if quick { quick_start().await } else { ours().await } });
        sleep(Duration::from_millis(5)).await;
    }
    clients.join_next().await.expect("a hundred").expect("none panics")
}
