// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=node-redis
// One connection for each region, the preferred region first; calls go to the active one.
import { Redis } from "./redis-connection.js";

/** Of REDIS_HOST and the other variables. */
const SUFFIXES = ["", "_2"];

export class Regions {
  #all;
  #active = 0;

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
  }

  async close() {
    await Promise.all(this.#all.map((region) => region.close()));
  }
}
