// The page in a real browser, against the command line: both must say the same.
//
// HOLDFAST_CLI   the command line's binary (required); browser.mjs has the rest

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";

import { DIST, firstSight, measured, settled, start, unfold } from "./browser.mjs";
import { serve } from "./serve.mjs";
import { unzip } from "./unzip.mjs";

const CLI = process.env.HOLDFAST_CLI;
/** The folder of what is loaded when a door is opened; its name is that of the build. */
const doors = () => readdirSync(DIST).find((name) => name.startsWith("doors-"));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the fault lab measured. */
const EVIDENCE = JSON.parse(readFileSync(join(import.meta.dirname, "../drills/evidence.json"), "utf8"));

/** Answers that differ from the defaults in every kind of question. */
const MANY = {
  plan: "pro",
  "data-loss": "nothing",
  client: "go-redis",
  deadline: "3000",
  blocking: "yes",
  regions: "us-east-1,eu-west-1",
  dataset: "2.5",
  capabilities: "json,search",
  existing: "multi-zone",
  "quiet-hours": "Tue+Fri@22/8;Sun@1/6",
  name: "Order Desk",
};

/** Answers under which projects have other files; the key is the name of the zip. */
const CASES = {
  regions: { survive: "region", "write-regions": "2", regions: "us-east-1,eu-west-1", name: "regions" },
  cluster: { plan: "pro", "cluster-api": "yes", "mutual-tls": "yes", blocking: "yes", name: "cluster" },
  lambda: { runtime: "serverless", role: "cache", "repeat-writes": "safe", deadline: "50", name: "lambda" },
};

/** A text for every question that is typed, as the page writes it. */
const TYPED = {
  deadline: "3000",
  "write-regions": "2",
  networks: "3",
  dataset: "2.5",
  throughput: "2000",
  instances: "8",
  connections: "5",
  "quiet-hours": "Tue+Fri@22/8;Sun@1/6",
  name: "desk",
  host: "redis-1.example.com",
  port: "10001",
  user: "app",
};

/** What ends strings, comments, tags and lines in some language. */
const HOSTILE = `"'\`\n</script><img src=x onerror=alert(1)>\${x}#{y}*/-->`;

const EXPORTS = resolve(import.meta.dirname, "../exports");
const exported = (name) => readFileSync(join(EXPORTS, name), "utf8");

/** A database with much that is wrong, and a log with one line that says what. */
const FREE = exported("free.json");
const REFUSED = "at start\nredis.exceptions.ConnectionError: Error 111 connecting to redis-1.example.com:12345. Connection refused.";

let browser;
let address;
let stop;
const troubles = [];

before(async () => {
  assert.ok(CLI, "HOLDFAST_CLI must be the path of the command line's binary");
  ({ browser, address, stop } = await start());
});

after(() => stop?.());

/** A fresh page; every error on it and every request to elsewhere is remembered. */
async function visit(fragment = "", options = {}, url = address) {
  // A service worker would answer for the server where a test wants the server to fail.
  const quiet = { viewport: { width: 1280, height: 800 }, serviceWorkers: "block" };
  const context = await browser.newContext({ ...quiet, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const trouble = [];
  page.on("console", (message) => {
    // Chromium warns that it ignores the checksums of preloads, and on a busy machine that what it preloaded waits for
    // the program; Playwright, that it blocks service workers. These are the only warnings that are let pass.
    const known = /`integrity` attribute|was preloaded using link preload but not used|^Service Worker registration blocked by Playwright$/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !known) {
      trouble.push(message.text());
    }
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    const at = request.url();
    if (!at.startsWith(new URL(url).origin) && !at.startsWith("blob:")) trouble.push(`request to ${at}`);
  });
  troubles.push({ name: fragment, trouble });
  await page.goto(url + (fragment ? `#${fragment}` : ""));
  return page;
}

/** A fresh page with its result. */
async function open(fragment, options, url) {
  const page = await visit(fragment, options, url);
  await settled(page);
  return page;
}

/** A fresh page at one of the doors that are loaded on demand: the page, and what stands behind the door. */
async function enter(kind, options) {
  const page = await visit(`v=1&door=${kind}`, options);
  const door = page.locator(`holdfast-door[kind=${kind}]`);
  await door.locator("form").waitFor();
  return { page, door };
}

/** Pastes a text, has it judged, and waits for what is said. */
async function judge(door, text) {
  await door.locator("textarea").fill(text);
  await judged(door);
}

async function judged(door) {
  await door.locator(".said").evaluate((said) => (said.textContent = ""));
  await door.locator("[type=submit]").click();
  await door.locator(".said > h2").waitFor();
}

/** What the command line says of the same, as JSON. */
function command(words, input) {
  const run = spawnSync(CLI, [...words, "--format", "json"], { encoding: "utf8", input });
  assert.ok(run.status === 0 || run.status === 1, run.stderr);
  return JSON.parse(run.stdout);
}

/** Gives an answer in the text form, whatever the control is. */
async function answer(page, id, text) {
  const control = page.locator(`form [name="${id}"]`);
  const type = await control.first().evaluate((element) => element.type);
  if (type === "radio") await page.locator(`form [name="${id}"][value="${text}"]`).check();
  else if (type === "select-one") await control.selectOption(text);
  else await control.fill(text);
  await settled(page);
}

/** What the form says, in the text form. */
function answers(page) {
  return page.evaluate(() => Object.fromEntries(new FormData(document.querySelector("form"))));
}

/** What the result says. */
function result(page) {
  return page.evaluate(() => ({
    settings: Object.fromEntries(
      [...document.querySelectorAll("#result [data-setting]")].map((setting) => [
        setting.dataset.setting,
        setting.querySelector("[data-value]").dataset.value,
      ]),
    ),
    words: Object.fromEntries(
      [...document.querySelectorAll("#result [data-setting]")].map((setting) => [
        setting.dataset.setting,
        setting.textContent,
      ]),
    ),
    findings: [...document.querySelectorAll("#result [data-finding]")].map((finding) => finding.dataset.finding),
    findingWords: [...document.querySelectorAll("#result [data-finding]")].map((finding) => finding.textContent),
    files: Object.fromEntries(
      [...document.querySelectorAll('#result [data-part="code"] pre[data-file]')].map((file) => [
        file.dataset.file,
        file.textContent,
      ]),
    ),
  }));
}

function flags(given) {
  return Object.entries(given).flatMap(([id, text]) => [`--${id}`, text]);
}

/** The plan of the command line. It exits with 1 where the plan has errors; the plan is complete all the same. */
function recommend(given) {
  const run = spawnSync(CLI, ["recommend", ...flags(given), "--format", "json"], { encoding: "utf8" });
  assert.ok(run.status === 0 || run.status === 1, run.stderr);
  return JSON.parse(run.stdout);
}

/** The project of the command line: a map from path to bytes. */
function generate(given) {
  const out = mkdtempSync(join(tmpdir(), "holdfast-"));
  try {
    const run = spawnSync(CLI, ["generate", ...flags(given), "--out", out, "--force"], { encoding: "utf8" });
    assert.ok(run.status === 0 || run.status === 1, run.stderr);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      files.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(out.length + 1), readFileSync(path)];
      }),
    );
  } finally {
    rmSync(out, { recursive: true });
  }
}

