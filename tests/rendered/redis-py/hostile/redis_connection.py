# Holdfast 0.1.0 #v=1&name=%3C/script%3E%22&host=a%22%0Ab%5C%24%7B&user=%27%22%0A
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per process."""

import contextlib
import logging
import os
import random
import re
import socket
import ssl
import threading
import time
from concurrent import futures

import redis
from redis.backoff import FullJitterBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

DEADLINE = 2.0  # seconds a call may take, whatever happens
POOL_WAIT = 0.2
CONNECT_TIMEOUT = 0.58  # name, TCP and TLS of a dial together
COMMAND_TIMEOUT = 0.58
ATTEMPTS, RETRY_PAUSE = 2, 0.05
RECONNECT_BASE, RECONNECT_CAP = 0.2, 2.0
REFUSED_PAUSE = (30.0, 60.0)
REFRESH_AFTER = 60.0
# The user timeout is the deadline: the kernel delivers no write after its caller was told that it failed.
TCP = {"TCP_USER_TIMEOUT": 2000, "TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
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
        self.name, self.turn = name, threading.Condition()
        self.up, self.failures, self.fault = False, 0, None
        self.opens = self.answered = self.lost = self.trouble = self.stale = 0.0

    def enter(self, left):
        with self.turn:
            while (pause := self.opens - time.monotonic()) > 0 and pause + CONNECT_TIMEOUT < left():
                self.turn.wait(pause)
            if max(pause, 0) + CONNECT_TIMEOUT > left():
                raise redis.ConnectionError(f"no time for a dial: next in {max(pause, 0):.1f} s ({self.fault})")
            if self.failures:
                self.opens = time.monotonic() + CONNECT_TIMEOUT

    def success(self, dialled):
        self.answered = time.monotonic()
        if not self.up and dialled > self.lost:
            with self.turn:
                self.up, self.failures, self.opens = True, 0, 0.0
                self.turn.notify_all()
            log.info("%s: connected", self.name)

    def failure(self, fault, began):
        with self.turn:
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
                if self.failures or self.answered:  # else `Clients()` says it
                    log.error("%s: refused: %s", self.name, fault)
            elif not self.failures:
                log.warning("%s: lost, reconnecting: %s", self.name, fault)
            elif now - self.trouble > REFRESH_AFTER:
                self.trouble = self.stale = now
                log.warning("%s: all dropped after %d s: flush the DNS cache of this machine", self.name, REFRESH_AFTER)
            self.up, self.failures, self.fault = False, self.failures + 1, fault
            self.opens = now + random.uniform(*pause)


class Connection(redis.SSLConnection):
    """Dials through its gate, and waits for nothing longer than its call may take."""

    def __init__(self, gate, once, **options):
        self.gate, self.once = gate, once
        self.lost = False  # the reply of a try of this call
        self.sent, self.began, self.dialled, self.ends = False, 0.0, 0.0, 0.0
        super().__init__(**options)

    def left(self, seconds=float("inf")):
        return min(seconds, max(self.ends - time.monotonic(), 0.001))

    def connect(self):
        """As a call begins, the pool asks for it."""
        now = time.monotonic()
        if self.began >= self.dialled or self.ends < now:  # else the pool asks again: the new connection died at once
            self.sent, self.ends = False, now + DEADLINE - POOL_WAIT
            self.lost = False
        if super().should_reconnect() or self.dialled < self.gate.stale:
            self.disconnect()
        idle = now > self.next_health_check
        if idle and self.is_connected:
            with contextlib.suppress(*FAULTS):  # has it died? Then it is dialled anew
                self.send_command("PING", check_health=False)
                self.read_response()
        super().connect()

    def should_reconnect(self):
        return False  # at the end of a call: a failed dial there would hide its reply

    def connect_check_health(self, **_):
        """Every dial."""
        if self.is_connected:
            return
        if self.dialled > self.gate.lost:
            self.gate.failure(redis.ConnectionError("closed while idle"), self.dialled)
        began = 0.0
        try:
            self.gate.enter(self.left)
            began = time.monotonic()
            self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial, as the certificates are
            if not self.password:
                raise Refused("REDIS_PASSWORD is not set")
            super().connect_check_health(check_health=False, retry_socket_connect=False)
        except (Refused, *FAULTS) as fault:
            error = explained(fault)
            if began:
                self.gate.failure(error, began)
            raise OutcomeUnknown(f"outcome unknown: {error}") if self.lost else error from fault.__context__
        self.dialled = time.monotonic()

    def _connect(self):
        # The name lookup knows no timeout: 10 s for a dead name server.
        return in_time(super()._connect, self.left(CONNECT_TIMEOUT))

    def _wrap_socket_with_ssl(self, sock):
        tls = ssl.create_default_context(cafile=self.ca_certs)  # the library's trusts the system's authorities, too
        return tls.wrap_socket(sock, server_hostname=self.host)

    def send_packed_command(self, command, check_health=True):
        if not (check_health or self.is_connected):
            self.connect()  # a call of its own: PubSub keeps its connection
        if self.once and self.sent and not self.is_connected:
            raise redis.ConnectionError("lost in this call")  # no new one for UNWATCH: it would hide the outcome
        self.connect_check_health()
        if not check_health:  # part of a dial
            self.can_read()  # why the server hangs up, a missing client certificate for example, a write would hide
        self.sent, self.began = check_health, time.monotonic()
        with self.watched():
            super().send_packed_command(command, check_health=False)

    def read_response(self, *args, **options):
        options.setdefault("timeout", self.left(self.socket_timeout))
        with self.watched():
            reply = super().read_response(*args, **options)
        if self.sent:
            self.gate.success(self.dialled)
        return reply

    @contextlib.contextmanager
    def watched(self):
        lost = self.lost
        try:
            yield
        except FAULTS as fault:
            if self.sent:
                self.gate.failure(fault, self.began)
                if isinstance(fault, NOT_APPLIED):
                    self.mark_for_reconnect()  # the name may have moved
                else:
                    self.lost = True
                if lost or (self.once and self.lost):
                    raise OutcomeUnknown(f"outcome unknown: {fault}") from fault
            raise


def in_time(work, seconds):
    """Does it in a thread that can be left behind."""
    done = futures.Future()

    def run():
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return done.result(seconds)
    except futures.TimeoutError:
        raise TimeoutError from None


def explained(fault):
    """`Refused` where a person has to act, else the fault itself."""
    cause = fault.__context__
    if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and CERTIFICATE.search(str(cause)):
        return Refused(f"certificate or host name, check REDIS_CA_FILE and REDIS_HOST ({cause})")
    if isinstance(fault, AuthenticationError):
        return Refused(f"user or password, check REDIS_USERNAME and REDIS_PASSWORD ({fault})")
    return fault


class Clients:
    """`safe` tries again: reads, and writes that may be applied twice. `once` never: counters, pushes, money."""

    def __init__(self):
        gate = Gate(os.environ.get("REDIS_HOST", "a\x22\x0ab\\${"))
        self.safe = client(gate)
        self.once = client(gate, once=True)
        with contextlib.suppress(OutcomeUnknown, *FAULTS):  # no reason to die: the connection comes back later
            self.safe.ping()

    def healthy(self):
        try:
            return bool(self.safe.ping())
        except redis.RedisError:
            return False

    def close(self):
        self.safe.close()
        self.once.close()


def client(gate, once=False):
    pool = redis.BlockingConnectionPool(
        host=gate.name,
        port=int(os.environ.get("REDIS_PORT", "12345")),
        retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), 0 if once else ATTEMPTS - 1, FAULTS),
        maint_notifications_config=MaintNotificationsConfig(relaxed_timeout=DEADLINE),
        connection_class=Connection,
        gate=gate,
        once=once,
        username=os.environ.get("REDIS_USERNAME", "'\x22\x0a"),
        client_name="script",
        ssl_ca_certs=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"),
        max_connections=10,
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=COMMAND_TIMEOUT,
        health_check_interval=5.0,  # idle for longer: PING first
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},
    )
    return redis.Redis.from_pool(pool)
