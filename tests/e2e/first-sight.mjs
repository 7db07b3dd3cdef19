// Writes web/first.html anew: the page at its default answers, as the built page shows it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { firstSight, settled, start } from "./browser.mjs";

const { browser, address, stop } = await start();
const page = await browser.newPage();
await page.goto(address);
await settled(page);
writeFileSync(join(import.meta.dirname, "../../web/first.html"), await firstSight(page));
await stop();
