// fill((stamp))
// Connects to a Redis cluster and stays connected: Node.js 20 or newer, @redis/client fill((version)).
/*%- if tls %*/
import { readFileSync } from "node:fs";
/*%- endif %*/
import { setTimeout as sleep } from "node:timers/promises";
import * as lib from "@redis/client";
/*% if !active_active %*/
const HOST = process.env.REDIS_HOST ?? "fill((host))";
const PORT = Number(process.env.REDIS_PORT ?? fill((port)));
/*%- endif %*/
const DEADLINE_MS = fill((deadline_ms)); // one call, whatever happens
const REPLY_MS = fill((command_timeout_ms)); // one try of one command
/*%- if blocking %*/
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
/*%- endif %*/
const CONNECT_MS = fill((dial_ms)); // to a node
const DIAL_MS = 2000 + CONNECT_MS; // the name, and what the cluster looks like
/*%- if serverless %*/
const SOCKET = { noDelay: true }; // a frozen process answers no keepalive
/*%- else %*/
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: fill((keepalive_ms)) };
/*%- endif %*/
/*%- if durable %*/
const WAITAOF = ["WAITAOF", /*% if replica %*/"0", "1"/*% else %*/"1", "0"/*% endif %*/, "fill((proof_ms))"];
/*%- endif %*/
const STALE = /^(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN|NOAUTH)/; // the name may have moved
const UNSENT = /^(The client is|Connection timeout|connect E)/; // not even sent: any call may try again
/*%- if tls %*/
const REFUSALS = [
  [/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"],
  [/ALTNAME/, "REDIS_HOST, which is not in the certificate"],
/*%- if mutual_tls %*/
  [/CERT|TLS|SSL|KEY|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_{CA,CERT,KEY}_FILE"],
/*%- else %*/
  [/CERT|TLS|SSL|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_CA_FILE"],
/*%- endif %*/
];
/*%- else %*/
const REFUSALS = [[/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"]];
/*%- endif %*/
// Lookups share four threads: a dead name server must not hold them for long.
/*%- if kubernetes %*/
// ndots: the full name first, else each pod asks for it in every search domain.
process.env.RES_OPTIONS ??= "ndots:1 timeout:1 attempts:1";
/*%- else %*/
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";
/*%- endif %*/

/** Password/*% if tls %*/ or certificate/*% endif %*/ refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {ReturnType<typeof lib.createCluster>} Cluster */
/** @typedef {<T>(command: (cluster: Cluster) => Promise<T>) => Promise<T>} Call */

/** One connection to each node, shared by all calls; they come back by themselves, for ever. */
export class Redis {
/*%- if active_active %*/
  #suffix;
  #host;
  #port;
/*%- endif %*/
/*%- if own %*/
  #reply;
  #deadline;
/*%- endif %*/
/*%- if durable %*/
  #proof; // durable calls have a connection of their own: WAITAOF would hold up the others
/*%- endif %*/
/*%- if blocking %*/
  #reader; // blocking calls too
  #channels = new Map();
/*%- endif %*/
  #cluster; // absent until the first dial has succeeded
  #error; // why it is replaced
  #failures = 0;
  #gate = 0; // when the present dial begins
  #lastSuccess = Date.now();
  #closed = false;
/*%- if !serverless %*/
  #health = setInterval(() => this.#check(), fill((health_check_ms))).unref();
/*%- endif %*/
/*%- if active_active || own %*/
  #dialing; // ends with the present dial, well or badly
/*% if active_active && own %*/
  constructor(suffix = "", reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- else if active_active %*/
  constructor(suffix = "") {
/*%- else %*/
  constructor(reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- endif %*/
/*%- if active_active %*/
    this.#suffix = suffix;
    this.#host = process.env["REDIS_HOST" + suffix] ?? (suffix ? "" : "fill((host))");
    this.#port = Number(process.env["REDIS_PORT" + suffix] ?? process.env.REDIS_PORT ?? fill((port)));
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
/*%- if own %*/
    if (redis.#error instanceof Refused) {
      await redis.close();
      throw redis.#error;
    }
/*%- if durable %*/
    redis.#proof = new Redis(/*% if active_active %*/suffix, /*% endif %*/DEADLINE_MS - REPLY_MS);
/*%- endif %*/
/*%- if blocking %*/
    redis.#reader = new Redis(/*% if active_active %*/suffix, /*% endif %*/LONGEST_BLOCK_MS + REPLY_MS, LONGEST_BLOCK_MS + DEADLINE_MS);
/*%- endif %*/
    return redis;
/*%- else %*/
    if (!(redis.#error instanceof Refused)) return redis;
    await redis.close();
    throw redis.#error;
/*%- endif %*/
  }

  /** Reads, and writes that may be repeated/*% if retry %*/: tried twice within the deadline/*% endif %*/. @type {Call} */
  safe = (command) => this.#call(command, fill((attempts)));
/*%- if once %*/

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command, 1);
/*%- endif %*/
/*%- if durable %*/

  /** One write, no MULTI: on the disk/*% if replica %*/ of the replica/*% endif %*/ when it resolves, else OutcomeUnknown. */
  durable = (key, command) => this.#proof.#call((cluster) => prove(cluster, key, command), 1);
/*%- endif %*/
/*%- if blocking %*/

  /** BLPOP, XREAD: sent once, one after the other. @type {Call} */
  blocking = (command) => this.#reader.#call(command, 1);

  /** For ever: each new connection subscribes anew; what was published meanwhile is lost. */
  async subscribe(channel, listener) {
    this.#reader.#channels.set(channel, listener);
    return this.blocking((cluster) => cluster.subscribe(channel, listener));
  }
/*%- endif %*/

  async healthy() {
    return this.safe((cluster) => cluster.ping()).then(Boolean, () => false);
  }

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
/*%- if !serverless %*/
    clearInterval(this.#health);
/*%- endif %*/
    if (this.#cluster) await within(DEADLINE_MS, this.#cluster.close()).catch(() => {});
    this.#cluster?.destroy();
/*%- if durable %*/
    await this.#proof?.close();
/*%- endif %*/
/*%- if blocking %*/
    await this.#reader?.close();
/*%- endif %*/
  }

  async #call(command, tries, end = performance.now() + /*% if own %*/this.#deadline/*% else %*/DEADLINE_MS/*% endif %*/, failed = undefined) {
    const cluster = await this.#connected(end - fill((reply)), failed);
    try {
      const reply = await within(fill((reply)), command(cluster));
      this.#lastSuccess = Date.now();
/*%- if serverless %*/
      this.#failures = 0;
/*%- endif %*/
      return reply;
    } catch (error) {
      const answered = error instanceof lib.ErrorReply;
      if (error instanceof TypeError || error instanceof OutcomeUnknown) throw error;
      if (answered && !STALE.test(error.message)) throw error;
      this.#renew(cluster, error);
      if (!UNSENT.test(error.message) && --tries === 0) {
        if (answered) throw error;
        throw new OutcomeUnknown(`outcome unknown: ${error.message}`);
      }
    }
    await sleep(Math.random() * fill((pause_ms)));
    return this.#call(command, tries, end, cluster);
  }

  /** A call that has failed waits for the next cluster; the others go on with this one. */
  async #connected(until, failed) {
/*%- if serverless %*/
    // A process that was frozen asks first: its connections may be long dead.
    const idle = Date.now() - this.#lastSuccess > fill((health_check_ms));
    if (this.#cluster && idle) {
      const asked = this.#cluster;
      const ping = asked.ping().then(() => (this.#lastSuccess = Date.now()));
      await within(REPLY_MS, ping).catch((error) => this.#renew((failed = asked), error));
    }
/*%- endif %*/
    while (!this.#cluster || this.#cluster === failed) {
      const left = until - performance.now();
      if (this.#closed || left <= 0 || this.#gate > until) {
/*%- if serverless %*/
        this.#refresh();
/*%- endif %*/
        throw new Error(`not sent: ${this.#error?.message ?? "closed"}`);
      }
      await within(left, this.#dialing).catch(() => {});
    }
    return this.#cluster;
  }

  async #dial(pause) {
    this.#gate = performance.now() + pause;
    if (pause) await sleep(pause, undefined, { ref: false });
    await this.#connect().catch((error) => this.#redial(explain(error)));
  }

  /** Builds everything anew: nodes, addresses, password/*% if tls %*/ and certificates/*% endif %*/ may have changed. */
  async #connect() {
/*%- if active_active %*/
    const env = (name) => process.env[name + this.#suffix] ?? process.env[name];
    const password = env("REDIS_PASSWORD");
    if (!this.#host) throw new Refused(`REDIS_HOST${this.#suffix} is not set`);
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
/*%- else %*/
    const password = process.env.REDIS_PASSWORD;
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
/*%- endif %*/
/*%- if tls %*/
    const tls = {
      tls: true,
      servername: fill((host_code)),
      minVersion: "TLSv1.2",
      ca: readFileSync(/*% if active_active %*/env("REDIS_CA_FILE")/*% else %*/process.env.REDIS_CA_FILE/*% endif %*/ ?? "redis_ca.pem"),
/*%- if mutual_tls %*/
      cert: readFileSync(/*% if active_active %*/env("REDIS_CERT_FILE")/*% else %*/process.env.REDIS_CERT_FILE/*% endif %*/ ?? "redis_user.crt"),
      key: readFileSync(/*% if active_active %*/env("REDIS_KEY_FILE")/*% else %*/process.env.REDIS_KEY_FILE/*% endif %*/ ?? "redis_user_private.key"),
/*%- endif %*/
    };
/*%- endif %*/
    const socket = { .../*% if tls %*/tls, .../*% endif %*/SOCKET, connectTimeout: CONNECT_MS, reconnectStrategy: false };
    const cluster = lib.createCluster({
      rootNodes: [{ socket: { host: fill((host_code)), port: fill((port_code)) } }],
      minimizeConnections: true, // a dead node must not keep the others away
      // Nodes inherit nothing from rootNodes.
      defaults: {
        username: /*% if active_active %*/env("REDIS_USERNAME")/*% else %*/process.env.REDIS_USERNAME/*% endif %*/ ?? "fill((user))",
        password,
        name: "fill((slug))",
        socket: { ...socket, socketTimeout: 30_000 }, // ends what the library forgets
        disableOfflineQueue: true,
        maintNotifications: "disabled",
      },
    });
    let cause; // connect() tells only that it failed
    cluster.on("error", (error) => (cause ??= error));
    cluster.on("node-error", (error) => this.#renew(cluster, error));
    try {
      await within(DIAL_MS, cluster.connect());
      const nodes = cluster.masters.map((node) => within(CONNECT_MS, cluster.nodeClient(node)));
      await Promise.allSettled(nodes);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      cluster.destroy();
      throw cause ?? error;
    }
/*%- if blocking %*/
    for (const [channel, listener] of this.#channels) {
      cluster.subscribe(channel, listener).catch((error) => this.#renew(cluster, error));
    }
/*%- endif %*/
    const old = this.#cluster;
    if (old) sleep(fill((reply)), undefined, { ref: false }).then(() => old.destroy());
    this.#cluster = cluster;
    this.#error = undefined;
    console.error(`redisfill((at)): connected`);
  }

  #renew(cluster, error) {
    if (!this.#closed && cluster === this.#cluster && !this.#error) this.#redial(error);
  }

  #redial(error) {
    if (this.#closed) return;
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redisfill((at)): down, ${error.message}`);
    this.#error = error;
    const least = refused ? fill((refused_min_ms)) : 0; // full jitter, and one gate for all callers
    const range = refused ? fill((refused_span_ms)) : Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }
/*%- if !serverless %*/

  /** Finds silent nodes while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
/*%- else %*/

  #refresh() {
/*%- endif %*/
    if (Date.now() - this.#lastSuccess < fill((refresh_after_ms))) return;
    this.#lastSuccess = Date.now();
    console.error(`redisfill((at)): refreshed, a minute without success: flush the DNS cache`);
    this.#renew(this.#cluster, new Error("refreshed"));
  }
}

/** A refusal, told as what to look at. */
function explain(error) {
  const look = REFUSALS.find(([pattern]) => pattern.test(error.code ?? error.message))?.[1];
  return look ? new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`) : error;
}
/*%- if durable %*/

/** The write and its proof, one behind the other on the connection to the key's node. */
async function prove(cluster, key, command) {
  const slot = await cluster.sendCommand(undefined, true, ["CLUSTER", "KEYSLOT", key]);
  const client = await cluster.nodeClient(cluster.slots[slot].master);
  const write = command(client);
  const proof = client.sendCommand(WAITAOF).catch((error) => [0, 0, error.message]);
  const [reply, copies] = await Promise.all([write, proof]);
  if (copies[fill((proof_index))] > 0) return reply;
  throw new OutcomeUnknown(`outcome unknown: ${copies[2] ?? "not on disk in time"}`);
}
/*%- endif %*/

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new lib.TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
