// fill((stamp))
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client fill((version)).
/*%- if !tls %*/
import { subscribe, unsubscribe } from "node:diagnostics_channel";
/*%- endif %*/
import { lookup } from "node:dns/promises";
/*%- if tls %*/
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
/*%- endif %*/
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";
/*% if !active_active %*/
const HOST = process.env.REDIS_HOST ?? "fill((host))";
const PORT = Number(process.env.REDIS_PORT ?? fill((port)));
/*%- endif %*/
const DEADLINE_MS = fill((deadline_ms)); // one call, whatever happens
const REPLY_MS = fill((command_timeout_ms)); // one try of one command
/*%- if blocking %*/
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
/*%- endif %*/
const CONNECT_MS = fill((dial_ms)); // TCP,/*% if tls %*/ TLS/*% endif %*/ and login
const LOOKUP_MS = 2000; // the name
/*%- if serverless %*/
const SOCKET = { noDelay: true }; // a frozen process answers no keepalive
/*%- else %*/
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: fill((keepalive_ms)) };
/*%- endif %*/
/*%- if durable %*/
const WAITAOF = ["WAITAOF", /*% if replica %*/"0", "1"/*% else %*/"1", "0"/*% endif %*/, "fill((proof_ms))"];
/*%- endif %*/
/*%- if notify %*/
const NOTIFY = ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"];
/*%- endif %*/
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
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

/** @typedef {import("@redis/client").RedisClientType} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
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
  #client; // absent while the connection is down
  #hangUp = () => {};
  #error; // why it is down
  #failures = 0;
  #gate = 0; // when the present dial begins
/*%- if notify %*/
  #relaxed = false; // the server asked for patience
/*%- endif %*/
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
  safe = (command) => this.#call(command/*% if retry %*/, fill((attempts))/*% endif %*/);
/*%- if once %*/

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command/*% if retry %*/, 1/*% endif %*/);
/*%- endif %*/
/*%- if durable %*/

  /** One write, no MULTI: on the disk/*% if replica %*/ of the replica/*% endif %*/ when it resolves, else OutcomeUnknown. @type {Call} */
  durable = (command) => this.#proof.#call((client) => prove(client, command)/*% if retry %*/, 1/*% endif %*/);
/*%- endif %*/
/*%- if blocking %*/

  /** BLPOP, XREAD: sent once, one after the other. @type {Call} */
  blocking = (command) => this.#reader.#call(command/*% if retry %*/, 1/*% endif %*/);

  /** For ever: each new connection subscribes anew; what was published meanwhile is lost. */
  async subscribe(channel, listener) {
    this.#reader.#channels.set(channel, listener);
    return this.blocking((client) => client.subscribe(channel, listener));
  }
/*%- endif %*/

  async healthy() {
    return this.safe((client) => client.ping()).then(Boolean, () => false);
  }

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
/*%- if !serverless %*/
    clearInterval(this.#health);
/*%- endif %*/
    if (this.#client) await within(DEADLINE_MS, this.#client.close()).catch(() => {});
    this.#hangUp();
/*%- if durable %*/
    await this.#proof?.close();
/*%- endif %*/
/*%- if blocking %*/
    await this.#reader?.close();
/*%- endif %*/
  }

  async #call(command, /*% if retry %*/tries, /*% endif %*/end = performance.now() + /*% if own %*/this.#deadline/*% else %*/DEADLINE_MS/*% endif %*/) {
    const client = await this.#connected(end - fill((reply)));
/*%- if notify %*/
    const patience = this.#relaxed ? end - performance.now() : fill((reply));
/*%- endif %*/
    try {
      const reply = await within(/*% if notify %*/patience/*% else %*/fill((reply))/*% endif %*/, command(client));
      this.#lastSuccess = Date.now();
/*%- if serverless %*/
      this.#failures = 0;
/*%- endif %*/
      return reply;
    } catch (error) {
      const answered = error instanceof ErrorReply;
      const silent = !answered && (error instanceof TimeoutError || !client.isReady);
      if (!silent && !STALE.test(error.message)) throw error;
      this.#lost(client, error);
/*%- if retry %*/
      if (!silent && tries < 2) throw error;
      if (tries < 2) throw new OutcomeUnknown(`outcome unknown: ${(this.#error ?? error).message}`);
    }
    await sleep(Math.random() * fill((retry_base_ms)));
    return this.#call(command, tries - 1, end);
/*%- else %*/
      if (!silent) throw error;
      throw new OutcomeUnknown(`outcome unknown: ${(this.#error ?? error).message}`);
    }
/*%- endif %*/
  }
