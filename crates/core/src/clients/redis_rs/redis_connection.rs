// fill((stamp))

//! Redis whose calls end in time and whose connection comes back by itself: open one [`Redis`].

/*% if !tls && !serverless -%*/
use std::io;
/*% endif -%*/
/*% if cluster && tls -%*/
use std::net::SocketAddr;
/*% endif -%*/
use std::sync::/*% if serverless %*/{Arc, Mutex}/*% else %*/Arc/*% endif %*/;
use std::time::/*% if serverless %*/{Duration, SystemTime}/*% else %*/Duration/*% endif %*/;
/*%- if tls || serverless %*/
use std::fill((std));
/*%- endif %*/

use log::{error, info, warn};
/*%- if cluster %*/
use redis::aio::/*% if tls %*/{ConnectionLike, MultiplexedConnection}/*% else %*/ConnectionLike/*% endif %*/;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::/*% if tls %*/{ClusterConnection, Connect}/*% else %*/ClusterConnection/*% endif %*/;
use redis::cluster_routing::SingleNodeRoutingInfo::ByAddress;
/*%- if tls %*/
use redis::io::AsyncDNSResolver;
/*%- endif %*/
/*%- else %*/
use redis::aio::{ConnectionLike, MultiplexedConnection as Connection};
/*%- endif %*/
use redis::io::tcp::/*% if serverless %*/TcpSettings/*% else %*/{TcpSettings, socket2::TcpKeepalive}/*% endif %*/;
/*%- if !cluster || tls %*/
use redis::{AsyncConnectionConfig, Client/*% if !cluster %*/, PushInfo, PushKind/*% endif %*/};
/*%- endif %*/
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value, cmd};
use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use tokio::sync::/*% if blocking %*/{mpsc, watch}/*% else %*/watch/*% endif %*/;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

const DEADLINE: Duration = Duration::from_millis(fill((deadline_ms))); // a call with all its tries
const COMMAND_TIMEOUT: Duration = Duration::from_millis(fill((command_timeout_ms))); // one try
/*%- if cluster %*/
const CONNECT_TIMEOUT: Duration = Duration::from_millis(fill((connect_timeout_ms))); // a dial to a node
/*%- else %*/
const CONNECT_TIMEOUT: Duration = Duration::from_millis(fill((connect_timeout_ms))); // name, TCP,/*% if tls %*/ TLS/*% endif %*/ and AUTH
/*%- endif %*/
/*%- if durable %*/
const PROOFS: usize = fill((proofs)); // durable calls at a time, each on a connection of its own
/*%- endif %*/
/*%- if blocking %*/
/// The longest that BLPOP or XREAD may be told to wait.
pub const LONGEST_BLOCK: Duration = Duration::from_secs(30);
/*%- endif %*/
/*%- if cluster && tls %*/
type Connection = ClusterConnection<Node>;
/*%- else if cluster %*/
type Connection = ClusterConnection;
/*%- endif %*/

/// Says what a variable holds, [`std::env::var`] for example; asked again at each dial.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Clones share one connection/*% if cluster %*/ to each node/*% endif %*/. Dropping the last of them closes it.
#[derive(Clone)]
pub struct Redis {
    link: Link,
    /*%- if durable %*/
    proofs: Arc<tokio::sync::Semaphore>,
    idle: Arc<std::sync::Mutex<Vec<Link>>>, // for durable calls: WAITAOF would hold up the others
    /*%- endif %*/
}

impl Redis {
    /// Fails when Redis refuses us. When it is only away, the connection comes later.
    pub async fn open(variables: Variables) -> RedisResult<Redis> {
        /*%- if tls %*/
        // Where an app's crates bring two providers, rustls panics unless one is chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
        /*%- endif %*/
        /*%- if durable %*/
        let link = Link::open(variables, COMMAND_TIMEOUT, DEADLINE/*% if blocking %*/, None/*% endif %*/).await?;
        Ok(Redis { link, proofs: Arc::new(tokio::sync::Semaphore::new(PROOFS)), idle: Arc::default() })
        /*%- else %*/
        Ok(Redis { link: Link::open(variables, COMMAND_TIMEOUT, DEADLINE/*% if blocking %*/, None/*% endif %*/).await? })
        /*%- endif %*/
    }

