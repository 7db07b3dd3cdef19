// The package as a site uses it: the same bytes as the native core, and errors that say where.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { recommend, render, schema } from "holdfast";

// What the package's own functions call: the text before it becomes an object.
const core = await import(new URL("core.js", import.meta.resolve("holdfast")));

const bad = (where, found, more = {}) => ({ name: "BadInput", where, found, ...more });

test("answers become a plan and a project", () => {
  const answers = { plan: "pro", endpoint: "public", data_loss: "one-second", survive: "zone", client: "go-redis" };
  const { settings } = recommend(answers);
  assert.equal(settings.persistence.value, "aof-every-1-second");
  assert.equal(settings.replication.value, "multi-zone");
  assert.equal(settings.tls.value, "on");
  const files = render("node-redis", answers);
  assert.ok(files.some(({ path, text }) => path === "package.json" && JSON.parse(text).dependencies["@redis/client"]));
  assert.deepEqual(render("node-redis"), render("node-redis", {}));
  assert.equal(recommend().answers.plan, "undecided");
});

test("the schemas are those of the answers and of what comes back", () => {
  assert.deepEqual(Object.keys(recommend().answers), Object.keys(schema.answers.properties));
  assert.deepEqual(Object.keys(recommend()), Object.keys(schema.plan.properties));
  assert.deepEqual(Object.keys(render("jedis")[0]), schema.project.$defs.File.required);
});

test("what is no answer says where it is, what was found and what was expected", () => {
  assert.throws(() => recommend({ survive: "zones" }), {
    message: 'survive: found "zones", expected one of "nothing", "node", "zone", "region"; did you mean "zone"?',
    ...bad("survive", '"zones"', { expected: 'one of "nothing", "node", "zone", "region"', nearest: "zone" }),
  });
  assert.throws(() => recommend({ deadline: "2000" }), bad("deadline", '"2000"', { nearest: undefined }));
  assert.throws(() => recommend({ deadline: NaN }), bad("deadline", "null"));
  assert.throws(() => recommend({ password: "hunter2" }), bad("password", "a secret"));
  assert.throws(() => render("redis-cobol"), bad("client", '"redis-cobol"'));
  assert.throws(() => render(undefined), bad("client", '"undefined"'));
  assert.throws(() => render("jedis", { plan: "por" }), bad("plan", '"por"'));
});

test("what is no JSON is refused, too", () => {
  const circle = {};
  circle.plan = circle;
  for (const answers of [null, [], 1, "{}", true, () => {}, Symbol("pro"), 1n, { deadline: 1n }, circle, "\ud800"]) {
    assert.throws(() => recommend(answers), {
      name: "BadInput",
      where: "answers",
      expected: /^a JSON object of answers/,
    });
  }
  assert.throws(() => recommend({ name: "\ud800" }), { name: "BadInput" });
});

test("what browsers load is the same", async (t) => {
  t.mock.method(globalThis, "fetch", async (url) => {
    assert.equal(url.href, new URL("core_bg.wasm", import.meta.resolve("holdfast")).href);
    return new Response(readFileSync(url), { headers: { "content-type": "application/wasm" } });
  });
  // As another module, which loads the core on its own.
  const web = await import(new URL("index.js", import.meta.resolve("holdfast")));
  assert.deepEqual(Object.keys(web), ["recommend", "render", "schema"]);
  assert.deepEqual(web.recommend(), recommend());
});

test("native and wasm give the same bytes", (t) => {
  const lines = readFileSync(process.env.HOLDFAST_SUMS, "utf8").trimEnd().split("\n");
  const clients = new Set();
  for (const line of lines) {
    const [client, plan, files, answers] = line.split("\t");
    clients.add(client);
    assert.equal(sum(core.recommend(answers)), plan, `the plan for ${answers}`);
    assert.equal(sum(core.render(client, answers)), files, `the project for ${answers}`);
  }
  assert.deepEqual([...clients].sort(), [...schema.answers.properties.client.enum].sort());
  t.diagnostic(`${lines.length} answers`);
});

// FNV-1a, 32 bits.
function sum(text) {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193);
  return (sum >>> 0).toString(16).padStart(8, "0");
}
