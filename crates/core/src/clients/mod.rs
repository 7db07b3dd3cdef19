//! Every client, in one table: one client, one folder. [`README.md`](README.md) is what they all promise.

pub mod escape;
mod pack;
mod template;

pub use pack::{Pack, TemplateText, Traps};
pub(crate) use pack::{add, sum, template, traps};
pub use template::{Template, Word, Words};

use crate::artefact::document::clocks_by_word;
use crate::case::Case;
use crate::plan::Connection;
use crate::questions::{Answers, Choice, RepeatWrites, Runtime, to_link};
use crate::rules::{replication::Replication, tls::Tls, write_proof::WriteProof};
use crate::sources::Source;
use crate::told::{Told, told};

macro_rules! clients {
    ($($variant:ident => $module:ident;)*) => {
        $(mod $module;)*

        /// A client library.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ClientId { $(#[doc = concat!("See `clients/", stringify!($module), "/`.")] $variant,)* }

        impl ClientId {
            /// Every client, in the order of the form.
            pub const ALL: &[ClientId] = &[$(ClientId::$variant,)*];
            /// Their words, as a question's choices.
            pub const CHOICES: &[Choice] = &[$(Choice {
                word: $module::CLIENT.id,
                label: $module::CLIENT.name,
                means: $module::CLIENT.language,
            },)*];

            /// What is known of it.
            pub fn client(self) -> &'static Client {
                match self { $(ClientId::$variant => &$module::CLIENT,)* }
            }
        }
    };
}

clients! {
    RedisPy => redis_py;
    RedisPyAsyncio => redis_py_asyncio;
    NodeRedis => node_redis;
    Ioredis => ioredis;
    GoRedis => go_redis;
    Jedis => jedis;
    Lettuce => lettuce;
    RedisRs => redis_rs;
    StackexchangeRedis => stackexchange_redis;
    Predis => predis;
    Phpredis => phpredis;
    RedisRb => redis_rb;
    Hiredis => hiredis;
    SpringDataRedis => spring_data_redis;
}

impl crate::questions::Word for ClientId {
    const ALL: &'static [ClientId] = ClientId::ALL;
    const CHOICES: &'static [Choice] = ClientId::CHOICES;
    fn word(self) -> &'static str {
        self.client().id
    }
}

/// A client library, and how its project is made and proved. There are no defaults: a client
/// without a drill does not compile.
pub struct Client {
    /// Kebab-case: the word in links, flags and JSON.
    pub id: &'static str,
    /// As its authors write it.
    pub name: &'static str,
    /// The language.
    pub language: &'static str,
    /// The pinned version, the newest that was published when it was checked.
    pub version: &'static str,
    /// The version that our drills ran, where it is not the pinned one; empty where it is.
    pub ran: &'static str,
    /// The date of that check.
    pub checked: &'static str,
    /// What must be installed to build the project, with versions.
    pub needs: &'static str,
    /// How Redis stands to it.
    pub standing: Standing,
    /// Why we have not run it: what was out of reach. Nothing for a client that we run.
    pub not_run: Option<&'static str>,
    /// The file that is shown first and that most people copy.
    pub snippet: &'static str,
    /// What it hears of the server's warnings before maintenance.
    pub hears: Hears,
    /// Which clocks it has.
    pub knobs: Knobs,
    /// What a process opens beside the connections of `safe`.
    pub opens: Opens,
    /// What it does wrong by default, and what the project does instead.
    pub traps: Traps,
    /// How the project is proved.
    pub drill: Drill,
    /// Where that is written.
    pub sources: &'static [&'static Source],
    /// The project's files, the snippet first.
    pub files: &'static [Template],
    /// What its templates need beside the words of every client.
    pub words: fn(&Context) -> Words,
}

/// How Redis stands to a client library, in the words of its client page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Made or adopted by Redis.
    Official,
    /// Listed as supported.
    Supported,
    /// Listed, best effort.
    BestEffort,
}

impl Client {
    /// How Redis stands to it, and whether we have run it.
    pub fn label(&self) -> String {
        let not_run = if self.not_run.is_some() { ", not run by us" } else { "" };
        [self.standing.label(), not_run].concat()
    }

