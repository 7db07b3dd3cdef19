// Holdfast 0.1.0 #v=1&plan=pro&client=node-redis&cluster-api=yes
// Connects to a Redis cluster and stays connected: Node.js 20 or newer, @redis/client 6.3.1.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as lib from "@redis/client";

const HOST = process.env.REDIS_HOST ?? "redis-12345.example.com";
const PORT = Number(process.env.REDIS_PORT ?? 12345);
const DEADLINE_MS = 2000; // one call, whatever happens
const REPLY_MS = 580; // one try of one command
const CONNECT_MS = 580; // to a node
const DIAL_MS = 2000 + CONNECT_MS; // the name, and what the cluster looks like
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15000 };
const STALE = /^(READONLY|MASTERDOWN|LOADING|CLUSTERDOWN|NOAUTH)/; // the name may have moved
const UNSENT = /^(The client is|Connection timeout|connect E)/; // not even sent: any call may try again
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

/** @typedef {ReturnType<typeof lib.createCluster>} Cluster */
/** @typedef {<T>(command: (cluster: Cluster) => Promise<T>) => Promise<T>} Call */

/** One connection to each node, shared by all calls; they come back by themselves, for ever. */
export class Redis {
  #cluster; // absent until the first dial has succeeded
  #error; // why it is replaced
  #failures = 0;
  #gate = 0; // when the present dial begins
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

  /** Writes that must not be repeated: sent once, OutcomeUnknown if no reply. @type {Call} */
  once = (command) => this.#call(command, 1);

  async healthy() {
    return this.safe((cluster) => cluster.ping()).then(Boolean, () => false);
  }

  /** Lets the calls under way end. */
  async close() {
    this.#closed = true;
    clearInterval(this.#health);
    if (this.#cluster) await within(DEADLINE_MS, this.#cluster.close()).catch(() => {});
    this.#cluster?.destroy();
  }

  async #call(command, tries, end = performance.now() + DEADLINE_MS, failed = undefined) {
    const cluster = await this.#connected(end - REPLY_MS, failed);
    try {
      const reply = await within(REPLY_MS, command(cluster));
      this.#lastSuccess = Date.now();
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
    await sleep(Math.random() * 50);
    return this.#call(command, tries, end, cluster);
  }

  /** A call that has failed waits for the next cluster; the others go on with this one. */
  async #connected(until, failed) {
    while (!this.#cluster || this.#cluster === failed) {
      const left = until - performance.now();
      if (this.#closed || left <= 0 || this.#gate > until) {
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

  /** Builds everything anew: nodes, addresses, password and certificates may have changed. */
  async #connect() {
    const password = process.env.REDIS_PASSWORD;
    if (!password) throw new Refused("REDIS_PASSWORD is not set");
    const tls = {
      tls: true,
      servername: HOST,
      minVersion: "TLSv1.2",
      ca: readFileSync(process.env.REDIS_CA_FILE ?? "redis_ca.pem"),
    };
    const socket = { ...tls, ...SOCKET, connectTimeout: CONNECT_MS, reconnectStrategy: false };
    const cluster = lib.createCluster({
      rootNodes: [{ socket: { host: HOST, port: PORT } }],
      minimizeConnections: true, // a dead node must not keep the others away
      // Nodes inherit nothing from rootNodes.
      defaults: {
        username: process.env.REDIS_USERNAME ?? "default",
        password,
        name: "app",
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
    const old = this.#cluster;
    if (old) sleep(REPLY_MS, undefined, { ref: false }).then(() => old.destroy());
    this.#cluster = cluster;
    this.#error = undefined;
    console.error(`redis: connected`);
  }

  #renew(cluster, error) {
    if (!this.#closed && cluster === this.#cluster && !this.#error) this.#redial(error);
  }

  #redial(error) {
    if (this.#closed) return;
    const refused = error instanceof Refused;
    if (refused || !this.#error) console.error(`redis: down, ${error.message}`);
    this.#error = error;
    const least = refused ? 30000 : 0; // full jitter, and one gate for all callers
    const range = refused ? 30000 : Math.min(2000, 100 * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
  }

  /** Finds silent nodes while nobody calls. */
  async #check() {
    if (await this.healthy()) this.#failures = 0;
    if (Date.now() - this.#lastSuccess < 60000) return;
    this.#lastSuccess = Date.now();
    console.error(`redis: refreshed, a minute without success: flush the DNS cache`);
    this.#renew(this.#cluster, new Error("refreshed"));
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
    timer = setTimeout(() => reject(new lib.TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
