// Holdfast 0.1.0 #v=1&client=node-redis&repeat-writes=safe
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client 6.3.1.
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";

const HOST = process.env.REDIS_HOST ?? "redis-12345.example.com";
const PORT = Number(process.env.REDIS_PORT ?? 12345);
const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const CONNECT_MS = 580; // TCP, TLS and login
const LOOKUP_MS = 2000; // the name
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15000 };
const NOTIFY = ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"];
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
const REFUSALS = [
  [/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"],
  [/ALTNAME/, "REDIS_HOST, which is not in the certificate"],
  [/CERT|TLS|SSL|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_CA_FILE"],
];
// Lookups share four threads: a dead name server must not hold them for long.
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";

/** Password or certificate refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {import("@redis/client").RedisClientType} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
export class Redis {
  #client; // absent while the connection is down
  #hangUp = () => {};
  #error; // why it is down
  #failures = 0;
  #gate = 0; // when the present dial begins
  #relaxed = false; // the server asked for patience
  #lastSuccess = Date.now();
  #closed = false;
  #health = setInterval(() => this.#check(), 5000).unref();
  #dialing = this.#dial(0); // ends with the present dial, well or badly

  /** Throws Refused. When Redis is only away it returns, and the connection comes later. */
  static async open() {
    const redis = new Redis();
    await redis.#dialing;
    if (!(redis.#error instanceof Refused)) return redis;
    await redis.close();
    throw redis.#error;
  }

  /** Reads, and writes that may be repeated: tried twice within the deadline. @type {Call} */
  safe = (command) => this.#call(command, 2);

  async healthy() {
    return this.safe((client) => client.ping()).then(Boolean, () => false);
  }

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
    clearInterval(this.#health);
    if (this.#client) await within(DEADLINE_MS, this.#client.close()).catch(() => {});
    this.#hangUp();
  }

  async #call(command, tries, end = performance.now() + DEADLINE_MS) {
    const client = await this.#connected(end - REPLY_MS);
    const patience = this.#relaxed ? end - performance.now() : REPLY_MS;
    try {
      const reply = await within(patience, command(client));
      this.#lastSuccess = Date.now();
      return reply;
    } catch (error) {
      const answered = error instanceof ErrorReply;
      const silent = !answered && (error instanceof TimeoutError || !client.isReady);
      if (!silent && !STALE.test(error.message)) throw error;
      this.#lost(client, error);
      if (!silent && tries < 2) throw error;
      if (tries < 2) throw new OutcomeUnknown(`outcome unknown: ${(this.#error ?? error).message}`);
    }
    await sleep(Math.random() * 50);
    return this.#call(command, tries - 1, end);
  }

  async #connected(until) {
    while (!this.#client) {
      const left = until - performance.now();
      const late = this.#closed || left <= 0 || this.#gate > until;
      if (late) throw new Error(`not sent: ${this.#error?.message ?? "closed"}`);
      await within(left, this.#dialing).catch(() => {});
    }
    return this.#client;
  }

  async #dial(pause) {
    this.#gate = performance.now() + pause;
    if (pause) await sleep(pause, undefined, { ref: false });
    await this.#connect().catch((error) => this.#lost(undefined, explain(error)));
  }

  /** Builds everything anew: address, password and certificates may have changed. */
  async #connect() {
    const password = process.env.REDIS_PASSWORD;
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
    const tls = {
      tls: true,
      servername: HOST,
      minVersion: "TLSv1.2",
      ca: readFileSync(process.env.REDIS_CA_FILE ?? "redis_ca.pem"),
    };
    const found = await within(LOOKUP_MS, lookup(HOST, { all: true }));
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host: HOST, port: PORT, lookup: resolved, ...SOCKET };
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
    const client = createClient({
      username: process.env.REDIS_USERNAME ?? "default",
      password,
      name: "app",
      socket: { ...tls, socket, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: "disabled", // the library's own holds back all writes
    });
    client.on("error", (error) => this.#lost(client, error));
    client._getQueue().addPushHandler((push) => this.#heard(client, push));
    const hangUp = () => {
      // After a plain close the kernel delivers later what the callers were told had failed.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      client.destroy();
    };
    try {
      const login = once(socket, "connect").then(() => client.connect());
      await within(CONNECT_MS, login);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      hangUp();
      throw error;
    }
    client.sendCommand(NOTIFY).catch(() => {}); // not every server knows it
    const old = this.#client;
    if (old) within(REPLY_MS, old.close()).catch(() => old.destroy());
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
    this.#relaxed = false;
    console.error(`redis: connected`);
  }

  #lost(client, error) {
    if (this.#closed || client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redis: down, ${error.message}`);
    this.#error = error;
    const least = refused ? 30000 : 0; // full jitter, and one gate for all callers
    const range = refused ? 30000 : Math.min(2000, 100 * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }

  /** Before maintenance the server asks for patience, then to dial the name again. */
  #heard(client, [kind, , seconds]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
    const moved = () => client === this.#client && this.#connect().catch(() => {});
    if (String(kind) === "MOVING") setTimeout(moved, seconds * 500).unref();
  }

  /** Finds a silent peer while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
    if (Date.now() - this.#lastSuccess < 60000) return;
    this.#lastSuccess = Date.now();
    console.error(`redis: refreshed, a minute without success: flush the DNS cache`);
    if (this.#client) this.#lost(this.#client, new Error("refreshed"));
  }
}

/** A refusal, told as what to look at. */
function explain(error) {
  const look = REFUSALS.find(([pattern]) => pattern.test(error.code ?? error.message))?.[1];
  return look ? new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`) : error;
}

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
