// Pictures of every part of the page at two widths, light and dark, in target/shots: to be looked at.

import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { measured, settled, start, unfold } from "./browser.mjs";

const FOLDER = resolve(import.meta.dirname, "../../target/shots");
const SIZES = [{ width: 1280, height: 800 }, { width: 360, height: 740 }];
const WRONG = "#v=1&plan=essentials&data-loss=nothing&survive=zoo";
const GIVEN = {
  audit: readFileSync(join(import.meta.dirname, "../exports/free.json"), "utf8"),
  diagnose: "redis.exceptions.ConnectionError: Error 111 connecting to redis-1.example.com:12345. Connection refused.",
};

const { browser, address, stop } = await start();
rmSync(FOLDER, { recursive: true, force: true });
let count = 0;
for (const viewport of SIZES) {
  for (const colorScheme of ["light", "dark"]) {
    const options = { viewport, colorScheme, reducedMotion: "reduce" };
    const take = async (what, name) => {
      count += 1;
      await what.screenshot({ path: join(FOLDER, `${viewport.width}-${colorScheme}-${name}.png`), fullPage: name.startsWith("whole") });
    };

    const page = await fresh(options);
    await page.goto(address);
    await settled(page);
    await measured(page);
    await take(page, "first-screen");
    await page.locator('[name="survive"][value="node"]').check();
    await take(page, "changed");
    // High enough that nothing scrolls or sticks.
    await page.setViewportSize({ ...viewport, height: 5000 });
    for (const part of await page.locator("#result [data-part]").all()) await take(part, await part.getAttribute("data-part"));
    await unfold(page);
    await take(page.locator("form"), "form");
    await page.setViewportSize(viewport);
    await page.locator('[data-setting="persistence"] > summary').click();
    await take(page.locator('[data-setting="persistence"]'), "setting-open");

    await page.goto(address + WRONG);
    await page.reload();
    await settled(page);
    await take(page, "findings");

    for (const [kind, text] of Object.entries(GIVEN)) {
      await page.goto(`${address}#v=1&door=${kind}`);
      const door = page.locator(`holdfast-door[kind=${kind}]`);
      await door.locator("form").waitFor();
      await take(page, `${kind}-empty`);
      await door.locator("textarea").fill(text);
      await door.locator("[type=submit]").click();
      await door.locator(".said > h2").waitFor();
      await take(page, `whole-${kind}`);
    }

    await page.goto(`${address}explain/persistence.html`);
    await take(page, "whole-explain");
    await page.context().close();

    const dumb = await fresh({ ...options, javaScriptEnabled: false });
    await dumb.goto(address);
    await take(dumb, "without-javascript");
    await dumb.context().close();
  }
}
console.log(`${count} pictures in ${FOLDER}`);
await stop();

async function fresh(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
}
