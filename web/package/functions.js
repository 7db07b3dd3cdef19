// The core's functions with objects in place of JSON.
import * as core from "./core.js";

/** What JSON can't say is left to the core, which refuses it like other bad input. */
function json(answers) {
  try {
    return JSON.stringify(answers) ?? "";
  } catch {
    return "";
  }
}

export const recommend = (answers = {}) => JSON.parse(core.recommend(json(answers)));

export const render = (client, answers = {}) => JSON.parse(core.render(String(client), json(answers)));
