//! One drill's lab: a name, two Redis servers behind it, and a host for each driver.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::dns::{Dns, NAME, own_name};
use super::driver::{Actor, CLIENTS, Driver, REGIONS};
use super::judge::{self, Fault, Figures, REGION, judge, recovered, refusal};
use super::net::{Net, PORT, address};
use super::relay::Relay;
use super::server::Server;
use crate::lab::certificates::Certificates;
use crate::lab::{PASSWORD, USER};
use crate::shell;

/// From the start until every driver works: a cold JVM on a busy machine is slow.
const START: Duration = Duration::from_secs(90);
/// Successful calls before the fault.
const STEADY: usize = 30;
/// Longer than any drill waits for a recovery.
const NEVER: f64 = 60.0;
/// After the last recovery: what the kernel still sends arrives, and is counted.
const SETTLE: Duration = Duration::from_secs(8);
/// Until the next one is started, where a refused client says nothing.
const PATIENCE: Duration = Duration::from_secs(6);
/// A refused client is watched for so long.
const REFUSED: Duration = Duration::from_secs(20);

/// Before what was written away may arrive at home: whoever goes home at once is seen.
const LAG: Duration = Duration::from_secs(5);

/// The hosts of the servers and of the relay or a third server; those of the drivers follow.
const A: usize = 0;
const B: usize = 1;
const RELAY: usize = 2;
const C: usize = 2;
const DRIVERS: usize = 3;
/// A host that is never there.
pub const NOBODY: usize = 200;

/// What a driver is given, where a drill gives it something wrong.
#[derive(Clone, Copy, PartialEq)]
pub enum Given {
    /// All that is right.
    Right,
    /// Another password.
    WrongPassword,
    /// Authorities that signed nothing.
    WrongAuthority,
}

/// The lab. Everything ends when it is dropped.
pub struct Lab {
    // Dropped in this order: the drivers first, the network last.
    drivers: Vec<Driver>,
    /// The primary at the start.
    pub a: Server,
    /// Its replica.
    pub b: Server,
    /// The name.
    pub dns: Dns,
    /// The wires.
    pub net: Net,
    /// Whether B counts at the end.
    pub moved: bool,
    ttl: u32,
    actors: Vec<Actor>,
    /// What servers may show and clients may trust.
    pub certificates: Certificates,
    program: Vec<String>,
    folder: PathBuf,
    clock: Instant,
}

impl Lab {
    /// Builds it.
    pub fn build(actors: &[Actor], ttl: u32, program: &[String]) -> Result<Lab> {
        static BUILT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("hf{}x{}", std::process::id(), BUILT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("holdfast-{name}"));
        std::fs::create_dir_all(&folder)?;
        let net = Net::make(&name, DRIVERS + actors.len(), &folder.to_string_lossy())?;
        let certificates = Certificates::make(&folder.join("certificates"))?;
        let a = Server::start(&net, A, program, &folder.join("a"), certificates.endpoint(), None)?;
        let b = Server::start(&net, B, program, &folder.join("b"), certificates.endpoint(), Some(A))?;
        let mut dns = Dns::start(&net)?;
        dns.points_to(&[address(A)], ttl)?;
        let (actors, clock, program) = (actors.to_vec(), Instant::now(), program.to_vec());
        Ok(Lab { drivers: Vec::new(), a, b, dns, net, moved: false, ttl, actors, certificates, program, folder, clock })
    }

