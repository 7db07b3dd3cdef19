// fill((c.stamp))
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client fill((c.version)).
/*%- if !c.tls %*/
import { subscribe, unsubscribe } from "node:diagnostics_channel";
/*%- endif %*/
import { lookup } from "node:dns/promises";
/*%- if c.tls %*/
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
/*%- endif %*/
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";
/*% if !w.many %*/
const HOST = process.env.REDIS_HOST ?? "fill((c.host))";
const PORT = Number(process.env.REDIS_PORT ?? fill((c.port)));
/*%- endif %*/
const DEADLINE_MS = fill((c.clock.deadline_ms)); // one call, whatever happens
const REPLY_MS = fill((c.clock.command_timeout_ms)); // one try of one command
/*%- if c.blocking %*/
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
/*%- endif %*/
const CONNECT_MS = fill((w.dial_ms)); // TCP,/*% if c.tls %*/ TLS/*% endif %*/ and login
const LOOKUP_MS = 2000; // the name
/*%- if c.serverless %*/
const SOCKET = { noDelay: true }; // a frozen process answers no keepalive
/*%- else %*/
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: fill((c.clock.keepalive_ms)) };
/*%- endif %*/
/*%- if c.durable %*/
const WAITAOF = ["WAITAOF", /*% if c.replica %*/"0", "1"/*% else %*/"1", "0"/*% endif %*/, "fill((c.clock.proof_ms))"];
/*%- endif %*/
/*%- if w.notify %*/
const NOTIFY = ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"];
/*%- endif %*/
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
/*%- if c.tls %*/
const REFUSALS = [
  [/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"],
  [/ALTNAME/, "REDIS_HOST, which is not in the certificate"],
/*%- if c.mutual_tls %*/
  [/CERT|TLS|SSL|KEY|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_{CA,CERT,KEY}_FILE"],
/*%- else %*/
  [/CERT|TLS|SSL|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_CA_FILE"],
/*%- endif %*/
];
/*%- else %*/
const REFUSALS = [[/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"]];
/*%- endif %*/
// Lookups share four threads: a dead name server must not hold them for long.
/*%- if c.kubernetes %*/
// ndots: the full name first, else each pod asks for it in every search domain.
process.env.RES_OPTIONS ??= "ndots:1 timeout:1 attempts:1";
/*%- else %*/
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";
/*%- endif %*/

/** Password/*% if c.tls %*/ or certificate/*% endif %*/ refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {import("@redis/client").RedisClientType} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
export class Redis {
/*%- if w.many %*/
  #suffix;
  #host;
  #port;
/*%- endif %*/
/*%- if w.own %*/
  #reply;
  #deadline;
/*%- endif %*/
/*%- if c.durable %*/
  #proof; // durable calls have a connection of their own: WAITAOF would hold up the others
/*%- endif %*/
/*%- if c.blocking %*/
  #reader; // blocking calls too
  #channels = new Map();
/*%- endif %*/
  #client; // absent while the connection is down
  #hangUp = () => {};
  #error; // why it is down
  #failures = 0;
  #gate = 0; // when the present dial begins
/*%- if w.notify %*/
  #relaxed = false; // the server asked for patience
/*%- endif %*/
  #lastSuccess = Date.now();
  #closed = false;
/*%- if !c.serverless %*/
  #health = setInterval(() => this.#check(), fill((c.clock.health_check_ms))).unref();
/*%- endif %*/
/*%- if w.many || w.own %*/
  #dialing; // ends with the present dial, well or badly
/*% if w.many && w.own %*/
  constructor(suffix = "", reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- else if w.many %*/
  constructor(suffix = "") {
/*%- else %*/
  constructor(reply = REPLY_MS, deadline = DEADLINE_MS) {
/*%- endif %*/
/*%- if w.many %*/
    this.#suffix = suffix;
    this.#host = process.env["REDIS_HOST" + suffix] ?? (suffix ? "" : "fill((c.host))");
    this.#port = Number(process.env["REDIS_PORT" + suffix] ?? process.env.REDIS_PORT ?? fill((c.port)));
/*%- endif %*/
/*%- if w.own %*/
    this.#reply = reply;
    this.#deadline = deadline;
/*%- endif %*/
    this.#dialing = this.#dial(0);
  }
/*%- else %*/
  #dialing = this.#dial(0); // ends with the present dial, well or badly
/*%- endif %*/

  /** Throws Refused. When Redis is only away it returns, and the connection comes later. */
/*%- if w.many %*/
  static async open(suffix = "") {
    const redis = new Redis(suffix);
/*%- else %*/
  static async open() {
    const redis = new Redis();
/*%- endif %*/
    await redis.#dialing;
/*%- if w.own %*/
    if (redis.#error instanceof Refused) {
      await redis.close();
      throw redis.#error;
    }
/*%- if c.durable %*/
    redis.#proof = new Redis(/*% if w.many %*/suffix, /*% endif %*/DEADLINE_MS - REPLY_MS);
/*%- endif %*/
/*%- if c.blocking %*/
    redis.#reader = new Redis(/*% if w.many %*/suffix, /*% endif %*/LONGEST_BLOCK_MS + REPLY_MS, LONGEST_BLOCK_MS + DEADLINE_MS);
/*%- endif %*/
    return redis;
/*%- else %*/
    if (!(redis.#error instanceof Refused)) return redis;
    await redis.close();
    throw redis.#error;
/*%- endif %*/
  }

  /** Reads, and writes that may be repeated/*% if w.retry %*/: tried twice within the deadline/*% endif %*/. @type {Call} */
  safe = (command) => this.#call(command/*% if w.retry %*/, fill((c.clock.attempts))/*% endif %*/);
/*%- if c.once %*/

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command/*% if w.retry %*/, 1/*% endif %*/);
/*%- endif %*/
/*%- if c.durable %*/

  /** One write, no MULTI: on the disk/*% if c.replica %*/ of the replica/*% endif %*/ when it resolves, else OutcomeUnknown. @type {Call} */
  durable = (command) => this.#proof.#call((client) => prove(client, command)/*% if w.retry %*/, 1/*% endif %*/);
/*%- endif %*/
/*%- if c.blocking %*/

  /** BLPOP, XREAD: sent once, one after the other. @type {Call} */
  blocking = (command) => this.#reader.#call(command/*% if w.retry %*/, 1/*% endif %*/);

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
/*%- if !c.serverless %*/
    clearInterval(this.#health);
/*%- endif %*/
    if (this.#client) await within(DEADLINE_MS, this.#client.close()).catch(() => {});
    this.#hangUp();
/*%- if c.durable %*/
    await this.#proof?.close();
/*%- endif %*/
/*%- if c.blocking %*/
    await this.#reader?.close();
/*%- endif %*/
  }

  async #call(command, /*% if w.retry %*/tries, /*% endif %*/end = performance.now() + /*% if w.own %*/this.#deadline/*% else %*/DEADLINE_MS/*% endif %*/) {
    const client = await this.#connected(end - fill((w.reply)));
/*%- if w.notify %*/
    const patience = this.#relaxed ? end - performance.now() : fill((w.reply));
/*%- endif %*/
    try {
      const reply = await within(/*% if w.notify %*/patience/*% else %*/fill((w.reply))/*% endif %*/, command(client));
      this.#lastSuccess = Date.now();
/*%- if c.serverless %*/
      this.#failures = 0;
/*%- endif %*/
      return reply;
    } catch (error) {
      const answered = error instanceof ErrorReply;
      const silent = !answered && (error instanceof TimeoutError || !client.isReady);
      if (!silent && !STALE.test(error.message)) throw error;
      this.#lost(client, error);
/*%- if w.retry %*/
      if (!silent && tries < 2) throw error;
      if (tries < 2) throw new OutcomeUnknown(`outcome unknown: ${(this.#error ?? error).message}`);
    }
    await sleep(Math.random() * fill((c.clock.retry_base_ms)));
    return this.#call(command, tries - 1, end);
/*%- else %*/
      if (!silent) throw error;
      throw new OutcomeUnknown(`outcome unknown: ${(this.#error ?? error).message}`);
    }
/*%- endif %*/
  }
/*% if c.serverless %*/
  /** A process that was frozen asks first: its connection may be long dead. */
  async #connected(until) {
    for (;;) {
      const client = this.#client;
      if (client && Date.now() - this.#lastSuccess < fill((c.clock.health_check_ms))) return client;
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

  /** Builds everything anew: address, password/*% if c.tls %*/ and certificates/*% endif %*/ may have changed. */
  async #connect() {
/*%- if w.many %*/
    const env = (name) => process.env[name + this.#suffix] ?? process.env[name];
    const password = env("REDIS_PASSWORD");
    if (!this.#host) throw new Refused(`REDIS_HOST${this.#suffix} is not set`);
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
/*%- else %*/
    const password = process.env.REDIS_PASSWORD;
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
/*%- endif %*/
/*%- if c.tls %*/
    const tls = {
      tls: true,
      servername: fill((w.host)),
      minVersion: "TLSv1.2",
      ca: readFileSync(/*% if w.many %*/env("REDIS_CA_FILE")/*% else %*/process.env.REDIS_CA_FILE/*% endif %*/ ?? "redis_ca.pem"),
/*%- if c.mutual_tls %*/
      cert: readFileSync(/*% if w.many %*/env("REDIS_CERT_FILE")/*% else %*/process.env.REDIS_CERT_FILE/*% endif %*/ ?? "redis_user.crt"),
      key: readFileSync(/*% if w.many %*/env("REDIS_KEY_FILE")/*% else %*/process.env.REDIS_KEY_FILE/*% endif %*/ ?? "redis_user_private.key"),
/*%- endif %*/
    };
/*%- endif %*/
    const found = await within(LOOKUP_MS, lookup(fill((w.host)), { all: true }));
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host: fill((w.host)), port: fill((w.port)), lookup: resolved, ...SOCKET };
/*%- if c.tls %*/
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
/*%- endif %*/
    const client = createClient({
      username: /*% if w.many %*/env("REDIS_USERNAME")/*% else %*/process.env.REDIS_USERNAME/*% endif %*/ ?? "fill((c.user))",
      password,
      name: "fill((c.slug))",
      socket: { .../*% if c.tls %*/tls, socket/*% else %*/address/*% endif %*/, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: "disabled",/*% if w.notify %*/ // the library's own holds back all writes/*% endif %*/
    });
    client.on("error", (error) => this.#lost(client, error));
/*%- if w.notify %*/
    client._getQueue().addPushHandler((push) => this.#heard(/*% if c.handoffs_on() %*/client, /*% endif %*/push));
/*%- endif %*/
/*%- if !c.tls %*/
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
/*%- if c.tls %*/
      const login = once(socket, "connect").then(() => client.connect());
/*%- endif %*/
      await within(CONNECT_MS, login);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      hangUp();
      throw error;
    }
/*%- if w.notify %*/
    client.sendCommand(NOTIFY).catch(() => {}); // not every server knows it
/*%- endif %*/
/*%- if c.blocking %*/
    for (const [channel, listener] of this.#channels) {
      client.subscribe(channel, listener).catch(() => {}); // lost again: the next dial does it
    }
/*%- endif %*/
/*%- if c.handoffs_on() %*/
    const old = this.#client;
    if (old) within(fill((w.reply)), old.close()).catch(() => old.destroy());
/*%- endif %*/
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
/*%- if w.notify %*/
    this.#relaxed = false;
/*%- endif %*/
    console.error(`redisfill((w.at)): connected`);
  }

  #lost(client, error) {
    if (this.#closed || client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redisfill((w.at)): down, ${error.message}`);
    this.#error = error;
    const least = refused ? fill((c.clock.refused_min_ms)) : 0; // full jitter, and one gate for all callers
    const range = refused ? fill((w.refused_range)) : Math.min(fill((c.clock.reconnect_cap_ms)), fill((c.clock.reconnect_base_ms)) * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }
/*%- if c.handoffs_on() %*/

  /** Before maintenance the server asks for patience, then to dial the name again. */
  #heard(client, [kind, , seconds]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
    const moved = () => client === this.#client && this.#connect().catch(() => {});
    if (String(kind) === "MOVING") setTimeout(moved, seconds * 500).unref();
  }
/*%- endif %*/
/*%- if c.handoffs_relaxed() %*/

  /** Before maintenance the server asks for patience. */
  #heard([kind]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
  }
/*%- endif %*/
/*%- if !c.serverless %*/

  /** Finds a silent peer while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
/*%- else %*/

  #refresh() {
/*%- endif %*/
    if (Date.now() - this.#lastSuccess < fill((c.clock.refresh_after_ms))) return;
    this.#lastSuccess = Date.now();
    console.error(`redisfill((w.at)): refreshed, a minute without success: flush the DNS cache`);
    if (this.#client) this.#lost(this.#client, new Error("refreshed"));
  }
}

/** A refusal, told as what to look at. */
function explain(error) {
  const look = REFUSALS.find(([pattern]) => pattern.test(error.code ?? error.message))?.[1];
  return look ? new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`) : error;
}
/*%- if c.durable %*/

/** The write and its proof, one behind the other on one connection. */
async function prove(client, command) {
  const write = command(client);
  const proof = client.sendCommand(WAITAOF).catch((error) => [0, 0, error.message]);
  const [reply, copies] = await Promise.all([write, proof]);
  if (copies[fill((w.copy))] > 0) return reply;
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
