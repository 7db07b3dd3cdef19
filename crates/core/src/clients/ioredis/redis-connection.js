// fill((stamp))
// Connects to /*% if cluster %*/a Redis cluster/*% else %*/Redis/*% endif %*/ and stays connected: Node.js 20 or newer, ioredis fill((version)).
import { lookup } from "node:dns/promises";
import { once } from "node:events";
/*%- if tls %*/
import { readFileSync } from "node:fs";
/*%- endif %*/
import { connect } from "node:net";
/*%- if tls %*/
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { connect as secure } from "node:tls";
/*%- else %*/
import { setTimeout as sleep } from "node:timers/promises";
/*%- endif %*/
/*%- if cluster %*/
/*%- if durable %*/
import calculateSlot from "cluster-key-slot";
/*%- endif %*/
import { AbstractConnector, Cluster as Client } from "ioredis";
/*%- else %*/
import { AbstractConnector, Redis as Client } from "ioredis";
/*%- endif %*/

const DEADLINE_MS = fill((deadline_ms)); // one call, whatever happens
const REPLY_MS = fill((command_timeout_ms)); // one try of one command
const CONNECT_MS = fill((dial_ms)); // TCP/*% if tls && cluster %*/ and TLS/*% else if tls %*/, TLS and login/*% else if !cluster %*/ and login/*% endif %*/
/*%- if serverless %*/
const PING_MS = fill((health_check_ms)); // after so long a pause a call asks first
/*%- else %*/
const PING_MS = fill((health_check_ms)); // asks the peer for a sign of life
/*%- endif %*/
/*%- if blocking %*/
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
/*%- endif %*/
const STALE = /^(fill((stale)))/; // the name may have moved
const LOST = /^(no answer|Connection is closed|Command aborted)/; // perhaps applied
/*%- if cluster %*/
// Not applied: any call may try again.
const UNSENT = /^(Cluster is|None of|Too many|connect |getaddrinfo |no node|WRONGPASS)/;
/*%- else %*/
const UNSENT = /^Stream isn't/; // any call may try again
/*%- endif %*/
const LOGIN = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/;
/*%- if tls %*/
// Other alerts may be a server in trouble. OSSL: a file that can't be read as what it should be.
const CERTIFICATE = /CERT|_CA$|KEY_TOO|UNABLE|DENIED|UNRECOGNIZED|OSSL|WRONG_VERSION|ENOENT|EACCES/;
/*%- endif %*/
/*%- if kubernetes %*/
// ndots: the full name first, else each pod asks for it in every search domain. The rest:
// lookups share four threads, which a dead name server must not hold for long.
process.env.RES_OPTIONS ??= "ndots:1 timeout:1 attempts:1";
/*%- else %*/
// Lookups share four threads, which a dead name server must not hold for long.
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";
/*%- endif %*/

