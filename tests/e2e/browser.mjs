// What every look at the page in a real browser begins with.
//
// HOLDFAST_URL   a page that is already served; else dist/ is served from here, below a path
// HOLDFAST_DIST  another folder than dist/
// CHROMIUM       the browser, /usr/bin/chromium by default

import { join, resolve } from "node:path";

import { chromium } from "playwright-core";

import { serve } from "./serve.mjs";

export const DIST = resolve(process.env.HOLDFAST_DIST ?? join(import.meta.dirname, "../../dist"));

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser, the page's address, and a way to stop both. */
export async function start(options) {
  const server = process.env.HOLDFAST_URL ? null : await serve(DIST, "/some/where/", options);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const stop = async () => {
    await browser.close();
    server?.stop();
  };
  return { browser, address: process.env.HOLDFAST_URL ?? server.address, stop };
}

/** The live page is there with its last change drawn, and with the files of its client: they are fetched when it is chosen. */
export async function settled(page) {
  await page.waitForSelector("#app #result", { state: "attached" });
  await page.waitForFunction(() => !document.getElementById("app").hidden);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
  await page.waitForSelector('#result [data-part="code"] pre[data-file]', { state: "attached" });
}

/** What was measured with the client is there: it is fetched after its files. */
export async function measured(page) {
  await page.waitForSelector('#result [data-part="evidence"] .words');
  return page.locator('#result [data-part="evidence"]');
}

/** Opens every fold of a part of the page, as a person would before reading what stands in one. */
export async function unfold(page, part = "form") {
  const folded = page.locator(`${part} details:not([open]) > summary`);
  while ((await folded.count()) > 0) await folded.first().click();
}

/**
 * The page at its default answers as it stands in `web/first.html`: what a browser keeps beside its elements is written
 * into them, files behind their tabs are left out, and lines break inside of tags, where that changes nothing.
 */
export async function firstSight(page) {
  await measured(page);
  const html = await page.evaluate(() => {
    const app = document.getElementById("app").cloneNode(true);
    for (const door of app.querySelectorAll("holdfast-door")) door.remove();
    for (const file of app.querySelectorAll("[role=tabpanel][hidden] code")) file.textContent = "";
    for (const input of app.querySelectorAll("input")) {
      if (input.type === "radio") input.toggleAttribute("checked", input.checked);
      else input.setAttribute("value", input.value);
    }
    return app.innerHTML;
  });
  return `${html.replaceAll("><", "\n><")}\n`;
}
