//! The drills. Each is to be read from top to bottom: steady work, the fault, the cure, the watch.

use anyhow::Result;

use super::dns::own_name;
use super::driver::{CALLS, DURABLE, PAIR, REGIONS, STORM, Work};
use super::judge::Figures;
use super::lab::{Given, Lab, NOBODY};
use super::limits::Limit;
use super::net::PORT;
use crate::lab::{PASSWORD, USER};

/// A drill.
pub struct Drill {
    /// Its word on the command line and in the evidence.
    pub name: &'static str,
    /// What happens, for tables.
    pub what: &'static str,
    /// What our projects have to reach.
    pub limit: Limit,
    /// What the drivers do meanwhile.
    pub work: &'static Work,
    /// What happens, in full.
    pub run: fn(&mut Lab) -> Result<Vec<Figures>>,
}

macro_rules! drills {
    ($($work:ident { $($name:literal $limit:ident $run:ident $what:literal;)* })*) => {
        &[$($(Drill { name: $name, what: $what, limit: Limit::$limit, work: &$work, run: $run },)*)*]
    };
}

/// Every drill, in the order in which they are run.
pub const ALL: &[Drill] = drills! { CALLS {
    "reset" Soon reset "the server closes every connection";
    "restart" Soon restart "the server is killed, and back after 3 s";
    "blackhole" Soon blackhole "20 s of silence, both ways";
    "frozen" Soon frozen "10 s in which connections are accepted and never answered";
    "reply-loss" Soon reply_loss "8 s in which commands arrive and replies do not";
    "idle-drop" Soon idle_drop "a firewall forgets every connection: what they carry is dropped in silence, new ones pass";
    "slow" Soon slow "every reply waits up to 3 s";
    "proxy-stall" Soon proxy_stall "a proxy holds back replies, which then come in order: 3 s, and a second later 10 s";
    "proxy-errors" Soon proxy_errors "NOAUTH once; 3 s each of OOM, LOADING, and no room for another client after every connection was closed";
    "handoff" Soon handoff "imitated: notices of a migration, a failover and a move, each with its stall; then the old address closes";
    "failover" Failover failover "the primary is silent for good; after 3 s the replica takes over and the name moves";
    "planned" Name planned "a graceful handover, the name moves, the old primary closes";
    "overlap" Soon overlap "the name moves; the old address answers on for 10 s, then closes";
    "readonly" Name readonly "self-managed: the old primary stays up as a replica and closes nothing";
    "dns-down" Name dns_down "every connection is closed, and the name server is silent for 10 s";
    "dns-refused" Name dns_refused "every connection is closed, and the name server refuses for 10 s";
    "partial" Name partial "every connection is closed, and the first of the name's two addresses is dead";
    "password-rotate" Rotation password_rotate "the password is another one for 10 s, and every connection closed";
    "certificate-rotate" Rotation certificate_rotate "the certificate is for another name for 10 s, and every connection closed";
    "authority-rotate" Rotation authority_rotate "the certificate is of a new authority, and every connection closed; after 10 s the bundle has it";
    "wrong-password" Refusal wrong_password "the password is wrong from the start";
    "wrong-ca" Refusal wrong_ca "the server's certificate is of an authority that the client does not know";
    "wrong-host" Refusal wrong_host "the server's certificate is for another name";
    "client-certificate" Refusal client_certificate "the server wants a certificate that the client does not have";
    "plaintext" Silence plaintext "the server speaks plain text on the port where the client speaks TLS";
} REGIONS {
    "region" Region region "imitated Active-Active: the near region is silent for 20 s, then back and catching up";
} PAIR {
    "region-pair" Region region "the same, two processes of one app: both have to come home";
} DURABLE {
    "durable" Name durable "the replica is cut off; 5 s later the primary is silent for good, and the replica takes over";
} STORM {
    "storm" Storm storm "the server closes every connection of a hundred clients in one process";
} };

fn reset(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.hang_up()?;
    lab.watch(fault)
}

fn restart(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.kill()?;
    lab.pause(3);
    lab.a.restart(&lab.net)?;
    lab.watch(fault)
}

fn blackhole(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.net.cut(lab.a.host)?;
    lab.pause(20);
    lab.net.mend(lab.a.host)?;
    lab.watch(fault)
}

fn frozen(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.freeze()?;
    lab.pause(10);
    lab.a.thaw()?;
    lab.watch(fault)
}

fn reply_loss(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.net.mute(lab.a.host)?;
    lab.pause(8);
    lab.net.unmute(lab.a.host)?;
    lab.watch(fault)
}

fn idle_drop(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.net.forget()?;
    lab.watch(fault)
}

fn slow(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.ask(&["CLIENT", "PAUSE", "3000", "ALL"])?;
    lab.pause(3);
    lab.watch(fault)
}

fn proxy_stall(lab: &mut Lab) -> Result<Vec<Figures>> {
    let mut relay = lab.relay()?;
    lab.work()?;
    let fault = lab.now();
    relay.stall()?;
    lab.pause(3);
    relay.flow()?;
    lab.pause(1);
    relay.stall()?;
    lab.pause(10);
    relay.flow()?;
    lab.watch(fault)
}

