"""A hundred clients in one process, each with one write in half a second: see ../../README.md."""

import signal
import sys
import threading
import time

import driver

CLIENTS = 100
lock = threading.Lock()
say = driver.say


def one_at_a_time(*words, **more):
    with lock:
        say(*words, **more)


def work(client, number):
    time.sleep(0.5 * number / CLIENTS)
    while not driver.stopping:
        driver.call("set", str(number), lambda: client.set(f"{driver.KEY}:{number}", "x"))
        time.sleep(0.5)


def main():
    driver.say = one_at_a_time
    signal.signal(signal.SIGTERM, driver.stop)
    start = driver.quick_start if "quick-start" in sys.argv else driver.ours
    for number in range(CLIENTS):
        safe, _ = start()
        threading.Thread(target=work, args=(safe, number), daemon=True).start()
    while not driver.stopping:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
