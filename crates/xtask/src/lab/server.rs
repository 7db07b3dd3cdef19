//! A real redis-server on this machine, with TLS, a user with a password, and an append-only file.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::certificates::Certificates;

use super::{PASSWORD, USER, shown};
use crate::{shell, tools};

/// A running server; killed when dropped.
pub struct Server {
    /// Without TLS: the lab's own door, and that of projects without TLS.
    pub port: u16,
    /// With TLS.
    pub tls_port: u16,
    child: Child,
}

/// What it demands and is.
pub struct Kind {
    /// A certificate of each client.
    pub mutual_tls: bool,
    /// A cluster of one node that holds every slot.
    pub cluster: bool,
}

impl Server {
    /// Starts one and waits until it answers.
    pub fn start(folder: &Path, certificates: &Certificates, kind: &Kind) -> Result<Server> {
        let certificate = if kind.cluster { certificates.node() } else { certificates.server() };
        Server::with(folder, certificate, &certificates.authority(), kind, "")
    }

    /// Starts one that shows a certificate for another name.
    pub fn stranger(folder: &Path, certificates: &Certificates) -> Result<Server> {
        let kind = Kind { mutual_tls: false, cluster: false };
        Server::with(folder, certificates.stranger(), &certificates.authority(), &kind, "")
    }

    /// Starts a replica of this one and waits until it follows.
    pub fn replica(&self, folder: &Path, certificates: &Certificates, kind: &Kind) -> Result<Server> {
        // A cluster's replica is told so by a command, and is a member of the cluster first.
        let more = if kind.cluster { String::new() } else { format!("replicaof 127.0.0.1 {}\n", self.tls_port) };
        let replica = Server::with_role(folder, certificates, kind, &more)?;
        if kind.cluster {
            replica.join(self)?;
        }
        let follows = || replica.ask(&["INFO", "replication"]).is_ok_and(|info| info.contains("master_link_status:up"));
        ensure!(shell::wait_until(Duration::from_secs(30), follows), "the replica does not follow");
        Ok(replica)
    }

    fn with_role(folder: &Path, certificates: &Certificates, kind: &Kind, more: &str) -> Result<Server> {
        let more = format!("masteruser {USER}\nmasterauth {PASSWORD}\n{more}");
        let server = Server::spawn(folder, certificates.node(), &certificates.authority(), kind, &more)?;
        server.ready(folder)?;
        Ok(server)
    }

    /// Becomes a replica in the cluster of `primary`.
    fn join(&self, primary: &Server) -> Result<()> {
        let node = primary.ask(&["CLUSTER", "MYID"])?;
        let node = node.lines().nth(1).context("a node without an id")?.to_owned();
        let bus = primary.bus()?;
        self.ask(&["CLUSTER", "MEET", "127.0.0.1", &primary.tls_port.to_string(), &bus])?;
        let joined = || self.ask(&["CLUSTER", "REPLICATE", &node]).is_ok();
        ensure!(shell::wait_until(Duration::from_secs(20), joined), "the cluster does not take its replica");
        Ok(())
    }

    fn bus(&self) -> Result<String> {
        let config = self.ask(&["CONFIG", "GET", "cluster-port"])?;
        Ok(config.lines().nth(4).context("no cluster-port")?.to_owned())
    }