function sameFiles(page, command) {
  assert.ok(command.size > 1, "the command line wrote no project");
  assert.deepEqual([...page.keys()].sort(), [...command.keys()].sort());
  for (const [path, bytes] of command) assert.ok(Buffer.from(page.get(path)).equals(bytes), `${path} differs`);
}

/** The page says what the command line's plan says: every value, word for word every reason, price and finding. */
function samePlan(seen, plan) {
  assert.deepEqual(Object.keys(seen.settings), Object.keys(plan.settings));
  for (const [key, advice] of Object.entries(plan.settings)) {
    const value = seen.settings[key];
    // A word stands as it is, everything else as JSON.
    assert.deepEqual(typeof advice.value === "string" ? value : JSON.parse(value), advice.value, key);
    for (const text of [advice.reason, advice.price, ...advice.rejected.map((other) => other.why)]) {
      assert.ok(seen.words[key].includes(text), `${key} does not say "${text}"`);
    }
  }
  assert.deepEqual([...seen.findings].sort(), plan.findings.map((finding) => finding.id).sort());
  for (const { id, message, fix } of plan.findings) {
    const words = seen.findingWords[seen.findings.indexOf(id)];
    assert.ok(words.includes(message) && words.includes(fix), `${id} does not say "${message}" and "${fix}"`);
  }
}