    /// Whether it hears the server's warnings before maintenance at all.
    pub const fn warned(&self) -> bool {
        !matches!(self.hears.most, Handoffs::Unavailable)
    }
}

/// The most that a client hears of the server's warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hears {
    /// Of one endpoint, in a process that runs all the time.
    pub most: Handoffs,
    /// By the library's cluster class.
    pub cluster: Handoffs,
    /// In a process that is frozen between calls.
    pub serverless: Handoffs,
}

impl Hears {
    /// The library knows no warnings.
    pub const NOTHING: Hears =
        Hears { most: Handoffs::Unavailable, cluster: Handoffs::Unavailable, serverless: Handoffs::Unavailable };
    /// All of them, but by no cluster class and in no process that is frozen.
    pub const AWAKE: Hears = Hears { most: Handoffs::On, ..Hears::NOTHING };
}

impl Standing {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Standing::Official => "official",
            Standing::Supported => "supported",
            Standing::BestEffort => "best effort",
        }
    }
}

/// Which clocks a client has; where it has none, the plan says so with `null`.
#[derive(Clone, Copy, Debug)]
pub struct Knobs {
    /// A pool of connections, rather than one that all calls share.
    pub pool: bool,
    /// Keepalive probes with a time of their own.
    pub keepalive: bool,
    /// TCP_USER_TIMEOUT: the kernel gives up on bytes that are not acknowledged.
    pub user_timeout: bool,
    /// A ping of its own that finds a silent peer.
    pub health_check: bool,
    /// Whether the runtime keeps addresses of names for a while (the JVM does).
    pub dns_cache: bool,
    /// A class for the OSS Cluster API.
    pub cluster: bool,
}

/// The connections that a process opens to an endpoint, or to each node of a cluster, beside those of `safe`: at most,
/// with one task that blocks and one that subscribes in a client that leaves their number to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Opens {
    /// For `once`.
    pub once: Own,
    /// For `durable`.
    pub durable: Own,
    /// For `blocking`.
    pub blocking: Own,
    /// For SUBSCRIBE, where it can't have that of `blocking`. No process that is frozen between calls subscribes.
    pub subscribing: Own,
    /// For the probes of an automatic failover: a busy pool is no reason to leave a region.
    pub probes: Own,
}

/// Connections that calls of one kind have to themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Own {
    /// None: they have those of `safe`, or of `once`.
    None,
    /// One.
    One,
    /// As many as are answered.
    Pool,
}

impl Opens {
    /// All calls have the connections of `safe`, but those that block.
    const SHARED: Opens =
        Opens { once: Own::None, durable: Own::None, blocking: Own::One, subscribing: Own::None, probes: Own::None };
    /// The same, but WAITAOF would hold up the others.
    const PROVED_APART: Opens = Opens { durable: Own::One, ..Opens::SHARED };
}

/// Something that a library does wrong by default.
#[derive(Clone, Copy, Debug, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Trap {
    /// When the project can meet it, as in a template's `if`; empty for always.
    #[serde(skip)]
    pub when: &'static str,
    /// What it does.
    pub what: &'static str,
    /// What the project does instead.
    pub instead: &'static str,
}

/// The commands that prove a project, run in its folder by the test command.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// Programs that must be on the machine, for the message when one is missing.
    pub tools: &'static [&'static str],
    /// Installs what the project needs, from its lock file.
    pub setup: Told,
    /// The lock file and the folder, where `setup` does nothing but install the one into the other: then
    /// projects with the same lock file share the folder.
    pub installed: Option<(&'static str, &'static str)>,
    /// The language's formatter, in check mode.
    pub format: Told,
    /// The linter; the compiler where that is the linter.
    pub lint: Told,
    /// Formatter, linter and compiler over every text that can be reached, at once: run in a folder with a
    /// folder for each distinct project. The file `distinct` names each distinct text once, and `$READY` is
    /// a project that was set up.
    pub texts: Told,
    /// The project's own tests.
    pub test: Told,
    /// Starts the demo.
    pub run: Told,
}

/// The environment is the same in every language.
const ENV: Template = Template { path: ".env.example", when: "", text: template!("env.example") };

