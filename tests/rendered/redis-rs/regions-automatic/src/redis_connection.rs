// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rs&write-regions=3&region-failover=automatic

//! Redis whose calls end in time and whose connection comes back by itself: open one [`Redis`].

use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use log::{error, info, warn};
use redis::aio::{ConnectionLike, MultiplexedConnection as Connection};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind};
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value, cmd};
use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

const DEADLINE: Duration = Duration::from_millis(2000); // a call with all its tries
const COMMAND_TIMEOUT: Duration = Duration::from_millis(580); // one try
const CONNECT_TIMEOUT: Duration = Duration::from_millis(580); // name, TCP, TLS and AUTH

/// Says what a variable holds, [`std::env::var`] for example; asked again at each dial.
pub type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Clones share one connection. Dropping the last of them closes it.
#[derive(Clone)]
pub struct Redis {
    link: Link,
}

impl Redis {
    /// Fails when Redis refuses us. When it is only away, the connection comes later.
    pub async fn open(variables: Variables) -> RedisResult<Redis> {
        // Where an app's crates bring two providers, rustls panics unless one is chosen.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Redis { link: Link::open(variables, COMMAND_TIMEOUT, DEADLINE).await? })
    }

    /// Tries again within the deadline: reads, and writes that may be applied twice.
    pub fn safe(&self) -> Safe {
        Calls(self.link.clone())
    }

    /// Never sends a command twice; see [`outcome_unknown`].
    pub fn once(&self) -> Once {
        Calls(self.link.clone())
    }

    /// For the load balancer.
    pub async fn healthy(&self) -> bool {
        ping(&mut self.safe()).await.is_ok()
    }
}

/// Tells that the reply was lost: the command may have been applied, or may yet be.
pub fn outcome_unknown(error: &RedisError) -> bool {
    error.is_io_error()
}

/// Takes all that redis-rs sends over a connection, and sends it up to so many times.
pub struct Calls<const TRIES: u32>(Link);
/// See [`Redis::safe`].
pub type Safe = Calls<2>;
/// Sends once.
pub type Once = Calls<1>;

impl<const TRIES: u32> ConnectionLike for Calls<TRIES> {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let send = move |mut to: Connection| async move { Ok(vec![to.req_packed_command(cmd).await?]) };
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
            let (id, connection) = match endpoint.connected(by, failed).await {
                Ok(found) => found,
                Err(why) => return Err(lost.unwrap_or(why)),
            };
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
            sleep(random(Duration::from_millis(50))).await;
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
}

struct State {
    id: u64,
    up: Option<Connection>,
    lost: Option<RedisError>,
    dials: Instant, // not before
}