/** The link of the command line, as it stands at the end of the text. */
function link(given) {
  const run = spawnSync(CLI, ["recommend", ...flags(given)], { encoding: "utf8" });
  return /^\s*(#v=.*)$/m.exec(run.stdout)?.[1];
}

async function axe(page) {
  // Evaluated by the browser's own door: the page's Content-Security-Policy rightly refuses script tags.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

describe("the first sight", () => {
  /** A page whose program comes when the test lets it. */
  async function held(fragment = "", options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, serviceWorkers: "block", ...options });
    const page = await context.newPage();
    let release;
    const come = new Promise((released) => (release = released));
    await page.route("**/*.wasm", (route) => come.then(() => route.continue()));
    await page.goto(address + fragment, { waitUntil: "domcontentloaded" });
    return { page, release };
  }

  /** Where every element stands, to the pixel, what it says and in which colours. */
  const sight = (page) =>
    page.evaluate(() =>
      [...document.querySelectorAll("header *, main *")].map((it) => {
        const { x, y, width, height } = it.getBoundingClientRect();
        const { color, backgroundColor } = getComputedStyle(it);
        const place = [x, y, width, height].map(Math.round);
        return [it.localName, ...place, color, backgroundColor, it.childElementCount || !width ? "" : it.textContent].join();
      }),
    );

  test("what stands in web/first.html is what the live page shows", async () => {
    const page = await open();
    const file = readFileSync(join(import.meta.dirname, "../../web/first.html"), "utf8");
    assert.ok(file === (await firstSight(page)), "it is not: `cargo xtask first-sight` writes it anew");
  });

  for (const [width, height] of [[1280, 800], [360, 740]]) {
    test(`the live page takes its place without a change to be seen at ${width} px`, async () => {
      const { page, release } = await held("", { viewport: { width, height } });
      samePlan(await result(page), recommend({}));
      await page.evaluate(() => scrollTo({ top: 1500, behavior: "instant" }));
      const before = await sight(page);
      assert.ok(before.length > 1000);
      release();
      await settled(page);
      assert.deepEqual((await sight(page)).slice(0, before.length), before);
      assert.equal(await page.evaluate(() => scrollY), 1500);
      assert.equal(await page.locator("#first").count(), 0);
    });
  }

  test("what a quick reader did before is not lost", async () => {
    const { page, release } = await held();
    await page.locator('[name="survive"][value="node"]').check();
    await page.locator('[name="plan"]').selectOption("pro");
    await unfold(page);
    await page.locator('[name="dataset"]').fill("2.5");
    await page.locator('[data-setting="eviction"] > summary').click();
    await page.locator('[name="dataset"]').focus();
    const place = await page.locator("form").evaluate((form) => form.scrollTop);
    assert.ok(place > 0);
    release();
    await settled(page);
    samePlan(await result(page), recommend({ survive: "node", plan: "pro", dataset: "2.5" }));
    assert.match(new URL(page.url()).hash, /survive=node.*dataset=2\.5/);
    assert.equal(await page.evaluate(() => document.activeElement.name), "dataset");
    assert.equal(await page.locator("form").evaluate((form) => form.scrollTop), place);
    assert.equal(await page.locator('[data-setting="eviction"][open]').count(), 1);
    assert.equal(await page.locator("form details:not([open])").count(), 0);
  });

  test("a link's answers are not preceded by others", async () => {
    for (const fragment of ["#v=1&plan=essentials", "#v=1&door=audit"]) {
      const { page, release } = await held(fragment);
      assert.ok(await page.locator("#summing").isHidden());
      assert.ok(await page.locator("form").isHidden());
      assert.ok(await page.getByRole("heading", { name: "Holdfast" }).isVisible());
      release();
      await page.waitForSelector("#app main");
      assert.equal(await page.locator("#first").count(), 0);
    }
    const { page } = await held("#v=1");
    assert.ok(await page.locator("#summing").isVisible());
  });

  test("it waits for one other file at most, and where the program can't start it says so", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/*", (route) => (/\/(boot[^/]*\.js)?$/.test(route.request().url()) ? route.continue() : route.abort()));
    await page.goto(address);
    assert.ok(await page.locator("#summing").isVisible());
    assert.match(await page.locator(".notice").last().innerText(), /could not start the page/);
    await context.close();
  });
});

describe("evidence", () => {
  test("what was measured stands on the page, ours beside the quick-start, with the words that belong to it", async () => {
    for (const client of new Set(EVIDENCE.records.map((record) => record.client))) {
      const page = await open(`v=1&client=${client}`);
      const part = await measured(page);
      const records = EVIDENCE.records.filter((record) => record.client === client);
      const words = await part.locator(".words").innerText();
      assert.ok(words.startsWith("Measured in our lab, not on Redis Cloud. Redis "), words);
      for (const said of ["Not affiliated with Redis.", "failover test before you rely on it.", EVIDENCE.kernel]) {
        assert.ok(words.includes(said), said);
      }
      for (const { client_version, redis_version, taken } of records) {
        for (const said of [client_version, redis_version, taken]) assert.ok(words.includes(said), said);
      }
      for (const { drill, subject, runs, lost, doubled, late, recovered_s, refused_s } of records) {
        const row = part.locator("tr", { has: page.locator(`[data-drill="${drill}"]`) });
        const cell = await row.locator("td").nth(subject === "holdfast" ? 0 : 1).innerText();
        const figures = `${lost} lost, ${doubled} doubled, ${late} late`;
        assert.ok(cell.includes(figures) && cell.includes(`${runs} run`), `${drill}: ${cell}`);
        assert.ok(cell.includes(recovered_s ? "back after" : refused_s ? "refused after" : "never"), `${drill}: ${cell}`);
      }
      for (const cell of await part.locator("td").allInnerTexts()) assert.ok(cell.trim(), "a blank cell");
      await page.context().close();
    }
  });

  test("what was not measured says so", async () => {
    const page = await open("v=1&client=predis");
    const part = await measured(page);
    assert.match(await part.innerText(), /Not run by us: /);
    assert.equal(await part.locator("table").count(), 0);
    const lanes = await page.locator('#result [data-part="outlook"] .picture .lane').allInnerTexts();
    assert.ok(lanes.length > 5 && lanes.every((lane) => lane.includes("not measured")), lanes.join());
  });

  test("it is said whether the figures are of the code that is shown", async () => {
    const page = await open();
    const fit = (await measured(page)).locator(".fit");
    const at_first = await fit.innerText();
    assert.match(at_first, /is the code that was run/);
    await unfold(page);
    await answer(page, "deadline", "3000");
    assert.equal(await fit.innerText(), at_first, "numbers are not the code");
    await answer(page, "blocking", "yes");
    assert.doesNotMatch(await fit.innerText(), /is the code that was run/);
  });

  test("figures that can't be had are said to be missing, and the page works on", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/evidence/*", (route) => route.abort());
    await page.goto(address);
    await settled(page);
    await page.getByText("What was measured could not be loaded.").waitFor();
    samePlan(await result(page), recommend({}));
    await context.close();
  });

  test("each failure is a line from the fault to the first success, with the numbers as words", async () => {
    const page = await open("v=1&plan=pro");
    await measured(page);
    const outlook = page.locator('#result [data-part="outlook"]');
    const zone = outlook.locator('[data-failure="a zone fails"]');
    assert.deepEqual(await zone.locator(".lane span").allInnerTexts(), ["This code", "Quick-start", "This code", "Quick-start"]);
    assert.match(await zone.locator(".beside").innerText(), /^With single-zone instead · Away for: .*documented.* Data lost: /s);
    const heads = await page.locator('[data-part="evidence"] tr:has([data-drill="failover"]) td strong').allInnerTexts();
    const shown = await zone.locator(".lane strong").allInnerTexts();
    assert.ok(heads.includes(shown[0]) && heads.includes(shown[1]), `${shown} in ${heads}`);
    const boxes = await zone.locator(".lane:first-of-type rect").evaluateAll((bars) =>
      bars.map((bar) => bar.getBoundingClientRect()).map((box) => [Math.round(box.left), Math.round(box.right)]),
    );
    assert.equal(boxes.length, 3);
    for (let i = 1; i < 3; i += 1) assert.ok(Math.abs(boxes[i][0] - boxes[i - 1][1]) <= 1, JSON.stringify(boxes));
    assert.ok((await outlook.innerText()).includes("Measured in our lab, not on Redis Cloud."));
    await answer(page, "survive", "node");
    assert.match(await zone.locator(".beside").innerText(), /^With multi-zone instead/);
    await answer(page, "survive", "region");
    assert.equal(await outlook.locator(".beside").count(), 0);
  });

  test("the parts of a call end before the deadline, and a storm is lower with jitter", async () => {
    const page = await open("v=1&instances=200&deadline=1000");
    const timing = page.locator("#result .timing");
    const edges = await timing.locator("div").first().locator(".lane").evaluateAll((lanes) =>
      lanes.map((lane) => ({
        end: lane.querySelector("svg").getBoundingClientRect().right,
        bar: lane.querySelector("rect").getBoundingClientRect().right,
      })),
    );
    assert.ok(edges.length >= 5);
    for (const { end, bar } of edges) assert.ok(bar <= end + 1);
    const told = await timing.locator(".legend").innerText();
    const [without, jitter] = [...told.matchAll(/at most (\d+) dials/g)].map((match) => Number(match[1]));
    assert.ok(without >= 200 && jitter < without, told);
    assert.ok((await timing.locator(".storm rect").count()) >= 4);
  });

  test("the runbook is printed alone, and the page without its form", async () => {
    const page = await open();
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("form").isHidden());
    assert.ok(await page.locator('[data-part="settings"]').isVisible());
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => (window.print = () => (window.printed = document.documentElement.dataset.print)));
    await page.getByRole("button", { name: "Print the runbook" }).click();
    assert.deepEqual(await page.evaluate(() => [window.printed, document.documentElement.dataset.print]), ["runbook", undefined]);
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => (document.documentElement.dataset.print = "runbook"));
    assert.ok(await page.locator('[data-part="settings"]').isHidden());
    assert.ok(await page.locator('[data-part="runbook"]').isVisible());
    assert.ok(await page.locator('[data-part="runbook"] .chapter li').last().isVisible());
  });
});

describe("answers and result", () => {
  test("the default page is the command line's default plan", async () => {
    const page = await open();
    const plan = recommend({});
    assert.ok(Object.keys(plan.settings).length > 10);
    samePlan(await result(page), plan);
    assert.equal(plan.findings.filter((finding) => finding.severity === "error").length, 0);
  });

  test("answers go to the result, to the link, and come back from it", async () => {
    const page = await open();
    await unfold(page);
    for (const [id, text] of Object.entries(MANY)) await answer(page, id, text);
    await page.locator("h1").click();
    const seen = await result(page);
    samePlan(seen, recommend(MANY));
    const hash = new URL(page.url()).hash;
    assert.deepEqual([...new URLSearchParams(hash.slice(1)).keys()].sort(), ["v", ...Object.keys(MANY)].sort());
    const given = await answers(page);
    await page.reload();
    await settled(page);
    // The marks of the last change do not outlive it.
    const unmarked = ({ words, ...rest }) => rest;
    assert.deepEqual(unmarked(await result(page)), unmarked(seen));
    samePlan(await result(page), recommend(MANY));
    assert.deepEqual(await answers(page), given);
    assert.equal(new URL(page.url()).hash, hash);
  });

  test("the link is the command line's", async () => {
    const short = { plan: "pro", "data-loss": "nothing", client: "go-redis", deadline: "500" };
    const page = await open();
    await unfold(page);
    for (const [id, text] of Object.entries(short)) await answer(page, id, text);
    assert.equal(new URL(page.url()).hash, link(short));
  });

  test("the way back undoes one answer, however many letters it had", async () => {
    const page = await open();
    await unfold(page);
    await answer(page, "survive", "node");
    const field = page.locator('[name="dataset"]');
    await field.fill("");
    await field.pressSequentially("12");
    await page.waitForFunction(() => location.hash === "#v=1&survive=node&dataset=12");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[name="dataset"]').value === "1");
    assert.equal(new URL(page.url()).hash, "#v=1&survive=node");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[name="survive"]:checked').value === "zone");
    samePlan(await result(page), recommend({}));
    await page.goForward();
    await page.waitForFunction(() => document.querySelector('[name="survive"]:checked').value === "node");
  });

  test("a pasted link and the way back are followed", async () => {
    const page = await open("v=1&plan=pro");
    await page.evaluate(() => (location.hash = "#v=1&plan=free"));
    await page.waitForFunction(() => document.querySelector('[name="plan"]').value === "free");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('[name="plan"]').value === "pro");
    assert.equal((await result(page)).settings.plan, "pro");
  });

  test("a broken link says what it could not read and keeps the rest", async () => {
    const page = await open("v=1&plan=pro&survive=zones&password=hunter2");
    const alert = page.locator("#result [role=alert]");
    assert.match(await alert.innerText(), /survive.*"zones".*did you mean "zone"/s);
    assert.match(await alert.innerText(), /password/);
    assert.ok(!(await page.locator("body").innerText()).includes("hunter2"));
    samePlan(await result(page), recommend({ plan: "pro" }));
    await answer(page, "role", "cache");
    assert.equal(await alert.count(), 0);
  });

  test("what can't be read is said at its field, and the result keeps the last answer", async () => {
    const page = await open();
    await unfold(page);
    const before = await result(page);
    await answer(page, "deadline", "49");
    const wrong = page.locator('[name="deadline"]');
    assert.equal(await wrong.getAttribute("aria-invalid"), "true");
    assert.match(await page.locator("#e-deadline").innerText(), /from 50 to 60000.*keeps 2000/s);
    assert.deepEqual(await result(page), before);
    assert.equal(await wrong.inputValue(), "49");
    await answer(page, "deadline", "500");
    assert.equal(await wrong.getAttribute("aria-invalid"), null);
    assert.notDeepEqual((await result(page)).files, before.files);
  });

  test("a field can be typed into letter by letter", async () => {
    const page = await open();
    await unfold(page);
    const field = page.locator('[name="dataset"]');
    await field.fill("");
    await field.pressSequentially("2.50");
    assert.equal(await field.inputValue(), "2.50");
    await field.blur();
    assert.equal(await field.inputValue(), "2.5");
    assert.match(new URL(page.url()).hash, /dataset=2\.5$/);
  });

  test("a change marks the settings that it changed, and only until the next", async () => {
    const page = await open();
    const replication = page.locator('[data-setting="replication"]');
    const was = await replication.locator("[data-value]").innerText();
    await answer(page, "survive", "nothing");
    assert.match(await replication.innerText(), new RegExp(`was ${was}`));
    await answer(page, "role", "cache");
    assert.doesNotMatch(await replication.innerText(), /was /);
    assert.match(await page.locator('[data-setting="eviction"]').innerText(), /was noeviction/);
  });

  test("the way out of a finding does what it says", async () => {
    const page = await open("v=1&plan=essentials&data-loss=nothing");
    const error = page.locator('[data-finding="C11"]');
    assert.match(await error.innerText(), /error/);
    await error.getByRole("button").click();
    assert.equal(await page.locator('[data-finding="C11"]').count(), 0);
    assert.equal(await page.locator('[name="plan"]').inputValue(), "pro");
    assert.match(new URL(page.url()).hash, /plan=pro/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "summing");
  });
});

describe("the project", () => {
  for (const client of JSON.parse(execFileSync(CLI ?? "true", ["clients", "--format", "json"], { encoding: "utf8" }) || "[]")) {
    test(`${client.id}: the files and the zip are what the command line writes`, async () => {
      const page = await open();
      await unfold(page);
      for (const [name, given] of Object.entries({ app: {}, "order-desk": MANY, ...CASES })) {
        const all = { ...given, client: client.id };
        await page.getByRole("button", { name: "Start over" }).click();
        for (const [id, text] of Object.entries(all)) await answer(page, id, text);
        await page.locator("h1").click();
        const command = generate(all);
        sameFiles(new Map(Object.entries((await result(page)).files)), command);
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("button", { name: "Download zip" }).click(),
        ]);
        assert.equal(download.suggestedFilename(), `${name}.zip`);
        sameFiles(unzip(readFileSync(await download.path())), command);
      }
    });

    test(`${client.id}: hostile words are text on the page and in the project`, async () => {
      const given = { client: client.id, host: HOSTILE, name: HOSTILE, user: HOSTILE };
      const words = Object.entries(given).map(([id, text]) => `${id}=${encodeURIComponent(text)}`);
      const page = await open(["v=1", ...words].join("&"));
      assert.equal(await page.locator("img").count(), 0);
      // A field of one line shows no line feed; the answer keeps it.
      assert.equal((await answers(page)).name, HOSTILE.replace("\n", ""));
      const seen = await result(page);
      samePlan(seen, recommend(given));
      sameFiles(new Map(Object.entries(seen.files)), generate(given));
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download zip" }).click(),
      ]);
      sameFiles(unzip(readFileSync(await download.path())), generate(given));
    });
  }

  test("a file can be copied, and the link", async () => {
    const page = await open("v=1&plan=pro", { permissions: ["clipboard-read", "clipboard-write"] });
    const code = page.locator('[data-part="code"]');
    await code.getByRole("button", { name: "Copy file" }).click();
    await code.getByRole("button", { name: "Copied" }).waitFor();
    const [first] = Object.values((await result(page)).files);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).endsWith("#v=1&plan=pro"));
  });
});

describe("everybody can use it", () => {
  test("every question is answered with the keyboard alone", async () => {
    const page = await open();
    const ids = recommend({}).answers;
    // Folds open with Enter; from then on Tab reaches everything.
    for (const summary of await page.locator("form details > summary").all()) {
      await summary.focus();
      await page.keyboard.press("Enter");
    }
    await page.locator("h1").click();
    const reached = new Set();
    await page.evaluate(() => document.querySelector('[name="plan"]').focus());
    for (let i = 0; i < 120; i += 1) {
      const name = await page.evaluate(() => document.activeElement.closest("form") && document.activeElement.name);
      if (name) reached.add(name);
      await page.keyboard.press("Tab");
    }
    const wanted = Object.keys(ids).map((key) => key.replaceAll("_", "-"));
    assert.deepEqual([...reached].sort(), wanted.sort());
    await page.locator('[name="survive"]:checked').focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForURL(/survive=region/);
    assert.match(new URL(page.url()).hash, /survive=region/);
    await page.locator('[name="plan"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForURL(/plan=free/);
    assert.match(new URL(page.url()).hash, /plan=free/);
    await page.getByRole("button", { name: "Time series" }).focus();
    await page.keyboard.press("Space");
    assert.equal(await page.locator('[name="capabilities"]').inputValue(), "time-series");
  });

  // Playwright opens no list of a select; it is what the system draws, and the keyboard's test has gone through it.
  for (const [hand, options, press] of [
    ["mouse", {}, (target) => target.click()],
    ["touch", { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } }, (target) => target.tap()],
  ]) {
    test(`every question is answered by ${hand}`, async () => {
      const page = await open("", { ...options, reducedMotion: "reduce" });
      for (const summary of await page.locator("form details > summary").all()) await press(summary);
      for (const card of await page.locator("form .card").all()) {
        await press(card);
        assert.ok(await card.locator("input").isChecked(), await card.innerText());
      }
      await answer(page, "cloud", "aws");
      for (const [id, text] of Object.entries({ plan: "pro", endpoint: "privatelink", mistake: "one-hour" })) {
        await page.locator(`select[name="${id}"]`).selectOption(text);
      }
      for (const id of Object.keys(TYPED)) {
        await press(page.locator(`input[name="${id}"]`));
        await page.keyboard.press("ControlOrMeta+A");
        await page.keyboard.type(TYPED[id]);
      }
      await page.getByLabel("Add a region").selectOption("eu-west-1");
      await press(page.getByRole("button", { name: "Time series" }));
      const given = await answers(page);
      for (const [id, text] of Object.entries(TYPED)) assert.equal(given[id], text, id);
      assert.equal(given.regions, "eu-west-1");
      assert.equal(given.capabilities, "time-series");
      samePlan(await result(page), recommend(given));
      await press(page.getByRole("button", { name: "Start over" }));
      const fresh = await open();
      assert.deepEqual(await answers(page), await answers(fresh));
      assert.equal(new URL(page.url()).hash, "#v=1");
    });
  }

  test("what a finger has to hit is large enough, and what a pointer has to hit", async () => {
    for (const [least, options] of [
      [44, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } }],
      [24, {}],
    ]) {
      const page = await open("v=1&plan=essentials&data-loss=nothing", options);
      await unfold(page);
      const small = await page.evaluate((least) => {
        const targets = [...document.querySelectorAll("button:not(.link), select, input:not([type=radio]), .card, form summary")];
        const boxes = targets.map((target) => [target.textContent || target.name, target.getBoundingClientRect()]);
        const seen = boxes.filter(([, box]) => box.width > 0);
        return [seen.length, seen.filter(([, box]) => Math.min(box.width, box.height) < least - 0.5).map(([name]) => name)];
      }, least);
      assert.ok(small[0] > 50);
      assert.deepEqual(small[1], [], `under ${least} px`);
    }
  });

  for (const width of [1280, 360]) {
    test(`what has the focus shows it, and nothing covers it, at ${width} px`, async () => {
      const page = await open("", { viewport: { width, height: 740 }, reducedMotion: "reduce" });
      await unfold(page);
      await page.locator("h1").click();
      const hidden = [];
      let stops = 0;
      for (let i = 0; i < 110; i += 1) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === document.body) return null;
          const styles = [element, element.closest(".card")].filter(Boolean).map((it) => getComputedStyle(it));
          const outlined = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
          const box = element.getBoundingClientRect();
          // A whole file is higher than the screen: its first line has to be seen.
          const hit = document.elementFromPoint(box.x + Math.min(box.width, 16) / 2, box.y + Math.min(box.height, 24) / 2);
          const seen = hit && (element.contains(hit) || hit.contains(element));
          return { name: element.name || element.textContent.slice(0, 40), ok: outlined && seen };
        });
        if (!seen) break;
        stops += 1;
        if (!seen.ok) hidden.push(seen.name);
      }
      assert.ok(stops > 60, `only ${stops} stops`);
      assert.deepEqual(hidden, []);
    });
  }

  test("a change moves nothing that was in sight", async () => {
    const page = await open();
    const places = () =>
      page.evaluate(() => ["#summing", ".forever", '[data-part="settings"]'].map((it) => document.querySelector(it).getBoundingClientRect().top));
    const before = await places();
    await answer(page, "role", "sessions");
    assert.deepEqual(await places(), before);
  });

  test("motion shows a change, and there is none for those who want none", async () => {
    for (const [reducedMotion, moving] of [["no-preference", 1], ["reduce", 0]]) {
      const page = await open("", { reducedMotion });
      await answer(page, "survive", "node");
      const count = await page.evaluate(() => document.getAnimations().length);
      assert.equal(Math.min(count, 1), moving, reducedMotion);
    }
  });

  test("the first screen is complete at 1280 × 800", async () => {
    const page = await open();
    const bottom = (selector) => page.locator(selector).evaluate((element) => element.getBoundingClientRect().bottom);
    const firsts = await page.locator(".group.first .question").all();
    assert.equal(firsts.length, 6);
    for (const question of firsts) assert.ok((await question.boundingBox()).y + (await question.boundingBox()).height <= 800);
    assert.ok((await bottom(".forever")) < (await page.locator('[data-part="settings"]').boundingBox()).y);
    assert.ok((await bottom('[data-setting="plan_size"]')) < 800);
    assert.ok((await page.locator('[data-part="code"] h2').boundingBox()).y < 800);
  });

  test("the page has no inline script, no style that its policy does not name, and stores nothing that was typed", async () => {
    const page = await open();
    await unfold(page);
    await answer(page, "name", "kept-nowhere");
    const seen = await page.evaluate(() => ({
      policy: document.querySelector("meta[http-equiv]").content,
      inline: document.querySelectorAll("script:not([src]), [style], [onclick], [onload]").length,
      stored: [...Object.entries(localStorage), ...Object.entries(sessionStorage), document.cookie].flat().join(),
    }));
    assert.match(seen.policy, /default-src 'none'/);
    assert.ok(!seen.policy.includes("unsafe-inline") && !/unsafe-eval'.*unsafe-eval|http|\*/.test(seen.policy), seen.policy);
    assert.equal(seen.inline, 0);
    assert.equal(seen.stored, "");
  });

  test("Terraform and REST are those of the command line", async () => {
    const page = await open("plan=pro&survive=region");
    for (const [command, file] of [["terraform", "main.tf"], ["rest", "redis-cloud.sh"]]) {
      const run = spawnSync(CLI, [command, "--plan", "pro", "--survive", "region"], { encoding: "utf8" });
      const shown = page.locator(`#result [data-part="iac"] pre[data-file="${file}"]`);
      assert.equal(await shown.textContent(), run.stdout);
    }
    const tabs = page.locator('[data-part="iac"]').getByRole("tab");
    await tabs.last().click();
    assert.ok(await page.locator('[data-part="iac"] pre[data-file="redis-cloud.sh"]').isVisible());
    assert.equal(await tabs.last().getAttribute("aria-selected"), "true");
  });

  test("tabs of files move with the arrows", async () => {
    const page = await open();
    const tabs = page.locator('[data-part="code"]').getByRole("tab");
    await tabs.first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await tabs.nth(1).getAttribute("aria-selected"), "true");
    assert.ok(await page.locator("#code-file-1").isVisible());
    assert.ok(await page.locator("#code-file-0").isHidden());
    await page.keyboard.press("End");
    assert.equal(await tabs.last().getAttribute("aria-selected"), "true");
  });

  for (const [look, options] of Object.entries({
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    "forced colours": { forcedColors: "active" },
    "light on a phone": { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
  })) {
    test(`axe finds nothing in ${look}`, async () => {
      const page = await open("v=1&plan=essentials&data-loss=nothing&survive=zoo", { ...options, reducedMotion: "reduce" });
      await unfold(page);
      await answer(page, "deadline", "1");
      await unfold(page, "#result");
      await answer(page, "role", "cache");
      assert.deepEqual(await axe(page), []);
      await page.getByRole("link", { name: "One I have" }).click();
      const audit = page.locator("holdfast-door[kind=audit]");
      await audit.locator("form").waitFor();
      assert.deepEqual(await axe(page), []);
      await judge(audit, FREE);
      await unfold(page, "holdfast-door[kind=audit]");
      assert.deepEqual(await axe(page), []);
      await page.getByRole("link", { name: "Something is wrong" }).click();
      const trouble = page.locator("holdfast-door[kind=diagnose]");
      await trouble.locator("form").waitFor();
      assert.deepEqual(await axe(page), []);
      await judge(trouble, REFUSED);
      await unfold(page, "holdfast-door[kind=diagnose]");
      assert.deepEqual(await axe(page), []);
    });
  }

  test("the switch changes light to dark, and the choice stays", async () => {
    const page = await open("", { colorScheme: "light" });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "Light or dark" }).click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    await settled(page);
    assert.equal(await ground(), dark);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ["theme"]);
  });

  for (const width of [320, 360, 768, 1280]) {
    test(`nothing scrolls sideways at ${width} px`, async () => {
      const page = await open("v=1&plan=essentials&data-loss=nothing&survive=zoo", { viewport: { width, height: 740 } });
      await unfold(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      for (const [name, kind, text] of [["One I have", "audit", FREE], ["Something is wrong", "diagnose", REFUSED]]) {
        await page.getByRole("link", { name }).click();
        const door = page.locator(`holdfast-door[kind=${kind}]`);
        await judge(door, text);
        await unfold(page, `holdfast-door[kind=${kind}]`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      }
    });
  }

  test("on a phone the summing line stays in sight and leads to the result and back", async () => {
    const page = await open("", { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    const line = page.locator("#summing");
    const { y } = await line.boundingBox();
    assert.ok(y > 600 && y < 740, `the line stands at ${y}`);
    await page.getByRole("button", { name: "Result" }).click();
    const top = (await page.locator('[data-part="settings"]').boundingBox()).y;
    assert.ok(top > 0 && top < 740, `the settings stand at ${top}`);
    assert.equal((await line.boundingBox()).y, y);
    await page.getByRole("button", { name: "Questions" }).click();
    const first = (await page.locator(".question").first().boundingBox()).y;
    assert.ok(first > 0 && first < 200, `the first question stands at ${first}`);
    await page.getByRole("button", { name: "Result" }).waitFor();
  });

  test("the result is a polite live region, and a change is one sentence", async () => {
    const page = await open();
    assert.equal(await page.locator("#result").getAttribute("aria-live"), "polite");
    await answer(page, "survive", "region");
    assert.match(await page.locator("#result [role=status]").innerText(), /^Pro, .*Settings changed: \d+\.$/);
  });

  test("after one visit the page works without its server, shared links included", async () => {
    const own = await serve(DIST, "/off/");
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(own.address);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await own.stop();
    await page.goto(`${own.address}?from=mail#v=1&plan=pro&client=hiredis`);
    await settled(page);
    assert.equal((await result(page)).settings.plan, "pro");
    assert.ok((await result(page)).files["redis_connection.c"]);
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map((request) => request.url);
    });
    assert.ok(kept.length > 10 && kept.every((url) => !/[?#]/.test(url)), kept.join());
    await context.close();
  });

  test("every setting and finding leads to a page about it, which reads without JavaScript", async () => {
    const page = await open("v=1&plan=essentials&data-loss=nothing");
    const links = await page.locator('#result a[href^="explain/"]').evaluateAll((all) => all.map((link) => link.href));
    assert.ok(links.length > 15, `${links.length} links`);
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
    const about = await context.newPage();
    for (const link of links) assert.equal((await about.goto(link)).status(), 200, link);
    await context.close();
    for (const colorScheme of ["light", "dark"]) {
      const one = await (await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } })).newPage();
      await one.goto(links[0]);
      assert.equal(await one.evaluate(() => document.documentElement.scrollWidth), 320);
      assert.deepEqual(await axe(one), []);
    }
  });

  test("without JavaScript the page says what it needs, and the default result can be read", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(address);
    assert.match(await page.locator("body").innerText(), /needs JavaScript/);
    assert.ok(await page.locator('[data-setting="plan_size"] .reason').isVisible());
    assert.ok(await page.locator("form").isHidden());
  });
});

