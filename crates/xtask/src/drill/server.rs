//! A Redis on a host of its own, controlled by a unix socket that no fault of the network touches.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::net::{Net, PLAIN, PORT, address};
use crate::lab::server::{converse, request};
use crate::lab::{PASSWORD, USER};
use crate::shell;

/// The lab's own user, whom no drill refuses.
const OPERATOR: &str = "operator";

/// A server; killed when dropped.
pub struct Server {
    /// Where it stands.
    pub host: usize,
    program: Vec<String>,
    folder: PathBuf,
    child: Child,
}

impl Server {
    /// Starts it, as a replica where a primary is named, and waits until it answers.
    pub fn start(
        net: &Net,
        host: usize,
        program: &[String],
        folder: &Path,
        (certificate, key): (PathBuf, PathBuf),
        primary: Option<usize>,
    ) -> Result<Server> {
        fs::create_dir_all(folder)?;
        let user = |name| format!("user {name} on >{PASSWORD} ~* &* +@all\n");
        fs::write(folder.join("users.acl"), format!("user default off\n{}{}", user(USER), user(OPERATOR)))?;
        let follow = primary.map(|host| format!("replicaof {} {PLAIN}\n", address(host))).unwrap_or_default();
        let shown = |path: &Path| path.display().to_string();
        // Plain replication on a port that no client knows; an append-only file, as the default plan has it.
        let config = format!(
            "bind 0.0.0.0\nprotected-mode no\nport {PLAIN}\ntls-port {PORT}\n\
             tls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}\ntls-auth-clients no\n\
             unixsocket {}\naclfile {}\ndir {}\nappendonly yes\nappendfsync everysec\nsave \"\"\n\
             repl-diskless-sync-delay 0\nenable-debug-command local\nmasteruser {OPERATOR}\nmasterauth {PASSWORD}\n{follow}",
            shown(&certificate),
            shown(&key),
            shown(&certificate),
            shown(&folder.join("socket")),
            shown(&folder.join("users.acl")),
            shown(folder),
        );
        fs::write(folder.join("redis.conf"), config)?;
        let child = spawn(net, host, program, folder)?;
        let server = Server { host, program: program.to_vec(), folder: folder.to_owned(), child };
        server.answers()?;
        if primary.is_some() {
            let follows = || server.says("replication", "master_link_status:up");
            ensure!(shell::wait_until(Duration::from_secs(30), follows), "the replica does not follow");
        }
        Ok(server)
    }

    /// Dies without a word to anyone.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts again with the data that it had.
    pub fn restart(&mut self, net: &Net) -> Result<()> {
        let _ = fs::remove_file(self.folder.join("socket"));
        self.child = spawn(net, self.host, &self.program, &self.folder)?;
        self.answers()
    }

    /// Its kernel accepts and acknowledges, it answers nothing.
    pub fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// It goes on.
    pub fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// One command; the raw reply, an error where Redis says so.
    pub fn ask(&self, command: &[&str]) -> Result<String> {
        converse(self.connect()?, OPERATOR, command)
    }

    fn connect(&self) -> Result<UnixStream> {
        let stream = UnixStream::connect(self.folder.join("socket"))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }

    /// From now on it shows another certificate.
    pub fn show(&self, (certificate, key): (PathBuf, PathBuf)) -> Result<()> {
        let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
        self.ask(&["CONFIG", "SET", "tls-cert-file", &certificate, "tls-key-file", &key]).map(drop)
    }

    /// From now on it wants a certificate of each client.
    pub fn demand(&self) -> Result<()> {
        self.ask(&["CONFIG", "SET", "tls-auth-clients", "yes"]).map(drop)
    }

    /// From now on it speaks plain text on the endpoint's port.
    pub fn undress(&self) -> Result<()> {
        self.ask(&["CONFIG", "SET", "tls-port", "0", "port", &PORT.to_string()]).map(drop)
    }

    /// From now on it takes no write for want of memory, or takes them again.
    pub fn out_of_memory(&self, want: bool) -> Result<()> {
        self.ask(&["CONFIG", "SET", "maxmemory", if want { "1" } else { "0" }]).map(drop)
    }

    /// Reads its own data anew for about so many seconds, and answers LOADING meanwhile.
    pub fn load(&self, seconds: usize) -> Result<()> {
        // A key takes 10 ms, and is long enough for the loader to look at its clients after each.
        let value = "x".repeat(4096);
        let keys: Vec<String> = (0..seconds * 100).map(|i| format!("load:{i}")).collect();
        let mut fill = vec!["MSET"];
        keys.iter().for_each(|key| fill.extend([key.as_str(), value.as_str()]));
        self.ask(&fill)?;
        self.ask(&["CONFIG", "SET", "key-load-delay", "10000", "loading-process-events-interval-bytes", "1024"])?;
        self.ask(&["DEBUG", "RELOAD"]).map(drop)
    }

    /// Closes every connection, and for so many seconds has no room for another one.
    pub fn full(&self, seconds: u64) -> Result<()> {
        // One who is inside already: nobody else could make room again.
        let mut inside = self.connect()?;
        let mut say = |words: &[&str]| inside.write_all(request(words).as_bytes());
        say(&["AUTH", OPERATOR, PASSWORD])?;
        say(&["CONFIG", "SET", "maxclients", "1"])?;
        say(&["CLIENT", "KILL", "TYPE", "normal"])?;
        std::thread::sleep(Duration::from_secs(seconds));
        say(&["CONFIG", "SET", "maxclients", "1000"])?;
        say(&["QUIT"])?;
        let mut replies = String::new();
        inside.read_to_string(&mut replies)?;
        ensure!(!replies.contains('-'), "could not fill it: {replies}");
        Ok(())
    }

    /// Whether a section of INFO has these words.
    pub fn says(&self, section: &str, words: &str) -> bool {
        self.ask(&["INFO", section]).is_ok_and(|info| info.contains(words))
    }

    /// A counter's value.
    pub fn count(&self, key: &str) -> Result<i64> {
        // `$2\n17\n`, or `$-1\n` where nobody has counted yet
        Ok(self.ask(&["GET", key])?.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0))
    }

    /// What was written here, counters aside, is there too.
    pub fn copy_to(&self, there: &Server) -> Result<()> {
        let keys = self.ask(&["KEYS", "*"])?;
        for key in keys.lines().filter(|key| !key.starts_with(['*', '$', '+']) && !key.starts_with("drill:")) {
            if let Some(value) = self.ask(&["GET", key])?.lines().nth(1) {
                there.ask(&["SET", key, value])?;
            }
        }
        Ok(())
    }

    /// `8.0.2`
    pub fn version(&self) -> Result<String> {
        let info = self.ask(&["INFO", "server"])?;
        let line = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(line.context("a server without a version")?.to_owned())
    }

    fn answers(&self) -> Result<()> {
        if shell::wait_until(Duration::from_secs(20), || self.ask(&["PING"]).is_ok()) {
            return Ok(());
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("redis-server does not answer:\n{}", shell::last_lines(&log, 15))
    }

    fn signal(&self, name: &str) -> Result<()> {
        shell::output(&mut shell::line(&format!("kill -s {name} {}", self.child.id()), &self.folder)).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn spawn(net: &Net, host: usize, program: &[String], folder: &Path) -> Result<Child> {
    let log = shell::appending(&folder.join("log"))?;
    let mut command = net.on_host(host, &program[0]);
    command.args(&program[1..]).arg(folder.join("redis.conf")).stdout(log.try_clone()?).stderr(log);
    command.spawn().context("could not start redis-server")
}
