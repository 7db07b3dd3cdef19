//! A certificate authority of our own, for as long as the lab runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::shell;

/// The files, by what they are for.
pub struct Certificates(PathBuf);

/// Far enough from the end for nobody to warn of it.
const DAYS: u32 = 30;

const CONFIG: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = Holdfast lab
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[node]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[endpoint]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:redis.drill.test, DNS:*.redis.drill.test
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stranger]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:stranger.example.com
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[store]
database = store.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
";

impl Certificates {
    /// Makes them all.
    pub fn make(folder: &Path) -> Result<Certificates> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("openssl.cnf"), CONFIG)?;
        for authority in ["ca", "other-1", "other-2", "next"] {
            make(folder, authority, "authority", None, DAYS)?;
        }
        for (name, kind, signer, days) in [
            ("server", "server", "ca", DAYS),
            ("client", "server", "ca", DAYS),
            ("node", "node", "ca", DAYS),
            ("endpoint", "endpoint", "ca", DAYS),
            ("renewed", "endpoint", "next", DAYS),
            ("stranger", "stranger", "ca", DAYS),
            ("brief", "server", "ca", 2),
        ] {
            make(folder, name, kind, Some(signer), days)?;
        }
        make_expired(folder)?;
        let read = |name: &str| fs::read_to_string(folder.join(name));
        let others = read("other-1.pem")? + &read("other-2.pem")?;
        fs::write(folder.join("wrong-bundle.pem"), &others)?;
        // The right one comes last: who reads only the first certificate of a file fails.
        fs::write(folder.join("bundle.pem"), others + &read("ca.pem")?)?;
        Ok(Certificates(folder.to_owned()))
    }

    /// Authorities, the right one among them.
    pub fn bundle(&self) -> PathBuf {
        self.0.join("bundle.pem")
    }
    /// From now on the bundle has the authority that signed [`Certificates::renewed`], too.
    pub fn trust_next(&self) -> Result<()> {
        let bundle = fs::read_to_string(self.bundle())? + &fs::read_to_string(self.0.join("next.pem"))?;
        fs::write(self.0.join("next-bundle.pem"), bundle)?;
        // In one step, as who rotates files should.
        Ok(fs::rename(self.0.join("next-bundle.pem"), self.bundle())?)
    }
    /// Authorities, all of them wrong.
    pub fn wrong_bundle(&self) -> PathBuf {
        self.0.join("wrong-bundle.pem")
    }
    /// The authority that signed everything.
    pub fn authority(&self) -> PathBuf {
        self.0.join("ca.pem")
    }
    /// For `localhost`, and its key.
    pub fn server(&self) -> (PathBuf, PathBuf) {
        (self.0.join("server.pem"), self.0.join("server.key"))
    }
    /// For a cluster's node, and its key: cluster clients may turn `localhost`, and no other name,
    /// into its address by themselves.
    pub fn node(&self) -> (PathBuf, PathBuf) {
        (self.0.join("node.pem"), self.0.join("node.key"))
    }
    /// For the name that the drills move, and its key.
    pub fn endpoint(&self) -> (PathBuf, PathBuf) {
        (self.0.join("endpoint.pem"), self.0.join("endpoint.key"))
    }
    /// The same of another authority, which no bundle knows at the start.
    pub fn renewed(&self) -> (PathBuf, PathBuf) {
        (self.0.join("renewed.pem"), self.0.join("renewed.key"))
    }
    /// For another name, and its key.
    pub fn stranger(&self) -> (PathBuf, PathBuf) {
        (self.0.join("stranger.pem"), self.0.join("stranger.key"))
    }
    /// For `localhost`, for two days more, and its key.
    pub fn brief(&self) -> (PathBuf, PathBuf) {
        (self.0.join("brief.pem"), self.0.join("brief.key"))
    }
    /// For `localhost`, until some years ago, and its key.
    pub fn expired(&self) -> (PathBuf, PathBuf) {
        (self.0.join("expired.pem"), self.0.join("server.key"))
    }
    /// Of an authority that no server knows, and its key.
    pub fn unknown(&self) -> (PathBuf, PathBuf) {
        (self.0.join("other-1.pem"), self.0.join("other-1.key"))
    }
    /// The client's.
    pub fn client(&self) -> PathBuf {
        self.0.join("client.pem")
    }
    /// Its key.
    pub fn client_key(&self) -> PathBuf {
        self.0.join("client.key")
    }
}

fn make(folder: &Path, name: &str, kind: &str, signer: Option<&str>, days: u32) -> Result<()> {
    let mut command = shell::command("openssl");
    command.current_dir(folder).args(["req", "-x509", "-config", "openssl.cnf", "-extensions", kind]);
    command.args(["-days", &days.to_string()]);
    command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    command.args(["-subj", &format!("/CN=Holdfast lab {name}")]);
    command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    if let Some(signer) = signer {
        command.args(["-CA", &format!("{signer}.pem"), "-CAkey", &format!("{signer}.key")]);
    }
    shell::output(&mut command).map(drop)
}

/// `req` writes none that has expired; `ca` wants a file of what it signed for that.
fn make_expired(folder: &Path) -> Result<()> {
    fs::write(folder.join("store.txt"), "")?;
    let request = "openssl req -new -config openssl.cnf -key server.key -out expired.csr";
    let sign = "openssl ca -batch -notext -config openssl.cnf -name store -cert ca.pem -keyfile ca.key -extensions server \
                -startdate 20200101000000Z -enddate 20200102000000Z -in expired.csr -out expired.pem";
    shell::output(&mut shell::line(&format!("{request} && {sign}"), folder)).map(drop)
}