fn proxy_errors(lab: &mut Lab) -> Result<Vec<Figures>> {
    let mut proxy = lab.proxy()?;
    lab.work()?;
    let fault = lab.now();
    proxy.answer("NOAUTH Authentication required.")?;
    lab.pause(3);
    lab.a.out_of_memory(true)?;
    lab.pause(3);
    lab.a.out_of_memory(false)?;
    lab.a.load(3)?;
    lab.a.full(3)?;
    lab.watch(fault)
}

/// The notices are those of Redis Cloud, in its order, from a proxy that accepts the handshake. In every
/// other drill the server refuses it, as Redis 8.0 does.
fn handoff(lab: &mut Lab) -> Result<Vec<Figures>> {
    let mut proxy = lab.proxy()?;
    lab.work()?;
    let fault = lab.now();
    for (begin, end) in [("MIGRATING 1 5 1", "MIGRATED 2 1"), ("FAILING_OVER 3 5 1", "FAILED_OVER 4 1")] {
        proxy.notify(begin)?;
        proxy.stall()?;
        // Longer than a try, shorter than the deadline.
        lab.pause(1);
        proxy.flow()?;
        proxy.notify(end)?;
        lab.pause(2);
    }
    lab.name(&[lab.a.host])?;
    proxy.notify(&format!("MOVING 5 5 {}:{PORT}", own_name(lab.a.host)))?;
    lab.pause(6);
    drop(proxy);
    lab.watch(fault)
}

fn failover(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.net.cut(lab.a.host)?;
    lab.pause(3);
    lab.promote()?;
    lab.move_name()?;
    lab.watch(fault)
}

fn planned(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.hand_over()?;
    lab.move_name()?;
    lab.a.kill()?;
    lab.watch(fault)
}

fn overlap(lab: &mut Lab) -> Result<Vec<Figures>> {
    let relay = lab.relay()?;
    lab.work()?;
    lab.name(&[lab.a.host])?;
    lab.pause(10);
    let fault = lab.now();
    drop(relay);
    lab.watch(fault)
}

fn readonly(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.hand_over()?;
    lab.move_name()?;
    lab.watch(fault)
}

fn dns_down(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.dns.is("silent")?;
    lab.hang_up()?;
    lab.pause(10);
    lab.name(&[lab.a.host])?;
    lab.watch(fault)
}

fn dns_refused(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.dns.is("servfail")?;
    lab.hang_up()?;
    lab.pause(5);
    lab.dns.is("nxdomain")?;
    lab.pause(5);
    lab.name(&[lab.a.host])?;
    lab.watch(fault)
}

fn partial(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.name(&[NOBODY, lab.a.host])?;
    lab.hang_up()?;
    lab.watch(fault)
}

fn password_rotate(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.ask(&["ACL", "SETUSER", USER, "resetpass", ">another"])?;
    lab.hang_up()?;
    lab.pause(10);
    lab.a.ask(&["ACL", "SETUSER", USER, &format!(">{PASSWORD}")])?;
    lab.watch(fault)
}

fn certificate_rotate(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.show(lab.certificates.stranger())?;
    lab.hang_up()?;
    lab.pause(10);
    lab.a.show(lab.certificates.endpoint())?;
    lab.watch(fault)
}

fn authority_rotate(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    let fault = lab.now();
    lab.a.show(lab.certificates.renewed())?;
    lab.hang_up()?;
    lab.pause(10);
    lab.certificates.trust_next()?;
    lab.watch(fault)
}

fn wrong_password(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.refuse(Given::WrongPassword)
}

fn wrong_ca(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.refuse(Given::WrongAuthority)
}

fn wrong_host(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.a.show(lab.certificates.stranger())?;
    lab.refuse(Given::Right)
}

fn client_certificate(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.a.demand()?;
    lab.refuse(Given::Right)
}

fn plaintext(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.a.undress()?;
    lab.refuse(Given::Right)
}

fn region(lab: &mut Lab) -> Result<Vec<Figures>> {
    let away = lab.regions()?;
    lab.work()?;
    let fault = lab.now();
    lab.net.cut(lab.a.host)?;
    lab.pause(20);
    lab.net.mend(lab.a.host)?;
    lab.watch_regions(fault, &away)
}

fn durable(lab: &mut Lab) -> Result<Vec<Figures>> {
    // Who takes over needs a replica, or could prove nothing.
    let _next = lab.follower()?;
    lab.work()?;
    lab.net.cut(lab.b.host)?;
    let fault = lab.now();
    lab.pause(5);
    lab.net.cut(lab.a.host)?;
    lab.net.mend(lab.b.host)?;
    lab.pause(3);
    lab.promote()?;
    lab.move_name()?;
    lab.watch(fault)
}

fn storm(lab: &mut Lab) -> Result<Vec<Figures>> {
    lab.work()?;
    lab.gather()?;
    let (fault, before) = (lab.now(), lab.dials()?);
    lab.hang_up()?;
    lab.watch_storm(fault, before)
}