    /// /*% if retry %*/Tries again within the deadline/*% else %*/For/*% endif %*//*% if retry %*/:/*% endif %*/ reads, and writes that may be applied twice.
    pub fn safe(&self) -> Safe {
        Calls(self.link.clone())
    }
    /*%- if once %*/

    /// Never sends a command twice; see [`outcome_unknown`].
    pub fn once(&self) -> Once {
        Calls(self.link.clone())
    }
    /*%- endif %*/
    /*%- if durable %*/

    /// Sends one write, once, and returns its reply when it is on disk/*% if replica %*/ of a replica/*% endif %*/.
    pub async fn durable(&self, write: Cmd) -> RedisResult<Value> {
        let wait = DEADLINE / 10;
        let Ok(_turn) = timeout(wait, self.proofs.acquire()).await else {
            return Err(not_sent("too many durable calls"));
        };
        let idle = || self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (found, patience) = (idle().pop(), DEADLINE - CONNECT_TIMEOUT - wait);
        let link = match found {
            Some(link) => link,
            None => {
                let variables = self.link.endpoint.variables.clone();
                /*%- if cluster %*/
                let opening = Link::open(variables, patience, patience + wait/*% if blocking %*/, None/*% endif %*/);
                timeout(CONNECT_TIMEOUT, opening).await.map_err(|_| not_sent("connecting"))??
                /*%- else %*/
                Link::open(variables, patience, patience + wait/*% if blocking %*/, None/*% endif %*/).await?
                /*%- endif %*/
            }
        };
        let mut all = redis::pipe();
        all.add_command(write).cmd("WAITAOF").arg(&[fill((waitaof)), fill((proof_ms))]);
        let replies = Calls::<1>(link.clone()).req_packed_commands(&all, 0, 2).await;
        idle().push(link);
        let mut replies = replies?;
        let proof = replies.pop();
        let reply = replies.pop().unwrap_or(Value::Nil).extract_error()?;
        if let Some(Value::Array(copies)) = &proof
            && let Some(Value::Int(1..)) = copies./*% if replica %*/get(1)/*% else %*/first()/*% endif %*/
        {
            return Ok(reply);
        }
        Err(unknown(format!("written, but not proved to be on disk: {proof:?}")))
    }
    /*%- endif %*/
    /*%- if blocking %*/

    /// For BLPOP and XREAD, a connection of its own: open one for each reader.
    pub async fn blocking(&self) -> RedisResult<Once> {
        let (patience, deadline) = (LONGEST_BLOCK + COMMAND_TIMEOUT, LONGEST_BLOCK + DEADLINE);
        Ok(Calls(Link::open(self.link.endpoint.variables.clone(), patience, deadline, None).await?))
    }

    /// Subscribes, and does so again after each reconnect: what is published meanwhile is lost.
    pub async fn subscribe(&self, channels: &[&str]) -> RedisResult<Messages> {
        let (pushed, messages) = mpsc::unbounded_channel();
        let wanted = Some((channels.iter().map(|&name| name.to_owned()).collect(), pushed));
        let variables = self.link.endpoint.variables.clone();
        let link = Link::open(variables, COMMAND_TIMEOUT, DEADLINE, wanted).await?;
        Ok(Messages { messages, _link: link })
    }
    /*%- endif %*/

    /// For the load balancer.
    pub async fn healthy(&self) -> bool {
        ping(&mut self.safe()).await.is_ok()
    }
}

/// Tells that the reply was lost: the command may have been applied, or may yet be.
pub fn outcome_unknown(error: &RedisError) -> bool {
    error.is_io_error()
}

/*% if blocking -%*/
/// What is published. It waits in memory until it is read.
pub struct Messages {
    messages: mpsc::UnboundedReceiver<redis::PushInfo>,
    _link: Link,
}

