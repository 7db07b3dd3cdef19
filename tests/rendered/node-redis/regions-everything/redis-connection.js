// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=node-redis&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client 6.3.1.
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";

const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
const CONNECT_MS = 580; // TCP, TLS and login
const LOOKUP_MS = 2000; // the name
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15000 };
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
const REFUSALS = [
  [/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/, "REDIS_USERNAME and REDIS_PASSWORD"],
  [/ALTNAME/, "REDIS_HOST, which is not in the certificate"],
  [/CERT|TLS|SSL|KEY|UNABLE|EPROTO|ENOENT|EACCES/, "REDIS_{CA,CERT,KEY}_FILE"],
];
// Lookups share four threads: a dead name server must not hold them for long.
// ndots: the full name first, else each pod asks for it in every search domain.
process.env.RES_OPTIONS ??= "ndots:1 timeout:1 attempts:1";

/** Password or certificate refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {import("@redis/client").RedisClientType} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
export class Redis {
  #suffix;
  #host;
  #port;
  #reply;
  #deadline;
  #reader; // blocking calls too
  #channels = new Map();
  #client; // absent while the connection is down
  #hangUp = () => {};
  #error; // why it is down
  #failures = 0;
  #gate = 0; // when the present dial begins
  #lastSuccess = Date.now();
  #closed = false;
  #health = setInterval(() => this.#check(), 5000).unref();
  #dialing; // ends with the present dial, well or badly

  constructor(suffix = "", reply = REPLY_MS, deadline = DEADLINE_MS) {
    this.#suffix = suffix;
    this.#host = process.env["REDIS_HOST" + suffix] ?? (suffix ? "" : "redis-12345.example.com");
    this.#port = Number(process.env["REDIS_PORT" + suffix] ?? process.env.REDIS_PORT ?? 12345);
    this.#reply = reply;
    this.#deadline = deadline;
    this.#dialing = this.#dial(0);
  }

  /** Throws Refused. When Redis is only away it returns, and the connection comes later. */
  static async open(suffix = "") {
    const redis = new Redis(suffix);
    await redis.#dialing;
    if (redis.#error instanceof Refused) {
      await redis.close();
      throw redis.#error;
    }
    redis.#reader = new Redis(suffix, LONGEST_BLOCK_MS + REPLY_MS, LONGEST_BLOCK_MS + DEADLINE_MS);
    return redis;
  }

  /** Reads, and writes that may be repeated: tried twice within the deadline. @type {Call} */
  safe = (command) => this.#call(command, 2);

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command, 1);

  /** BLPOP, XREAD: sent once, one after the other. @type {Call} */
  blocking = (command) => this.#reader.#call(command, 1);

  /** For ever: each new connection subscribes anew; what was published meanwhile is lost. */
  async subscribe(channel, listener) {
    this.#reader.#channels.set(channel, listener);
    return this.blocking((client) => client.subscribe(channel, listener));
  }

  async healthy() {
    return this.safe((client) => client.ping()).then(Boolean, () => false);
  }

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
    clearInterval(this.#health);
    if (this.#client) await within(DEADLINE_MS, this.#client.close()).catch(() => {});
    this.#hangUp();
    await this.#reader?.close();
  }

  async #call(command, tries, end = performance.now() + this.#deadline) {
    const client = await this.#connected(end - this.#reply);
    try {
      const reply = await within(this.#reply, command(client));
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
    const env = (name) => process.env[name + this.#suffix] ?? process.env[name];
    const password = env("REDIS_PASSWORD");
    if (!this.#host) throw new Refused(`REDIS_HOST${this.#suffix} is not set`);
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
    const tls = {
      tls: true,
      servername: this.#host,
      minVersion: "TLSv1.2",
      ca: readFileSync(env("REDIS_CA_FILE") ?? "redis_ca.pem"),
      cert: readFileSync(env("REDIS_CERT_FILE") ?? "redis_user.crt"),
      key: readFileSync(env("REDIS_KEY_FILE") ?? "redis_user_private.key"),
    };
    const found = await within(LOOKUP_MS, lookup(this.#host, { all: true }));
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host: this.#host, port: this.#port, lookup: resolved, ...SOCKET };
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
    const client = createClient({
      username: env("REDIS_USERNAME") ?? "default",
      password,
      name: "app",
      socket: { ...tls, socket, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: "disabled",
    });
    client.on("error", (error) => this.#lost(client, error));
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
    for (const [channel, listener] of this.#channels) {
      client.subscribe(channel, listener).catch(() => {}); // lost again: the next dial does it
    }
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
    console.error(`redis ${this.#host}: connected`);
  }

  #lost(client, error) {
    if (this.#closed || client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redis ${this.#host}: down, ${error.message}`);
    this.#error = error;
    const least = refused ? 30000 : 0; // full jitter, and one gate for all callers
    const range = refused ? 30000 : Math.min(2000, 100 * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }

  /** Finds a silent peer while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
    if (Date.now() - this.#lastSuccess < 60000) return;
    this.#lastSuccess = Date.now();
    console.error(`redis ${this.#host}: refreshed, a minute without success: flush the DNS cache`);
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
