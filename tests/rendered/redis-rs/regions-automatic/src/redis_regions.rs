// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rs&write-regions=3&region-failover=automatic

//! One [`Redis`] for each region, the preferred one first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use log::warn;
use redis::AsyncTypedCommands;
use redis::RedisResult;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::redis_connection::{Redis, Variables};

/// The endings of their variables.
const SUFFIXES: &[&str] = &["", "_2", "_3"];

/// Clones share their connections and the active region.
#[derive(Clone)]
pub struct Regions {
    shared: Arc<Shared>,
    _watcher: Arc<JoinSet<()>>, // aborts when it is dropped
}

struct Shared {
    all: Vec<Redis>,
    active: AtomicUsize,
}

impl Regions {
    /// Fails when a region refuses us. One that is only away is connected to later.
    pub async fn open(variables: Variables) -> RedisResult<Regions> {
        let mut all = Vec::new();
        for &suffix in SUFFIXES {
            if variables(&format!("REDIS_HOST{suffix}")).is_none_or(|host| host.is_empty()) && !suffix.is_empty() {
                return Err(std::io::Error::other(format!("REDIS_HOST{suffix} is not set")).into());
            }
            let variables = variables.clone();
            let own = move |name: &str| {
                variables(&format!("{name}{suffix}")).filter(|own| !own.is_empty()).or_else(|| variables(name))
            };
            all.push(Redis::open(Arc::new(own)).await?);
        }
        let shared = Arc::new(Shared { all, active: AtomicUsize::new(0) });
        let mut watcher = JoinSet::new();
        watcher.spawn(shared.clone().watch());
        Ok(Regions { shared, _watcher: Arc::new(watcher) })
    }

    /// The region to work in now: ask for each piece of work.
    pub fn active(&self) -> &Redis {
        &self.shared.all[self.shared.active()]
    }

    /// To the next region. What was sent to the old one is not sent again.
    pub fn fail_over(&self) {
        self.shared.change((self.shared.active() + 1) % SUFFIXES.len());
    }

    /// For the load balancer: of the active region.
    pub async fn healthy(&self) -> bool {
        self.active().healthy().await
    }
}

impl Shared {
    fn active(&self) -> usize {
        self.active.load(Ordering::Relaxed)
    }

    fn change(&self, to: usize) {
        self.active.store(to, Ordering::Relaxed);
        warn!("region changed: REDIS_HOST{}", SUFFIXES[to]);
    }

    /// 3 failed probes in a row change the region. Back it goes when what was written there has
    /// arrived in the preferred one; after a change by hand only by hand.
    async fn watch(self: Arc<Self>) {
        let (mut misses, mut fled, mut marker) = (0, 0, None::<String>);
        loop {
            sleep(Duration::from_millis(400)).await;
            let here = self.active();
            if here != fled {
                (fled, marker) = (0, None); // by hand it came here, by hand it goes
            }
            misses = if self.answers(here).await { 0 } else { misses + 1 };
            for to in (0..SUFFIXES.len()).filter(|to| *to != here) {
                if misses >= 3 && self.answers(to).await {
                    self.change(to);
                    (misses, fled, marker) = (0, to, None);
                }
            }
            if misses > 0 || fled == 0 || !self.answers(0).await {
                marker = None;
            } else if let Some(written) = &marker {
                if self.arrived(written).await && self.active() == fled {
                    self.change(0);
                    (fled, marker) = (0, None);
                }
            } else {
                marker = self.mark(fled).await.ok();
            }
        }
    }

    async fn answers(&self, region: usize) -> bool {
        let limit = Duration::from_millis(500);
        timeout(limit, self.all[region].healthy()).await.unwrap_or_default()
    }

    /// Writes a key of this process alone: the next one may work in another region.
    async fn mark(&self, here: usize) -> RedisResult<String> {
        let marker = format!("app:marker:{:016x}", fastrand::u64(..));
        self.all[here].safe().set_ex(&marker, "", 3600).await?;
        Ok(marker)
    }

    async fn arrived(&self, marker: &str) -> bool {
        self.all[0].safe().exists(marker).await.unwrap_or_default()
    }
}
