// fill((stamp))
// One connection for each region, the preferred region first; calls go to the active one.
/*%- if automatic %*/
import { randomUUID } from "node:crypto";
/*%- endif %*/
import { Redis } from "./redis-connection.js";

/** Of REDIS_HOST and the other variables. */
const SUFFIXES = [fill((suffixes))];
/*%- if automatic %*/
const MARKER = "fill((slug)):region-marker";
/*%- endif %*/

export class Regions {
  #all;
  #active = 0;
/*%- if automatic %*/
  #missed = SUFFIXES.map(() => 0); // probes in a row without an answer
  #marker;
/*%- if !serverless %*/
  #probes = setInterval(() => this.probe(), 1000).unref();
/*%- endif %*/
/*%- endif %*/

  /** Throws Refused when any region refuses; a region that is away comes back later. */
  static async open() {
    const regions = new Regions();
    const opened = await Promise.allSettled(SUFFIXES.map((suffix) => Redis.open(suffix)));
    regions.#all = opened.filter((one) => one.status === "fulfilled").map((one) => one.value);
    const refused = opened.find((one) => one.status === "rejected");
    if (!refused) return regions;
    await regions.close();
    throw refused.reason;
  }

  /** A call stays in its region: nothing is ever sent again in another one. */
  safe = (command) => this.#all[this.#active].safe(command);
/*%- if once %*/
  once = (command) => this.#all[this.#active].once(command);
/*%- endif %*/
/*%- if durable %*/
  durable = (...work) => this.#all[this.#active].durable(...work);
/*%- endif %*/
/*%- if blocking %*/
  blocking = (command) => this.#all[this.#active].blocking(command);
  /** In every region: whoever publishes may be in any of them. */
  subscribe = (channel, listener) =>
    Promise.allSettled(this.#all.map((region) => region.subscribe(channel, listener)));
/*%- endif %*/
  healthy = () => this.#all[this.#active].healthy();

  /** By hand: to the next region, or to the one named, the preferred being 0. */
  failOver(to = (this.#active + 1) % this.#all.length) {
    console.error(`redis: region changed from ${this.#active} to ${to}`);
    this.#active = to;
/*%- if automatic %*/
    this.#marker = undefined;
/*%- endif %*/
  }

  async close() {
/*%- if automatic && !serverless %*/
    clearInterval(this.#probes);
/*%- endif %*/
    await Promise.all(this.#all.map((region) => region.close()));
  }
/*%- if automatic %*/

  /** Three misses in a row and the next region that answers takes over./*% if serverless %*/ Call it once a second./*% endif %*/ */
  probe() {
    this.#all?.forEach(async (region, at) => {
      this.#missed[at] = (await region.healthy()) ? 0 : this.#missed[at] + 1;
      if (at === this.#active && this.#missed[at] >= 3) {
        const next = this.#missed.findIndex((missed) => missed === 0);
        if (next >= 0) this.failOver(next);
      }
    });
    const preferred = this.#missed.findIndex((missed) => missed === 0);
    if (preferred >= 0 && preferred < this.#active) this.#failBack(preferred).catch(() => {});
    else this.#marker = undefined;
  }

  /** Back only when the returning region has read what the active one wrote. */
  async #failBack(to) {
    const from = this.#active;
    if (!this.#marker) {
      const marker = randomUUID();
      await this.#all[from].safe((client) => client.set(MARKER, marker, "EX", 86_400));
      this.#marker = marker;
      return;
    }
    const read = await this.#all[to].safe((client) => client.get(MARKER));
    if (read === this.#marker && from === this.#active) this.failOver(to);
  }
/*%- endif %*/
}