impl Messages {
    pub async fn next(&mut self) -> Option<redis::Msg> {
        loop {
            if let Some(message) = redis::Msg::from_push_info(self.messages.recv().await?) {
                return Some(message);
            }
        }
    }
}

/*% endif -%*/
/// Takes all that redis-rs sends over a connection, and sends it up to so many times.
pub struct Calls<const TRIES: u32>(Link);
/// See [`Redis::safe`].
pub type Safe = Calls<fill((attempts))>;
/*%- if unknown %*/
/// Sends once.
pub type Once = Calls<1>;
/*%- endif %*/

impl<const TRIES: u32> ConnectionLike for Calls<TRIES> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        /*%- if cluster %*/
        let send = move |to| async move { Ok(vec![followed(to, cmd).await?]) };
        /*%- else %*/
        let send = move |mut to: Connection| async move { Ok(vec![to.req_packed_command(cmd).await?]) };
        /*%- endif %*/
        Box::pin(async move { Ok(self.call(send).await?.remove(0)) })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        all: &'a Pipeline,
        skip: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.call(move |mut to: Connection| async move { to.req_packed_commands(all, skip, count).await }))
    }

    fn get_db(&self) -> i64 {
        0
    }
}

impl<const TRIES: u32> Calls<TRIES> {
    async fn call<Reply>(&self, send: impl Fn(Connection) -> Reply) -> RedisResult<Vec<Value>>
    where
        Reply: Future<Output = RedisResult<Vec<Value>>>,
    {
        let endpoint = &self.0.endpoint;
        let by = Instant::now() + endpoint.deadline - endpoint.patience; // each try has its full time
        let (mut tries, mut failed, mut lost) = (TRIES, 0, None);
        loop {
            let (id, /*% if serverless %*/mut /*% endif %*/connection) = match endpoint.connected(by, failed).await {
                Ok(found) => found,
                Err(why) => return Err(lost.unwrap_or(why)),
            };
            /*%- if serverless %*/
            // A process that was frozen asks first: its connection may be long dead.
            if endpoint.idle() {
                if let Err(why) = in_time(endpoint.patience, ping(&mut connection)).await {
                    endpoint.lost(id, why);
                    failed = id;
                }
                continue;
            }
            /*%- endif %*/
            failed = id;
            let reply = in_time(endpoint.patience, send(connection)).await;
            let Some(why) = fault(&reply) else { return reply };
            if let ErrorKind::Io | ErrorKind::Parse = why.kind() {
                lost = Some(unknown(why.to_string())); // also when a second try is refused, or can't be
            }
            endpoint.lost(id, why);
            tries -= 1;
            if tries == 0 {
                return lost.map_or(reply, Err);
            }
            sleep(random(Duration::from_millis(fill((retry_base_ms))))).await;
        }
    }
}

/// A connection that comes back by itself, as long as there are clones.
#[derive(Clone)]
struct Link {
    endpoint: Arc<Endpoint>,
    _keeper: Arc<JoinSet<()>>, // aborts when it is dropped
}

struct Endpoint {
    variables: Variables,
    patience: Duration, // for one reply
    deadline: Duration, // of a call
    state: watch::Sender<State>,
    /*%- if blocking %*/
    wanted: Option<Wanted>,
    /*%- endif %*/
    /*%- if serverless %*/
    used: Mutex<SystemTime>,
    /*%- endif %*/
}

/*% if blocking -%*/
/// The channels to subscribe to, and where their messages go.
type Wanted = (Vec<String>, mpsc::UnboundedSender<redis::PushInfo>);

/*% endif -%*/
struct State {
    id: u64,
    up: Option<Connection>,
    lost: Option<RedisError>,
    dials: Instant, // not before
}

