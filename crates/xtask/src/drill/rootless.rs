//! The lab without root: this very command again, as the root of a user namespace of its own.

use anyhow::{Result, ensure};

use crate::shell;

/// `ip netns` keeps its names below `/run` and `/etc`: both become ours, and nobody else sees it. What
/// may not be read in `/etc` is not needed; the name servers' file is often a link into `/run`.
const INSIDE: &str = r#"
mount -t tmpfs tmpfs /mnt
cp -r /etc/. /mnt 2>/dev/null || true
cp -L --remove-destination /etc/resolv.conf /mnt
mount --bind /mnt /etc
mount -t tmpfs tmpfs /run
exec "$@"
"#;

/// Whether we may make network namespaces as we are.
pub fn is_root() -> bool {
    shell::succeeds("test \"$(id -u)\" = 0")
}

/// Runs this program with these words where it may.
pub fn again(words: impl Iterator<Item = String>) -> Result<()> {
    let unshare = ["--user", "--map-root-user", "--mount"];
    ensure!(
        shell::succeeds(&format!("unshare {} true", unshare.join(" "))),
        "the lab makes network namespaces, and this kernel lets nobody but root do it: run it as root, or allow user \
         namespaces (`sysctl user.max_user_namespaces`; on Ubuntu `kernel.apparmor_restrict_unprivileged_userns`)"
    );
    let mut command = shell::command("unshare");
    command.args(unshare).args(["sh", "-ec", INSIDE, "sh"]).arg(std::env::current_exe()?).args(words);
    shell::shown(&mut command)
}
