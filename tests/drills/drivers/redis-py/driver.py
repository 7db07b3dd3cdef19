"""The drills' work, done by the project or by the library's quick-start: see ../README.md."""

import json
import os
import signal
import sys
import time

START = time.monotonic()
KEY = os.environ["DRILL_KEY"]
stopping = False


def stop(*_):
    global stopping
    stopping = True


def say(op, client, ok, began, value=None, err=None):
    now = time.monotonic()
    line = {"t": round(began - START, 4), "op": op, "client": client, "ok": ok}
    line |= {"ms": round((now - began) * 1000, 1), "value": value, "err": err}
    print(json.dumps(line), flush=True)


def call(op, client, work):
    began = time.monotonic()
    try:
        value = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        say(op, client, False, began, err=f"{type(error).__name__}: {error}")
    else:
        say(op, client, True, began, value if isinstance(value, int) else None)


def quick_start():
    import redis

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


def ours():
    from redis_connection import Clients

    clients = Clients()
    return clients.safe, clients.once


def main():
    signal.signal(signal.SIGTERM, stop)
    try:
        safe, once = quick_start() if "quick-start" in sys.argv else ours()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        say("open", "safe", False, START, err=f"{type(error).__name__}: {error}")
        return 1
    while not stopping:
        call("incr", "once", lambda: once.incr(KEY))
        call("set", "safe", lambda: safe.set(KEY + ":set", "x"))
        call("get", "safe", lambda: safe.get(KEY + ":set"))
        time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())
