// Holdfast 0.1.0 #v=1&client=ioredis&mutual-tls=yes
// Connects to Redis and stays connected: Node.js 20 or newer, ioredis 6.0.0.
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { connect as secure } from "node:tls";
import { AbstractConnector, Redis as Client } from "ioredis";

const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const CONNECT_MS = 580; // TCP, TLS and login
const PING_MS = 5000; // asks the peer for a sign of life
const STALE = /^(READONLY|MASTERDOWN|LOADING|NOAUTH)/; // the name may have moved
const LOST = /^(no answer|Connection is closed|Command aborted)/; // perhaps applied
const UNSENT = /^Stream isn't/; // any call may try again
const LOGIN = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/;
// Other alerts may be a server in trouble. OSSL: a file that can't be read as what it should be.
const CERTIFICATE = /CERT|_CA$|KEY_TOO|UNABLE|DENIED|UNRECOGNIZED|OSSL|WRONG_VERSION|ENOENT|EACCES/;
// Lookups share four threads, which a dead name server must not hold for long.
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";

/** Password or certificate refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection that all calls share; it comes back by itself, for ever. */
export class Redis {
  #client; // absent while the connection is down
  #error; // why it is down
  #failures = 0; // dials since the trouble began
  #trouble = performance.now();
  #gate = 0; // when the present dial begins
  #closed = false;
  #beat = setInterval(() => this.healthy(), PING_MS).unref(); // finds a silent peer
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
    clearInterval(this.#beat);
    const client = this.#client;
    await within(DEADLINE_MS, client?.quit()).catch(() => {});
    client?.disconnect();
  }

  async #call(command, tries) {
    const end = performance.now() + DEADLINE_MS;
    let sent = false; // a try got no reply
    for (;;) {
      const client = await this.#connected(end - REPLY_MS, sent);
      try {
        return await within(REPLY_MS, command(client));
      } catch (error) {
        const [stale, lost, unsent] = [STALE, LOST, UNSENT].map((re) => re.test(error?.message));
        if (stale || lost || unsent) this.#lost(client, error);
        sent ||= lost;
        if (!unsent && (!(stale || lost) || --tries === 0))
          throw sent ? unknown(this.#error ?? error) : error;
      }
      await sleep(Math.random() * 50);
    }
  }

  /** Waits for the connection, but not for a dial that begins too late for a whole try. */
  async #connected(until, sent) {
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
    client.disconnect();
    this.#redial(error);
  }

  /** Builds everything anew: address, password and certificates may have changed. */
  async #connect() {
    const { env } = process;
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "redis-12345.example.com";
    const port = Number(env.REDIS_PORT || 12345);
    const found = await lookup(host, { all: true }); // has limits of its own
    const client = new Client({
      host,
      port,
      lookup: (_host, _options, done) => done(null, found),
      username: env.REDIS_USERNAME || "default",
      password: env.REDIS_PASSWORD,
      connectionName: "app",
      tls: {
        servername: host,
        minVersion: "TLSv1.2",
        ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
        cert: readFileSync(env.REDIS_CERT_FILE || "redis_user.crt"),
        key: readFileSync(env.REDIS_KEY_FILE || "redis_user_private.key"),
      },
      keepAlive: 15000,
      Connector: Dialler,
      retryStrategy: null, // each dial is ours: a lost client rejects what was under way
      enableOfflineQueue: false,
      enableReadyCheck: false,
    });
    client.on("error", (error) => this.#lost(client, error));
    client.on("end", () => this.#lost(client, new Error("Connection is closed.")));
    await within(CONNECT_MS, once(client, "ready")).catch((error) => {
      client.disconnect();
      throw error;
    });
    if (this.#closed) return client.disconnect();
    this.#client = client;
    this.#error = undefined;
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

/** Makes the sockets: the library's own can't be reset, nor does it tell why a peer was refused. */
class Dialler extends AbstractConnector {
  #options;
  #socket;

  constructor(options) {
    super();
    this.#options = options;
  }

  async connect() {
    const { host, port, lookup, tls } = this.#options;
    const socket = (this.#socket = connect({ host, port, lookup }));
    socket.on("error", () => {}); // the client hears it too
    await once(socket, "connect");
    const stream = secure({ ...tls, socket });
    stream.on("error", () => {}); // once more when a refused one is given up: nobody else listens then
    await once(stream, "secureConnect");
    // With TLS 1.3 a refusal comes only now: it is read before a login whose write fails hides it.
    await Promise.race([once(stream, "close"), sleep(20).then(turn)]);
    return (this.stream = stream);
  }

  disconnect() {
    // After a plain close the kernel delivers later what the callers were told had failed.
    if (this.stream) this.#socket.resetAndDestroy();
    else this.#socket?.destroy(new Error("connect given up"));
  }
}

const unknown = (error) => new OutcomeUnknown(`outcome unknown: ${error.message}`);

/** A refusal, told as what to look at. */
function explain(error) {
  const login = LOGIN.test(error.message);
  if (!login && !CERTIFICATE.test(error.code)) return error;
  const look = login ? "REDIS_USERNAME and REDIS_PASSWORD" : "REDIS_HOST and REDIS_*_FILE";
  return new Refused(`refused, look at ${look}: ${error.reason ?? error.message}`);
}

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
