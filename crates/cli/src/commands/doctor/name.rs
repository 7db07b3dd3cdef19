//! Names: the system's answer, and what DNS says about keeping it.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use holdfast::doctor::Trouble;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, TYPE};

use crate::stop::reason;

const RESOLV: &str = "/etc/resolv.conf";

/// As the system resolves it, which is what a client gets. The system knows no limit of ours: a thread that waits too
/// long is left behind.
pub fn lookup(host: &str, port: u16, limit: Duration) -> Result<Vec<IpAddr>, Trouble> {
    let (to, answer) = mpsc::channel();
    let host = host.to_owned();
    thread::spawn(move || to.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)));
    match answer.recv_timeout(limit) {
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.iter().map(SocketAddr::ip) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            if addresses.is_empty() { Err(Trouble::NameUnknown("it has no address".into())) } else { Ok(addresses) }
        }
        Ok(Err(error)) => {
            let why = reason(&error);
            let why = why.strip_prefix("failed to lookup address information: ").unwrap_or(&why).to_lowercase();
            Err(Trouble::NameUnknown(why))
        }
        Err(_) => Err(Trouble::NameSlow),
    }
}

/// The search domains of this machine, and the dots that a name needs to be tried as it stands first.
pub fn search() -> (Vec<String>, usize) {
    let text = std::fs::read_to_string(RESOLV).unwrap_or_default();
    let words = |key: &str| -> Vec<String> {
        let line = text.lines().rev().find_map(|line| line.trim().strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let dots = words("options").iter().find_map(|word| word.strip_prefix("ndots:")?.parse().ok()).unwrap_or(1);
    (words("search"), dots)
}

/// Asks the machine's first name server for the time that the addresses may be kept, while the other steps go on.
pub fn ttl(host: &str) -> Receiver<Option<u32>> {
    let (to, answer) = mpsc::channel();
    let host = host.to_owned();
    thread::spawn(move || to.send(ask(&host, TYPE::A).or_else(|| ask(&host, TYPE::AAAA))));
    answer
}

fn ask(host: &str, kind: TYPE) -> Option<u32> {
    let text = std::fs::read_to_string(RESOLV).ok()?;
    let server: IpAddr = text.lines().find_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok())?;
    let socket = UdpSocket::bind(if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    socket.connect((server, 53)).ok()?;
    let id = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos() as u16);
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(host.trim_end_matches('.')).ok()?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    socket.send(&packet.build_bytes_vec().ok()?).ok()?;
    let mut bytes = [0; 1500];
    let length = socket.recv(&mut bytes).ok()?;
    let answer = Packet::parse(bytes.get(..length)?).ok().filter(|answer| answer.id() == id)?;
    // Through an alias, the shortest of all counts.
    answer.answers.iter().map(|record| record.ttl).min()
}
