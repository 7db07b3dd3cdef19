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
  return page;
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
    findings: [...document.querySelectorAll("#result [data-finding]")].map((finding) => finding.dataset.finding),
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

/** A value of the plan's JSON as `data-value` shows it. */
function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function axe(page) {
  // Evaluated by the browser's own door: the page's Content-Security-Policy rightly refuses script tags.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

describe("answers and result", () => {
  test("the default page is the command line's default plan", async () => {
    const page = await open();
    const plan = recommend({});
    const seen = await result(page);
    assert.ok(Object.keys(plan.settings).length > 10);
    for (const [key, advice] of Object.entries(plan.settings)) assert.equal(seen.settings[key], shown(advice.value), key);
    assert.deepEqual(Object.keys(seen.settings), Object.keys(plan.settings));
    assert.deepEqual(seen.findings, plan.findings.map((finding) => finding.id));
    assert.equal(plan.findings.filter((finding) => finding.severity === "error").length, 0);
  });

  test("answers go to the result, to the link, and come back from it", async () => {
    const page = await open();
    await unfold(page);
    for (const [id, text] of Object.entries(MANY)) await answer(page, id, text);
    await page.locator("h1").click();
    const seen = await result(page);
    for (const [key, advice] of Object.entries(recommend(MANY).settings)) {
      assert.equal(seen.settings[key], shown(advice.value), key);
    }
    const link = new URL(page.url()).hash;
    for (const id of Object.keys(MANY)) assert.ok(link.includes(`&${id}=`), `${id} is not in ${link}`);
    const given = await answers(page);
    await page.reload();
    await page.waitForSelector("#result");
    assert.deepEqual(await result(page), seen);
    assert.deepEqual(await answers(page), given);
    assert.equal(new URL(page.url()).hash, link);
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
    const page = await open("v=1&plan=pro&survive=zoo&password=hunter2");
    const alert = await page.locator("#result [role=alert]").innerText();
    assert.match(alert, /survive.*"zoo".*"zone"/s);
    assert.match(alert, /password/);
    assert.ok(!(await page.locator("body").innerText()).includes("hunter2"));
    assert.equal((await result(page)).settings.plan, "pro");
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
      const given = { ...MANY, client: client.id };
      const page = await open();
      await unfold(page);
      for (const [id, text] of Object.entries(given)) await answer(page, id, text);
      await page.locator("h1").click();
      const command = generate(given);
      sameFiles(new Map(Object.entries((await result(page)).files)), command);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download zip" }).click(),
      ]);
      assert.equal(download.suggestedFilename(), "order-desk.zip");
      sameFiles(unzip(readFileSync(await download.path())), command);
    });
  }

  test("hostile words are text on the page and in the project", async () => {
    const hostile = `"'\`\n</script><img src=x onerror=alert(1)>\${x}`;
    const page = await open(`v=1&host=${encodeURIComponent(hostile)}&name=${encodeURIComponent(hostile)}`);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal((await answers(page)).name, hostile.replace("\n", ""));
    const link = await page.evaluate(() => location.hash.slice(1));
    const run = spawnSync(CLI, ["recommend", "--host", hostile, "--name", hostile, "--format", "json"], { encoding: "utf8" });
    assert.equal(JSON.parse(run.stdout).answers.host, hostile);
    sameFiles(new Map(Object.entries((await result(page)).files)), generate({ host: hostile, name: hostile }));
    assert.ok(link.includes("host="));
  });

  test("a file can be copied, and the link", async () => {
    const page = await open("v=1&plan=pro", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Copy file" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
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
    assert.match(new URL(page.url()).hash, /survive=region/);
    await page.locator('[name="plan"]').focus();
    await page.keyboard.press("ArrowDown");
    assert.match(new URL(page.url()).hash, /plan=free/);
    await page.getByRole("button", { name: "Time series" }).focus();
    await page.keyboard.press("Space");
    assert.equal(await page.locator('[name="capabilities"]').inputValue(), "time-series");
  });

  test("every choice is answered with the mouse", async () => {
    const page = await open();
    await unfold(page);
    for (const radio of await page.locator('form input[type="radio"]').all()) {
      await radio.click();
      assert.ok(await radio.isChecked());
    }
    await page.getByLabel("Add a region").selectOption("eu-west-1");
    assert.equal(await page.locator('[name="regions"]').inputValue(), "eu-west-1");
    await page.getByRole("button", { name: "Start over" }).click();
    assert.equal(new URL(page.url()).hash, "#v=1");
    const fresh = await open();
    assert.deepEqual(await answers(page), await answers(fresh));
  });

  test("tabs of files move with the arrows", async () => {
    const page = await open();
    const tabs = page.getByRole("tab");
    await tabs.first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await tabs.nth(1).getAttribute("aria-selected"), "true");
    assert.ok(await page.locator("#file-1").isVisible());
    assert.ok(await page.locator("#file-0").isHidden());
    await page.keyboard.press("End");
    assert.equal(await tabs.last().getAttribute("aria-selected"), "true");
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing in ${colorScheme}`, async () => {
      const page = await open("v=1&plan=essentials&data-loss=nothing&survive=zoo", { colorScheme, reducedMotion: "reduce" });
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

  test("on a phone the summing line is in sight and leads to the result", async () => {
    const page = await open("", { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    const line = page.locator("#summing");
    const { y } = await line.boundingBox();
    assert.ok(y > 600 && y < 740, `the line stands at ${y}`);
    await page.getByRole("button", { name: "Result" }).click();
    const top = (await page.locator('[data-part="settings"]').boundingBox()).y;
    assert.ok(top > 0 && top < 740, `the settings stand at ${top}`);
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
