# Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-py-asyncio&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes
"""Works once with each client, then answers GET /health until SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
import sys

import redis

from redis_connection import Clients, OutcomeUnknown, Refused


async def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.call_soon_threadsafe(stopping.set))
    try:
        clients = await Clients().open()
    except Refused as error:
        print(f"Redis refused the connection: {error}", file=sys.stderr)
        return 1
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda *_: loop.call_soon_threadsafe(clients.fail_over))
    worker = asyncio.create_task(work(clients))
    await asyncio.wait({worker}, timeout=5)  # when Redis is away, health is served all the same

    async def health(reader, writer):
        try:
            async with asyncio.timeout(5):
                request = await reader.readuntil(b"\r\n\r\n")
            found = request.startswith(b"GET /health ")
            well = found and await clients.healthy()
            status = "200 OK" if well else "503 Service Unavailable" if found else "404 Not Found"
            body = '{"status":"ok"}' if well else '{"status":"down"}'
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n{body}".encode())
            await writer.drain()
        except (EOFError, OSError, asyncio.LimitOverrunError):
            pass  # whoever asked is gone
        finally:
            writer.close()

    server = await asyncio.start_server(health, "127.0.0.1", int(os.environ.get("HEALTH_PORT", "8080")))
    print(f"health: http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health", flush=True)
    await stopping.wait()
    server.close()
    worker.cancel()
    await asyncio.wait({worker})
    await clients.close()
    print("closed", flush=True)
    return 0


async def work(clients):
    steps = {
        "safe": lambda: clients.safe.set("holdfast:demo", "ok", ex=60),
        "once": lambda: clients.once.incr("holdfast:counter"),
        "blocking": lambda: clients.blocking.blpop("holdfast:queue", timeout=1),
    }
    for name, step in steps.items():
        while True:
            try:
                await step()
                print(f"{name}: ok", flush=True)
                break
            except OutcomeUnknown as error:
                logging.warning("%s: %s", name, error)
                break  # it may have been applied: look before you repeat it
            except redis.RedisError as error:
                logging.warning("%s: %s", name, error)
                await asyncio.sleep(1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