/// Several regions for Node.js, whichever of its two libraries speaks to them.
const NODE_REGIONS: Template =
    Template { path: "redis-regions.js", when: "active_active", text: template!("redis-regions.js") };

/// The same for Jedis and Lettuce; Spring's is a factory of its own.
const JAVA_REGIONS: Template = Template {
    path: "src/main/java/app/RedisRegions.java",
    when: "active_active",
    text: template!("RedisRegions.java"),
};

/// A file of a generated project.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// Its path in the project, with `/`.
    pub path: String,
    /// Its text, ending in a line break.
    pub text: String,
}

/// The features and numbers of a project, decided already.
#[derive(Clone, Debug)]
pub struct Context {
    /// First comment of each file: version and the link that reproduces it. Safe in any comment.
    pub stamp: String,
    /// Typed by a person: the default of `REDIS_HOST`.
    pub host: String,
    /// The default of `REDIS_PORT`.
    pub port: u32,
    /// Typed by a person: the default of `REDIS_USERNAME`.
    pub user: String,
    /// Typed by a person: the client's name in CLIENT LIST.
    pub name: String,
    /// `name` as a package name: lower-case letters, digits and hyphens, never empty.
    pub slug: String,
    /// The pinned version of the library.
    pub version: &'static str,
    /// Traffic is encrypted.
    pub tls: bool,
    /// The database asks for a client certificate.
    pub mutual_tls: bool,
    /// A client that never sends a command twice.
    pub once: bool,
    /// A call that proves that a write is on disk.
    pub durable: bool,
    /// The proof comes from the replica (`WAITAOF 0 1`), else from the primary (`1 0`).
    pub replica: bool,
    /// A connection for commands that wait.
    pub blocking: bool,
    /// Number of regions with an endpoint of their own; 1 without Active-Active.
    pub regions: u32,
    /// The app changes regions by itself.
    pub automatic: bool,
    /// The library's cluster class.
    pub cluster: bool,
    /// Pods with search domains and a DNS cache.
    pub kubernetes: bool,
    /// A process that is frozen between calls.
    pub serverless: bool,
    /// Connections of a pool, also in a client whose other calls share one.
    pub connections: u32,
    /// The server's warnings before maintenance.
    pub handoffs: Handoffs,
    /// The plan's numbers, in ms where the name does not say otherwise.
    pub clock: Clock,
}

/// What the client hears before maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handoffs {
    /// Nothing.
    Unavailable,
    /// Longer timeouts only.
    RelaxedTimeoutsOnly,
    /// Warned before the connection moves.
    On,
}

impl Context {
    /// More than one region.
    pub fn active_active(&self) -> bool {
        self.regions > 1
    }