impl Link {
    /*%- if blocking %*/
    async fn open(
        variables: Variables,
        patience: Duration,
        deadline: Duration,
        wanted: Option<Wanted>,
    ) -> RedisResult<Link> {
    /*%- else %*/
    async fn open(variables: Variables, patience: Duration, deadline: Duration) -> RedisResult<Link> {
    /*%- endif %*/
        let state = State { id: 0, up: None, lost: None, dials: Instant::now() };
        let state = watch::Sender::new(state);
        /*%- if serverless %*/
        let used = Mutex::new(SystemTime::now());
        /*%- endif %*/
        let endpoint = Arc::new(Endpoint { variables, patience, deadline, state/*% if blocking %*/, wanted/*% endif %*//*% if serverless %*/, used/*% endif %*/ });
        let dialled = endpoint.dial(/*% if !cluster %*/1/*% endif %*/).await;
        if let Some(sentence) = dialled.as_ref().err().and_then(refusal) {
            return Err((ErrorKind::InvalidClientConfig, "refused", sentence).into());
        }
        let mut keeper = JoinSet::new();
        keeper.spawn(endpoint.clone().keep(dialled));
        Ok(Link { endpoint, _keeper: Arc::new(keeper) })
    }
}

impl Endpoint {
    /// A connection after the one that failed; an error at once when the next dial is too late.
    async fn connected(&self, by: Instant, failed: u64) -> RedisResult<(u64, Connection)> {
        let mut state = self.state.subscribe();
        let ready = |s: &State| s.id > failed && s.up.is_some();
        let _ = timeout_at(by, state.wait_for(|s| s.dials > by || ready(s))).await;
        let state = state.borrow();
        match &state.up {
            Some(connection) if state.id > failed && Instant::now() <= by => Ok((state.id, connection.clone())),
            _ => Err(not_sent(state.lost.as_ref().map_or("connecting".into(), ToString::to_string))),
        }
    }

    /*% if cluster -%*/
    /// The connection is to be replaced; its other nodes go on meanwhile.
    /*% else -%*/
    /// The connection is given up: its socket closes when the last call on it has ended.
    /*% endif -%*/
    fn lost(&self, id: u64, why: RedisError) {
        self.state.send_if_modified(|s| {
            let first = s.id == id && s.lost.is_none();
            if first {
                /*%- if cluster %*/
                s.lost = Some(why);
                /*%- else %*/
                (s.up, s.lost) = (None, Some(why));
                /*%- endif %*/
            }
            first
        });
    }
    /*%- if serverless %*/

    /// By the wall clock: the other one may stand still while the process is frozen.
    fn idle(&self) -> bool {
        let mut used = self.used.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let before = mem::replace(&mut *used, SystemTime::now());
        before.elapsed().is_ok_and(|idle| idle > Duration::from_millis(fill((health_check_ms))))
    }
    /*%- endif %*/

    /// Dials anew after each loss, for ever.
    async fn keep(self: Arc<Self>, mut dialled: RedisResult<Connection>) {
        let host = self.variable("REDIS_HOST", "fill((host))");
        let (mut id, mut failures, mut well) = (1, 0, Instant::now());
        loop {
            let dials = Instant::now();
            let why = match dialled {
                Ok(connection) => {
                    info!("{host}: connected");
                    self.state.send_replace(State { id, up: Some(connection.clone()), lost: None, dials });
                    self.watch(id, connection).await
                }
                /*%- if cluster %*/
                Err(why) => {
                    self.state.send_modify(|state| state.up = None);
                    why
                }
                /*%- else %*/
                Err(why) => why,
                /*%- endif %*/
            };
            if dials.elapsed() > COMMAND_TIMEOUT {
                (failures, well) = (0, Instant::now()); // it lasted: a demoted primary connects, too
            }
            let longest = Duration::from_millis(fill((reconnect_base_ms))) * 2_u32.pow(failures.min(9));
            let mut pause = random(longest.min(Duration::from_millis(fill((reconnect_cap_ms)))));
            if let Some(sentence) = refusal(&why) {
                error!("{host}: refused, {sentence}");
                pause = Duration::from_millis(fill((refused_min_ms))) + random(Duration::from_millis(fill((refused_span_ms))));
            } else if failures == 0 {
                warn!("{host}: lost, reconnecting: {why}");
            }
            if well.elapsed() > Duration::from_millis(fill((refresh_after_ms))) {
                error!("{host}: refreshed after a minute: flush the DNS cache of this machine/*% if kubernetes %*/ and the cluster/*% endif %*/");
                well = Instant::now();
            }
            let dials = Instant::now() + pause;
            self.state.send_modify(|state| (state.lost, state.dials) = (Some(why), dials));
            sleep_until(dials).await;
            (id, failures) = (id + 1, failures + 1);
            dialled = self.dial(/*% if !cluster %*/id/*% endif %*/).await;
        }
    }

