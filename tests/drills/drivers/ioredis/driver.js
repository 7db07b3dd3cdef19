// The drills' work, done by the project or by the library's quick-start: see ../README.md.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

const { env } = process;
const project = pathToFileURL(process.cwd() + "/");
const start = performance.now();
let stopping = false;
process.once("SIGTERM", () => (stopping = true));

function say(op, client, ok, began, value, err) {
  const [t, ms] = [(began - start) / 1000, performance.now() - began];
  console.log(JSON.stringify({ t, op, client, ok, ms, value: value ?? null, err: err ?? null }));
}

async function call(op, client, work) {
  const began = performance.now();
  try {
    const value = await work();
    say(op, client, true, began, typeof value === "number" ? value : null);
  } catch (error) {
    say(op, client, false, began, null, `${error.name}: ${error.message}`);
  }
}

async function quickStart() {
  const { Redis } = createRequire(project)("ioredis");
  const client = new Redis({
    host: env.REDIS_HOST,
    port: Number(env.REDIS_PORT),
    username: env.REDIS_USERNAME,
    password: env.REDIS_PASSWORD,
    tls: { ca: readFileSync(env.REDIS_CA_FILE) },
  });
  const call = (command) => command(client);
  return { safe: call, once: call };
}

async function ours() {
  const { Redis } = await import(new URL("redis-connection.js", project));
  return Redis.open();
}

const redis = await (process.argv[2] === "quick-start" ? quickStart() : ours()).catch((error) => {
  say("open", "safe", false, start, null, `${error.name}: ${error.message}`);
  process.exit(1);
});
while (!stopping) {
  await call("incr", "once", () => redis.once((client) => client.incr(env.DRILL_KEY)));
  await call("set", "safe", () => redis.safe((client) => client.set(`${env.DRILL_KEY}:set`, "x")));
  await call("get", "safe", () => redis.safe((client) => client.get(`${env.DRILL_KEY}:set`)));
  await sleep(50);
}
process.exit(0);
