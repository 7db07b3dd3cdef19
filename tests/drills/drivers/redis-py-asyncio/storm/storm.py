"""A hundred clients in one process, each with one write in half a second: see ../../README.md."""

import asyncio
import signal
import sys

import driver

CLIENTS = 100


async def work(client, number):
    await asyncio.sleep(0.5 * number / CLIENTS)
    while True:
        await driver.call("set", str(number), client.set(f"{driver.KEY}:{number}", "x"))
        await asyncio.sleep(0.5)


async def main():
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    start = driver.quick_start if "quick-start" in sys.argv else driver.ours
    works = []
    for number in range(CLIENTS):
        safe, _ = await start()
        works.append(asyncio.create_task(work(safe, number)))
    await stopping.wait()


if __name__ == "__main__":
    asyncio.run(main())