    /// Starts every driver and waits until each works.
    pub fn work(&mut self) -> Result<()> {
        for which in 0..self.actors.len() {
            self.start(which, Given::Right)?;
        }
        let begin = Instant::now();
        loop {
            let working = |driver: &Driver| driver.calls().iter().filter(|call| call.ok).count() >= STEADY;
            let idle: Vec<usize> = (0..self.drivers.len()).filter(|i| !working(&self.drivers[*i])).collect();
            let Some(first) = idle.first() else { return Ok(()) };
            let late = begin.elapsed() > START;
            if let Some(dead) = idle.iter().find(|i| late && *i == first || self.drivers[**i].ended()) {
                let name = self.drivers[*dead].actor.name();
                let said = std::fs::read_to_string(self.folder.join(format!("{name}.stderr"))).unwrap_or_default();
                let why = self.drivers[*dead].calls().iter().find_map(|call| call.err.clone()).unwrap_or_default();
                bail!("{name} does not work before the fault: {why}\n{}", shell::last_lines(&said, 15));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn start(&mut self, which: usize, given: Given) -> Result<()> {
        let authorities = match given {
            Given::WrongAuthority => self.certificates.wrong_bundle(),
            _ => self.certificates.bundle(),
        };
        let password = if given == Given::WrongPassword { "wrong" } else { PASSWORD };
        let (actor, host) = (self.actors[which], DRIVERS + which);
        let mut endpoints = vec![("", NAME.to_owned())];
        if actor.work.folder == REGIONS.folder {
            endpoints.extend([("_2", own_name(B)), ("_3", own_name(C))]);
        }
        let environment = endpoints.into_iter().flat_map(|(suffix, name)| {
            let variables = [
                ("HOST", name),
                ("PORT", PORT.to_string()),
                ("USERNAME", USER.to_owned()),
                ("PASSWORD", password.to_owned()),
                ("CA_FILE", authorities.to_string_lossy().into_owned()),
            ];
            variables.map(|(variable, value)| (format!("REDIS_{variable}{suffix}"), value))
        });
        let environment: Vec<_> = environment.collect();
        self.drivers.push(Driver::start(&self.net, host, actor, &environment, self.clock, &self.folder)?);
        Ok(())
    }

    /// The drill's clock.
    pub fn now(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    /// The fault, or what is done about it, lasts.
    pub fn pause(&self, seconds: u64) {
        std::thread::sleep(Duration::from_secs(seconds));
    }

    /// Every connection to A is closed by it.
    pub fn hang_up(&self) -> Result<()> {
        self.a.ask(&["CLIENT", "KILL", "TYPE", "normal"]).map(drop)
    }

    /// B takes over from A without a loss; A stays, as its replica.
    pub fn hand_over(&mut self) -> Result<()> {
        self.a.ask(&["FAILOVER"])?;
        let done = || self.b.says("replication", "role:master");
        ensure!(shell::wait_until(Duration::from_secs(20), done), "B did not take over");
        self.moved = true;
        Ok(())
    }

    /// B takes over alone.
    pub fn promote(&mut self) -> Result<()> {
        self.b.ask(&["REPLICAOF", "NO", "ONE"])?;
        self.moved = true;
        Ok(())
    }

    /// The name moves to B.
    pub fn move_name(&mut self) -> Result<()> {
        self.dns.points_to(&[address(B)], self.ttl)
    }

    /// The name is that of a relay in front of A.
    pub fn relay(&mut self) -> Result<Relay> {
        let relay = Relay::start(&self.net, RELAY, A)?;
        self.name(&[RELAY])?;
        Ok(relay)
    }

    /// The name is that of a proxy in front of A.
    pub fn proxy(&mut self) -> Result<Relay> {
        let proxy = Relay::proxy(&self.net, RELAY, A, self.certificates.endpoint())?;
        self.name(&[RELAY])?;
        Ok(proxy)
    }

    /// The name has these hosts' addresses.
    pub fn name(&mut self, hosts: &[usize]) -> Result<()> {
        let addresses: Vec<String> = hosts.iter().map(|host| address(*host)).collect();
        self.dns.points_to(&addresses, self.ttl)
    }

    /// The fault began at `from`, and has just been cured: watches until every client is back and all
    /// is quiet, or nobody would wait any longer.
    pub fn watch(&mut self, from: f64) -> Result<Vec<Figures>> {
        let fault = Fault { from, to: self.now() };
        let back = |driver: &Driver| recovered(&driver.calls(), fault).is_some();
        while self.now() < fault.to + NEVER && !self.drivers.iter().all(back) {
            std::thread::sleep(Duration::from_millis(100));
        }
        let (end, alive) = self.end();
        let counting = if self.moved { &self.b } else { &self.a };
        let figures = self.drivers.iter().zip(alive).map(|(driver, alive)| {
            let counted = counting.count(&driver.actor.key())?;
            let connects = self.net.dials(driver.host)?;
            let figures = judge(&driver.calls(), fault, end, counted);
            Ok(Figures { connects, recovered: figures.recovered.filter(|_| alive), ..figures })
        });
        figures.collect()
    }

    /// Lets what is still under way arrive, and ends the drivers: the time before that, and who was
    /// alive. Who has died is not back.
    fn end(&mut self) -> (f64, Vec<bool>) {
        std::thread::sleep(SETTLE);
        let end = self.now();
        let alive = self.drivers.iter_mut().map(|driver| !driver.ended()).collect();
        self.drivers.iter_mut().for_each(Driver::end);
        (end, alive)
    }

    /// A database in each of three regions: A, B and the one that is returned. No replication between
    /// them; see [`Lab::watch_regions`].
    pub fn regions(&mut self) -> Result<Server> {
        self.b.ask(&["REPLICAOF", "NO", "ONE"])?;
        let c = self.third(None)?;
        for (region, server) in (1..).zip([&self.b, &c]) {
            for actor in &self.actors {
                server.ask(&["SET", &actor.key(), &(region * REGION).to_string()])?;
            }
        }
        Ok(c)
    }

    /// A replica of B.
    pub fn follower(&self) -> Result<Server> {
        self.third(Some(B))
    }

    fn third(&self, primary: Option<usize>) -> Result<Server> {
        let certificate = self.certificates.endpoint();
        Server::start(&self.net, C, &self.program, &self.folder.join("c"), certificate, primary)
    }

    /// A was dark from `from` until now. After a while, what was written in the other regions is copied
    /// to it; watches until every client works at home again, or nobody would wait any longer.
    pub fn watch_regions(&mut self, from: f64, c: &Server) -> Result<Vec<Figures>> {
        let fault = Fault { from, to: self.now() };
        std::thread::sleep(LAG);
        let arrival = self.now();
        let home = |driver: &Driver| judge::regions(&driver.calls(), fault, arrival, 0.0, &[]).returned.is_some();
        while self.now() < arrival + NEVER && !self.drivers.iter().all(home) {
            self.b.copy_to(&self.a)?;
            c.copy_to(&self.a)?;
            std::thread::sleep(Duration::from_millis(200));
        }
        let (end, alive) = self.end();
        let figures = self.drivers.iter().zip(alive).map(|(driver, alive)| {
            let counted = [&self.a, &self.b, c].map(|server| server.count(&driver.actor.key()));
            let counted = counted.into_iter().collect::<Result<Vec<i64>>>()?;
            let figures = judge::regions(&driver.calls(), fault, arrival, end, &counted);
            let connects = self.net.dials(driver.host)?;
            Ok(Figures { connects, recovered: figures.recovered.filter(|_| alive), ..figures })
        });
        figures.collect()
    }

    /// Waits until every client of every driver has written.
    pub fn gather(&self) -> Result<()> {
        let there = |driver: &Driver| judge::storm(&driver.calls(), 0.0, 0.0, CLIENTS).recovered.is_some();
        ensure!(shell::wait_until(START, || self.drivers.iter().all(there)), "not every client of the storm works");
        Ok(())
    }

    /// How often each driver has dialled until now.
    pub fn dials(&self) -> Result<Vec<u64>> {
        self.drivers.iter().map(|driver| self.net.dials(driver.host)).collect()
    }

    /// Every connection was closed at `fault`, `before` which each driver had dialled so often: counts
    /// what is dialled in each second after it, and watches until every client is back, or nobody would
    /// wait any longer.
    pub fn watch_storm(&mut self, fault: f64, mut before: Vec<u64>) -> Result<Vec<Figures>> {
        let mut peaks = vec![0; self.drivers.len()];
        let back = |driver: &Driver| judge::storm(&driver.calls(), fault, 0.0, CLIENTS).recovered.is_some();
        for second in 1..=NEVER as u32 {
            if self.drivers.iter().all(back) {
                break;
            }
            std::thread::sleep(Duration::from_secs_f64((fault + f64::from(second) - self.now()).max(0.0)));
            let now = self.dials()?;
            for (i, peak) in peaks.iter_mut().enumerate() {
                *peak = now[i].saturating_sub(before[i]).max(*peak);
            }
            before = now;
        }
        let (end, alive) = self.end();
        let figures = self.drivers.iter().zip(alive).zip(peaks).map(|((driver, alive), peak)| {
            let figures = judge::storm(&driver.calls(), fault, end, CLIENTS);
            let connects = self.net.dials(driver.host)?;
            Ok(Figures { connects, peak: Some(peak), recovered: figures.recovered.filter(|_| alive), ..figures })
        });
        figures.collect()
    }

    /// Starts the drivers, which are refused, one after the other, so that the start of one does not
    /// slow down another; watches each for as long as the rule says.
    pub fn refuse(&mut self, given: Given) -> Result<Vec<Figures>> {
        let (mut begun, mut connects) = (Vec::new(), vec![None; self.actors.len()]);
        while connects.contains(&None) {
            let told = |driver: &mut Driver| driver.ended() || driver.calls().iter().any(|call| !call.ok);
            let late = begun.last().is_none_or(|begin: &Instant| begin.elapsed() > PATIENCE);
            if begun.len() < self.actors.len() && (late || self.drivers.last_mut().is_none_or(told)) {
                self.start(begun.len(), given)?;
                begun.push(Instant::now());
            }
            for (i, begin) in begun.iter().enumerate() {
                if connects[i].is_none() && begin.elapsed() > REFUSED {
                    connects[i] = Some(self.net.dials(self.drivers[i].host)?);
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let figures = self.drivers.iter().zip(connects);
        Ok(figures
            .map(|(driver, connects)| Figures { connects: connects.unwrap_or(0), ..refusal(&driver.calls()) })
            .collect())
    }
}