    /// Waits until the connection is lost, and says why.
    async fn watch(&self, id: u64, mut connection: Connection) -> RedisError {
        let mut state = self.state.subscribe();
        loop {
            let lost = state.wait_for(|state| state.lost.is_some());
            if let Ok(Ok(state)) = timeout(Duration::from_millis(fill((health_check_ms))), lost).await
                && let Some(why) = &state.lost
            {
                return why.clone();
            }
            if let Err(why) = in_time(self.patience, ping(&mut connection)).await {
                self.lost(id, why);
            }
        }
    }
    /*%- if cluster %*/

    async fn dial(&self) -> RedisResult<Connection> {
        in_time(2 * CONNECT_TIMEOUT, self.connect()).await // one node, then the others
    }
    /*%- else %*/

    async fn dial(self: &Arc<Self>, id: u64) -> RedisResult<Connection> {
        in_time(CONNECT_TIMEOUT, self.connect(id)).await
    }
    /*%- endif %*/

    fn variable(&self, name: &str, otherwise: &str) -> String {
        let found = (self.variables)(name).filter(|found| !found.is_empty());
        found.unwrap_or_else(|| otherwise.to_owned())
    }
    /*%- if tls %*/

    fn file(&self, name: &str, otherwise: &str) -> RedisResult<Vec<u8>> {
        let path = self.variable(name, otherwise);
        Ok(fs::read(&path).map_err(|why| io::Error::other(format!("{name}, {path}: {why}")))?)
    }
    /*%- endif %*/

    /// Resolves the name anew, and reads everything anew.
    async fn connect(/*% if cluster %*/&self/*% else %*/self: &Arc<Self>, id: u64/*% endif %*/) -> RedisResult<Connection> {
        let password = self.variable("REDIS_PASSWORD", "");
        if password.is_empty() {
            return Err(io::Error::other("REDIS_PASSWORD is not set").into());
        }
        let host = self.variable("REDIS_HOST", "fill((host))");
        /*%- if kubernetes %*/
        // A rooted name skips the cluster's search domains.
        let dot = host.contains('.') && !host.ends_with('.') && host.parse::<std::net::IpAddr>().is_err();
        let host = if dot { host + "." } else { host };
        /*%- endif %*/
        /*%- if cluster && tls %*/
        let user = self.variable("REDIS_USERNAME", "fill((user))");
        /*%- endif %*/
        let login = RedisConnectionInfo::default()
            /*%- if cluster && tls %*/
            .set_username(user + "\n" + &host) // see `Node`
            /*%- else %*/
            .set_username(self.variable("REDIS_USERNAME", "fill((user))"))
            /*%- endif %*/
            .set_password(password)
            .set_protocol(ProtocolVersion::RESP3); // with RESP2 nobody hears that the server hung up
        // Linger 0: or the kernel delivers a write after its call has failed.
        /*%- if serverless %*/
        let tcp = TcpSettings::default().set_nodelay(true).set_linger_time(Duration::ZERO);
        /*%- else %*/
        let keepalive = TcpKeepalive::new()
            .with_time(Duration::from_millis(fill((keepalive_ms))))
            .with_interval(Duration::from_millis(fill((keepalive_interval_ms))))
            .with_retries(3);
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive).set_linger_time(Duration::ZERO);
        /*%- endif %*/
        let port = self.variable("REDIS_PORT", "fill((port))").parse();
        let port = port.map_err(|_| io::Error::other("REDIS_PORT is not a port"))?;
        /*%- if tls %*/
        let address = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
        /*%- else %*/
        let address = ConnectionAddr::Tcp(host, port);
        /*%- endif %*/
        let info = address.into_connection_info()?.set_redis_settings(login)/*% if !cluster %*/.set_tcp_settings(tcp)/*% endif %*/;
        /*%- if mutual_tls %*/
        let client_cert = self.file("REDIS_CERT_FILE", "redis_user.crt")?;
        let client_key = self.file("REDIS_KEY_FILE", "redis_user_private.key")?;
        let certificates = redis::TlsCertificates {
            client_tls: Some(redis::ClientTlsConfig { client_cert, client_key }),
            root_cert: Some(self.file("REDIS_CA_FILE", "redis_ca.pem")?),
        };
        /*%- else if tls %*/
        let root_cert = Some(self.file("REDIS_CA_FILE", "redis_ca.pem")?);
        let certificates = redis::TlsCertificates { client_tls: None, root_cert };
        /*%- endif %*/
        /*%- if !cluster && tls %*/
        let client = Client::build_with_tls(info, certificates)?;
        /*%- else if !cluster %*/
        let client = Client::open(info)?;
        /*%- endif %*/
/*% if cluster -%*/
fill((cluster_connect_part))
/*%- else -%*/
fill((single_part))
/*%- endif %*/
    }
}