    /// What the templates of every client can name.
    fn words(&self) -> Words {
        let clock = &self.clock;
        let typed = |text: &str| Word::Typed(text.to_owned().into());
        let further = || (2..=self.regions).map(|n| format!("_{n}"));
        let regions_env: Vec<String> =
            further().map(|n| format!("REDIS_HOST{n}=\nREDIS_PORT{n}={}", self.port)).collect();
        vec![
            ("stamp", self.stamp.clone().into()),
            ("host", typed(&self.host)),
            ("port", self.port.into()),
            ("user", typed(&self.user)),
            ("name", typed(&self.name)),
            ("slug", self.slug.clone().into()),
            ("version", self.version.into()),
            ("regions", self.regions.into()),
            ("tls", self.tls.into()),
            ("mutual_tls", self.mutual_tls.into()),
            ("once", self.once.into()),
            ("durable", self.durable.into()),
            ("blocking", self.blocking.into()),
            // Some client sends a command once only.
            ("unknown", (self.once || self.durable || self.blocking).into()),
            ("active_active", self.active_active().into()),
            ("automatic", self.automatic.into()),
            ("cluster", self.cluster.into()),
            ("kubernetes", self.kubernetes.into()),
            ("serverless", self.serverless.into()),
            ("handoffs_on", (self.handoffs == Handoffs::On).into()),
            ("handoffs_relaxed", (self.handoffs == Handoffs::RelaxedTimeoutsOnly).into()),
            // A safe call has a second try.
            ("retry", (clock.attempts > 1).into()),
            ("replica", self.replica.into()),
            // What WAITAOF asks for (local, of replicas), and where its reply says so.
            ("waitaof", if self.replica { "0, 1" } else { "1, 0" }.into()),
            ("proof_index", u32::from(self.replica).into()),
            // The suffix of each region's variables, quoted and joined by commas.
            ("suffixes", further().fold("\"\"".to_owned(), |all, suffix| format!("{all}, \"{suffix}\"")).into()),
            // The variables of the further regions.
            ("regions_env", regions_env.join("\n").into()),
            ("deadline_ms", clock.deadline_ms.into()),
            // The limit of a test: the deadline, a quarter more, and a little.
            ("late_ms", (clock.deadline_ms + clock.deadline_ms / 4 + 100).into()),
            ("connect_timeout_ms", clock.connect_timeout_ms.into()),
            ("command_timeout_ms", clock.command_timeout_ms.into()),
            ("pool_size", clock.pool_size.into()),
            ("pool_wait_ms", clock.pool_wait_ms.into()),
            ("attempts", clock.attempts.into()),
            ("retry_base_ms", clock.retry_base_ms.into()),
            ("retry_cap_ms", clock.retry_cap_ms.into()),
            ("reconnect_base_ms", clock.reconnect_base_ms.into()),
            ("reconnect_cap_ms", clock.reconnect_cap_ms.into()),
            ("keepalive_ms", clock.keepalive_ms.into()),
            ("keepalive_interval_ms", (clock.keepalive_ms / 3).into()),
            ("user_timeout_ms", clock.user_timeout_ms.into()),
            ("health_check_ms", clock.health_check_ms.into()),
            ("refresh_after_ms", clock.refresh_after_ms.into()),
            ("dns_ttl_s", clock.dns_ttl_s.into()),
            ("proof_ms", clock.proof_ms.into()),
            ("probes", clock.probes.into()),
            ("probe_interval_ms", clock.probe_interval_ms.into()),
            ("probe_timeout_ms", clock.probe_timeout_ms.into()),
            ("refused_min_ms", clock.refused_min_ms.into()),
            ("refused_max_ms", clock.refused_max_ms.into()),
            ("refused_span_ms", (clock.refused_max_ms - clock.refused_min_ms).into()),
        ]
    }
}

/// The numbers of the three clocks. See `connection` for how they are derived.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The whole call.
    pub deadline_ms: u32,
    /// A TCP connection with TLS and AUTH.
    pub connect_timeout_ms: u32,
    /// One try of one command.
    pub command_timeout_ms: u32,
    /// Connections in the pool.
    pub pool_size: u32,
    /// Waiting for one of them.
    pub pool_wait_ms: u32,
    /// Tries of a safe call, the first included.
    pub attempts: u32,
    /// The first pause is random up to this.
    pub retry_base_ms: u32,
    /// No pause is longer.
    pub retry_cap_ms: u32,
    /// The first wait before dialling again is random up to this.
    pub reconnect_base_ms: u32,
    /// No wait before dialling again is longer.
    pub reconnect_cap_ms: u32,
    /// Silence before the first keepalive probe; two more thirds of it until the peer counts as dead.
    pub keepalive_ms: u32,
    /// Bytes not acknowledged for this long end the connection.
    pub user_timeout_ms: u32,
    /// An idle connection is pinged after this.
    pub health_check_ms: u32,
    /// Without a success for this long, everything is dropped and the name resolved anew.
    pub refresh_after_ms: u32,
    /// How long the runtime may keep an address.
    pub dns_ttl_s: u32,
    /// WAITAOF gives up after this; below the deadline and below the reply timeout of a durable call.
    pub proof_ms: u32,
    /// Failed probes in a row that change the region.
    pub probes: u32,
    /// From the end of a probe of the active region to the next one.
    pub probe_interval_ms: u32,
    /// A probe without an answer by then has failed.
    pub probe_timeout_ms: u32,
    /// Refused at work: the shortest and the longest pause before the next try.
    pub refused_min_ms: u32,
    /// See `refused_min_ms`.
    pub refused_max_ms: u32,
}

