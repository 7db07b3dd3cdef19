//! A name server that says what the drill wants. It runs on the router as a program of its own
//! (`cargo xtask drill-dns`), told by lines on its standard input, and ends with them.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};

use super::net::{Net, address};

/// The name of the endpoint.
pub const NAME: &str = "redis.drill.test";
/// Seconds for which a host's own name may be kept.
const OWN_TTL: u32 = 5;

/// A host's own name, which no drill moves.
pub fn own_name(host: usize) -> String {
    format!("host-{host}.{NAME}")
}

fn own(name: &str) -> Option<Ipv4Addr> {
    let host = name.strip_prefix("host-")?.strip_suffix(NAME)?.strip_suffix('.')?;
    address(host.parse().ok()?).parse().ok()
}

/// The name server, seen from the drill.
pub struct Dns {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Dns {
    /// Starts it on the router.
    pub fn start(net: &Net) -> Result<Dns> {
        let me = super::me();
        let mut command = net.on_router(&me.to_string_lossy());
        command.arg("drill-dns").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("could not start the name server")?;
        let orders = child.stdin.take().context("it reads")?;
        let answers = BufReader::new(child.stdout.take().context("it says when it is done")?);
        Ok(Dns { child, orders, answers })
    }

    /// From now on the name has these addresses.
    pub fn points_to(&mut self, addresses: &[String], ttl: u32) -> Result<()> {
        self.order(&format!("answer {ttl} {}", addresses.join(" ")))
    }

    /// From now on: `silent`, `servfail` or `nxdomain`.
    pub fn is(&mut self, mode: &str) -> Result<()> {
        self.order(mode)
    }

    fn order(&mut self, order: &str) -> Result<()> {
        writeln!(self.orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(answer == "done\n", "the name server did not understand: {order}");
        Ok(())
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it answers at present.
#[derive(Clone, Debug, PartialEq)]
enum Mode {
    Answer(u32, Vec<Ipv4Addr>),
    Silent,
    Fail(u8),
}

fn mode(order: &str) -> Option<Mode> {
    let mut words = order.split_whitespace();
    match words.next()? {
        "answer" => {
            Some(Mode::Answer(words.next()?.parse().ok()?, words.map_while(|word| word.parse().ok()).collect()))
        }
        "silent" => Some(Mode::Silent),
        "servfail" => Some(Mode::Fail(2)),
        "nxdomain" => Some(Mode::Fail(3)),
        _ => None,
    }
}

/// The program.
pub fn serve() -> Result<()> {
    let socket = UdpSocket::bind(("0.0.0.0", 53))?;
    let now = Arc::new(Mutex::new(Mode::Silent));
    let shared = now.clone();
    std::thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            let mode = shared.lock().expect("nobody panics with it").clone();
            if let Some(reply) = reply(&query[..length], &mode) {
                // Who asked may be gone.
                let _ = socket.send_to(&reply, from);
            }
        }
    });
    for order in std::io::stdin().lines() {
        let Some(wanted) = mode(&order?) else { break };
        *now.lock().expect("nobody panics with it") = wanted;
        println!("done");
    }
    Ok(())
}

/// RFC 1035, as much as a stub resolver asks: one question, addresses of version 4.
fn reply(query: &[u8], mode: &Mode) -> Option<Vec<u8>> {
    let question = question(query)?;
    let is_address = question[question.len() - 4..] == [0, 1, 0, 1];
    let own = own(&name(question)).filter(|_| is_address);
    let (code, ttl, addresses) = match mode {
        Mode::Silent => return None,
        Mode::Fail(code) => (*code, 0, &[][..]),
        _ if own.is_some() => (0, OWN_TTL, own.as_slice()),
        _ if name(question) != NAME => (3, 0, &[][..]),
        Mode::Answer(ttl, addresses) => (0, *ttl, if is_address { addresses.as_slice() } else { &[] }),
    };
    let mut reply = query[..2].to_vec();
    // A reply, recursion wanted and to be had; one question.
    reply.extend([0x81, 0x80 | code, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
    reply.extend(question);
    for address in addresses {
        reply.extend([0xc0, 12, 0, 1, 0, 1]);
        reply.extend(ttl.to_be_bytes());
        reply.extend([0, 4]);
        reply.extend(address.octets());
    }
    Some(reply)
}

/// The first question: name, type, class.
fn question(query: &[u8]) -> Option<&[u8]> {
    let mut end = 12;
    while *query.get(end)? != 0 {
        end += 1 + usize::from(query[end]);
    }
    query.get(12..end + 5)
}

fn name(mut question: &[u8]) -> String {
    let mut labels = Vec::new();
    while let [length, rest @ ..] = question
        && *length > 0
    {
        let (label, after) = rest.split_at(usize::from(*length).min(rest.len()));
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        question = after;
    }
    labels.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(kind: u8) -> Vec<u8> {
        let mut query = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in NAME.split('.') {
            query.push(label.len() as u8);
            query.extend(label.as_bytes());
        }
        query.extend([0, 0, kind, 0, 1]);
        query
    }

    #[test]
    fn addresses_are_answered_with_their_ttl() {
        let mode = mode("answer 5 10.77.0.2 10.77.1.2").unwrap();
        let found = reply(&query(1), &mode).unwrap();
        assert_eq!(found[..8], [7, 9, 0x81, 0x80, 0, 1, 0, 2]);
        assert_eq!(found[found.len() - 16..], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 77, 1, 2]);
        let none = reply(&query(28), &mode).unwrap();
        assert_eq!(none[3] & 15, 0, "the name exists");
        assert_eq!(none[7], 0, "and has no address of version 6");
    }

    #[test]
    fn a_host_has_a_name_of_its_own() {
        assert_eq!(own(&own_name(1)), Some(Ipv4Addr::new(10, 77, 1, 2)));
        assert_eq!([own(NAME), own("host-x.redis.drill.test"), own("host-1redis.drill.test")], [None; 3]);
    }

    #[test]
    fn it_fails_is_silent_and_survives_nonsense() {
        assert_eq!(reply(&query(1), &mode("servfail").unwrap()).unwrap()[3] & 15, 2);
        assert_eq!(reply(&query(1), &mode("nxdomain").unwrap()).unwrap()[3] & 15, 3);
        assert_eq!(reply(&query(1), &mode("silent").unwrap()), None);
        assert_eq!(mode("nonsense"), None);
        for end in 0..query(1).len() {
            assert_eq!(reply(&query(1)[..end], &Mode::Fail(2)), None);
        }
    }
}
