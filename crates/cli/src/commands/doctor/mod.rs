//! `holdfast doctor`: looks at a live endpoint, one bounded step after the other. What is wrong, the core says.

mod environment;
mod inspect;
mod name;
mod tls;
mod wire;

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use holdfast::artefact::text;
use holdfast::doctor::{Ended, Seen, Step, Taken, Trouble, document, report};
use holdfast::plan::Severity;

use super::{json, word};
use crate::input;
use crate::stop::{self, Stop, reason};
use environment::Environment;
use wire::{Timed, Wire};

/// How long each step may take. All of them, with what is tried after a failure, stay below ten seconds.
const LOOKUP: Duration = Duration::from_millis(2500);
const CONNECT: Duration = Duration::from_millis(2500);
const TLS: Duration = Duration::from_millis(1500);
const PROBE: Duration = Duration::from_millis(500);
const HELLO: Duration = Duration::from_millis(1500);
const PINGS: Duration = Duration::from_millis(500);
const INSPECT: Duration = Duration::from_millis(700);
const AGAIN: Duration = Duration::from_millis(300);

pub fn run(matches: &ArgMatches) -> Result<ExitCode, Stop> {
    let (answers, given) = input::answers_given(matches)?;
    let (host, port) = endpoint(word(matches, "endpoint-address"))?;
    let environment = Environment::read()?;
    let tls = !matches.get_flag("plaintext");
    let seen = Seen { host, port, tls, authorities: environment.authorities.clone(), ..Seen::default() };
    let seen = examine(seen, &environment);
    let report = report(seen, (!given.is_empty()).then_some(&answers));
    let bytes = match word(matches, "format") {
        "json" => json(&report)?,
        _ => text::render(&document(&report), stop::colour()).into_bytes(),
    };
    stop::print(&bytes)?;
    Ok(ExitCode::from(u8::from(report.count(Severity::Error) > 0)))
}

/// `HOST:PORT`, or `[ADDRESS]:PORT`.
fn endpoint(text: &str) -> Result<(String, u16), Stop> {
    let parts =
        text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok().filter(|port| *port > 0)?)));
    let bare = |host: &str| host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned);
    match parts {
        Some((host, port)) if bare(host).is_some_and(|host| host.parse::<IpAddr>().is_ok()) => {
            Ok((bare(host).unwrap_or_default(), port))
        }
        Some((host, port)) if !host.is_empty() && !host.contains([':', '/', '@', '[', ']', ' ']) => {
            Ok((host.to_owned(), port))
        }
        // Not repeated: whoever pastes a whole connection string has a password in it.
        _ => Err(Stop::bad(
            "HOST:PORT: found something else, expected a host and a port, as in redis-1.example.com:12345",
        )),
    }
}

fn examine(mut seen: Seen, environment: &Environment) -> Seen {
    let ttl = name::ttl(&seen.host);
    if let Err((step, trouble)) = steps(&mut seen, environment) {
        seen.ended = Some(Ended { step, trouble });
    }
    if let Some(name) = seen.name.as_mut().filter(|_| seen.host.parse::<IpAddr>().is_err()) {
        name.ttl_s = ttl.recv_timeout(AGAIN).ok().flatten();
        name.addresses_again = name::lookup(&seen.host, seen.port, AGAIN).ok();
    }
    seen
}

fn steps(seen: &mut Seen, environment: &Environment) -> Result<(), (Step, Trouble)> {
    let found = timed(seen, Step::Lookup, |seen| name::lookup(&seen.host, seen.port, LOOKUP))?;
    let (search_domains, dots_wanted) = name::search();
    seen.name = Some(holdfast::doctor::Name { addresses: found, search_domains, dots_wanted, ..Default::default() });
    let socket = timed(seen, Step::Connect, connect)?;
    let mut wire = match seen.tls {
        false => Wire::plain(socket),
        true => timed(seen, Step::Tls, |seen| tls::handshake(seen, environment, socket))?,
    };
    timed(seen, Step::Hello, |seen| inspect::hello(seen, environment, &mut wire))?;
    timed(seen, Step::Ping, |seen| inspect::ping(seen, &mut wire))?;
    timed(seen, Step::Inspect, |seen| inspect::look(seen, &mut wire))
}

/// Takes a step and its time.
fn timed<T>(
    seen: &mut Seen,
    step: Step,
    take: impl FnOnce(&mut Seen) -> Result<T, Trouble>,
) -> Result<T, (Step, Trouble)> {
    let start = Instant::now();
    let result = take(seen);
    seen.steps.push(Taken { step, took: start.elapsed() });
    result.map_err(|trouble| (step, trouble))
}

/// One address after the other, as a client does; the last one says why.
fn connect(seen: &mut Seen) -> Result<TcpStream, Trouble> {
    let until = Instant::now() + CONNECT;
    let addresses = seen.name.as_ref().map(|name| name.addresses.clone()).unwrap_or_default();
    let mut why = Trouble::ConnectSlow;
    for address in addresses {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        seen.address = Some(address);
        match TcpStream::connect_timeout(&SocketAddr::new(address, seen.port), left) {
            Ok(socket) => return Ok(socket),
            Err(error) => {
                why = match error.kind() {
                    io::ErrorKind::ConnectionRefused => Trouble::Refused,
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Trouble::ConnectSlow,
                    _ => Trouble::Unreachable(reason(&error)),
                }
            }
        }
    }
    Err(why)
}

/// A connection beside the first, to learn what the peer speaks.
fn again(seen: &Seen, limit: Duration) -> Option<Timed> {
    let address = SocketAddr::new(seen.address?, seen.port);
    let start = Instant::now();
    let socket = TcpStream::connect_timeout(&address, limit).ok()?;
    Some(Timed::new(socket, limit.saturating_sub(start.elapsed())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        let is = |text: &str| endpoint(text).ok();
        assert_eq!(is("redis-1.example.com:12345"), Some(("redis-1.example.com".into(), 12345)));
        assert_eq!(is("[::1]:6379"), Some(("::1".into(), 6379)));
        for text in ["", "a", "a:", ":1", "a:0", "a:65536", "::1:1", "[a]:1", "rediss://u:p@a:1", "u:p@a:1", "a b:1"] {
            assert!(is(text).is_none(), "{text}");
        }
    }

    #[test]
    fn all_limits_together_stay_below_ten_seconds() {
        let all = LOOKUP + CONNECT + TLS + 3 * PROBE + HELLO + PINGS + INSPECT + 2 * AGAIN;
        assert!(all + Duration::from_millis(200) < Duration::from_secs(12));
        // A handshake that fails ends there, and is followed by what it spoke, what it showed and a second lookup.
        assert!(LOOKUP + CONNECT + TLS + 3 * PROBE + 2 * AGAIN < Duration::from_secs(9));
        assert!(LOOKUP + CONNECT + TLS + HELLO + PINGS + INSPECT + 2 * AGAIN < Duration::from_secs(10));
    }
}
