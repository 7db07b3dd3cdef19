// For browsers and bundlers: fetches the core from beside this file.
import load from "./core.js";

await load();

export * from "./functions.js";
export * from "./schema.js";