/// The project for these answers: every file, the snippet first.
#[cfg(feature = "templates")]
pub fn project(answers: &Answers) -> Vec<File> {
    project_from(answers, &Pack::default()).expect("the program has every text")
}

/// What a person typed, as it stands in a file of this name: the inside of a literal.
#[cfg(feature = "templates")]
pub fn escaped(path: &str, text: &str) -> String {
    template::escaped(path, text)
}

/// The texts of a client's templates, for a page that fetches them.
#[cfg(feature = "templates")]
pub fn pack(id: ClientId) -> String {
    let client = id.client();
    let alone = context_of(&Answers { client: id, ..Answers::default() });
    let words = [(client.words)(&Context { cluster: true, ..alone.clone() }), (client.words)(&alone)].concat();
    let mut texts: Vec<TemplateText> = client.files.iter().map(|file| file.text).collect();
    for (_, word) in words {
        match word {
            Word::Part(part) if texts.iter().all(|text| text.name != part.name) => texts.push(part),
            _ => {}
        }
    }
    pack::write(texts.into_iter(), client.traps)
}

/// The project for these answers, with the texts of this pack; nothing where it is not the client's.
pub fn project_from(answers: &Answers, pack: &Pack) -> Option<Vec<File>> {
    let case = Case::new(answers);
    let client = case.client;
    let context = context(&case);
    let mut words = context.words();
    words.extend((client.words)(&context));
    let traps = pack.traps(&client.traps)?;
    let traps = traps.iter().filter(|trap| applies(trap.when, &words));
    let mut traps: String = traps.map(|trap| format!("- {}. Here: {}.\n", trap.what, trap.instead)).collect();
    if !client.warned() {
        traps += NO_HANDOFFS;
    }
    words.push(("traps", traps.into()));
    words.push(("not_run", client.not_run.unwrap_or_default().into()));
    let files: Vec<&Template> = client.files.iter().filter(|file| applies(file.when, &words)).collect();
    let numbers = numbers(files.iter().filter_map(|file| pack.text(&file.text)), &words, pack, &case);
    words.push(("numbers", numbers.into()));
    files.into_iter().map(|file| Some(File { path: file.path.to_owned(), text: text(file, &words, pack)? })).collect()
}

/// What a README says where the library has none.
const NO_HANDOFFS: &str = "- Smart client handoffs are not available: it hears no warnings before maintenance. \
                           Here: the connection that ends then is dialled anew, by name.\n";

/// The clocks whose numbers the project's code holds.
fn numbers<'a>(files: impl Iterator<Item = &'a str>, words: &Words, pack: &Pack, case: &Case) -> String {
    let parts = words.iter().filter_map(|(_, word)| match word {
        template::Word::Part(part) => pack.text(part),
        template::Word::Marked(text) => Some(*text),
        _ => None,
    });
    let texts: Vec<&str> = files.chain(parts).collect();
    let held = |word: &str| {
        let mark = ["fill((", word].concat();
        !word.is_empty() && texts.iter().any(|text| text.contains(&mark))
    };
    let clocks = clocks_by_word(&crate::connection::connection(case)).into_iter().filter(|(word, _)| held(word));
    let shown = clocks.map(|(_, clock)| [&clock.term, ": ", &clock.value.unwrap_or_default()].concat());
    shown.collect::<Vec<_>>().join("; ")
}

fn applies(when: &str, words: &Words) -> bool {
    when.is_empty() || template::holds(when, words).unwrap_or_default()
}

fn text(file: &Template, words: &Words, pack: &Pack) -> Option<String> {
    let text = pack.text(&file.text)?;
    // A mark that can't be read is a mistake of ours, which a test finds in every template.
    Some(
        template::fill(file.path, text, words, pack)
            .unwrap_or_else(|mark| format!("{}: {mark}\n", template::UNREADABLE)),
    )
}

/// What the templates know of these answers: the features that the project has.
pub fn context_of(answers: &Answers) -> Context {
    context(&Case::new(answers))
}

