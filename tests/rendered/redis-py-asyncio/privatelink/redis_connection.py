# Holdfast 0.1.0 #v=1&plan=pro&endpoint=privatelink&client=redis-py-asyncio
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per event loop."""

import asyncio
import contextlib
import logging
import os
import random
import re
import socket
import ssl
import struct
import time

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import FullJitterBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError
from redis.maint_notifications import EndpointType, MaintNotificationsConfig

DEADLINE = 2.0  # seconds a call may take, whatever happens
POOL_WAIT = 0.2
CONNECT_TIMEOUT = 0.58  # name, TCP, TLS and AUTH of a dial together
COMMAND_TIMEOUT = 0.58
ATTEMPTS, RETRY_PAUSE = 2, 0.05
RECONNECT_BASE, RECONNECT_CAP = 0.2, 2.0
REFUSED_PAUSE = (30.0, 60.0)
REFRESH_AFTER = 60.0
TCP = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
NOT_APPLIED = (AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError)  # Redis says so itself
FAULTS = (redis.ConnectionError, redis.TimeoutError, *NOT_APPLIED)
# The files, our verdict and the server's on a certificate; all else that OpenSSL says is the network's.
CERTIFICATE = re.compile(r"^\[(?!SSL: |SSL\] tls)|ALERT\w*CERTIFICATE|CERTIFICATE_VERIFY|UNKNOWN_CA|UNRECOGNIZED_NAME")
log = logging.getLogger(__name__)


class Refused(redis.RedisError):
    """Password, certificate or host name: a person has to act."""


class OutcomeUnknown(redis.RedisError):
    """The reply was lost: the command may or may not have been applied."""


class Gate:
    """In front of every dial to a host: after a fault one dial at a time, each behind a random pause."""

    def __init__(self, name):
        self.name, self.up = name, asyncio.Event()
        self.failures, self.fault = 0, None
        self.opens = self.answered = self.lost = self.trouble = self.stale = 0.0

    async def enter(self, left):
        while (pause := max(self.opens - time.monotonic(), 0)) and pause + CONNECT_TIMEOUT < left():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.up.wait(), pause)
        if pause + CONNECT_TIMEOUT > left():
            raise redis.ConnectionError(f"no time for a dial: next in {pause:.1f} s ({self.fault})")
        if self.failures:
            self.opens = time.monotonic() + CONNECT_TIMEOUT

    def success(self, dialled):
        self.answered = time.monotonic()
        if not self.up.is_set() and dialled > self.lost:
            self.up.set()
            self.failures, self.opens = 0, 0.0
            log.info("%s: connected", self.name)

    def failure(self, fault, began):
        if began < self.lost:
            return  # another caller met the same fault
        now = self.lost = time.monotonic()
        pause = (0, min(RECONNECT_CAP, RECONNECT_BASE * 2 ** min(self.failures, 9)))
        if self.answered < began or isinstance(fault, NOT_APPLIED):
            self.stale = now  # connections that were dialled before are no better
        if not self.failures:
            self.trouble = now
        if isinstance(fault, Refused):
            pause = REFUSED_PAUSE
            if self.failures or self.answered:  # else `open` says it
                log.error("%s: refused: %s", self.name, fault)
        elif not self.failures:
            log.warning("%s: lost, reconnecting: %s", self.name, fault)
        elif now - self.trouble > REFRESH_AFTER:
            self.trouble = self.stale = now
            log.warning("%s: all dropped after %d s: flush the DNS cache of this machine", self.name, REFRESH_AFTER)
        self.up.clear()
        self.failures, self.fault = self.failures + 1, fault
        self.opens = now + random.uniform(*pause)


class Connection(redis.SSLConnection):
    """Dials through its gate, and waits for nothing longer than its call may take."""

    def __init__(self, gate, once, **options):
        self.gate, self.once = gate, once
        self.sent, self.began, self.dialled, self.ends = False, 0.0, 0.0, 0.0
        self.lost = False  # the reply of a try of this call
        super().__init__(**options)

    def left(self):
        return self.ends - time.monotonic()

    async def connect_check_health(self, **_):
        """Every dial."""
        if self.is_connected:
            return
        began = 0.0
        try:
            await self.gate.enter(self.left)
            self.sent, began = False, time.monotonic()
            self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial, as the certificates are
            if not self.password:
                raise Refused("REDIS_PASSWORD is not set")
            await super().connect_check_health(check_health=False, retry_socket_connect=False)
        except (Refused, *FAULTS) as fault:
            cause, error = fault.__context__, fault
            if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and CERTIFICATE.search(str(cause)):
                error = Refused(f"certificate or host name, check REDIS_CA_FILE and REDIS_HOST ({cause})")
            if isinstance(fault, AuthenticationError):
                error = Refused(f"user or password, check REDIS_USERNAME and REDIS_PASSWORD ({fault})")
            if began:
                self.gate.failure(error, began)
            raise OutcomeUnknown(f"outcome unknown: {error}") if self.lost else error from cause
        self.dialled = time.monotonic()
        # When it is closed the kernel delivers nothing more: no write arrives after its caller was told that it failed.
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _connection_arguments(self):
        tls = ssl.create_default_context(cafile=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"))
        return {"host": self.host, "port": self.port, "ssl": tls}

    async def disconnect(self, nowait=True, **options):
        if self._writer:
            self._writer.transport.abort()  # a silent peer answers no goodbye
        await super().disconnect(nowait=True, **options)

    async def send_packed_command(self, command, check_health=True):
        if check_health and self.is_connected and not self.sent:  # a call begins
            if self._writer.is_closing() or self._reader.at_eof():
                self.gate.failure(redis.ConnectionError("closed while idle"), self.dialled)
                await self.disconnect()
            elif self.dialled < self.gate.stale:
                await self.disconnect()
            elif asyncio.get_running_loop().time() > self.next_health_check:
                with contextlib.suppress(*FAULTS):  # has it died? Then it is dialled anew
                    await self._send_ping()
        if self.once and self.sent and not self.is_connected:
            raise redis.ConnectionError("lost in this call")  # no new one for UNWATCH: it would hide the outcome
        await self.connect_check_health()
        if check_health:
            self.sent, self.began = True, time.monotonic()
        async with self.watched():
            await super().send_packed_command(command, check_health=False)

    async def read_response(self, *args, **options):
        async with self.watched():
            reply = await super().read_response(*args, **options)
        if self.sent:
            self.gate.success(self.dialled)
        return reply

    @contextlib.asynccontextmanager
    async def watched(self):
        lost = self.lost
        try:
            async with asyncio.timeout(self.left()):
                yield
        except (TimeoutError, *FAULTS) as error:
            fault = redis.TimeoutError("no time left") if isinstance(error, TimeoutError) else error
            if self.sent:
                self.gate.failure(fault, self.began)
                if isinstance(fault, NOT_APPLIED):
                    self.mark_for_reconnect()  # the name may have moved
                else:
                    self.lost = True
                if lost or (self.once and self.lost):
                    raise OutcomeUnknown(f"outcome unknown: {fault}") from error
            raise fault from error.__cause__


class Pool(redis.BlockingConnectionPool):
    async def ensure_connection(self, connection):
        """A call begins. It dials itself, with its repeat."""
        connection.sent, connection.lost = False, False
        connection.ends = time.monotonic() + DEADLINE - POOL_WAIT


class Clients:
    """`safe` tries again: reads, and writes that may be applied twice. `once` never: counters, pushes, money."""

    def __init__(self):
        gate = Gate(os.environ.get("REDIS_HOST", "redis-12345.example.com"))
        self.safe = client(gate)
        self.once = client(gate, once=True)

    async def open(self):
        """Raises `Refused`. That Redis is away is no reason to: the connection comes back later."""
        with contextlib.suppress(OutcomeUnknown, *FAULTS):
            await self.safe.ping()
        return self

    async def healthy(self):
        try:
            return bool(await self.safe.ping())
        except redis.RedisError:
            return False

    async def close(self):
        await self.safe.aclose()
        await self.once.aclose()


def client(gate, once=False):
    pool = Pool(
        host=gate.name,
        port=int(os.environ.get("REDIS_PORT", "12345")),
        retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), 0 if once else ATTEMPTS - 1, FAULTS),
        connection_class=Connection,
        gate=gate,
        once=once,
        maint_notifications_config=MaintNotificationsConfig(
            proactive_reconnect=False, relaxed_timeout=DEADLINE, endpoint_type=EndpointType.NONE
        ),
        username=os.environ.get("REDIS_USERNAME", "default"),
        client_name="app",
        max_connections=10,
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=COMMAND_TIMEOUT,
        health_check_interval=5.0,  # idle for longer: PING first
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},
    )
    return redis.Redis.from_pool(pool)
