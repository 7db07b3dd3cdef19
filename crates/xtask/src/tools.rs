//! Every tool that the commands need, pinned here and nowhere else.
//!
//! What can't be installed by us is named with where to get it. Debian packages go to the system;
//! everything else into `target/tools`, so that nothing global is touched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{paths, shell};

/// A program, or something else that a step needs.
pub struct Tool {
    /// What steps call it; the program's name where it is one.
    pub name: &'static str,
    /// The pinned version, or the least one that will do; nothing where any will.
    pub version: &'static str,
    source: Source,
}

/// Where a tool comes from.
enum Source {
    /// A person installs it: the address that tells how.
    Person { ask: &'static str, address: &'static str },
    /// rustup: a component or a target.
    Rustup { probe: &'static str, add: &'static str },
    /// A Debian package, there when the probe succeeds.
    Apt { package: &'static str, probe: &'static str },
    /// A program of the newer Debian release, in a root of its own, where the system's is older: see
    /// `newer_debian`.
    NewerDebian { packages: &'static str, ask: &'static str },
    /// Packages of npm, all in one folder.
    Npm,
    /// Packages of PyPI, all in one virtual environment.
    Pip,
    /// A script of ours over packages of PyPI.
    Script { packages: &'static [&'static str], text: &'static str },
    /// A crate's program, in the quick profile.
    Cargo { ask: &'static str, flags: &'static [&'static str] },
    /// A Go program.
    Go { module: &'static str },
    /// A Java program in one archive.
    Maven { artefact: &'static str },
}

use Source::{Apt, Cargo, Go, Maven, NewerDebian, Npm, Person, Pip, Rustup, Script};

/// The folder of the newer Debian's files.
const NEWER: &str = "trixie";

macro_rules! tools {
    ($($name:literal $version:literal $source:expr;)*) => {
        &[$(Tool { name: $name, version: $version, source: $source },)*]
    };
}

/// Every tool.
pub const ALL: &[Tool] = tools! {
    "go" "1.24" Person { ask: "go version", address: "https://go.dev/dl/" };
    "node" "20" Person { ask: "node --version", address: "https://nodejs.org/" };
    "python3" "3.10" Person { ask: "python3 --version", address: "https://www.python.org/downloads/" };
    "java" "17" Person { ask: "java --version", address: "https://adoptium.net/" };
    "mvn" "3.8" Person { ask: "mvn --version", address: "https://maven.apache.org/" };

    "wasm32" "" Rustup {
        probe: "test -d \"$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown\"",
        add: "target add wasm32-unknown-unknown"
    };
    "clippy" "" Rustup { probe: "cargo clippy --version", add: "component add clippy" };
    "rustfmt" "" Rustup { probe: "rustfmt --version", add: "component add rustfmt" };

    // Trunk's and wasm-bindgen's own downloads are not needed: no TLS in them, which is half of their build.
    "trunk" "0.21.14" Cargo { ask: "trunk --version", flags: &["--locked", "--no-default-features"] };
    // The version stands in Cargo.lock; the newest one refuses to build with its own lock file.
    "wasm-bindgen" "" Cargo {
        ask: "wasm-bindgen --version",
        flags: &["--no-default-features", "--bin", "wasm-bindgen"]
    };

    "brotli" "" Apt { package: "brotli", probe: "command -v brotli" };
    "chromium" "" Apt { package: "chromium", probe: "command -v chromium" };
    "fonts" "" Apt { package: "fonts-dejavu-core", probe: "test -d /usr/share/fonts/truetype/dejavu" };
    "jq" "" Apt { package: "jq", probe: "command -v jq" };
    "openssl" "" Apt { package: "openssl", probe: "command -v openssl" };
    "venv" "" Apt { package: "python3-venv", probe: "python3 -c 'import ensurepip'" };
    "nft" "" Apt { package: "nftables", probe: "command -v nft" };
    "ip" "" Apt { package: "iproute2", probe: "command -v ip" };
    "socat" "" Apt { package: "socat", probe: "command -v socat" };
    "debootstrap" "" Apt { package: "debootstrap", probe: "command -v debootstrap" };
    // WAITAOF came with 7.2, and Debian 12 has 7.0.
    "redis-server" "7.2" NewerDebian { packages: "redis-server", ask: "redis-server --version" };
    // Debian 12's hiredis has no TLS header.
    "debian-root" "1.2" NewerDebian {
        packages: "gcc,make,pkg-config,libc6-dev,libhiredis-dev,libssl-dev",
        ask: "pkg-config --modversion hiredis_ssl"
    };
    "php" "6.2" NewerDebian { packages: "php-cli,php-redis", ask: "php -r 'echo phpversion(\"redis\");'" };
    "ruby" "5.3" NewerDebian { packages: "ruby,ruby-redis,ruby-redis-clustering", ask: "ruby -e 'require \"redis\"; puts Redis::VERSION'" };
    // Too old for the project that is written in C#, but it reads literals as every C# does.
    "mono" "6.12" NewerDebian { packages: "mono-mcs", ask: "mono --version" };
    "rubocop" "1" NewerDebian { packages: "rubocop", ask: "rubocop --version" };

    "prettier" "3.10.1" Npm;
    "@prettier/plugin-php" "0.25.0" Npm;
    "eslint" "10.15.0" Npm;
    "@eslint/js" "10.0.1" Npm;
    "globals" "17.14.0" Npm;
    "binaryen" "132.0.0" Npm;
    "json-schema-to-typescript" "16.0.0" Npm;
    "typescript" "7.0.2" Npm;
    "ruff" "0.17.6" Pip;
    "clang-format" "23.1.5" Pip;
    // No .NET SDK is to be had from the registries that we use: C# is parsed, not compiled.
    "csharp-syntax" "0.23.5" Script {
        packages: &["tree-sitter==0.26.1", "tree-sitter-c-sharp==0.23.5"],
        text: include_str!("csharp_syntax.py")
    };
    "staticcheck" "0.8.2" Go { module: "honnef.co/go/tools/cmd/staticcheck" };
    "google-java-format" "1.28.0" Maven { artefact: "com.google.googlejavaformat:google-java-format:1.28.0:jar:all-deps" };
};

/// The tool of this name.
pub fn find(name: &str) -> &'static Tool {
    ALL.iter().find(|tool| tool.name == name).unwrap_or_else(|| panic!("no tool is called {name}"))
}

impl Tool {
    /// For tables and messages.
    pub fn label(&self) -> String {
        let version = self.version();
        if version.is_empty() { self.name.to_owned() } else { format!("{} {version}", self.name) }
    }

    /// The version that is wanted.
    pub fn version(&self) -> String {
        if self.name == "wasm-bindgen" { locked("wasm-bindgen").unwrap_or_default() } else { self.version.to_owned() }
    }

    /// Whether it is there and fits.
    pub fn present(&self) -> bool {
        match &self.source {
            Person { ask, .. } => said_version(ask).is_some_and(|found| found >= parsed(self.version)),
            Rustup { probe, .. } | Apt { probe, .. } => shell::succeeds(probe),
            NewerDebian { ask, .. } => {
                // The system may be new enough by itself; then `debian-root` only runs what it is given.
                let there =
                    newer_debian_ready() || said_version(ask).is_some_and(|found| found >= parsed(self.version));
                there && (self.name != DEBIAN_ROOT || bin(DEBIAN_ROOT).is_file())
            }
            Cargo { ask, .. } => said_version(ask).is_some_and(|found| found == parsed(&self.version())),
            Npm | Pip | Script { .. } | Go { .. } | Maven { .. } => self.stamp().is_file(),
        }
    }

    /// How we would install it; nothing where only a person can.
    pub fn how(&self) -> Option<String> {
        match &self.source {
            Person { .. } => None,
            Rustup { add, .. } => shell::has("rustup").then(|| format!("rustup {add}")),
            Apt { package, .. } => can_apt().then(|| format!("apt-get install {package}")),
            NewerDebian { .. } => can_apt().then(|| format!("from Debian {NEWER} into target/tools")),
            Npm => shell::has("npm").then(|| "npm into target/tools".to_owned()),
            Pip | Script { .. } => shell::has("python3").then(|| "pip into target/tools".to_owned()),
            Cargo { .. } => Some("cargo install into target/tools (minutes)".to_owned()),
            Go { .. } => shell::has("go").then(|| "go install into target/tools".to_owned()),
            Maven { .. } => shell::has("mvn").then(|| "Maven into target/tools".to_owned()),
        }
    }

    /// What a person does where we can't.
    pub fn advice(&self) -> String {
        match &self.source {
            Person { address, .. } => format!("{address}, at least {}", self.version),
            Apt { package, .. } => format!("your system's package `{package}`"),
            _ => format!("{} on the PATH", self.label()),
        }
    }

    fn install(&self, log: &Path) -> Result<()> {
        match &self.source {
            Person { .. } => bail!("{} has to be installed by you: {}", self.name, self.advice()),
            Rustup { add, .. } => shell::logged(&mut shell::line(&format!("rustup {add}"), &paths::root()), log),
            Apt { package, .. } => apt(&[package], log),
            NewerDebian { ask, .. } => newer_debian(self, ask, log),
            Npm => npm(log),
            Pip => self.pip(log),
            Script { packages, text } => self.script(packages, text, log),
            Cargo { .. } => shell::logged(&mut self.cargo_install()?, log),
            Go { module } => self.go(module, log),
            Maven { artefact } => self.maven(artefact, log),
        }?;
        fs::create_dir_all(self.stamp().parent().context("a stamp has a folder")?)?;
        fs::write(self.stamp(), "")?;
        Ok(())
    }

    /// Builds the program quickly: no optimisation and no debug information.
    pub fn cargo_install(&self) -> Result<std::process::Command> {
        let Cargo { flags, .. } = &self.source else { bail!("{} is not a crate", self.name) };
        let package = if self.name == "wasm-bindgen" { "wasm-bindgen-cli" } else { self.name };
        let mut command = shell::command("cargo");
        command
            .args(["install", "--debug", "--force", package, "--version", &self.version(), "--root"])
            .arg(paths::tools())
            .args(*flags)
            .env("CARGO_TARGET_DIR", builds())
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .current_dir(std::env::temp_dir());
        Ok(command)
    }

    fn pip(&self, log: &Path) -> Result<()> {
        let bin = python(&[&format!("{}=={}", self.name, self.version)], log)?;
        // Only the tool itself goes on the PATH: this environment's `python` would hide the real one.
        wrap(self.name, &format!("exec '{}' \"$@\"", bin.join(self.name).display()))
    }

    fn script(&self, packages: &[&str], text: &str, log: &Path) -> Result<()> {
        let bin = python(packages, log)?;
        let file = bin.join(self.name);
        fs::write(&file, text)?;
        wrap(self.name, &format!("exec '{}' '{}' \"$@\"", bin.join("python").display(), file.display()))
    }

    fn go(&self, module: &str, log: &Path) -> Result<()> {
        let mut command = shell::command("go");
        command.args(["install", &format!("{module}@v{}", self.version)]).env("GOBIN", paths::tools().join("bin"));
        shell::logged(&mut command, log)
    }

    fn maven(&self, artefact: &str, log: &Path) -> Result<()> {
        let folder = paths::tools().join("java");
        let mut command = shell::command("mvn");
        command.args(["-B", "-q", "dependency:copy", "-Dmdep.stripVersion=true", &format!("-Dartifact={artefact}")]);
        command.arg(format!("-DoutputDirectory={}", folder.display())).current_dir(std::env::temp_dir());
        shell::logged(&mut command, log)?;
        // google-java-format reads the compiler's own syntax trees, which the JDK hides by default.
        let hidden = ["api", "code", "file", "parser", "tree", "util"];
        let opened: Vec<String> = hidden
            .iter()
            .map(|name| format!("--add-exports jdk.compiler/com.sun.tools.javac.{name}=ALL-UNNAMED"))
            .collect();
        let jar = folder.join(format!("{}-all-deps.jar", self.name));
        wrap(self.name, &format!("exec java {} -jar '{}' \"$@\"", opened.join(" "), jar.display()))
    }

    fn stamp(&self) -> PathBuf {
        paths::tools().join("stamps").join(format!("{}-{}", self.name.replace('/', "-"), self.version))
    }
}

/// Installs these tools, Debian's in one go. What fails is left for the steps that need it.
pub fn install(tools: &[&'static Tool]) {
    let log = paths::logs().join("install.log");
    let packages: Vec<&str> = tools
        .iter()
        .filter_map(|tool| match tool.source {
            Apt { package, .. } => Some(package),
            _ => None,
        })
        .collect();
    if !packages.is_empty() {
        println!("installing {}", packages.join(" "));
        report("apt-get", apt(&packages, &log));
    }
    for tool in tools.iter().filter(|tool| !tool.present()) {
        println!("installing {}", tool.label());
        report(tool.name, tool.install(&log));
    }
    // More than a gigabyte, of which nothing is needed again.
    let _ = fs::remove_dir_all(builds());
}

/// Where tools of Cargo are compiled: what they have in common only once.
fn builds() -> PathBuf {
    paths::tools().join("build")
}

fn report(name: &str, result: Result<()>) {
    if let Err(error) = result {
        println!("{name}: {error:#}");
    }
}

fn can_apt() -> bool {
    shell::has("apt-get") && shell::succeeds("test \"$(id -u)\" = 0")
}

fn apt(packages: &[&str], log: &Path) -> Result<()> {
    let mut update = shell::command("apt-get");
    shell::logged(update.args(["update", "-q"]), log)?;
    let mut install = shell::command("apt-get");
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    shell::logged(install.env("DEBIAN_FRONTEND", "noninteractive"), log)
}

/// Installs packages of PyPI in the one virtual environment, and tells where its programs are.
fn python(packages: &[&str], log: &Path) -> Result<PathBuf> {
    let folder = paths::tools().join("python");
    let bin = folder.join("bin");
    shell::logged(shell::command("python3").args(["-m", "venv"]).arg(&folder), log)?;
    let mut pip = shell::command(&bin.join("pip").to_string_lossy());
    shell::logged(pip.args(["install", "--quiet"]).args(packages), log)?;
    Ok(bin)
}

/// All of npm's tools at once, so that they share one folder; with the linter's rules for Node beside them.
fn npm(log: &Path) -> Result<()> {
    let folder = paths::tools().join("npm");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
    let wanted = ALL.iter().filter(|tool| matches!(tool.source, Npm));
    let mut command = shell::command("npm");
    command.args(["install", "--no-audit", "--no-fund", "--save-exact"]).current_dir(&folder);
    shell::logged(command.args(wanted.map(|tool| format!("{}@{}", tool.name, tool.version))), log)?;
    let rules = "import js from \"@eslint/js\";\nimport globals from \"globals\";\n\
                 export default [js.configs.recommended, { languageOptions: { globals: globals.node } }];\n";
    fs::write(folder.join("eslint.config.mjs"), rules)?;
    // Prettier looks for a plugin beside the files that it reads, and these lie elsewhere.
    let modules = folder.join("node_modules");
    let prettier = modules.join("prettier/bin/prettier.cjs");
    let plugin = modules.join("@prettier/plugin-php/src/index.mjs");
    wrap("prettier-php", &format!("exec node '{}' --plugin '{}' \"$@\"", prettier.display(), plugin.display()))?;
    let eslint = modules.join("eslint/bin/eslint.js");
    wrap(
        "eslint",
        &format!("exec node '{}' -c '{}' \"$@\"", eslint.display(), folder.join("eslint.config.mjs").display()),
    )
}

/// The program that runs others in the newer Debian.
const DEBIAN_ROOT: &str = "debian-root";

/// It sees the top-level folder that it is called in, and `/tmp`, at their own paths, and resolves names
/// as the system does (debootstrap writes no `/etc/hosts`, and not every name server knows `localhost`);
/// what it mounts for that is seen by nobody else and ends with it.
const ENTER: &str = r#"root='ROOT'
[ -d "$root" ] || exec "$@"
top=${PWD#/}
exec unshare --mount --propagation private sh -c '
  root=$1 top=$2; shift 2
  for folder in /proc /dev /tmp "$top"; do
    mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder" || exit 1
  done
  for file in /etc/hosts /etc/resolv.conf; do
    touch "$root$file" && mount --bind "$file" "$root$file" || exit 1
  done
  exec chroot "$root" env -C "$PWD" PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
' sh "$root" "/${top%%/*}" "$@""#;

/// A whole root with the packages of all such tools, without installing anything: nothing of the
/// system changes. Their programs go on the PATH as calls of `debian-root`.
fn newer_debian(tool: &Tool, ask: &str, log: &Path) -> Result<()> {
    let folder = newer_debian_root();
    wrap(DEBIAN_ROOT, &ENTER.replace("ROOT", &folder.display().to_string()))?;
    if said_version(ask).is_some_and(|found| found >= parsed(tool.version)) {
        return Ok(());
    }
    let packages: Vec<&str> = newer_debian_packages().collect();
    let make = if newer_debian_stamp().is_file() {
        format!("debian-root apt-get install -y -q --no-install-recommends {}", packages.join(" "))
    } else {
        let include = packages.join(",");
        format!(
            "rm -rf {NEWER} && debootstrap --variant=minbase --include={include} {NEWER} {NEWER} && rm -f {NEWER}/var/cache/apt/archives/*.deb"
        )
    };
    fs::create_dir_all(paths::tools().join("stamps"))?;
    shell::logged(&mut shell::line(&make, &paths::tools()), log)?;
    // Packages that come later start no service.
    script(&folder.join("usr/sbin/policy-rc.d"), "exit 101")?;
    fs::write(newer_debian_stamp(), packages.join(","))?;
    for tool in ALL.iter().filter(|tool| matches!(tool.source, NewerDebian { .. })) {
        // The server is run outside of the root, by the root's own loader: see `redis_server`.
        if ![DEBIAN_ROOT, "redis-server"].contains(&tool.name) {
            wrap(tool.name, &format!("exec '{}' {} \"$@\"", bin(DEBIAN_ROOT).display(), tool.name))?;
        }
    }
    Ok(())
}

fn newer_debian_packages() -> impl Iterator<Item = &'static str> {
    ALL.iter()
        .flat_map(|tool| match tool.source {
            NewerDebian { packages, .. } => packages.split(','),
            _ => "".split(','),
        })
        .filter(|package| !package.is_empty())
}

fn newer_debian_root() -> PathBuf {
    paths::tools().join(NEWER)
}

fn newer_debian_stamp() -> PathBuf {
    paths::tools().join("stamps").join(NEWER)
}

fn newer_debian_ready() -> bool {
    let Ok(found) = fs::read_to_string(newer_debian_stamp()) else { return false };
    newer_debian_packages().all(|package| found.split(',').any(|there| there == package))
}

/// The command that starts the server: the one on the PATH where it is new enough.
pub fn redis_server() -> Vec<String> {
    let ours = newer_debian_root().join("usr/bin/redis-server");
    if !ours.is_file() {
        return vec!["redis-server".to_owned()];
    }
    // Its own loader and libraries: the system's are older.
    let library = newer_debian_root().join("usr/lib");
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let loader = if cfg!(target_arch = "aarch64") { "ld-linux-aarch64.so.1" } else { "ld-linux-x86-64.so.2" };
    let libraries = library.join(&machine);
    [libraries.join(loader), "--library-path".into(), libraries, ours]
        .map(|part| part.to_string_lossy().into_owned())
        .to_vec()
}

/// The command that starts the server of the system's own release, unpacked beside the newer one:
/// installed, its package would start one at once.
pub fn system_redis_server() -> Result<Vec<String>> {
    let folder = paths::tools().join("system-redis");
    let server = folder.join("usr/bin/redis-server");
    if !server.is_file() {
        fs::create_dir_all(&folder)?;
        let unpack = "apt-get download -q redis-server redis-tools liblzf1 libjemalloc2 && \
                      for package in *.deb; do dpkg -x $package .; done";
        shell::logged(&mut shell::line(unpack, &folder), &paths::logs().join("install.log"))?;
    }
    let libraries = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    let libraries = format!("LD_LIBRARY_PATH={}", libraries.display());
    Ok(vec!["env".to_owned(), libraries, server.to_string_lossy().into_owned()])
}

fn bin(name: &str) -> PathBuf {
    paths::tools().join("bin").join(name)
}

fn wrap(name: &str, text: &str) -> Result<()> {
    script(&bin(name), text)
}

fn script(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().context("it has a folder")?)?;
    fs::write(path, format!("#!/bin/sh\n{text}\n"))?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(())
}

/// The version of a crate in Cargo.lock.
fn locked(name: &str) -> Option<String> {
    version_in_lock(&fs::read_to_string(paths::root().join("Cargo.lock")).ok()?, name)
}

fn version_in_lock(lock: &str, name: &str) -> Option<String> {
    let entry = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1)?;
    entry.split('"').next().map(str::to_owned)
}

fn said_version(ask: &str) -> Option<Vec<u32>> {
    let said = shell::output(&mut shell::line(&format!("{ask} 2>&1"), &std::env::temp_dir())).ok()?;
    Some(parsed(&said)).filter(|version| !version.is_empty())
}

/// The first version in a text, one with a point before one without: `go version go1.26.8 linux/amd64`
/// is 1, 26, 8. Maven begins with the digits of a colour.
fn parsed(text: &str) -> Vec<u32> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let word = words.iter().find(|word| word.contains('.')).or(words.first());
    word.map_or_else(Vec::new, |word| word.split('.').map_while(|part| part.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(parsed("go version go1.26.8 linux/amd64"), [1, 26, 8]);
        assert_eq!(parsed("v20.20.2"), [20, 20, 2]);
        assert_eq!(parsed("openjdk 17.0.15 2025-04-15"), [17, 0, 15]);
        assert_eq!(parsed("Redis server v=7.0.15 sha=00000000:0"), [7, 0, 15]);
        assert_eq!(parsed("\u{1b}[1mApache Maven 3.8.7\u{1b}[m"), [3, 8, 7]);
        assert_eq!(parsed("20"), [20]);
        assert!(parsed("none...").is_empty());
        assert!(parsed("1.26.8") >= parsed("1.24") && parsed("3.9.2") < parsed("3.10"));
    }

    #[test]
    fn the_locked_version_is_that_of_the_very_crate() {
        let lock = "[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(lock, "yew"), None);
        assert!(locked("wasm-bindgen").is_some(), "the page's wasm-bindgen is not in Cargo.lock");
    }

    #[test]
    fn no_tool_is_twice() {
        for (i, tool) in ALL.iter().enumerate() {
            assert!(ALL[..i].iter().all(|other| other.name != tool.name), "{}", tool.name);
        }
    }
}
