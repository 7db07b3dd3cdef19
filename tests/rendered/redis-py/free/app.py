# Holdfast 0.1.0 #v=1&plan=free
"""Works once with each client, then answers GET /health until SIGTERM or SIGINT."""

import logging
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

from redis_connection import Clients, OutcomeUnknown, Refused

stopping = threading.Event()


def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    try:
        clients = Clients()
    except Refused as error:
        print(f"Redis refused the connection: {error}", file=sys.stderr)
        return 1
    worker = threading.Thread(target=work, args=(clients,))
    worker.start()
    worker.join(5)  # when Redis is away, health is served all the same
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("HEALTH_PORT", "8080"))), Health)
    server.clients = clients
    threading.Thread(target=server.serve_forever).start()
    print(f"health: http://127.0.0.1:{server.server_port}/health", flush=True)
    while not stopping.wait(1):
        pass
    server.shutdown()
    worker.join()
    clients.close()
    print("closed", flush=True)
    return 0


def work(clients):
    steps = {
        "safe": lambda: clients.safe.set("holdfast:demo", "ok", ex=60),
        "once": lambda: clients.once.incr("holdfast:counter"),
    }
    for name, step in steps.items():
        while not stopping.is_set():
            try:
                step()
                print(f"{name}: ok", flush=True)
                break
            except OutcomeUnknown as error:
                logging.warning("%s: %s", name, error)
                break  # it may have been applied: look before you repeat it
            except redis.RedisError as error:
                logging.warning("%s: %s", name, error)
                stopping.wait(1)


class Health(BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        found = self.path == "/health"
        well = found and self.server.clients.healthy()
        body = b'{"status":"ok"}' if well else b'{"status":"down"}'
        self.send_response(200 if well else 503 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    sys.exit(main())