describe("the door for what exists", () => {
  /** Every finding of the command line stands on the page, in its order within each database, with its mend. */
  async function same(door, report) {
    const seen = await door.locator(".database").evaluateAll((databases) =>
      databases.map((database) =>
        [...database.querySelectorAll("[data-finding]")].map((it) => ({ id: it.dataset.finding, text: it.textContent })),
      ),
    );
    const wrong = report.databases.filter((database) => database.findings.length > 0);
    const errors = (database) => ["error", "warning"].map((word) => database.findings.filter((it) => it.severity === word).length);
    wrong.sort((a, b) => errors(b)[0] - errors(a)[0] || errors(b)[1] - errors(a)[1]);
    assert.deepEqual(
      seen.map((findings) => findings.map((finding) => finding.id)),
      wrong.map((database) => database.findings.map((finding) => finding.id)),
    );
    for (const [at, database] of wrong.entries()) {
      for (const [i, { severity, path, message, fix, reason, mend, sources }] of database.findings.entries()) {
        const plain = (text) => text.replaceAll("`", "");
        const said = [severity, path, plain(message), plain(fix), plain(reason), mend.rest, mend.terraform, mend.blast_radius];
        for (const text of said.filter(Boolean).concat(sources.map((source) => source.title))) {
          assert.ok(seen[at][i].text.includes(text), `${seen[at][i].id} does not say "${text}"`);
        }
      }
    }
    const { databases, errors: bad, warnings, notes } = report.summary;
    const heading = await door.locator(".said > h2").innerText();
    assert.deepEqual(heading.match(/\d+/g).map(Number), [databases, bad, warnings, notes]);
  }

  test("exports are judged as the command line judges them, worst first", async () => {
    const { door } = await enter("audit");
    for (const name of ["free.json", "active-active-tls-off.json", "essentials-none.json", "pro-eviction.json", "fleet.ndjson"]) {
      await judge(door, exported(name));
      await same(door, command(["audit", "-"], exported(name)));
    }
  });

  test("several files are joined, as on the command line", async () => {
    const { door } = await enter("audit");
    const files = ["free.json", "pro-eviction.json", "fleet.ndjson"].map((name) => join(EXPORTS, name));
    await door.locator("[type=file]").setInputFiles(files);
    await judged(door);
    await same(door, command(["audit", ...files]));
  });

  test("the needs are production's, named, or the answers", async () => {
    const page = await open("v=1&role=cache&data-loss=everything&survive=nothing");
    await page.getByRole("link", { name: "One I have" }).click();
    const door = page.locator("holdfast-door[kind=audit]");
    await judge(door, exported("pro-eviction.json"));
    assert.match(await door.locator(".said").innerText(), /this is assumed: endpoint public, data-loss one-second, survive zone/);
    await same(door, command(["audit", "-"], exported("pro-eviction.json")));
    await door.getByRole("radio", { name: /My answers/ }).check();
    // What was judged is judged again, without being pasted anew.
    await judged(door);
    const given = ["--role", "cache", "--data-loss", "everything", "--survive", "nothing"];
    await same(door, command(["audit", "-", ...given], exported("pro-eviction.json")));
    assert.match(await door.locator(".said").innerText(), /Held to the answers/);
  });

  test("a configuration is given back mended, and no secret is seen again", async () => {
    const { page, door } = await enter("audit");
    const configurations = [
      "redis://default:hunter2@redis-1.example.com:12345/0",
      "redis-1.example.com:12345,password=hunter2,ssl=False,abortConnect=True",
      "DEBUG=1\nREDIS_URL=redis://default:hunter2@redis-1.example.com:12345\nREDIS_PASSWORD=hunter2\n",
      "spring:\n  data:\n    redis:\n      host: redis-1.example.com\n      password: hunter2\n",
      "spring.data.redis.host=redis-1.example.com\nspring.data.redis.password=hunter2\n",
      exported("pro-eviction.json").replace("{", '{"password":"hunter2","note":"it is hunter2",'),
    ];
    for (const text of configurations) {
      await judge(door, text);
      const report = command(["audit", "-"], text);
      await same(door, report);
      const { mended } = report.databases[0];
      if (mended) assert.equal(await door.locator("[data-mended] pre").textContent(), mended);
      const everywhere = await page.evaluate(() =>
        [document.documentElement.outerHTML, location.href, document.querySelector("textarea").value, JSON.stringify({ ...localStorage })].join(),
      );
      assert.ok(!everywhere.includes("hunter2"), text);
    }
    assert.ok((await door.locator("[data-redacted]").textContent()).includes('"databaseId"'));
  });

  test("what can't be read says where, what was found and what was expected, and stays to be mended", async () => {
    const { door } = await enter("audit");
    for (const [text, said] of [
      ['{"foo":1}', /Found.*no export.*Expected/s],
      ['{"databaseId":1,"name":"a"}\n{"databaseId":"hunter2"}', /Where.*line 2, databaseId.*Found.*a string.*Expected.*a whole number/s],
      ["hunter2", /Found.*none of these.*Expected.*redis:\/\//s],
    ]) {
      await judge(door, text);
      assert.match(await door.locator(".said").innerText(), said);
      assert.ok(!(await door.locator(".said").innerText()).includes("hunter2"));
      assert.equal(await door.locator("textarea").inputValue(), text);
    }
    await door.getByRole("button", { name: "Clear" }).click();
    await door.getByRole("button", { name: "Judge it" }).click();
    assert.match(await door.getByRole("status").innerText(), /nothing to judge/);
  });

  test("what was pasted is text, whatever it looks like", async () => {
    const { page, door } = await enter("audit");
    await judge(door, FREE.replace('"sessions"', JSON.stringify(HOSTILE)));
    assert.ok((await door.locator(".database h4").first().textContent()).includes("<img src=x onerror=alert(1)>"));
    assert.equal(await page.locator("holdfast-door img, holdfast-door script").count(), 0);
  });

  test("every explanation that it links to is there", async () => {
    const { page, door } = await enter("audit");
    await judge(door, exported("fleet.ndjson"));
    const links = await door.locator('a[href^="explain/"]').evaluateAll((links) => [...new Set(links.map((link) => link.href))]);
    assert.ok(links.length > 2);
    for (const link of links) assert.equal((await page.request.get(link)).status(), 200, link);
  });

  test("20 MB are dropped, and the page never stops for 50 ms", async (t) => {
    const { page, door } = await enter("audit");
    await door.evaluate((door, lines) => {
      const fleet = new File([lines.repeat(Math.ceil(20e6 / lines.length))], "fleet.ndjson");
      globalThis.drop = () => {
        const data = new DataTransfer();
        data.items.add(fleet);
        const seen = { tasks: [], frame: 0, said: [] };
        new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((it) => it.duration))).observe({ type: "longtask" });
        const status = door.querySelector("[role=status]");
        new MutationObserver(() => seen.said.push(status.textContent)).observe(status, { childList: true });
        let last = performance.now();
        const frame = (now) => {
          seen.frame = Math.max(seen.frame, now - last);
          last = now;
          if (!seen.over) requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        const start = performance.now();
        new MutationObserver((_, observer) => {
          if (!door.querySelector(".database")) return;
          observer.disconnect();
          seen.took = performance.now() - start;
          // The frame in which it is drawn counts too.
          setTimeout(() => (seen.over = true), 300);
        }).observe(door, { childList: true, subtree: true });
        door.querySelector("textarea").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        door.querySelector("[type=submit]").click();
        return seen;
      };
    }, exported("fleet.ndjson"));
    // The best of three: whatever else the machine does only makes them worse.
    let tasks;
    for (let i = 0; i < 3 && tasks?.length !== 0; i += 1) {
      const run = await page.evaluate(async () => {
        document.querySelector(".said").textContent = "";
        const seen = globalThis.drop();
        while (!seen.over) await new Promise((wait) => setTimeout(wait, 50));
        return seen;
      });
      tasks = run.tasks;
      assert.ok(run.said.filter((text) => /^(25|50|75) % of 20\.0 MB read\.$/.test(text)).length >= 2, run.said.join(" | "));
      assert.match(run.said.at(-1), /^\d+ databases: \d+ errors/);
      t.diagnostic(`20 MB judged in ${Math.round(run.took)} ms; longest frame ${Math.round(run.frame)} ms; tasks over 50 ms: ${tasks.length}`);
    }
    assert.deepEqual(tasks, []);
    const count = await door.locator(".database").count();
    await door.getByRole("button", { name: "Show more" }).click();
    await page.waitForFunction((count) => document.querySelectorAll(".database").length > count, count);
  });

  test("a long paste does not go through the text field", async () => {
    const { door } = await enter("audit");
    await door.locator("textarea").evaluate((field, lines) => {
      const data = new DataTransfer();
      data.setData("text/plain", lines.repeat(20));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, exported("fleet.ndjson"));
    assert.equal(await door.locator("textarea").inputValue(), "");
    assert.match(await door.locator(".files").innerText(), /what you pasted, \d+ kB/);
    await judged(door);
    const { databases } = command(["audit", "-"], exported("fleet.ndjson").repeat(20)).summary;
    assert.ok((await door.locator(".said > h2").innerText()).startsWith(`${databases} databases`));
  });

  test("where the part that judges can't be loaded, it is said, and the next attempt loads it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
    cpSync(DIST, folder, { recursive: true });
    const wasm = join(doors(), "holdfast-worker_bg.wasm");
    rmSync(join(folder, wasm));
    const other = await serve(folder, "/");
    // A context of its own: the browser complains about what is not there, and rightly.
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${other.address}#v=1&door=audit`);
    const door = page.locator("holdfast-door[kind=audit]");
    await door.locator("textarea").fill(FREE);
    await page.waitForFunction(() => /could not be loaded/.test(document.querySelector("[role=status]").textContent));
    cpSync(join(DIST, wasm), join(folder, wasm));
    assert.equal(await door.locator("textarea").inputValue(), FREE);
    await judged(door);
    assert.match(await door.locator(".said > h2").innerText(), /^1 database/);
    other.stop();
    rmSync(folder, { recursive: true });
  });

  test("a page that is older than what the server has says so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
    cpSync(DIST, folder, { recursive: true });
    const other = await serve(folder, "/");
    const page = await (await browser.newContext({ serviceWorkers: "block" })).newPage();
    await page.goto(other.address);
    await page.waitForSelector("#result");
    rmSync(join(folder, doors()), { recursive: true });
    await page.getByRole("link", { name: "One I have" }).click();
    assert.match(await page.getByRole("alert").innerText(), /newer version/);
    other.stop();
    rmSync(folder, { recursive: true });
  });

  test("judging can be cancelled, and done again", async () => {
    const { page, door } = await enter("audit");
    await door.locator("[type=file]").setInputFiles({ name: "a.ndjson", mimeType: "", buffer: Buffer.from(exported("fleet.ndjson").repeat(500)) });
    await page.evaluate(() => {
      document.querySelector("[type=submit]").click();
      document.querySelector("[name=cancel]").click();
    });
    assert.match(await door.getByRole("status").innerText(), /Cancelled/);
    await judged(door);
    assert.match(await door.locator(".said > h2").innerText(), /databases: /);
  });
});

