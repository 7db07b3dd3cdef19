"""The drills' work, done by the project or by the library's quick-start: see ../README.md."""

import asyncio
import json
import os
import signal
import sys
import time

START = time.monotonic()
KEY = os.environ["DRILL_KEY"]


def say(op, client, ok, began, value=None, err=None):
    now = time.monotonic()
    line = {"t": round(began - START, 4), "op": op, "client": client, "ok": ok}
    line |= {"ms": round((now - began) * 1000, 1), "value": value, "err": err}
    print(json.dumps(line), flush=True)


async def call(op, client, work):
    began = time.monotonic()
    try:
        value = await work
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        say(op, client, False, began, err=f"{type(error).__name__}: {error}")
    else:
        say(op, client, True, began, value if isinstance(value, int) else None)


async def quick_start():
    import redis.asyncio as redis

    client = redis.Redis(
        host=os.environ["REDIS_HOST"],
        port=int(os.environ["REDIS_PORT"]),
        username=os.environ["REDIS_USERNAME"],
        password=os.environ["REDIS_PASSWORD"],
        ssl=True,
        ssl_ca_certs=os.environ["REDIS_CA_FILE"],
        decode_responses=True,
    )
    return client, client


async def ours():
    from redis_connection import Clients

    clients = await Clients().open()
    return clients.safe, clients.once


async def main():
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    try:
        safe, once = await (quick_start() if "quick-start" in sys.argv else ours())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        say("open", "safe", False, START, err=f"{type(error).__name__}: {error}")
        return 1
    while not stopping.is_set():
        await call("incr", "once", once.incr(KEY))
        await call("set", "safe", safe.set(KEY + ":set", "x"))
        await call("get", "safe", safe.get(KEY + ":set"))
        await asyncio.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
