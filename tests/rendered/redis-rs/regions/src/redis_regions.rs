// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rs

//! One [`Redis`] for each region, the preferred one first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use log::warn;
use redis::RedisResult;

use crate::redis_connection::{Redis, Variables};

/// The endings of their variables.
const SUFFIXES: &[&str] = &["", "_2"];

/// Clones share their connections and the active region.
#[derive(Clone)]
pub struct Regions {
    shared: Arc<Shared>,
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
        Ok(Regions { shared })
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
}
