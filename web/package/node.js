// For Node.js, whose `fetch` reads no files.
import { readFileSync } from "node:fs";

import { initSync } from "./core.js";

initSync({ module: readFileSync(new URL("core_bg.wasm", import.meta.url)) });

export * from "./functions.js";
export * from "./schema.js";
