// fill((stamp))
/*%- if cluster %*/
// Connects to a Redis cluster and stays connected: Node.js 20 or newer, @redis/client fill((version)).
/*%- if tls %*/
import { readFileSync } from "node:fs";
/*%- endif %*/
import { setTimeout as sleep } from "node:timers/promises";
import { createCluster, ErrorReply, TimeoutError } from "@redis/client";
/*%- else if tls %*/
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client fill((version)).
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";
/*%- else %*/
// Connects to Redis and stays connected: Node.js 20 or newer, @redis/client fill((version)).
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ErrorReply, TimeoutError } from "@redis/client";
/*%- endif %*/

const DEADLINE_MS = fill((deadline_ms)); // one call, whatever happens
const REPLY_MS = fill((command_timeout_ms)); // one try of one command
const CONNECT_MS = fill((dial_ms)); // TCP,/*% if tls %*/ TLS/*% endif %*/ and login
/*%- if serverless %*/
const PING_MS = fill((health_check_ms)); // after so long a pause a call asks first
/*%- else %*/
const PING_MS = fill((health_check_ms)); // asks the peer for a sign of life
/*%- endif %*/
/*%- if serverless %*/
const TCP = { noDelay: true }; // a frozen process answers no keepalive
/*%- else %*/
const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: fill((keepalive_ms)) };
/*%- endif %*/
/*%- if blocking %*/
const LONGEST_BLOCK_MS = 5000; // BLPOP, XREAD BLOCK: no longer than this
/*%- endif %*/
/*%- if cluster || !serverless %*/
const QUIET_MS = PING_MS/*% if blocking %*/ + LONGEST_BLOCK_MS/*% endif %*/ + DEADLINE_MS; // silent for longer: dead
/*%- endif %*/
/*%- if notify %*/
const NOTIFY = ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"];
/*%- endif %*/
const STALE = /^(fill((stale)))/; // the name may have moved
/*%- if cluster %*/
const UNSENT = /^(The client is|Connection timeout|connect E|getaddrinfo)/; // any call may try again
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

/** @typedef {ReturnType<typeof fill((factory))>} Client */
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
  #reader; // blocking calls too
  #channels = new Map();
/*%- endif %*/
/*%- if cluster %*/
  #client; // absent until the first dial has succeeded
  #error; // why it is to be replaced
/*%- else %*/
  #client; // absent while the connection is down
  #error; // why it is down
/*%- endif %*/
  #hangUp = () => {};
  #failures = 0; // dials since the trouble began
  #trouble = performance.now();
  #gate = 0; // when the present dial begins
/*%- if notify %*/
  #relaxed = false; // the server asked for patience
/*%- endif %*/
/*%- if serverless %*/
  #lastReply = 0;
/*%- endif %*/
  #closed = false;
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
    return this.#proof.#call(
      async (cluster) => prove(await cluster.getNodeClientForKey(key), command),
      1,
    );
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
    this.#blocked().#channels.set(channel, listener);
    return this.blocking((client) => client.subscribe(channel, listener));
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
    await within(DEADLINE_MS, this.#client?.close()).catch(() => {});
    this.#hangUp();
/*%- if durable %*/
    await this.#proof?.close();
/*%- endif %*/
/*%- if blocking %*/
    await this.#reader?.close();
/*%- endif %*/
  }
fill((part))

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
    if (now - this.#trouble > fill((refresh_after_ms))) {
      this.#trouble = now;
      console.error(fill((say_refreshed)));
    }
    const least = refused ? fill((refused_min_ms)) : 0; // full jitter, and one gate for all callers
    const range = refused ? fill((refused_span_ms)) : Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) * 2 ** this.#failures++);
    this.#dialing = this.#dial(least + Math.random() * range);
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
  client.sendCommand(["WAITAOF", "0", "1", "10"]).catch(() => {});
  const proof = client.sendCommand(["WAITAOF", "0", "1", String(ms)]);
  return proof.catch((error) => [0, 0, error.message]);
}
/*%- else -%*/
function waitaof(client, ms) {
  const proof = client.sendCommand(["WAITAOF", "1", "0", String(ms)]);
  return proof.catch((error) => [0, 0, error.message]);
}
/*%- endif %*/
/*%- endif %*/

/** Ends within ms, whatever the work does. */
function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
