//! What stands in front of A and can hold back what comes from it. A relay passes bytes on without a
//! word of the protocol; a proxy reads the server's replies, so that it can say something of its own
//! between them. Both run on a host of their own as a program of their own (`cargo xtask drill-relay
//! ADDRESS`, `cargo xtask drill-proxy ADDRESS`), told by lines on its standard input, and end with them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use holdfast::doctor::resp::{self, Read as Found, Reply};

use super::net::{Net, PLAIN, PORT, address};
use crate::shell;

/// One of them, seen from the drill. When it is dropped, its connections close.
pub struct Relay {
    child: Child,
    // A proxy has to read, so it lets another program speak TLS.
    tls: Option<Child>,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Relay {
    /// Starts a relay on `host`, in front of another one.
    pub fn start(net: &Net, host: usize, before: usize) -> Result<Relay> {
        Relay::program(net, host, "drill-relay", before)
    }

    /// Starts a proxy on `host`, in front of another one.
    pub fn proxy(net: &Net, host: usize, before: usize, (certificate, key): (PathBuf, PathBuf)) -> Result<Relay> {
        let mut relay = Relay::program(net, host, "drill-proxy", before)?;
        let (certificate, key) = (certificate.display(), key.display());
        let mut tls = net.on_host(host, "socat");
        tls.arg(format!("openssl-listen:{PORT},fork,reuseaddr,nodelay,cert={certificate},key={key},verify=0"));
        tls.arg(format!("tcp:127.0.0.1:{PLAIN},nodelay")).stderr(Stdio::null());
        relay.tls = Some(tls.spawn().context("could not start socat")?);
        let listens = || {
            let mut ss = net.on_host(host, "ss");
            ss.args(["-Hltn", &format!("sport = :{PORT}")]);
            shell::output(&mut ss).is_ok_and(|said| !said.is_empty())
        };
        ensure!(shell::wait_until(Duration::from_secs(10), listens), "socat does not listen");
        Ok(relay)
    }

    fn program(net: &Net, host: usize, word: &str, before: usize) -> Result<Relay> {
        let me = super::me();
        let mut command = net.on_host(host, &me.to_string_lossy());
        command.args([word, &address(before)]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("could not start {word}"))?;
        let orders = child.stdin.take().context("it reads")?;
        let answers = BufReader::new(child.stdout.take().context("it says when it is done")?);
        let mut relay = Relay { child, tls: None, orders, answers };
        relay.order("flow")?;
        Ok(relay)
    }

    /// From now on no reply passes; commands do.
    pub fn stall(&mut self) -> Result<()> {
        self.order("stall")
    }

    /// All that was held back passes, in its order.
    pub fn flow(&mut self) -> Result<()> {
        self.order("flow")
    }

    /// A proxy: this notice, as [`push`] reads it, goes to every client that asked for notices.
    pub fn notify(&mut self, notice: &str) -> Result<()> {
        self.order(&format!("notify {notice}"))
    }

    /// A proxy: on every connection this error takes the place of the next reply, once.
    pub fn answer(&mut self, error: &str) -> Result<()> {
        self.order(&format!("answer {error}"))
    }

    fn order(&mut self, order: &str) -> Result<()> {
        writeln!(self.orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(answer == "done\n", "the relay did not understand: {order}");
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for child in self.tls.iter_mut().chain([&mut self.child]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether replies are held back.
#[derive(Clone, Default)]
struct Valve(Arc<(Mutex<bool>, Condvar)>);

impl Valve {
    fn set(&self, stalled: bool) {
        *locked(&self.0.0) = stalled;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let (held, changed) = &*self.0;
        drop(changed.wait_while(locked(held), |held| *held));
    }
}

/// Nobody panics while holding one of these.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

/// The relay's program.
pub fn serve(before: &str) -> Result<()> {
    let (valve, before) = (Valve::default(), (before.to_owned(), PORT));
    let shared = valve.clone();
    listen(("0.0.0.0", PORT), move |client| {
        let server = TcpStream::connect(&before)?;
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || copy(from, to, &Valve::default()));
        copy(server, client, &shared);
        Ok(())
    })?;
    obey(&valve, |order, _| bail!("a relay knows nothing of {order}"))
}

/// A proxy's client.
struct Client {
    socket: TcpStream,
    /// It has asked for notices.
    notified: bool,
    /// Said in place of the next reply.
    instead: Option<String>,
}

impl Client {
    /// Passes on a reply of the server. It does not know of notices, so we accept in its place.
    fn pass(&mut self, reply: &Reply, bytes: &[u8]) -> std::io::Result<()> {
        match reply {
            Reply::Push => self.socket.write_all(bytes),
            Reply::Error(error) if error.contains("MAINT_NOTIFICATIONS") => {
                self.notified = true;
                self.socket.write_all(b"+OK\r\n")
            }
            _ => match self.instead.take() {
                Some(error) => self.socket.write_all(format!("-{error}\r\n").as_bytes()),
                None => self.socket.write_all(bytes),
            },
        }
    }
}

/// The proxy's program.
pub fn serve_proxy(before: &str) -> Result<()> {
    let (valve, before) = (Valve::default(), (before.to_owned(), PLAIN));
    let clients: Arc<Mutex<Vec<Arc<Mutex<Client>>>>> = Arc::default();
    let (shared, known) = (valve.clone(), clients.clone());
    listen(("127.0.0.1", PLAIN), move |socket| {
        let server = TcpStream::connect(&before)?;
        server.set_nodelay(true)?;
        let (from, to) = (socket.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || copy(from, to, &Valve::default()));
        let client = Arc::new(Mutex::new(Client { socket, notified: false, instead: None }));
        locked(&known).push(client.clone());
        let _ = reply(&server, &client, &shared);
        locked(&known).retain(|other| !Arc::ptr_eq(other, &client));
        for socket in [&server, &locked(&client).socket] {
            let _ = socket.shutdown(Shutdown::Both);
        }
        Ok(())
    })?;
    obey(&valve, |order, text| {
        for client in &*locked(&clients) {
            let mut client = locked(client);
            match order {
                "notify" if client.notified => client.socket.write_all(&push(text)).unwrap_or(()),
                "notify" => {}
                "answer" => client.instead = Some(text.to_owned()),
                _ => bail!("a proxy knows nothing of {order}"),
            }
        }
        Ok(())
    })
}

/// Passes on whole replies until there are none any more.
fn reply(mut server: &TcpStream, client: &Mutex<Client>, valve: &Valve) -> std::io::Result<()> {
    let (mut unread, mut bytes) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let length @ 1.. = server.read(&mut bytes)? else { return Ok(()) };
        unread.extend_from_slice(&bytes[..length]);
        valve.wait();
        while let Found::Whole(reply, length) = resp::read(&unread) {
            locked(client).pass(&reply, &unread[..length])?;
            unread.drain(..length);
        }
    }
}

/// `MOVING 5 10 name:port` as the server's push message: numbers are integers, the rest is text.
fn push(notice: &str) -> Vec<u8> {
    let words: Vec<&str> = notice.split(' ').collect();
    let element = |word: &&str| match word.parse::<u32>() {
        Ok(number) => format!(":{number}\r\n"),
        Err(_) => format!("${}\r\n{word}\r\n", word.len()),
    };
    format!(">{}\r\n{}", words.len(), words.iter().map(element).collect::<String>()).into_bytes()
}

/// Treats each client in a thread of its own.
fn listen(
    at: (&str, u16),
    treat: impl Fn(TcpStream) -> std::io::Result<()> + Clone + Send + 'static,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(at)?;
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let treat = treat.clone();
            std::thread::spawn(move || treat(client));
        }
    });
    Ok(())
}

/// Does what the standard input says, until it ends.
fn obey(valve: &Valve, other: impl Fn(&str, &str) -> Result<()>) -> Result<()> {
    for line in std::io::stdin().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("stall", _) => valve.set(true),
            ("flow", _) => valve.set(false),
            (order, text) => other(order, text)?,
        }
        println!("done");
    }
    Ok(())
}

/// Passes bytes on until one side ends, for whatever reason.
fn copy(mut from: TcpStream, mut to: TcpStream, valve: &Valve) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        valve.wait();
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_a_push_message() {
        assert_eq!(push("MOVING 5 10 a.test:1"), b">4\r\n$6\r\nMOVING\r\n:5\r\n:10\r\n$8\r\na.test:1\r\n");
        let notice = push("MIGRATED 2 1");
        assert_eq!(resp::read(&notice), Found::Whole(Reply::Push, notice.len()));
    }
}