describe("the door for what went wrong", () => {
  test("a message is diagnosed as the command line does", async () => {
    const { door } = await enter("diagnose");
    const log = `${REFUSED}\nWRONGPASS invalid username-password pair or user is disabled.\nREDIS_PASSWORD=hunter2 OOM command not allowed when used memory > 'maxmemory'.`;
    await judge(door, log);
    const report = command(["diagnose", "-"], log);
    assert.ok(report.diagnoses.length === 3);
    const seen = await door.locator("[data-diagnosis]").evaluateAll((all) => all.map((it) => ({ id: it.dataset.diagnosis, text: it.textContent })));
    assert.deepEqual(seen.map((it) => it.id), report.diagnoses.map((it) => it.id));
    const plain = (text) => text.replaceAll("`", "");
    for (const [i, { title, example, cause, checks, now, later, yours, messages }] of report.diagnoses.entries()) {
      assert.equal(checks.length, 3);
      const texts = [title, example, cause, ...checks, now, later, ...yours.flatMap((it) => [it.name, it.value, it.reason]), ...messages.map((it) => it.text)];
      for (const text of texts) assert.ok(seen[i].text.includes(plain(text)), `${seen[i].id} does not say "${text}"`);
    }
    assert.ok(!(await door.innerHTML()).includes("hunter2"));
    assert.equal(await door.locator("textarea").inputValue(), "");
  });

  test("the client can be named", async () => {
    const { door } = await enter("diagnose");
    await door.locator("option[value=lettuce]").waitFor({ state: "attached" });
    await door.locator("select").selectOption("lettuce");
    await judge(door, "Connection refused");
    assert.match(await door.locator(".said").innerText(), /Your numbers with Lettuce/);
  });

  test("a text that nobody knows leads to the next question", async () => {
    const { door } = await enter("diagnose");
    await judge(door, "it does not work");
    assert.match(await door.locator(".said").innerText(), /Nothing in this text is known to Holdfast/);
    const { question } = command(["diagnose", "-"], "it does not work");
    assert.ok((await door.locator(".said .question").innerText()).includes(question));
  });
});