/// The context of the templates.
pub(crate) fn context(case: &Case) -> Context {
    let answers = case.answers;
    let connection = crate::connection::connection(case);
    Context {
        stamp: stamp(answers),
        host: answers.host.clone(),
        port: answers.port,
        user: answers.user.clone(),
        name: answers.name.clone(),
        slug: slug(&answers.name),
        version: case.client.version,
        tls: case.tls() == Tls::On,
        mutual_tls: case.mutual_tls(),
        once: answers.repeat_writes == RepeatWrites::Unsafe,
        durable: case.write_proof() == WriteProof::Waitaof,
        replica: case.replication() != Replication::None,
        blocking: answers.blocking,
        regions: case.region_count(),
        automatic: case.automatic(),
        cluster: case.cluster(),
        kubernetes: answers.runtime == Runtime::Kubernetes,
        serverless: answers.runtime == Runtime::Serverless,
        connections: case.pool(),
        handoffs: case.handoffs(),
        clock: clock(case, &connection),
    }
}

fn clock(case: &Case, connection: &Connection) -> Clock {
    let deadline_ms = case.answers.deadline;
    let probing = crate::connection::probing(case);
    // A template that asks for a knob the client lacks gets 0, which no template does: see `Knobs`.
    let or_zero = |knob: &crate::plan::Knob| knob.value.unwrap_or(0);
    Clock {
        deadline_ms,
        connect_timeout_ms: or_zero(&connection.connect_timeout_ms),
        command_timeout_ms: or_zero(&connection.command_timeout_ms),
        pool_size: or_zero(&connection.pool.size),
        pool_wait_ms: or_zero(&connection.pool.wait_ms),
        attempts: or_zero(&connection.retry.attempts),
        retry_base_ms: or_zero(&connection.retry.base_ms),
        retry_cap_ms: or_zero(&connection.retry.cap_ms),
        reconnect_base_ms: or_zero(&connection.reconnect.base_ms),
        reconnect_cap_ms: or_zero(&connection.reconnect.cap_ms),
        keepalive_ms: or_zero(&connection.keepalive_ms),
        user_timeout_ms: or_zero(&connection.user_timeout_ms),
        health_check_ms: or_zero(&connection.health_check_ms),
        refresh_after_ms: or_zero(&connection.dns.refresh_after_ms),
        dns_ttl_s: or_zero(&connection.dns.cache_ttl_s),
        proof_ms: crate::connection::proof_ms(deadline_ms),
        probes: crate::connection::PROBES,
        probe_interval_ms: probing.interval_ms,
        probe_timeout_ms: probing.timeout_ms,
        refused_min_ms: crate::connection::REFUSED_MS.0,
        refused_max_ms: crate::connection::REFUSED_MS.1,
    }
}

/// Version and the link that reproduces the file: percent-encoded, so safe in any comment.
pub fn stamp(answers: &Answers) -> String {
    format!("Holdfast {} #{}", crate::VERSION, to_link(answers).replace("--", "%2D%2D").replace("*/", "*%2F"))
}

/// A package name out of anything: lower-case letters, digits and single hyphens, a letter first.
pub fn slug(name: &str) -> String {
    let lower: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let parts: Vec<&str> = lower.split('-').filter(|part| !part.is_empty()).collect();
    let slug: String = parts.join("-").chars().take(40).collect();
    let slug = slug.trim_end_matches('-');
    if slug.starts_with(|c: char| c.is_ascii_lowercase()) { slug.to_owned() } else { "app".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        for id in ClientId::ALL {
            let client = id.client();
            assert_eq!(client.files.first().map(|file| file.path), Some(client.snippet));
            let files = project(&Answers { client: *id, ..Answers::default() });
            for file in &files {
                assert!(!file.text.starts_with(template::UNREADABLE), "{}: {}", client.id, file.text);
            }
        }
    }

    #[test]
    fn a_pack_has_the_parts_of_every_project() {
        for id in ClientId::ALL {
            let pack = pack(*id);
            for link in ["", "plan=pro&cluster-api=yes", "plan=pro&survive=region", "plan=pro&data-loss=nothing"] {
                let answers = Answers { client: *id, ..crate::questions::from_link(link).0 };
                for (name, word) in (id.client().words)(&context_of(&answers)) {
                    if let Word::Part(part) = word {
                        assert!(pack.contains(part.text), "{}: {name} is only there with {link}", id.client().id);
                    }
                }
            }
        }
    }
}
