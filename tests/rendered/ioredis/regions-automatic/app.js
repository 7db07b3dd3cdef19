// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=ioredis&write-regions=3&region-failover=automatic
import { createServer } from "node:http";
import { Refused } from "./redis-connection.js";
import { Regions } from "./redis-regions.js";

const redis = await Regions.open().catch((error) => {
  if (!(error instanceof Refused)) throw error;
  process.exit(1); // the connection has said what was refused
});

const server = createServer(async (request, response) => {
  const up = request.url === "/health" && (await redis.healthy());
  response.writeHead(up ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify({ status: up ? "ok" : "down" }));
});

async function stop() {
  server.close();
  server.closeAllConnections();
  await redis.close();
  console.log("closed");
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
process.on("SIGUSR1", () => redis.failOver());

await demo("safe", () => redis.safe((client) => client.set("app:safe", "1")));
await demo("once", () => redis.once((client) => client.incr("app:once")));
server.listen(Number(process.env.HEALTH_PORT ?? 8080), "127.0.0.1", () => {
  console.log(`health: http://127.0.0.1:${server.address().port}/health`);
});

async function demo(name, work) {
  try {
    await work();
    console.log(`${name}: ok`);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
  }
}
