// Holdfast 0.1.0 #v=1&client=node-redis&runtime=serverless
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client 6.3.1.
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";

const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const CONNECT_MS = 580; // TCP, TLS and login
const PING_MS = 5000; // after so long a pause a call asks first
const TCP = { noDelay: true }; // a frozen process answers no keepalive
const NOTIFY = ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"];
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
const LOGIN = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/;
// Other alerts may be a server in trouble. OSSL: a file that can't be read as what it should be.
const CERTIFICATE = /CERT|_CA$|KEY_TOO|UNABLE|DENIED|UNRECOGNIZED|OSSL|WRONG_VERSION|ENOENT|EACCES/;
// Lookups share four threads, which a dead name server must not hold for long.
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";

/** Password or certificate refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {ReturnType<typeof createClient>} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
export class Redis {
  #client; // absent while the connection is down
  #error; // why it is down
  #hangUp = () => {};
  #failures = 0; // dials since the trouble began
  #trouble = performance.now();
  #gate = 0; // when the present dial begins
  #relaxed = false; // the server asked for patience
  #lastReply = 0;
  #closed = false;
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

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command, 1);

  healthy = () => this.safe((client) => client.ping()).then(Boolean, () => false);

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
    await within(DEADLINE_MS, this.#client?.close()).catch(() => {});
    this.#hangUp();
  }

  async #call(command, tries) {
    const end = performance.now() + DEADLINE_MS;
    let sent = false; // a try got no reply
    for (;;) {
      const client = await this.#connected(end - REPLY_MS, sent);
      const patience = this.#relaxed ? end - performance.now() : REPLY_MS;
      try {
        const reply = await within(patience, command(client));
        this.#lastReply = Date.now();
        return reply;
      } catch (error) {
        const answered = error instanceof ErrorReply;
        const silent = !answered && (error instanceof TimeoutError || !client.isReady);
        const again = silent || STALE.test(error.message);
        if (again) this.#lost(client, error);
        sent ||= silent;
        if (!again || --tries === 0) throw sent ? unknown(this.#error ?? error) : error;
      }
      await sleep(Math.random() * 50);
    }
  }

  /** Waits for the connection, but not for a dial that begins too late for a whole try. */
  async #connected(until, sent) {
    // A process that was frozen asks first: its connection may be long dead.
    const client = this.#client;
    if (client && Date.now() - this.#lastReply > PING_MS)
      await within(REPLY_MS, client.ping()).catch((error) => this.#lost(client, error));
    for (;;) {
      const left = this.#closed ? 0 : until - performance.now();
      if (this.#client && left > 0) return this.#client;
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
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    this.#redial(error);
  }

  /** Before maintenance the server asks for patience, then to dial the name again. */
  #heard(client, [kind, , seconds]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
    const moved = () => client === this.#client && this.#connect().catch(() => {});
    if (String(kind) === "MOVING") setTimeout(moved, seconds * 500).unref();
  }

  /** Builds everything anew: address, password and certificates may have changed. */
  async #connect() {
    const { env } = process;
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "redis-12345.example.com";
    const tls = {
      tls: true,
      servername: host,
      minVersion: "TLSv1.2",
      ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
    };
    const port = Number(env.REDIS_PORT || 12345);
    const found = await lookup(host, { all: true }); // has limits of its own
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host, port, lookup: resolved, ...TCP };
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
    const client = createClient({
      username: env.REDIS_USERNAME || "default",
      password: env.REDIS_PASSWORD,
      name: "app",
      socket: { ...tls, socket, reconnectStrategy: false },
      disableOfflineQueue: true,
      maintNotifications: "disabled", // the library's own holds back all writes
    });
    // An error reply to the library's ping is no loss.
    client.on("error", (error) => error instanceof ErrorReply || this.#lost(client, error));
    client._getQueue().addPushHandler((push) => this.#heard(client, push));
    const login = once(socket, "connect").then(() => client.connect());
    const hangUp = () => {
      // After a plain close the kernel delivers later what the callers were told had failed.
      if (!socket.connecting) socket.resetAndDestroy();
      socket.destroy();
      client.destroy();
    };
    await within(CONNECT_MS, login).catch((error) => {
      hangUp();
      throw error;
    });
    if (this.#closed) return hangUp();
    client.sendCommand(NOTIFY).catch(() => {}); // not every server knows it
    if (this.#client) within(REPLY_MS, this.#client.close()).catch(this.#hangUp);
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
    this.#lastReply = Date.now();
    this.#relaxed = false;
    console.error("redis: connected");
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
    if (refused || !this.#error) console.error(`redis: down, ${error.message}`);
    this.#error = error;
    if (now - this.#trouble > 60000) {
      this.#trouble = now;
      console.error("redis: refreshed after a minute of trouble: flush DNS caches");
    }
    const least = refused ? 30000 : 0; // full jitter, and one gate for all callers
    const range = refused ? 30000 : Math.min(2000, 200 * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }
}

const unknown = (error) => new OutcomeUnknown(`outcome unknown: ${error.message}`);

/** A refusal, told as what to look at. */
function explain(error) {
  const login = LOGIN.test(error.message);
  if (!login && !CERTIFICATE.test(error.code)) return error;
  const look = login ? "REDIS_USERNAME and REDIS_PASSWORD" : "REDIS_HOST and REDIS_CA_FILE";
  return new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`);
}

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