/*% if cluster -%*/
fill((cluster_part))
/*% endif -%*/
/// Who may not PING was answered, too.
async fn ping(to: &mut impl ConnectionLike) -> RedisResult<()> {
    match cmd("PING").exec_async(to).await {
        Err(why) if why.code() == Some("NOPERM") => Ok(()),
        reply => reply,
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(limit, work).await.map_err(io::Error::from)?
}

/// Why a connection is no good: it broke, or its peer is no longer, or not yet, the primary.
fn fault(reply: &RedisResult<Vec<Value>>) -> Option<RedisError> {
    let stale = |e: &redis::ServerError| matches!(e.code(), fill((stale)));
    match reply {
        Ok(values) => values.iter().find_map(|value| match value {
            Value::ServerError(error) if stale(error) => Some(error.clone().into()),
            _ => None,
        }),
        Err(why) => match why.clone().into_server_errors() {
            Some(errors) => errors.iter().any(|(_, error)| stale(error)),
            None => matches!(why.kind(), fill((broken))),
        }
        .then(|| why.clone()),
    }
}

/// What a person has to look at, because Redis refuses us.
fn refusal(why: &RedisError) -> Option<String> {
    let why = why.to_string();
    let (_, check) = REFUSALS.iter().find(|(says, _)| why.contains(says))?;
    Some(format!("check {check}: {why}"))
}

const REFUSALS: &[(&str, &str)] = &[
    ("REDIS_", "the environment"),
    ("WRONGPASS", "REDIS_USERNAME and REDIS_PASSWORD"),
    ("NOAUTH", "REDIS_USERNAME and REDIS_PASSWORD"),
    /*%- if tls %*/
    ("not valid for name", "REDIS_HOST"),
    ("alert: UnrecognisedName", "REDIS_HOST"),
    // Other alerts are troubles of the server.
    ("alert: BadCertificate", "fill((asked))"),
    ("alert: Certificate", "fill((asked))"),
    ("alert: UnknownCA", "fill((asked))"),
    ("alert: UnsupportedCertificate", "fill((asked))"),
    /*%- endif %*/
    /*%- if mutual_tls %*/
    ("client certificate", "REDIS_CERT_FILE and REDIS_KEY_FILE"),
    ("private key", "REDIS_KEY_FILE"),
    ("TLS parameters", "REDIS_CERT_FILE and REDIS_KEY_FILE"),
    /*%- endif %*/
    /*%- if tls %*/
    ("ertificate", "REDIS_CA_FILE"),
    /*%- endif %*/
];

fn not_sent(why: impl ToString) -> RedisError {
    (ErrorKind::Client, "not sent", why.to_string()).into()
}

fn unknown(why: String) -> RedisError {
    (ErrorKind::Io, "outcome unknown", why).into()
}

fn random(longest: Duration) -> Duration {
    longest.mul_f64(fastrand::f64())
}