/*% if serverless %*/
  /** A process that was frozen asks first: its connection may be long dead. */
  async #connected(until) {
    for (;;) {
      const client = this.#client;
      if (client && Date.now() - this.#lastSuccess < fill((health_check_ms))) return client;
      const left = until - performance.now();
      const late = this.#closed || left <= 0 || this.#gate > until;
      if (late) {
        this.#refresh();
        throw new Error(`not sent: ${this.#error?.message ?? "closed"}`);
      }
      const ping = client?.ping().then(() => (this.#lastSuccess = Date.now()));
      const step = ping ? within(REPLY_MS, ping) : within(left, this.#dialing);
      await step.catch((error) => client && this.#lost(client, error));
    }
  }
/*% else %*/
  async #connected(until) {
    while (!this.#client) {
      const left = until - performance.now();
      const late = this.#closed || left <= 0 || this.#gate > until;
      if (late) throw new Error(`not sent: ${this.#error?.message ?? "closed"}`);
      await within(left, this.#dialing).catch(() => {});
    }
    return this.#client;
  }
/*% endif %*/
  async #dial(pause) {
    this.#gate = performance.now() + pause;
    if (pause) await sleep(pause, undefined, { ref: false });
    await this.#connect().catch((error) => this.#lost(undefined, explain(error)));
  }

  /** Builds everything anew: address, password/*% if tls %*/ and certificates/*% endif %*/ may have changed. */
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
    const found = await within(LOOKUP_MS, lookup(fill((host_code)), { all: true }));
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host: fill((host_code)), port: fill((port_code)), lookup: resolved, ...SOCKET };
/*%- if tls %*/
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
/*%- endif %*/
    const client = createClient({
      username: /*% if active_active %*/env("REDIS_USERNAME")/*% else %*/process.env.REDIS_USERNAME/*% endif %*/ ?? "fill((user))",
      password,
      name: "fill((slug))",
      socket: { .../*% if tls %*/tls, socket/*% else %*/address/*% endif %*/, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: "disabled",/*% if notify %*/ // the library's own holds back all writes/*% endif %*/
    });
    client.on("error", (error) => this.#lost(client, error));
/*%- if notify %*/
    client._getQueue().addPushHandler((push) => this.#heard(/*% if handoffs_on %*/client, /*% endif %*/push));
/*%- endif %*/
/*%- if !tls %*/
    let socket; // which the library keeps to itself
    const made = (event) => (socket = event.socket);
    subscribe("net.client.socket", made);
    const login = client.connect();
    unsubscribe("net.client.socket", made);
/*%- endif %*/
    const hangUp = () => {
      // After a plain close the kernel delivers later what the callers were told had failed.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      client.destroy();
    };
    try {
/*%- if tls %*/
      const login = once(socket, "connect").then(() => client.connect());
/*%- endif %*/
      await within(CONNECT_MS, login);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      hangUp();
      throw error;
    }
/*%- if notify %*/
    client.sendCommand(NOTIFY).catch(() => {}); // not every server knows it
/*%- endif %*/
/*%- if blocking %*/
    for (const [channel, listener] of this.#channels) {
      client.subscribe(channel, listener).catch(() => {}); // lost again: the next dial does it
    }
/*%- endif %*/
/*%- if handoffs_on %*/
    const old = this.#client;
    if (old) within(fill((reply)), old.close()).catch(() => old.destroy());
/*%- endif %*/
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
/*%- if notify %*/
    this.#relaxed = false;
/*%- endif %*/
    console.error(`redisfill((at)): connected`);
  }

  #lost(client, error) {
    if (this.#closed || client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redisfill((at)): down, ${error.message}`);
    this.#error = error;
    const least = refused ? fill((refused_min_ms)) : 0; // full jitter, and one gate for all callers
    const range = refused ? fill((refused_span_ms)) : Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }
/*%- if handoffs_on %*/

  /** Before maintenance the server asks for patience, then to dial the name again. */
  #heard(client, [kind, , seconds]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
    const moved = () => client === this.#client && this.#connect().catch(() => {});
    if (String(kind) === "MOVING") setTimeout(moved, seconds * 500).unref();
  }
/*%- endif %*/
/*%- if handoffs_relaxed %*/

  /** Before maintenance the server asks for patience. */
  #heard([kind]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
  }
/*%- endif %*/
/*%- if !serverless %*/

  /** Finds a silent peer while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
/*%- else %*/

  #refresh() {
/*%- endif %*/
    if (Date.now() - this.#lastSuccess < fill((refresh_after_ms))) return;
    this.#lastSuccess = Date.now();
    console.error(`redisfill((at)): refreshed, a minute without success: flush the DNS cache`);
    if (this.#client) this.#lost(this.#client, new Error("refreshed"));
  }
}

/** A refusal, told as what to look at. */
function explain(error) {
  const look = REFUSALS.find(([pattern]) => pattern.test(error.code ?? error.message))?.[1];
  return look ? new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`) : error;
}
/*%- if durable %*/

/** The write and its proof, one behind the other on one connection. */
async function prove(client, command) {
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
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
