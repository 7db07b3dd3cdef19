// Holdfast 0.1.0 #v=1&client=ioredis&runtime=kubernetes
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rootCertificates } from "node:tls";

const silent = createServer((socket) => socket.unref().on("error", () => {}));
silent.listen(0, "127.0.0.1").unref();
await once(silent, "listening");
process.env.REDIS_HOST = "127.0.0.1";
process.env.REDIS_PORT = String(silent.address().port);
process.env.REDIS_CA_FILE = join(tmpdir(), `redis-test-${process.pid}.pem`);
writeFileSync(process.env.REDIS_CA_FILE, rootCertificates[0]);
const { Redis } = await import("./redis-connection.js");

test("a peer that never answers does not hold a call beyond the deadline", async () => {
  process.env.REDIS_PASSWORD = "test";
  const redis = await Redis.open();
  const start = performance.now();
  await assert.rejects(redis.safe((client) => client.get("key")));
  assert.ok(performance.now() - start < 2600);
  await redis.close();
});

test("a missing password is a clear error", async () => {
  delete process.env.REDIS_PASSWORD;
  await assert.rejects(Redis.open(), /REDIS_PASSWORD is not set/);
});
