//! Network namespaces: hosts around one router.
//!
//! Routed, not bridged: what the router drops is silent, as a dead machine is; in one flat network
//! the neighbours would notice at once. Everything is made inside the namespaces, so that nothing
//! shows in the machine's own network.

use std::fmt::Write;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// The port of the endpoint.
pub const PORT: u16 = 12345;
/// The servers' port without TLS, which no client knows.
pub const PLAIN: u16 = 6379;

/// The router's rules: the sets are what the drills change.
const RULES: &str = "
table inet drill {
  set dead { type ipv4_addr; }
  set mute { type ipv4_addr; }
  set dials { type ipv4_addr; size 1024; flags dynamic; counter; }
  set known { type ipv4_addr . inet_service; size 65535; flags dynamic; }
  chain between {
    type filter hook forward priority 0; policy accept;
    tcp dport PORT tcp flags & (syn | ack) == syn update @dials { ip saddr }
    tcp dport PORT tcp flags & (syn | ack) == syn update @known { ip saddr . tcp sport }
    tcp dport PORT ip saddr . tcp sport != @known drop
    tcp sport PORT ip daddr . tcp dport != @known drop
    ip saddr @dead drop
    ip daddr @dead drop
    ip saddr @mute drop
  }
}
";

/// When its input ends, because we dropped it or because we died, the keeper removes everything.
const KEEPER: &str = "
trap '' INT TERM HUP
cat >/dev/null
for ns in $(ip netns list | cut -d' ' -f1 | grep \"^$1-\"); do
  ip netns pids $ns | xargs -r kill -9
  ip netns del $ns
  rm -rf /etc/netns/$ns
done
rm -rf \"$2\"
";

/// The namespaces; gone when dropped.
pub struct Net {
    name: String,
    keeper: Child,
}

impl Net {
    /// Makes a router and these hosts. The folder goes with it.
    pub fn make(name: &str, hosts: usize, folder: &str) -> Result<Net> {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh", name, folder]).stdin(Stdio::piped());
        keeper.stdout(Stdio::null()).stderr(Stdio::null());
        // Out of reach of the keyboard's interrupt.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut keeper, 0);
        let net = Net { name: name.to_owned(), keeper: keeper.spawn()? };
        net.build(hosts)?;
        Ok(net)
    }

    fn build(&self, hosts: usize) -> Result<()> {
        let router = self.router_name();
        // `ip netns add` wants to go back to where it came from: in a user namespace it may only where
        // that is ours, too.
        let mut script = format!(
            "unshare --net ip netns add {router}\nip -n {router} link set lo up\n\
             ip netns exec {router} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'\n"
        );
        for host in 0..hosts {
            let ns = self.host_name(host);
            let (address, gateway) = (address(host), gateway(host));
            write!(
                script,
                "unshare --net ip netns add {ns}\n\
                 ip -n {ns} link add eth0 type veth peer name v{host} netns {router}\n\
                 ip -n {ns} link set lo up\n\
                 ip -n {ns} addr add {address}/24 dev eth0\n\
                 ip -n {ns} link set eth0 up\n\
                 ip -n {router} addr add {gateway}/24 dev v{host}\n\
                 ip -n {router} link set v{host} up\n\
                 ip -n {ns} route add default via {gateway}\n\
                 mkdir -p /etc/netns/{ns}\n\
                 echo nameserver {gateway} > /etc/netns/{ns}/resolv.conf\n"
            )?;
        }
        shell::output(shell::command("sh").args(["-ec", &script]))?;
        let mut nft = self.on_router("nft");
        nft.args(["-f", "-"]).stdin(Stdio::piped());
        let mut child = nft.spawn().context("could not start nft")?;
        child.stdin.take().context("nft reads")?.write_all(RULES.replace("PORT", &PORT.to_string()).as_bytes())?;
        if !child.wait()?.success() {
            bail!("nft refused the router's rules");
        }
        Ok(())
    }

    /// A program on the router.
    pub fn on_router(&self, program: &str) -> Command {
        inside(&self.router_name(), program)
    }

    /// A program on a host.
    pub fn on_host(&self, host: usize, program: &str) -> Command {
        inside(&self.host_name(host), program)
    }

    /// From now on nothing reaches the host, and nothing leaves it.
    pub fn cut(&self, host: usize) -> Result<()> {
        self.nft(&format!("add element inet drill dead {{ {} }}", address(host)))
    }

    /// The host is back.
    pub fn mend(&self, host: usize) -> Result<()> {
        self.nft(&format!("delete element inet drill dead {{ {} }}", address(host)))
    }

    /// From now on the host is heard by nobody, but hears.
    pub fn mute(&self, host: usize) -> Result<()> {
        self.nft(&format!("add element inet drill mute {{ {} }}", address(host)))
    }

    /// The host is heard again.
    pub fn unmute(&self, host: usize) -> Result<()> {
        self.nft(&format!("delete element inet drill mute {{ {} }}", address(host)))
    }

    /// From now on the firewall between does not know the connections that there are: what they still
    /// carry is dropped, both ways. New ones pass.
    pub fn forget(&self) -> Result<()> {
        self.nft("flush set inet drill known")
    }

    /// How often the host has begun a connection to the endpoint's port.
    pub fn dials(&self, host: usize) -> Result<u64> {
        let mut nft = self.on_router("nft");
        let said = shell::output(nft.args(["list", "set", "inet", "drill", "dials"]))?;
        Ok(counted(&said, &address(host)))
    }

    fn nft(&self, words: &str) -> Result<()> {
        shell::output(self.on_router("nft").arg(words)).map(drop)
    }

    fn router_name(&self) -> String {
        format!("{}-router", self.name)
    }

    fn host_name(&self, host: usize) -> String {
        format!("{}-{host}", self.name)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A host's address.
pub fn address(host: usize) -> String {
    format!("10.77.{host}.2")
}

fn gateway(host: usize) -> String {
    format!("10.77.{host}.1")
}

fn inside(ns: &str, program: &str) -> Command {
    let mut command = shell::command("ip");
    command.args(["netns", "exec", ns, program]);
    command
}

/// `… 10.77.2.2 counter packets 7 bytes 420, …`
fn counted(said: &str, address: &str) -> u64 {
    let after = said.split(&format!("{address} counter packets ")).nth(1).unwrap_or_default();
    after.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_of_the_very_host_is_read() {
        let said = "elements = { 10.77.2.2 counter packets 7 bytes 420, 10.77.12.2 counter packets 3 bytes 180 }";
        assert_eq!(counted(said, "10.77.2.2"), 7);
        assert_eq!(counted(said, "10.77.12.2"), 3);
        assert_eq!(counted(said, "10.77.3.2"), 0);
    }
}
