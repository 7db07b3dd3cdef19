// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=ioredis&write-regions=3&region-failover=automatic
// One connection for each region, the preferred region first; calls go to the active one.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "./redis-connection.js";

/** Of REDIS_HOST and the other variables. */
const SUFFIXES = ["", "_2", "_3"];
const PROBES = 3; // that fail in a row change the region
const PROBE_INTERVAL_MS = 400;
const PROBE_TIMEOUT_MS = 500;

export class Regions {
  #all;
  #active = 0;
  #missed = SUFFIXES.map(() => 0); // probes in a row without an answer
  #fled; // the active region, unless a person chose it: by hand it came here, by hand it goes
  #marker; // a key that was written in the active region while the preferred one answered
  #closed = false;

  /** Throws Refused when any region refuses; a region that is away comes back later. */
  static async open() {
    const regions = new Regions();
    const opened = await Promise.allSettled(SUFFIXES.map((suffix) => Redis.open(suffix)));
    regions.#all = opened.filter((one) => one.status === "fulfilled").map((one) => one.value);
    const refused = opened.find((one) => one.status === "rejected");
    if (refused) {
      await regions.close();
      throw refused.reason;
    }
    regions.#watch();
    return regions;
  }

  /** A call stays in its region: nothing is ever sent again in another one. */
  safe = (command) => this.#all[this.#active].safe(command);
  once = (command) => this.#all[this.#active].once(command);
  healthy = () => this.#all[this.#active].healthy();

  /** By hand: to the next region, or to the one named, the preferred being 0. */
  failOver(to = (this.#active + 1) % this.#all.length) {
    console.error(`redis: region changed from ${this.#active} to ${to}`);
    this.#active = to;
    this.#fled = this.#marker = undefined;
  }

  async close() {
    this.#closed = true;
    await Promise.all(this.#all.map((region) => region.close()));
  }

  async #watch() {
    for (;;) {
      await sleep(PROBE_INTERVAL_MS, undefined, { ref: false });
      if (this.#closed) return;
      await this.probe();
    }
  }

  /** 3 misses in a row and the first region that answers takes over. */
  async probe() {
    const answers = await Promise.all(this.#all.map((region) => inTime(region.healthy())));
    this.#missed = this.#missed.map((missed, at) => (answers[at] ? 0 : missed + 1));
    const first = this.#missed.indexOf(0);
    if (this.#missed[this.#active] >= PROBES && first >= 0) this.#flee(first);
    else if (this.#missed[this.#active] === 0 && first < this.#fled)
      await inTime(this.#failBack(first)).catch(() => {});
    else this.#marker = undefined;
  }

  #flee(to) {
    this.failOver(to);
    this.#fled = to;
  }

  /** Back only when what was written in the active region has arrived in the returning one. */
  async #failBack(to) {
    const from = this.#active;
    if (!this.#marker) {
      const marker = "app:marker:" + randomUUID();
      await this.#all[from].safe((client) => client.set(marker, "", "EX", 3600));
      if (from === this.#fled) this.#marker = marker; // else the region has changed meanwhile
      return;
    }
    const arrived = await this.#all[to].safe((client) => client.exists(this.#marker));
    if (arrived && from === this.#fled) this.#flee(to);
  }
}

/** Ends within the time of a probe, whatever the work does. */
const inTime = (work) => Promise.race([work, sleep(PROBE_TIMEOUT_MS, undefined, { ref: false })]);
