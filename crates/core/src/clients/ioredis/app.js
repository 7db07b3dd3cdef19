// fill((stamp))
import { createServer } from "node:http";
/*%- if active_active %*/
import { Refused } from "./redis-connection.js";
import { Regions } from "./redis-regions.js";
/*%- else %*/
import { Redis, Refused } from "./redis-connection.js";
/*%- endif %*/

const redis = await fill((class)).open().catch((error) => {
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
/*%- if active_active %*/
process.on("SIGUSR1", () => redis.failOver());
/*%- endif %*/

await demo("safe", () => redis.safe((client) => client.set("fill((slug)):safe", "1")));
/*%- if once %*/
await demo("once", () => redis.once((client) => client.incr("fill((slug)):once")));
/*%- endif %*/
/*%- if durable && cluster %*/
const key = "fill((slug)):durable";
await demo("durable", () => redis.durable(key, (client) => client.set(key, "1")));
/*%- else if durable %*/
await demo("durable", () => redis.durable((client) => client.set("fill((slug)):durable", "1")));
/*%- endif %*/
/*%- if blocking %*/
await demo("blocking", async () => {
  await redis.safe((client) => client.rpush("fill((slug)):jobs", "1"));
  await redis.blocking((client) => client.blpop("fill((slug)):jobs", 1));
});
/*%- endif %*/
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
