# fill((stamp))
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per event loop."""

import asyncio
import contextlib
import logging
#% if durable -%#
import math
#% endif -%#
import os
import random
#% if tls -%#
import re
#% endif -%#
import socket
#% if tls -%#
import ssl
#% endif -%#
import struct
import time
#% if automatic -%#
import uuid
#% endif -%#
#% if cluster -%#
from contextvars import ContextVar
from functools import cache
#% endif %#
import redis.asyncio as redis
#% if cluster -%#
from redis.asyncio.cluster import ClusterPipeline, RedisCluster
#% endif -%#
from redis.asyncio.retry import Retry
from redis.backoff import FullJitterBackoff
#% if cluster -%#
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    MasterDownError,#% if durable %#
    MovedError,#% endif %#
    ReadOnlyError,
    RedisClusterException,
)
#% else -%#
from redis.exceptions import AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError
#% endif -%#
#% if waits -%#
from redis.maint_notifications import EndpointType, MaintNotificationsConfig
#% else -%#
from redis.maint_notifications import MaintNotificationsConfig
#% endif %#
DEADLINE = fill((deadline_ms|seconds))  # seconds a call may take, whatever happens
POOL_WAIT = fill((pool_wait_ms|seconds))
CONNECT_TIMEOUT = fill((connect_timeout_ms|seconds))  # name, TCP, TLS and AUTH of a dial together
COMMAND_TIMEOUT = fill((command_timeout_ms|seconds))
ATTEMPTS, RETRY_PAUSE = fill((attempts)), fill((retry_base_ms|seconds))
RECONNECT_BASE, RECONNECT_CAP = fill((reconnect_base_ms|seconds)), fill((reconnect_cap_ms|seconds))
REFUSED_PAUSE = (fill((refused_min_ms|seconds)), fill((refused_max_ms|seconds)))
REFRESH_AFTER = fill((refresh_after_ms|seconds))
#% if automatic && !serverless -%#
PROBE_INTERVAL, PROBE_TIMEOUT = fill((probe_interval_ms|seconds)), fill((probe_timeout_ms|seconds))
#% else if automatic -%#
PROBE_TIMEOUT = fill((probe_timeout_ms|seconds))
#% endif -%#
#% if blocking -%#
LONGEST_BLOCK = 30.0  # the longest that BLPOP or XREAD may be told to wait
#% endif -%#
#% if !serverless -%#
TCP = {"TCP_KEEPIDLE": fill((keepalive_ms|s)), "TCP_KEEPINTVL": fill((keepalive_interval_ms|s)), "TCP_KEEPCNT": 3}
#% endif -%#
NOT_APPLIED = (AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError)  # Redis says so itself
FAULTS = (redis.ConnectionError, redis.TimeoutError, *NOT_APPLIED)
#% if tls -%#
# The files, our verdict and the server's on a certificate; all else that OpenSSL says is the network's.
CERTIFICATE = re.compile(r"^\[(?!SSL: |SSL\] tls)|ALERT\w*CERTIFICATE|CERTIFICATE_VERIFY|UNKNOWN_CA|UNRECOGNIZED_NAME")
#% endif -%#
log = logging.getLogger(__name__)
#% if cluster -%#
ends = ContextVar("ends", default=0.0)  # of the running call
lost_one = ContextVar("lost_one", default=False)  # the reply of a try of it
#% endif %#

class Refused(redis.RedisError):
    """fill((refusable)): a person has to act."""


class OutcomeUnknown(redis.RedisError):
    """The reply was lost: the command may or may not have been applied."""


class Gate:
    """In front of every dial to a host: after a fault one dial at a time, each behind a random pause."""

    def __init__(self, name#% if active_active %#, suffix#% endif %#):
        self.name, self.up = name, asyncio.Event()
        #% if active_active -%#
        self.suffix = suffix
        #% endif -%#
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

#% if active_active %#
def env(name, suffix, default=None):
    value = os.environ.get(name + suffix) or os.environ.get(name) or default
    if not value:
        raise Refused(f"{name} is not set")
    return value


def endpoint(suffix):
    host = os.environ.get("REDIS_HOST" + suffix) or ("" if suffix else "fill((host))")
    if not host:
        raise Refused(f"REDIS_HOST{suffix} is not set")
    return host, int(os.environ.get("REDIS_PORT" + suffix) or "fill((port))")

#% else if cluster %#
def endpoint():
    return os.environ.get("REDIS_HOST", "fill((host))"), int(os.environ.get("REDIS_PORT", "fill((port))"))

#% endif %#
class Connection(redis.#% if tls %#SSL#% endif %#Connection):
    """Dials through its gate, and waits for nothing longer than its call may take."""

    def __init__(self, gate#% if unknown %#, once#% endif %##% if pubsub %#, block#% endif %#, **options):
        #% if unknown -%#
        self.gate, self.once = gate, once
        #% else -%#
        self.gate = gate
        #% endif -%#
        #% if pubsub -%#
        self.deadline, self.asked = block + DEADLINE, None
        #% endif -%#
        #% if serverless -%#
        self.used = 0.0
        #% endif -%#
        #% if cluster -%#
        self.sent, self.began, self.dialled = False, 0.0, 0.0
        super().__init__(**options)

    def left(self):
        return ends.get() - time.monotonic()

    def should_reconnect(self):
        self.sent = False  # the node asks as a call begins
        return super().should_reconnect()
#% else -%#
        self.sent, self.began, self.dialled, self.ends = False, 0.0, 0.0, 0.0
        self.lost = False  # the reply of a try of this call
        super().__init__(**options)

    def left(self):
        return self.ends - time.monotonic()
#% endif %##% if pubsub %#
    async def connect(self):
        """PubSub keeps its connection, and asks for this as a call begins."""
        self.ends, self.lost = time.monotonic() + self.deadline, False
        await super().connect()
#% endif %#
    async def connect_check_health(self, **_):
        """Every dial."""
        if self.is_connected:
            return
        #% if pubsub -%#
        self.asked = None
        #% endif -%#
        began = 0.0
        try:
            await self.gate.enter(self.left)
            self.sent, began = False, time.monotonic()
            #% if active_active -%#
            self.password = env("REDIS_PASSWORD", self.gate.suffix)  # read anew by each dial, as the certificates are
            #% else -%#
            self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial#% if tls %#, as the certificates are#% endif %#
            if not self.password:
                raise Refused("REDIS_PASSWORD is not set")
            #% endif -%#
            await super().connect_check_health(check_health=False, retry_socket_connect=False)
        except (Refused, *FAULTS) as fault:
            cause, error = fault.__context__, fault#% if tls %#
            if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and CERTIFICATE.search(str(cause)):
                #% if mutual_tls -%#
                names = "REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE"
                error = Refused(f"certificate or host name, check {names} ({cause})")#% else -%#
                error = Refused(f"certificate or host name, check REDIS_CA_FILE and REDIS_HOST ({cause})")#% endif %##% endif %#
            if isinstance(fault, AuthenticationError):
                error = Refused(f"user or password, check REDIS_USERNAME and REDIS_PASSWORD ({fault})")
            if began:
                self.gate.failure(error, began)
            raise OutcomeUnknown(f"outcome unknown: {error}") if fill((lost)) else error from cause
        self.dialled = time.monotonic()
        # When it is closed the kernel delivers nothing more: no write arrives after its caller was told that it failed.
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
#% if tls %#
    def _connection_arguments(self):
        #% if active_active -%#
        tls = ssl.create_default_context(cafile=env("REDIS_CA_FILE", self.gate.suffix, "redis_ca.pem"))
        #% else -%#
        tls = ssl.create_default_context(cafile=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"))
        #% endif -%#
        #% if mutual_tls && active_active -%#
        tls.load_cert_chain(
            env("REDIS_CERT_FILE", self.gate.suffix, "redis_user.crt"),
            env("REDIS_KEY_FILE", self.gate.suffix, "redis_user_private.key"),
        )
        #% else if mutual_tls -%#
        tls.load_cert_chain(
            os.environ.get("REDIS_CERT_FILE", "redis_user.crt"),
            os.environ.get("REDIS_KEY_FILE", "redis_user_private.key"),
        )
        #% endif -%#
        #% if cluster -%#
        # Nodes are listed by address; their certificate has the name of the endpoint.
        name, _ = endpoint(#% if active_active %#self.gate.suffix#% endif %#)
        return {"host": self.host, "port": self.port, "ssl": tls, "server_hostname": name}
#% else -%#
        return {"host": self.host, "port": self.port, "ssl": tls}
#% endif %##% endif %#
    async def disconnect(self, nowait=True, **options):
        if self._writer:
            self._writer.transport.abort()  # a silent peer answers no goodbye
        await super().disconnect(nowait=True, **options)

    async def send_packed_command(self, command, check_health=True):
        #% if pubsub -%#
        if not check_health and (self.sent or not self.is_connected):
            await self.connect()  # PubSub pings
        #% endif -%#
        if check_health and self.is_connected and not self.sent:  # a call begins
            if self._writer.is_closing() or self._reader.at_eof():
                self.gate.failure(redis.ConnectionError("closed while idle"), self.dialled)
                await self.disconnect()
            elif self.dialled < self.gate.stale:
                await self.disconnect()
            elif #% if serverless %#abs(time.time() - self.used) > 1:  # frozen perhaps, and the other clock with it#% else %#asyncio.get_running_loop().time() > self.next_health_check:#% endif %#
                with contextlib.suppress(*FAULTS):  # has it died? Then it is dialled anew
                    await self._send_ping()
        #% if unknown -%#
        if self.once and self.sent and not self.is_connected:
            raise redis.ConnectionError("lost in this call")  # no new one for UNWATCH: it would hide the outcome
        #% endif -%#
        await self.connect_check_health()
        if check_health:
            self.sent, self.began = True, time.monotonic()
        #% if pubsub -%#
        self.asked = self.asked or time.monotonic()
        #% endif -%#
        async with self.watched():
            await super().send_packed_command(command, check_health=False)

    async def read_response(self, *args, **options):
        #% if pubsub -%#
        if heard := options.get("push_request"):  # PubSub reads what it did not ask for, and would keep what fails
            self.sent, self.began, options["disconnect_on_error"] = True, time.monotonic(), True
            self.ends = self.began + self.deadline
        #% endif -%#
        async with self.watched():
            reply = await super().read_response(*args, **options)#% if pubsub %#
            if heard and reply is None:
                if self.asked and time.monotonic() - self.asked > COMMAND_TIMEOUT:
                    await self.disconnect()
                    raise redis.TimeoutError("PING was not answered")
                return None
        self.asked = None#% endif %##% if serverless %#
        self.used = time.time()#% endif %#
        if self.sent:
            self.gate.success(self.dialled)
        return reply

    @contextlib.asynccontextmanager
    async def watched(self):
        lost = fill((lost))
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
                    fill((lose))
                if lost#% if unknown %# or (self.once and fill((lost)))#% endif %#:
                    raise OutcomeUnknown(f"outcome unknown: {fault}") from error
            raise fault from error.__cause__

#% if cluster %#
fill((cluster_part))

#% else %#
class Pool(redis.BlockingConnectionPool):
    async def ensure_connection(self, connection):
        """A call begins. It dials itself, with its repeat."""
        connection.sent, connection.lost = False, False
        connection.ends = time.monotonic() + fill((deadline)) - POOL_WAIT

#% endif %#
#% if active_active -%#
class Region:
    """The clients of one endpoint."""

    def __init__(self, suffix):
        self.suffix = suffix
        #% else -%#
class Clients:
    """`safe` tries again: reads, and writes that may be applied twice.#% if once %# `once` never: counters, pushes, money.#% endif %#"""

    def __init__(self):
        #% endif -%#
        #% if cluster && active_active -%#
        gate = cache(lambda host, port: Gate(host, suffix))  # one for each node
        #% else if cluster -%#
        gate = cache(lambda host, port: Gate(host))  # one for each node
        #% else if active_active -%#
        gate = Gate(endpoint(suffix)[0], suffix)
        #% else -%#
        gate = Gate(os.environ.get("REDIS_HOST", "fill((host))"))
        #% endif -%#
        self.safe = client(gate#% if active_active %#, suffix#% endif %#)#% if once %#
        self.once = client(gate#% if active_active %#, suffix#% endif %#, once=True)#% endif %##% if blocking %#
        self.blocking = client(gate#% if active_active %#, suffix#% endif %#, once=True, size=1, block=LONGEST_BLOCK)  # for one task#% endif %##% if automatic %#
        self.probe = client(gate, suffix, size=1)  # a busy pool is no reason to change the region#% endif %#

    async def open(self):
        """Raises `Refused`. That Redis is away is no reason to: the connection comes back later."""
        with contextlib.suppress(OutcomeUnknown, *FAULTS):
            await self.safe.ping()
        return self
#% if durable %#
fill((durable_part))
#% endif %#
    async def healthy(self):
        try:
            return bool(await self.fill((probing)).ping())
        except redis.RedisError:
            return False

    async def close(self):
        await self.safe.aclose()#% if once %#
        await self.once.aclose()#% endif %##% if blocking %#
        await self.blocking.aclose()#% endif %##% if automatic %#
        await self.probe.aclose()#% endif %#
#% if active_active %#

fill((regions_part))
#% endif %#

#% if durable -%#
async def proved(connection, command):
    packed = connection.pack_commands([command, ("WAITAOF", fill((waitaof)), fill((proof_ms)))])
    replies = []
    await connection.send_packed_command(packed)
    while len(replies) < 2:
        try:
            replies.append(await connection.read_response(timeout=math.inf))  # as long as the call lasts
        except redis.ResponseError as error:
            replies.append(error)
    answer, proof = replies
    if isinstance(answer, redis.ResponseError):
        raise answer
    if isinstance(proof, redis.ResponseError) or proof[fill((proof_index))] < 1:
        raise OutcomeUnknown(f"outcome unknown: written, but the disk did not confirm it ({proof})")
    return answer


#% endif -%#
def client(gate#% if active_active %#, suffix#% endif %##% if unknown %#, once=False#% endif %##% if sized %#, size=fill((pool_size))#% endif %##% if blocking %#, block=0#% endif %#):
    #% if active_active || cluster -%#
    host, port = endpoint(#% if active_active %#suffix#% endif %#)
    #% endif -%#
    #% if cluster -%#
    return Cluster(
        #% else -%#
    pool = Pool(
        #% endif -%#
        #% if active_active || cluster -%#
        host=host,
        port=port,
        #% else -%#
        host=gate.name,
        port=int(os.environ.get("REDIS_PORT", "fill((port))")),
        #% endif -%#
        #% if cluster -%#
        dynamic_startup_nodes=False,  # start at the name each time, not at addresses that may be gone
        retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), ATTEMPTS - 1),
        #% else -%#
        retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), #% if unknown %#0 if once else #% endif %#ATTEMPTS - 1, FAULTS),
        connection_class=Connection,
        #% endif -%#
        gate=gate,
        #% if unknown -%#
        once=once,
        #% endif -%#
        #% if blocking -%#
        block=block,
        #% endif -%#
        #% if moves -%#
        maint_notifications_config=MaintNotificationsConfig(relaxed_timeout=DEADLINE),
        #% else if waits -%#
        maint_notifications_config=MaintNotificationsConfig(
            proactive_reconnect=False, relaxed_timeout=DEADLINE, endpoint_type=EndpointType.NONE
        ),
        #% else -%#
        maint_notifications_config=MaintNotificationsConfig(enabled=False),  # on by default
        #% endif -%#
        #% if active_active -%#
        username=env("REDIS_USERNAME", suffix, "fill((user))"),
        #% else -%#
        username=os.environ.get("REDIS_USERNAME", "fill((user))"),
        #% endif -%#
        client_name="fill((slug))",
        #% if sized -%#
        max_connections=size,
        #% else -%#
        max_connections=fill((pool_size)),
        #% endif -%#
        #% if !cluster -%#
        timeout=POOL_WAIT,
        #% endif -%#
        socket_connect_timeout=CONNECT_TIMEOUT,
        #% if blocking -%#
        socket_timeout=block + COMMAND_TIMEOUT,
        #% else -%#
        socket_timeout=COMMAND_TIMEOUT,
        #% endif -%#
        #% if serverless -%#
        socket_keepalive=False,
        health_check_interval=60,  # or after a thaw: PING first#% else -%#
        health_check_interval=fill((health_check_ms|seconds)),  # idle for longer: PING first
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},#% endif %#
    )
    #% if !cluster -%#
    return redis.Redis.from_pool(pool)
    #% endif -%#
