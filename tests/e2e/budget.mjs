// What the page costs its readers, measured in a real browser, as JSON. `cargo xtask test` holds the figures to their
// limits. Nothing may run beside it.

import { start } from "./browser.mjs";

/** Slow 4G, and a processor a quarter as quick as this one. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const SLOWER = 4;

/** Loads of which the median counts; changes that are timed; those after which, and until which, memory is compared. */
const LOADS = 5;
const CHANGES = 200;
const SETTLED = 100;
const MANY = 1000;
const LINKS = 500;

/** What is typed where there is no list to draw from. */
const TYPED = {
  deadline: ["500", "3000", "20000"],
  "write-regions": ["1", "2", "3"],
  networks: ["1", "3"],
  dataset: ["0.5", "2.5", "40"],
  throughput: ["1000", "50000"],
  instances: ["1", "8", "200"],
  connections: ["2", "5"],
  capabilities: ["", "json", "json,search"],
  regions: ["us-east-1", "us-east-1,eu-west-1"],
  "quiet-hours": ["", "Tue+Fri@22/8;Sun@1/6"],
  name: ["app", "Order Desk", "café & co"],
  host: ["redis-1.example.com", "redis-12000.example.com"],
  port: ["10001", "12000"],
  user: ["app", "default"],
};

const { browser, address, stop } = await start({ brotli: true });
const of = (values, share) => values.sort((a, b) => a - b)[Math.floor(values.length * share)];
const rounded = (figure) => Math.round(figure * 10) / 10;

const loads = [];
for (let i = 0; i < LOADS; i += 1) loads.push(await load());
const median = (what) => of(loads.map((it) => it[what]), 0.5);
const worst = (what) => Math.max(...loads.map((it) => it[what]));

console.log(
  JSON.stringify({
    "requests before the first result": worst("before"),
    "requests until interactive": worst("until"),
    "requests to other hosts": worst("elsewhere"),
    "first result": rounded(median("first")),
    interactive: rounded(median("interactive")),
    ...(await changes()),
    "links lost": await links(),
  }),
);
await stop();

/** A first visit over a slow line. */
async function load() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const browserSide = await context.newCDPSession(page);
  await browserSide.send("Network.enable");
  await browserSide.send("Network.emulateNetworkConditions", NETWORK);
  await browserSide.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  let elsewhere = 0;
  page.on("request", (request) => (elsewhere += request.url().startsWith(new URL(address).origin) ? 0 : 1));
  await page.addInitScript(() => {
    const seen = (globalThis.seen = {});
    const painted = (what) => {
      seen[what] = 0;
      setTimeout(() => (seen[what] = performance.now()));
    };
    const look = () => {
      const shown = (selector) => document.querySelector(selector)?.checkVisibility({ visibilityProperty: true });
      // The end of the first screen.
      if (seen.first === undefined && shown('[data-part="code"] h2')) painted("first");
      if (seen.interactive === undefined && shown("#app #summing")) painted("interactive");
      if (!seen.interactive) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForFunction(() => globalThis.seen?.interactive);
  const { first, interactive, requests } = await page.evaluate(() => ({
    ...globalThis.seen,
    requests: performance.getEntriesByType("resource").map((it) => it.toJSON()),
  }));
  await context.close();
  return {
    first,
    interactive,
    elsewhere,
    // The page itself is one of them. Nothing waits for the icon.
    before: 1 + requests.filter((it) => it.renderBlockingStatus === "blocking").length,
    until: 1 + requests.filter((it) => it.startTime <= interactive && it.initiatorType !== "other").length,
  };
}

/** A page at full speed that can draw random answers: the same ones in every run. */
async function lively() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => document.getElementById("app")?.hidden === false);
  await page.evaluate((typed) => {
    const form = document.querySelector("form");
    // Mulberry32.
    let state = 1;
    const below = (count) => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) % count;
    };
    globalThis.one = (list) => list[below(list.length)];
    globalThis.names = [...new FormData(form).keys()];
    globalThis.drawn = (name) => {
      const control = form.elements[name];
      return one(typed[name] ?? [...(control.options ?? control)].map((option) => option.value));
    };
  }, TYPED);
  return page;
}

/** Time and memory of changes. */
async function changes() {
  const page = await lively();
  const browserSide = await page.context().newCDPSession(page);
  // Each client's files are there before the clock runs: they are fetched once.
  await page.evaluate(async () => {
    const client = document.querySelector("form").elements.client;
    for (const { value } of client.options) {
      client.value = value;
      client.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise((soon) => setTimeout(soon, 50));
      while (document.querySelector("#result .waiting")) await new Promise((soon) => setTimeout(soon, 10));
    }
  });
  /** Random answers, until so many have changed the result; how many ms each took until its text was there. */
  const change = (count) =>
    page.evaluate(async (count) => {
      const form = document.querySelector("form");
      const result = document.querySelector("#result");
      const took = [];
      while (took.length < count) {
        const name = one(names);
        form.elements[name].value = drawn(name);
        const control = form.querySelector(`[name="${name}"]:is(:checked, :not([type=radio]))`);
        const before = result.textContent;
        const start = performance.now();
        let end;
        const watch = new MutationObserver(() => (end = performance.now()));
        watch.observe(result, { subtree: true, childList: true, characterData: true });
        control.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
        watch.disconnect();
        if (end && result.textContent !== before) took.push(end - start);
      }
      return took;
    }, count);
  /** The bytes that are in use, always with the same answers. */
  const used = async () => {
    await page.getByRole("button", { name: "Start over" }).click();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    await browserSide.send("HeapProfiler.collectGarbage");
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await browserSide.send("Runtime.getHeapUsage");
    return usedSize + embedderHeapUsedSize + backingStorageSize;
  };
  await browserSide.send("HeapProfiler.enable");
  await change(SETTLED);
  const at_first = await used();
  const took = await change(CHANGES);
  await change(MANY - SETTLED - CHANGES);
  const grown = (await used()) / at_first - 1;
  await page.context().close();
  return { "change, median": rounded(of(took, 0.5)), "change, 95 %": rounded(of(took, 0.95)), "memory, growth": rounded(grown * 100) };
}

/** How many of many random states are not what their own link leads to. */
async function links() {
  const page = await lively();
  const lost = await page.evaluate(async (count) => {
    const form = document.querySelector("form");
    const said = () => JSON.stringify([...new FormData(form)]);
    const follow = async (link) => {
      location.hash = link;
      await new Promise((followed) => addEventListener("hashchange", () => setTimeout(followed), { once: true }));
    };
    let lost = 0;
    for (let i = 0; i < count; i += 1) {
      await follow(["#v=1", ...names.map((name) => `${name}=${encodeURIComponent(drawn(name))}`)].join("&"));
      const [state, link] = [said(), document.querySelector("header [aria-current]").hash];
      await follow("#v=1&name=elsewhere");
      await follow(link);
      lost += said() === state && document.querySelector("#result [role=alert]") === null ? 0 : 1;
    }
    return lost;
  }, LINKS);
  await page.context().close();
  return lost;
}