describe("all doors", () => {
  test("each has an address of its own, with the answers and without what was pasted", async () => {
    const page = await open("v=1&plan=pro");
    const hash = () => new URL(page.url()).hash;
    await page.getByRole("link", { name: "One I have" }).click();
    const door = page.locator("holdfast-door[kind=audit]");
    await judge(door, FREE);
    assert.equal(hash(), "#v=1&plan=pro&door=audit");
    await page.getByRole("link", { name: "Something is wrong" }).click();
    await page.locator("a[aria-current=page]", { hasText: "Something is wrong" }).waitFor();
    assert.equal(hash(), "#v=1&plan=pro&door=diagnose");
    assert.ok(await door.isHidden());
    await page.goBack();
    // What was judged is still there.
    await door.locator(".database").first().waitFor();
    await page.getByRole("link", { name: "New database" }).click();
    await page.waitForSelector("#result");
    assert.equal(hash(), "#v=1&plan=pro");
    assert.equal((await result(page)).settings.plan, "pro");
  });

  test("the first visit loads nothing of the other doors", async () => {
    const page = await open();
    const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map((it) => it.name));
    assert.ok(loaded.length > 3);
    assert.deepEqual(loaded.filter((name) => /doors|worker/.test(name)), []);
  });

  test("they are used by keyboard alone", async () => {
    const page = await open();
    const key = (name) => page.keyboard.press(name);
    const focus = () => page.evaluate(() => document.activeElement.name || document.activeElement.textContent.slice(0, 40));
    const tabTo = async (name) => {
      for (let i = 0; i < 20 && !(await focus()).startsWith(name); i += 1) await key("Tab");
      assert.ok((await focus()).startsWith(name), name);
    };
    await tabTo("One I have");
    await key("Enter");
    await page.locator("holdfast-door[kind=audit] form").waitFor();
    await tabTo("given");
    await page.keyboard.insertText(FREE);
    await tabTo("Judge it");
    await key("Enter");
    await page.locator(".database").first().waitFor();
    assert.match(await focus(), /^1 database/);
    await tabTo("Mend it");
    await key("Enter");
    await page.locator(".finding [open] dl").waitFor();
  });

  test("what a finger has to hit in them is large enough", async () => {
    for (const [kind, text] of [["audit", FREE], ["diagnose", REFUSED]]) {
      const { page, door } = await enter(kind, { hasTouch: true, isMobile: true, viewport: { width: 320, height: 740 } });
      await judge(door, text);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("header a, button, select, textarea, input:not([type=radio]), .card, .finding summary")]
          .map((it) => [it.textContent || it.name, it.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0 && Math.min(box.width, box.height) < 43.5)
          .map(([name, box]) => `${name} ${Math.round(box.width)} × ${Math.round(box.height)}`),
      );
      assert.deepEqual(small, []);
    }
  });
});

test("no page had an error, a warning, or a request to elsewhere", () => {
  assert.ok(troubles.length > 10);
  for (const { name, trouble } of troubles) assert.deepEqual(trouble, [], name);
});