    /// Starts one with this certificate, its key, and more lines of configuration, and waits until it answers.
    pub fn with(
        folder: &Path,
        certificate: (PathBuf, PathBuf),
        authority: &Path,
        kind: &Kind,
        more: &str,
    ) -> Result<Server> {
        let server = Server::spawn(folder, certificate, authority, kind, more)?;
        server.ready(folder)?;
        if kind.cluster {
            server.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])?;
            let whole = || server.ask(&["CLUSTER", "INFO"]).is_ok_and(|info| info.contains("cluster_state:ok"));
            ensure!(shell::wait_until(Duration::from_secs(20), whole), "the cluster does not form");
        }
        Ok(server)
    }

    fn spawn(
        folder: &Path,
        certificate: (PathBuf, PathBuf),
        authority: &Path,
        kind: &Kind,
        more: &str,
    ) -> Result<Server> {
        fs::create_dir_all(folder)?;
        let (port, tls_port) = (shell::free_port()?, shell::free_port()?);
        fs::write(folder.join("users.acl"), format!("user default off\nuser {USER} on >{PASSWORD} ~* &* +@all\n"))?;
        let config = config(folder, port, tls_port, certificate, authority, kind)? + more;
        fs::write(folder.join("redis.conf"), config)?;
        let log = shell::appending(&folder.join("server.log"))?;
        let program = tools::redis_server();
        let mut command = shell::command(&program[0]);
        command.args(&program[1..]).arg(folder.join("redis.conf")).stdin(Stdio::null());
        let child = command.stdout(log.try_clone()?).stderr(log).spawn().context("could not start redis-server")?;
        Ok(Server { port, tls_port, child })
    }

    fn ready(&self, folder: &Path) -> Result<()> {
        if shell::wait_until(Duration::from_secs(15), || self.ask(&["PING"]).is_ok()) {
            return Ok(());
        }
        let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        bail!("redis-server does not answer:\n{}", shell::last_lines(&log, 15))
    }

    /// It accepts and never answers.
    pub fn freeze(&self) -> Result<()> {
        super::demo::signal("STOP", &self.child.id().to_string())
    }

    /// As before.
    pub fn thaw(&self) -> Result<()> {
        super::demo::signal("CONT", &self.child.id().to_string())
    }

    /// One command on a connection of its own; the raw reply, an error where Redis says so.
    pub fn ask(&self, command: &[&str]) -> Result<String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        converse(stream, USER, command)
    }
}

/// One command on a new connection, which ends with it; the raw reply, an error where Redis says so.
/// Every user of a lab has the same password.
pub fn converse(mut stream: impl Read + Write, user: &str, command: &[&str]) -> Result<String> {
    for words in [&["AUTH", user, PASSWORD][..], command, &["QUIT"]] {
        stream.write_all(request(words).as_bytes())?;
    }
    let mut replies = String::new();
    stream.read_to_string(&mut replies)?;
    let reply = replies.strip_prefix("+OK\r\n").with_context(|| format!("AUTH: {replies}"))?;
    ensure!(!reply.starts_with('-'), "{}: {}", command.join(" "), reply.trim());
    Ok(reply.replace('\r', ""))
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing in it is worth a clean end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command as it goes over the wire.
pub fn request(words: &[&str]) -> String {
    let parts = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
    format!("*{}\r\n{}", words.len(), parts.collect::<String>())
}

fn config(
    folder: &Path,
    port: u16,
    tls_port: u16,
    (certificate, key): (PathBuf, PathBuf),
    authority: &Path,
    kind: &Kind,
) -> Result<String> {
    let demand = if kind.mutual_tls { "yes" } else { "no" };
    let mut lines = vec![
        "bind 127.0.0.1".to_owned(),
        format!("port {port}"),
        format!("tls-port {tls_port}"),
        format!("tls-cert-file \"{}\"", shown(&certificate)),
        format!("tls-key-file \"{}\"", shown(&key)),
        format!("tls-ca-cert-file \"{}\"", shown(authority)),
        format!("tls-auth-clients {demand}"),
        "tls-replication yes".to_owned(),
        format!("aclfile \"{}\"", shown(&folder.join("users.acl"))),
        format!("dir \"{}\"", shown(folder)),
        "appendonly yes".to_owned(),
        // As the plan says for `durable`: WAITAOF would otherwise wait for the second to be over.
        "appendfsync always".to_owned(),
        "save \"\"".to_owned(),
    ];
    if kind.cluster {
        lines.extend([
            "cluster-enabled yes".to_owned(),
            format!("cluster-port {}", shell::free_port()?),
            "cluster-announce-hostname localhost".to_owned(),
            "cluster-preferred-endpoint-type hostname".to_owned(),
            "tls-cluster yes".to_owned(),
        ]);
    }
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_the_protocol_wants_it() {
        assert_eq!(request(&["GET", "a key"]), "*2\r\n$3\r\nGET\r\n$5\r\na key\r\n");
    }
}