/** Password/*% if tls %*/ or certificate/*% endif %*/ refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/*% if cluster -%*/
/** One connection to each node, shared by all calls; they come back by themselves, for ever. */
/*%- else -%*/
/** One connection that all calls share; it comes back by itself, for ever. */
/*%- endif %*/
export class Redis {
/*%- if active_active %*/
  #suffix; // of its region's variables
/*%- endif %*/
/*%- if own %*/
  #reply;
  #deadline;
/*%- endif %*/
/*%- if durable %*/
  #proof; // durable calls have a connection of their own: WAITAOF would hold up the others
/*%- endif %*/
/*%- if blocking %*/
  #reader; // blocking calls /*% if durable %*/too/*% else %*/have a connection of their own/*% endif %*/
  #channels = new Map();
/*%- if cluster %*/
  #messenger; // the node that tells of messages: the library's subscriber dials without a pause
/*%- endif %*/
/*%- endif %*/
/*%- if cluster %*/
  #client; // absent until the first dial has succeeded
  #error; // why it is to be replaced
/*%- else %*/
  #client; // absent while the connection is down
  #error; // why it is down
/*%- endif %*/
  #failures = 0; // dials since the trouble began
  #trouble = performance.now();
  #gate = 0; // when the present dial begins
/*%- if serverless %*/
  #lastReply = 0;
/*%- endif %*/
  #closed = false;
/*%- if !serverless && cluster %*/
  #beat = setInterval(() => this.#ping().catch(() => {}), PING_MS).unref();
/*%- else if !serverless %*/
  #beat = setInterval(() => this.healthy(), PING_MS).unref(); // finds a silent peer
/*%- endif %*/
/*%- if active_active || own %*/
  #dialing; // ends with the present dial, well or badly
/*% if active_active && own %*/
  constructor(suffix, reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- else if active_active %*/
  constructor(suffix) {
/*%- else %*/
  constructor(reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- endif %*/
/*%- if active_active %*/
    this.#suffix = suffix;
/*%- endif %*/
/*%- if own %*/
    this.#reply = reply;
    this.#deadline = deadline;
/*%- endif %*/
    this.#dialing = this.#dial(0);
  }
/*%- else %*/
  #dialing = this.#dial(0); // ends with the present dial, well or badly
/*%- endif %*/

  /** Throws Refused. When Redis is only away it returns, and the connection comes later. */
/*%- if active_active %*/
  static async open(suffix = "") {
    const redis = new Redis(suffix);
/*%- else %*/
  static async open() {
    const redis = new Redis();
/*%- endif %*/
    await redis.#dialing;
    if (!(redis.#error instanceof Refused)) return redis;
    await redis.close();
    throw redis.#error;
  }

  /** Reads, and writes that may be repeated/*% if retry %*/: tried twice within the deadline/*% endif %*/. @type {Call} */
  safe = (command) => this.#call(command, fill((attempts)));
/*%- if once %*/

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command, 1);
/*%- endif %*/
/*%- if durable && cluster %*/

  /** One write, no MULTI: on the disk/*% if replica %*/ of the replica/*% endif %*/ when it resolves, else OutcomeUnknown. */
  durable(key, command) {
    this.#proof ??= new Redis(/*% if active_active %*/this.#suffix, /*% endif %*/DEADLINE_MS - REPLY_MS);
    return this.#proof.#call((client) => prove(nodeOf(client, key), command), 1);
  }
/*%- else if durable %*/

  /** One write, no MULTI: on the disk/*% if replica %*/ of the replica/*% endif %*/ when it resolves, else OutcomeUnknown. @type {Call} */
  durable = (command) => {
    this.#proof ??= new Redis(/*% if active_active %*/this.#suffix, /*% endif %*/DEADLINE_MS - REPLY_MS);
    return this.#proof.#call((client) => prove(client, command), 1);
  };
/*%- endif %*/
/*%- if blocking %*/

  /** BLPOP, XREAD: sent once, one after the other. @type {Call} */
  blocking = (command) => this.#blocked().#call(command, 1);

  /** For ever: each new connection subscribes anew; what was published meanwhile is lost. */
  subscribe(channel, listener) {
/*%- if cluster %*/
    const reader = this.#blocked();
    reader.#channels.set(channel, listener);
    return reader.#call(async () => reader.#messenger?.subscribe(channel), 1);
/*%- else %*/
    this.#blocked().#channels.set(channel, listener);
    return this.blocking((client) => client.subscribe(channel));
/*%- endif %*/
  }

  #blocked() {
    const [reply, deadline] = [LONGEST_BLOCK_MS + REPLY_MS, LONGEST_BLOCK_MS + DEADLINE_MS];
    return (this.#reader ??= new Redis(/*% if active_active %*/this.#suffix, /*% endif %*/reply, deadline));
  }
/*%- endif %*/

  healthy = () => this.safe((client) => client.ping()).then(Boolean, () => false);

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
/*%- if !serverless %*/
    clearInterval(this.#beat);
/*%- endif %*/
    const client = this.#client;
    await within(DEADLINE_MS, client?.quit()).catch(() => {});
    client?.disconnect();
/*%- if durable %*/
    await this.#proof?.close();
/*%- endif %*/
/*%- if blocking %*/
    await this.#reader?.close();
/*%- endif %*/
  }

  async #call(command, tries) {
    const end = performance.now() + fill((deadline));
    let sent = false; // a try got no reply
/*%- if cluster %*/
    let failed;
/*%- endif %*/
    for (;;) {
      const client = await this.#connected(end - fill((reply)), sent/*% if cluster %*/, failed/*% endif %*/);
      try {
/*%- if cluster || serverless %*/
        const reply = await within(fill((reply)), command(client));
/*%- if cluster %*/
        this.#trouble = performance.now();
/*%- endif %*/
/*%- if serverless %*/
        this.#lastReply = Date.now();
/*%- endif %*/
        return reply;
/*%- else %*/
        return await within(fill((reply)), command(client));
/*%- endif %*/
      } catch (error) {
        const [stale, lost, unsent] = [STALE, LOST, UNSENT].map((re) => re.test(error?.message));
        if (stale || lost || unsent) this.#lost(client, error);
        sent ||= lost;
        if (!unsent && (!(stale || lost) || --tries === 0))
          throw sent ? unknown(this.#error ?? error) : error;
      }
/*%- if cluster %*/
      failed = client;
/*%- endif %*/
      await sleep(Math.random() * fill((pause_ms)));
    }
  }

/*%- if cluster %*/

  /** A call that has failed waits for the next cluster; the others go on with this one. */
  async #connected(until, sent, failed) {
/*%- else %*/

  /** Waits for the connection, but not for a dial that begins too late for a whole try. */
  async #connected(until, sent) {
/*%- endif %*/
/*%- if serverless %*/
    // A process that was frozen asks first: its connection may be long dead.
    const client = this.#client;
    if (client && Date.now() - this.#lastReply > PING_MS)
      await within(REPLY_MS, client.ping()).catch((error) => this.#lost(/*% if cluster %*/(failed = client)/*% else %*/client/*% endif %*/, error));
/*%- endif %*/
    for (;;) {
      const left = this.#closed ? 0 : until - performance.now();
      if (this.#client/*% if cluster %*/ && this.#client !== failed/*% endif %*/ && left > 0) return this.#client;
      if (left <= 0 || this.#gate > until) throw this.#late(sent);
      await within(left, this.#dialing).catch(() => {});
    }
  }

  /** No try is possible any more; an earlier one may have been applied. */
  #late(sent) {
    const error = this.#error ?? new Error(this.#closed ? "closed" : "no time left");
    return sent ? unknown(error) : new Error(`not sent: ${error.message}`);
  }

  #lost(client, error) {
/*%- if cluster %*/
    if (client !== this.#client || this.#error) return;
    this.#redial(error);
    // A silent node's socket is dropped, not only the call.
    for (const node of client.nodes("master"))
      within(fill((reply)), node.ping()).catch(() => node.disconnect());
  }
/*%- if !serverless %*/

  /** Finds silent nodes while nobody calls. */
  #ping = () =>
    this.#call((client) => Promise.all(client.nodes("master").map((node) => node.ping())), 1);
/*%- endif %*/
/*%- else %*/
    if (client !== this.#client) return;
    this.#client = undefined;
    client.disconnect();
    this.#redial(error);
  }
/*%- endif %*/

/*%- if cluster %*/

  /** Builds everything anew: nodes, addresses/*% if tls %*/, password and certificates/*% else %*/ and password/*% endif %*/ may have changed. */
/*%- else %*/

  /** Builds everything anew: address/*% if tls %*/, password and certificates/*% else %*/ and password/*% endif %*/ may have changed. */
/*%- endif %*/
  async #connect() {
/*%- if active_active %*/
    const env = variables(this.#suffix);
/*%- else %*/
    const { env } = process;
/*%- endif %*/
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "fill((host))";
    const port = Number(env.REDIS_PORT || fill((port)));
/*%- if cluster %*/
    const { address } = await lookup(host); // has limits of its own
    const redisOptions = {
      username: env.REDIS_USERNAME || "fill((user))",
      password: env.REDIS_PASSWORD,
      connectionName: "fill((slug))",
/*%- if tls %*/
      tls: {
        servername: host,
        minVersion: "TLSv1.2",
        ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
/*%- if mutual_tls %*/
        cert: readFileSync(env.REDIS_CERT_FILE || "redis_user.crt"),
        key: readFileSync(env.REDIS_KEY_FILE || "redis_user_private.key"),
/*%- endif %*/
      },
/*%- endif %*/
/*%- if serverless %*/
      keepAlive: false, // a frozen process answers no keepalive
/*%- else %*/
      keepAlive: fill((keepalive_ms)),
/*%- endif %*/
      Connector: Dialler,
      enableReadyCheck: false,
    };
    const client = new Client([{ host: address, port }], {
      redisOptions,
      clusterRetryStrategy: null, // each dial is ours
      retryDelayOnFailover: 0, // or what was under way would be sent again
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: CONNECT_MS + REPLY_MS,
      enableReadyCheck: false,
    });
/*%- else %*/
    const found = await lookup(host, { all: true }); // has limits of its own
    const client = new Client({
      host,
      port,
      lookup: (_host, _options, done) => done(null, found),
      username: env.REDIS_USERNAME || "fill((user))",
      password: env.REDIS_PASSWORD,
      connectionName: "fill((slug))",
/*%- if tls %*/
      tls: {
        servername: host,
        minVersion: "TLSv1.2",
        ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
/*%- if mutual_tls %*/
        cert: readFileSync(env.REDIS_CERT_FILE || "redis_user.crt"),
        key: readFileSync(env.REDIS_KEY_FILE || "redis_user_private.key"),
/*%- endif %*/
      },
/*%- endif %*/
/*%- if serverless %*/
      keepAlive: false, // a frozen process answers no keepalive
/*%- else %*/
      keepAlive: fill((keepalive_ms)),
/*%- endif %*/
      Connector: Dialler,
      retryStrategy: null, // each dial is ours: a lost client rejects what was under way
      enableOfflineQueue: false,
      enableReadyCheck: false,
    });
/*%- endif %*/
    client.on("error", (error) => this.#lost(client, error));
/*%- if cluster %*/
    client.on("node error", (error) => this.#lost(client, error));
    client.on("end", () => {
      this.#lost(client, new Error("Connection is closed."));
      if (client === this.#client) this.#client = undefined; // no node is left
    });
/*%- else %*/
    client.on("end", () => this.#lost(client, new Error("Connection is closed.")));
/*%- endif %*/
/*%- if blocking && !cluster %*/
    client.on("message", (channel, message) => this.#channels.get(channel)?.(message));
/*%- endif %*/
    await within(/*% if cluster %*/DEADLINE_MS + /*% endif %*/CONNECT_MS, once(client, "ready")).catch((error) => {
      client.disconnect();
      throw /*% if cluster %*/error.lastNodeError ?? /*% endif %*/error;
    });
/*%- if cluster %*/
    // A dead node must not keep the others away.
    const nodes = client.nodes("master").map((node) => node.connect());
    await within(CONNECT_MS + REPLY_MS, Promise.allSettled(nodes)).catch(() => {});
    await sleep(0); // by then the pool has dropped those that failed
/*%- endif %*/
    if (this.#closed) return client.disconnect();
/*%- if cluster %*/
    const old = this.#client;
    // The calls under way end with the old nodes.
    sleep(fill((reply)), undefined, { ref: false }).then(() => old?.disconnect());
/*%- endif %*/
    this.#client = client;
    this.#error = undefined;
/*%- if serverless %*/
    this.#lastReply = Date.now();
/*%- endif %*/
    console.error(fill((say_connected)));
/*%- if blocking && cluster %*/
    this.#messenger?.removeAllListeners("message"); // or both would hear each message
    this.#messenger = client.nodes("master").find(({ status }) => status === "ready");
    this.#messenger?.on("message", (channel, message) => this.#channels.get(channel)?.(message));
    this.#messenger?.on("end", () => this.#lost(client, new Error("Connection is closed.")));
    const channels = [...this.#channels.keys()];
    if (channels.length)
      this.#messenger?.subscribe(...channels).catch((error) => this.#lost(client, error));
/*%- else if blocking %*/
    if (this.#channels.size)
      client.subscribe(...this.#channels.keys()).catch((error) => this.#lost(client, error));
/*%- endif %*/
  }

  async #dial(pause) {
    this.#gate = performance.now() + pause;
    if (pause) await sleep(pause, undefined, { ref: false });
    if (this.#closed) return;
    await this.#connect().catch((error) => this.#redial(explain(error)));
  }

  #redial(error) {
    if (this.#closed) return;
    const now = performance.now();
    // A connection that held for a while ends the trouble; one that only logs in does not.
    if (!this.#error && now - this.#gate > PING_MS) [this.#failures, this.#trouble] = [0, now];
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(fill((say_down)));
    this.#error = error;
/*%- if cluster %*/
    if (refused) {
      this.#client?.disconnect(); // or each call would dial a node, only to be refused
      this.#client = undefined;
    }
/*%- endif %*/
    if (now - this.#trouble > fill((refresh_after_ms))) {
      this.#trouble = now;
      console.error(fill((say_refreshed)));
    }
    const least = refused ? fill((refused_min_ms)) : 0; // full jitter, and one gate for all callers
    const range = refused ? fill((refused_span_ms)) : Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }
}

/** Makes the sockets: the library's own can't be reset, nor does it tell why a peer was refused. */
class Dialler extends AbstractConnector {
  #options;
  #socket;

  constructor(options) {
    super();
    this.#options = options;
  }

  async connect() {
/*%- if cluster && tls %*/
    const { host, port, tls } = this.#options;
/*%- else if cluster %*/
    const { host, port } = this.#options;
/*%- else if tls %*/
    const { host, port, lookup, tls } = this.#options;
/*%- else %*/
    const { host, port, lookup } = this.#options;
/*%- endif %*/
    const socket = (this.#socket = connect({ host, port/*% if !cluster %*/, lookup/*% endif %*/ }));
    socket.on("error", () => {}); // the client hears it too
/*%- if cluster %*/
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error("connect timed out")));
/*%- endif %*/
    await once(socket, "connect");
/*%- if tls %*/
    const stream = secure({ ...tls, socket });
    stream.on("error", () => {}); // once more when a refused one is given up: nobody else listens then
    await once(stream, "secureConnect");
    // With TLS 1.3 a refusal comes only now: it is read before a login whose write fails hides it.
    await Promise.race([once(stream, "close"), sleep(20).then(turn)]);
/*%- endif %*/
/*%- if cluster %*/
    socket.setTimeout(0);
/*%- endif %*/
    return (this.stream = /*% if tls %*/stream/*% else %*/socket/*% endif %*/);
  }

  disconnect() {
    // After a plain close the kernel delivers later what the callers were told had failed.
    if (this.stream) this.#socket.resetAndDestroy();
    else this.#socket?.destroy(new Error("connect given up"));
  }
}
/*%- if active_active %*/

/** A region's own variables, else those of all regions; only the host must be its own. */
function variables(suffix) {
  const { env } = process;
  if (!suffix) return env;
  if (!env["REDIS_HOST" + suffix]) throw new Refused(`REDIS_HOST${suffix} is not set`);
  const own = Object.keys(env).filter((name) => name.endsWith(suffix) && env[name]);
  const renamed = own.map((name) => [name.slice(0, -suffix.length), env[name]]);
  return { ...env, ...Object.fromEntries(renamed) };
}
/*%- endif %*/

const unknown = (error) => new OutcomeUnknown(`outcome unknown: ${error.message}`);

/** A refusal, told as what to look at. */
function explain(error) {
/*%- if tls %*/
  const login = LOGIN.test(error.message);
  if (!login && !CERTIFICATE.test(error.code)) return error;
  const look = login ? "REDIS_USERNAME and REDIS_PASSWORD" : "REDIS_HOST and fill((files))";
  return new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`);
/*%- else %*/
  if (!LOGIN.test(error.message)) return error;
  return new Refused(`refused, look at REDIS_USERNAME and REDIS_PASSWORD: ${error.message}`);
/*%- endif %*/
}
/*%- if durable %*/

const proofs = new WeakMap(); // of each connection: the running one and the next

/** The write and its proof on one connection; writes that arrive during a proof share the next one. */
async function prove(client, command) {
  const end = performance.now() + fill((proof_ms));
  const reply = await command(client);
  const proof = proofs.get(client) ?? { running: Promise.resolve() };
  proofs.set(client, proof);
  proof.next ??= proof.running.then(() => {
    proof.next = undefined;
    // What the running one has left of the time of the first of them; 0 would be for ever.
    return (proof.running = waitaof(client, Math.ceil(Math.max(1, end - performance.now()))));
  });
  const copies = await proof.next;
  if (copies[fill((proof_index))] > 0) return reply;
  throw unknown(new Error(copies[2] ?? "not on disk in time"));
}

/*% if replica -%*/
function waitaof(client, ms) {
  // A replica answers before its disk has the write, and then once a second: asking again is faster.
  client.call("WAITAOF", 0, 1, 10).catch(() => {});
  return client.call("WAITAOF", 0, 1, ms).catch((error) => [0, 0, error.message]);
}
/*%- else -%*/
function waitaof(client, ms) {
  return client.call("WAITAOF", 1, 0, ms).catch((error) => [0, 0, error.message]);
}
/*%- endif %*/
/*%- if cluster %*/

function nodeOf(client, key) {
  const [holder] = client.slots[calculateSlot(key)] ?? [];
  const nodes = client.nodes("master");
  const node = nodes.find(({ options: { host, port } }) => `${host}:${port}` === holder);
  if (!node) throw new Error("no node for the key");
  return node;
}
/*%- endif %*/
/*%- endif %*/

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
