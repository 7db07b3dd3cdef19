//! A proxy in front of A, as far as it can be without a word of the protocol: it passes bytes on, and
//! can hold back what comes from the server. It runs on a host of its own as a program of its own
//! (`cargo xtask drill-relay ADDRESS`), told by lines on its standard input, and ends with them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use anyhow::{Context, Result, ensure};

use super::net::{Net, PORT, address};

/// The relay, seen from the drill. When it is dropped, its connections close.
pub struct Relay {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Relay {
    /// Starts it on `host`, in front of another one.
    pub fn start(net: &Net, host: usize, before: usize) -> Result<Relay> {
        let me = super::me();
        let mut command = net.on_host(host, &me.to_string_lossy());
        command.args(["drill-relay", &address(before)]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("could not start the relay")?;
        let orders = child.stdin.take().context("it reads")?;
        let answers = BufReader::new(child.stdout.take().context("it says when it is done")?);
        let mut relay = Relay { child, orders, answers };
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
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether replies are held back.
type Valve = Arc<(Mutex<bool>, Condvar)>;

/// The program.
pub fn serve(before: &str) -> Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", PORT))?;
    let (valve, before) = (Valve::default(), (before.to_owned(), PORT));
    let shared = valve.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (valve, before) = (shared.clone(), before.clone());
            std::thread::spawn(move || pass(client, &before, &valve));
        }
    });
    for order in std::io::stdin().lines() {
        let stalled = match order?.as_str() {
            "stall" => true,
            "flow" => false,
            _ => break,
        };
        *valve.0.lock().expect("nobody panics with it") = stalled;
        valve.1.notify_all();
        println!("done");
    }
    Ok(())
}

/// Passes on both ways until one of them ends, for whatever reason.
fn pass(client: TcpStream, before: &(String, u16), valve: &Valve) -> Option<()> {
    let server = TcpStream::connect((before.0.as_str(), before.1)).ok()?;
    let (from, to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || copy(from, to, || {}));
    copy(server, client, || {
        let (held, changed) = &**valve;
        let guard = held.lock().expect("nobody panics with it");
        drop(changed.wait_while(guard, |held| *held));
    });
    Some(())
}

fn copy(mut from: TcpStream, mut to: TcpStream, before_each: impl Fn()) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        before_each();
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