impl Link {
    async fn open(variables: Variables, patience: Duration, deadline: Duration) -> RedisResult<Link> {
        let state = State { id: 0, up: None, lost: None, dials: Instant::now() };
        let state = watch::Sender::new(state);
        let endpoint = Arc::new(Endpoint { variables, patience, deadline, state });
        let dialled = endpoint.dial(1).await;
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

    /// The connection is given up: its socket closes when the last call on it has ended.
    fn lost(&self, id: u64, why: RedisError) {
        self.state.send_if_modified(|s| {
            let first = s.id == id && s.lost.is_none();
            if first {
                (s.up, s.lost) = (None, Some(why));
            }
            first
        });
    }

    /// Dials anew after each loss, for ever.
    async fn keep(self: Arc<Self>, mut dialled: RedisResult<Connection>) {
        let host = self.variable("REDIS_HOST", "redis-12345.example.com");
        let (mut id, mut failures, mut well) = (1, 0, Instant::now());
        loop {
            let dials = Instant::now();
            let why = match dialled {
                Ok(connection) => {
                    info!("{host}: connected");
                    self.state.send_replace(State { id, up: Some(connection.clone()), lost: None, dials });
                    self.watch(id, connection).await
                }
                Err(why) => why,
            };
            if dials.elapsed() > COMMAND_TIMEOUT {
                (failures, well) = (0, Instant::now()); // it lasted: a demoted primary connects, too
            }
            let longest = Duration::from_millis(200) * 2_u32.pow(failures.min(9));
            let mut pause = random(longest.min(Duration::from_millis(2000)));
            if let Some(sentence) = refusal(&why) {
                error!("{host}: refused, {sentence}");
                pause = Duration::from_millis(30000) + random(Duration::from_millis(30000));
            } else if failures == 0 {
                warn!("{host}: lost, reconnecting: {why}");
            }
            if well.elapsed() > Duration::from_millis(60000) {
                error!("{host}: refreshed after a minute: flush the DNS cache of this machine");
                well = Instant::now();
            }
            let dials = Instant::now() + pause;
            self.state.send_modify(|state| (state.lost, state.dials) = (Some(why), dials));
            sleep_until(dials).await;
            (id, failures) = (id + 1, failures + 1);
            dialled = self.dial(id).await;
        }
    }

    /// Waits until the connection is lost, and says why.
    async fn watch(&self, id: u64, mut connection: Connection) -> RedisError {
        let mut state = self.state.subscribe();
        loop {
            let lost = state.wait_for(|state| state.lost.is_some());
            if let Ok(Ok(state)) = timeout(Duration::from_millis(5000), lost).await
                && let Some(why) = &state.lost
            {
                return why.clone();
            }
            if let Err(why) = in_time(self.patience, ping(&mut connection)).await {
                self.lost(id, why);
            }
        }
    }

    async fn dial(self: &Arc<Self>, id: u64) -> RedisResult<Connection> {
        in_time(CONNECT_TIMEOUT, self.connect(id)).await
    }

    fn variable(&self, name: &str, otherwise: &str) -> String {
        let found = (self.variables)(name).filter(|found| !found.is_empty());
        found.unwrap_or_else(|| otherwise.to_owned())
    }

    fn file(&self, name: &str, otherwise: &str) -> RedisResult<Vec<u8>> {
        let path = self.variable(name, otherwise);
        Ok(fs::read(&path).map_err(|why| io::Error::other(format!("{name}, {path}: {why}")))?)
    }

    /// Resolves the name anew, and reads everything anew.
    async fn connect(self: &Arc<Self>, id: u64) -> RedisResult<Connection> {
        let password = self.variable("REDIS_PASSWORD", "");
        if password.is_empty() {
            return Err(io::Error::other("REDIS_PASSWORD is not set").into());
        }
        let host = self.variable("REDIS_HOST", "redis-12345.example.com");
        let login = RedisConnectionInfo::default()
            .set_username(self.variable("REDIS_USERNAME", "default"))
            .set_password(password)
            .set_protocol(ProtocolVersion::RESP3); // with RESP2 nobody hears that the server hung up
        // Linger 0: or the kernel delivers a write after its call has failed.
        let keepalive = TcpKeepalive::new()
            .with_time(Duration::from_millis(15000))
            .with_interval(Duration::from_millis(5000))
            .with_retries(3);
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive).set_linger_time(Duration::ZERO);
        let port = self.variable("REDIS_PORT", "12345").parse();
        let port = port.map_err(|_| io::Error::other("REDIS_PORT is not a port"))?;
        let address = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
        let info = address.into_connection_info()?.set_redis_settings(login).set_tcp_settings(tcp);
        let root_cert = Some(self.file("REDIS_CA_FILE", "redis_ca.pem")?);
        let certificates = redis::TlsCertificates { client_tls: None, root_cert };
        let client = Client::build_with_tls(info, certificates)?;
        let endpoint = Arc::downgrade(self);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None) // `dial` has one
            .set_response_timeout(None) // `call` has one
            .set_push_sender(move |push: PushInfo| {
                let Some(endpoint) = endpoint.upgrade() else { return Ok(()) };
                if push.kind == PushKind::Disconnection {
                    endpoint.lost(id, io::Error::from(io::ErrorKind::ConnectionReset).into());
                }
                Ok::<_, RedisError>(())
            });
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let name = ["SETNAME", "app"];
        let _: RedisResult<()> = cmd("CLIENT").arg(&name).exec_async(&mut connection).await;
        ping(&mut connection).await?;
        Ok(connection)
    }
}

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
    let stale = |e: &redis::ServerError| matches!(e.code(), "READONLY" | "LOADING" | "MASTERDOWN");
    match reply {
        Ok(values) => values.iter().find_map(|value| match value {
            Value::ServerError(error) if stale(error) => Some(error.clone().into()),
            _ => None,
        }),
        Err(why) => match why.clone().into_server_errors() {
            Some(errors) => errors.iter().any(|(_, error)| stale(error)),
            None => matches!(why.kind(), ErrorKind::Io | ErrorKind::Parse),
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
    ("not valid for name", "REDIS_HOST"),
    ("alert: UnrecognisedName", "REDIS_HOST"),
    // Other alerts are troubles of the server.
    ("alert: BadCertificate", "whether the database asks for a client certificate"),
    ("alert: Certificate", "whether the database asks for a client certificate"),
    ("alert: UnknownCA", "whether the database asks for a client certificate"),
    ("alert: UnsupportedCertificate", "whether the database asks for a client certificate"),
    ("ertificate", "REDIS_CA_FILE"),
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
