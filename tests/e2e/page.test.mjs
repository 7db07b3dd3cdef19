// The page in a real browser, against the command line: both must say the same.
//
// HOLDFAST_CLI   the command line's binary (required)
// HOLDFAST_URL   a page that is already served; else dist/ is served from here, below a path
// CHROMIUM       the browser, /usr/bin/chromium by default

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";

import { chromium } from "playwright-core";

import { serve } from "./serve.mjs";
import { unzip } from "./unzip.mjs";

const CLI = process.env.HOLDFAST_CLI;
const DIST = resolve(process.env.HOLDFAST_DIST ?? join(import.meta.dirname, "../../dist"));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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

let browser;
let server;
let address;
const troubles = [];

before(async () => {
  assert.ok(CLI, "HOLDFAST_CLI must be the path of the command line's binary");
  if (process.env.HOLDFAST_URL) {
    address = process.env.HOLDFAST_URL;
  } else {
    server = await serve(DIST, "/some/where/");
    address = server.address;
  }
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});

after(async () => {
  await browser?.close();
  server?.stop();
});

/** A fresh page; every error on it and every request to elsewhere is remembered. */
async function open(fragment = "", options = {}, url = address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const trouble = [];
  page.on("console", (message) => {
    // Chromium warns that it ignores the checksums of preloads; it is the only warning that is let pass.
    if (["error", "warning"].includes(message.type()) && !message.text().includes("`integrity` attribute")) {
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
  await page.waitForSelector("#result");
  await settled(page);
  return page;
}

/** The last change is drawn, and the files of its client are there: they are fetched when it is chosen. */
async function settled(page) {
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
  await page.waitForSelector('#result [data-part="code"] pre[data-file]', { state: "attached" });
}

/** What was measured with the client is there: it is fetched after its files. */
async function measured(page) {
  await page.waitForSelector('#result [data-part="evidence"] .words');
  return page.locator('#result [data-part="evidence"]');
}

/** Opens every fold of a part of the page, as a person would before reading what stands in one. */
async function unfold(page, part = "form") {
  const folded = page.locator(`${part} details:not([open]) > summary`);
  while ((await folded.count()) > 0) await folded.first().click();
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
    await page.waitForSelector("#result");
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
    assert.equal(new URL(page.url()).hash, "#v=1&survive=node&dataset=12");
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

  test("the page has nothing inline and stores nothing that was typed", async () => {
    const page = await open();
    await unfold(page);
    await answer(page, "name", "kept-nowhere");
    const seen = await page.evaluate(() => ({
      policy: document.querySelector("meta[http-equiv]").content,
      inline: document.querySelectorAll("script:not([src]), style, [style], [onclick], [onload]").length,
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
      await page.getByRole("button", { name: "One I have" }).click();
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
    await page.waitForSelector("#result");
    assert.equal(await ground(), dark);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ["theme"]);
  });

  for (const width of [320, 360, 768, 1280]) {
    test(`nothing scrolls sideways at ${width} px`, async () => {
      const page = await open("v=1&plan=essentials&data-loss=nothing&survive=zoo", { viewport: { width, height: 740 } });
      await unfold(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await page.getByRole("button", { name: "Something is wrong" }).click();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
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

  test("without JavaScript the page says what it needs", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(address);
    assert.match(await page.locator("body").innerText(), /needs JavaScript/);
  });
});

test("no page had an error, a warning, or a request to elsewhere", () => {
  assert.ok(troubles.length > 10);
  for (const { name, trouble } of troubles) assert.deepEqual(trouble, [], name);
});
