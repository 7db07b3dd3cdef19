# fill((stamp))
import os
import socket
#% if tls -%#
import ssl
#% endif -%#
import time
import unittest
from unittest import mock

import redis

from redis_connection import DEADLINE, Clients, Refused


class TestRedisConnection(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        peer = socket.create_server(("127.0.0.1", 0))  # accepts and never answers
        self.addCleanup(peer.close)
        there = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(peer.getsockname()[1]), "REDIS_PASSWORD": "secret"}
        #% if active_active -%#
        there |= {f"{name}_{n}": there[name] for n in range(2, 9) for name in ("REDIS_HOST", "REDIS_PORT")}
        #% endif -%#
        self.patch(mock.patch.dict(os.environ, there))#% if tls %#
        self.patch(mock.patch.object(ssl.SSLContext, "load_verify_locations"))  # the files aren't here#% endif %##% if mutual_tls %#
        self.patch(mock.patch.object(ssl.SSLContext, "load_cert_chain"))#% endif %#

    def patch(self, patch):
        patch.start()
        self.addCleanup(patch.stop)

    async def ends_in_time(self):
        clients = await Clients().open()
        began = time.monotonic()
        with self.assertRaises(redis.RedisError):
            await clients.safe.get("key")
        self.assertLess(time.monotonic() - began, DEADLINE * 1.25 + 0.2)
        await clients.close()

    async def test_a_silent_peer_holds_no_call_beyond_the_deadline(self):
        await self.ends_in_time()

    async def test_nor_does_a_dead_name_server(self):
        os.environ["REDIS_HOST"] = "redis.example.com"
        self.patch(mock.patch.object(socket, "getaddrinfo", lambda *_, **__: time.sleep(DEADLINE * 2)))
        await self.ends_in_time()

    async def test_a_missing_password_is_a_clear_error(self):
        del os.environ["REDIS_PASSWORD"]
        with self.assertRaisesRegex(Refused, "REDIS_PASSWORD is not set"):
            await Clients().open()


if __name__ == "__main__":
    unittest.main()
