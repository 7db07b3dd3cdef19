// Holdfast 0.1.0 #v=1&plan=pro&client=node-redis&cluster-api=yes
// Connects to a Redis cluster and stays connected: Node.js 20 or newer, @redis/client 6.3.1.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createCluster, ErrorReply, TimeoutError } from "@redis/client";

const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const CONNECT_MS = 522; // TCP, TLS and login
const PING_MS = 5000; // asks the peer for a sign of life
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15000 };
const QUIET_MS = PING_MS + DEADLINE_MS; // silent for longer: dead
const STALE = /^(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN|MOVED|NOAUTH)/; // the name may have moved
const UNSENT = /^(The client is|Connection timeout|connect E|getaddrinfo)/; // any call may try again
const LOGIN = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/;
// Other alerts may be a server in trouble. OSSL: a file that can't be read as what it should be.
const CERTIFICATE = /CERT|_CA$|KEY_TOO|UNABLE|DENIED|UNRECOGNIZED|OSSL|WRONG_VERSION|ENOENT|EACCES/;
// Lookups share four threads, which a dead name server must not hold for long.
process.env.RES_OPTIONS ??= "timeout:1 attempts:1";

/** Password or certificate refused: dialling again at once would not help. */
export class Refused extends Error {}
/** The command was sent and no reply came: it may have been applied, or may yet be. */
export class OutcomeUnknown extends Error {}

/** @typedef {ReturnType<typeof createCluster>} Client */
/** @typedef {<T>(command: (client: Client) => Promise<T>) => Promise<T>} Call */

/** One connection to each node, shared by all calls; they come back by themselves, for ever. */
export class Redis {
  #client; // absent until the first dial has succeeded
  #error; // why it is to be replaced
  #hangUp = () => {};
  #failures = 0; // dials since the trouble began
  #trouble = performance.now();
  #gate = 0; // when the present dial begins
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
    let failed;
    for (;;) {
      const cluster = await this.#connected(end - REPLY_MS, sent, failed);
      try {
        const reply = await within(REPLY_MS, command(cluster));
        this.#trouble = performance.now();
        return reply;
      } catch (error) {
        const answered = error instanceof ErrorReply;
        const unsent = UNSENT.test(error.message);
        const ours = error instanceof TypeError || error instanceof OutcomeUnknown;
        const again = answered ? STALE.test(error.message) : !ours;
        if (again) this.#lost(cluster, error);
        sent ||= again && !answered && !unsent;
        if (!again || (!unsent && --tries === 0)) throw sent ? unknown(error) : error;
      }
      failed = cluster;
      await sleep(Math.random() * 50);
    }
  }

  /** A call that has failed waits for the next cluster; the others go on with this one. */
  async #connected(until, sent, failed) {
    for (;;) {
      const left = this.#closed ? 0 : until - performance.now();
      if (this.#client && this.#client !== failed && left > 0) return this.#client;
      if (left <= 0 || this.#gate > until) throw this.#late(sent);
      await within(left, this.#dialing).catch(() => {});
    }
  }

  /** No try is possible any more; an earlier one may have been applied. */
  #late(sent) {
    const error = this.#error ?? new Error(this.#closed ? "closed" : "no time left");
    return sent ? unknown(error) : new Error(`not sent: ${error.message}`);
  }

  #lost(cluster, error) {
    if (cluster !== this.#client || this.#error) return;
    this.#redial(error);
    if (!(error instanceof TimeoutError)) return;
    // A silent node's socket is dropped, not only the call.
    for (const { client } of cluster.masters.filter((node) => node.client?.isReady))
      within(REPLY_MS, client.ping()).catch(() => client.destroy());
  }

  /** Builds everything anew: nodes, addresses, password and certificates may have changed. */
  async #connect() {
    const { env } = process;
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "redis-12345.example.com";
    const cluster = createCluster({
      rootNodes: [{ socket: { host, port: Number(env.REDIS_PORT || 12345) } }],
      minimizeConnections: true, // a dead node must not keep the others away
      // Nodes inherit nothing from rootNodes.
      defaults: {
        username: env.REDIS_USERNAME || "default",
        password: env.REDIS_PASSWORD,
        name: "app",
        socket: {
          tls: true,
          servername: host,
          minVersion: "TLSv1.2",
          ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
          ...TCP,
          connectTimeout: CONNECT_MS,
          socketTimeout: QUIET_MS, // ends what the library forgets
          reconnectStrategy: false,
        },
        pingInterval: PING_MS, // finds silent nodes while nobody calls
        disableOfflineQueue: true,
        maintNotifications: "disabled",
      },
    });
    let cause; // connect() tells only that it failed
    cluster.on("error", (error) => (cause ??= error));
    cluster.on("node-error", (error) => error instanceof ErrorReply || this.#lost(cluster, error));
    try {
      await within(DEADLINE_MS + CONNECT_MS, cluster.connect());
      const nodes = cluster.masters.map((node) => within(CONNECT_MS, cluster.nodeClient(node)));
      await Promise.allSettled(nodes);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      cluster.destroy();
      throw cause ?? error;
    }
    // The calls under way end with the old nodes.
    sleep(REPLY_MS, undefined, { ref: false }).then(this.#hangUp);
    this.#client = cluster;
    this.#hangUp = () => cluster.destroy();
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
