# Holdfast 0.1.0 #v=1&name=%3C/script%3E%22&host=a%22%0Ab%5C%24%7B&user=%27%22%0A
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per process."""

import logging
import os
import random
import socket
import ssl
import threading
import time
from concurrent import futures

import redis
from redis import backoff, exceptions, maint_notifications, retry

DEADLINE = 2.0  # seconds a call may take, whatever happens
POOL_WAIT = 0.2
CONNECT_TIMEOUT = 0.58  # name, TCP and TLS of a dial together
COMMAND_TIMEOUT = 0.58
ATTEMPTS, RETRY_PAUSE = 2, 0.05
RECONNECT_BASE, RECONNECT_CAP = 0.1, 2.0
REFUSED_PAUSE = (30.0, 60.0)
REFRESH_AFTER = 60.0
# The user timeout is the deadline: the kernel delivers no write after its caller was told that it failed.
TCP = {"TCP_USER_TIMEOUT": 2000, "TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
NOT_APPLIED = (exceptions.ReadOnlyError, exceptions.MasterDownError, exceptions.BusyLoadingError)
FAULTS = (redis.ConnectionError, redis.TimeoutError, *NOT_APPLIED)
HANDOFFS = maint_notifications.MaintNotificationsConfig(relaxed_timeout=DEADLINE)
log = logging.getLogger(__name__)


class Refused(redis.ConnectionError):
    """Password, certificate or host name: a person has to act."""


class Away(redis.ConnectionError):
    """Failed at once: Redis is away."""


class OutcomeUnknown(redis.RedisError):
    """The reply was lost: the command may or may not have been applied."""


class Call(threading.local):
    ends, failures, sent = float("inf"), 0, None

    def left(self, seconds=DEADLINE):
        return min(seconds, max(self.ends - time.monotonic(), 0.001))


call = Call()


class Gate(retry.Retry):
    """Replaces the library's retries, which nest and repeat INCR: it runs every dial, command and batch of a client."""

    def __init__(self, name):
        super().__init__(backoff.NoBackoff(), 0)
        self.name, self.up, self.fault, self.failures = name, False, None, 0
        self.opens = self.failed = self.answered = self.trouble = 0.0

    def __deepcopy__(self, memo):
        return self  # each connection copies its Retry, but this one belongs to all of them

    def call_with_retry(self, do, fail, is_retryable=None, with_failure_count=False):
        if not with_failure_count:  # a dial: the call begins, a connection was taken from the pool
            call.ends, call.failures, call.sent = time.monotonic() + DEADLINE - POOL_WAIT, 0, None
        while True:
            began = time.monotonic()
            try:
                answer = do()
                self.found(call.sent)
                return answer
            except Away:
                raise
            except FAULTS as fault:
                self.lost(fault, began)
                once = call.sent and self.name != "safe"
                try:
                    fail(fault, 1) if with_failure_count else fail(fault)
                except redis.WatchError:
                    if not once:
                        raise  # a lost reply to EXEC must not look like this: `transaction` would run it again
                if once and not isinstance(fault, NOT_APPLIED):
                    raise OutcomeUnknown(f"outcome unknown: {fault}") from fault
                call.failures += 1
                if once or call.failures == ATTEMPTS or call.left() < RETRY_PAUSE:
                    raise
                time.sleep(random.uniform(0, RETRY_PAUSE))

    def enter(self):
        """After a fault one dial at a time, each behind a random pause: callers can't hammer."""
        while (pause := self.opens - time.monotonic()) > 0:
            if pause > call.left():
                raise Away(f"Redis is away, next dial in {pause:.1f} s ({self.fault})")
            time.sleep(min(pause, 0.02))
        if self.failures:
            self.opens = time.monotonic() + CONNECT_TIMEOUT

    def found(self, connection):
        if connection:
            self.answered = time.monotonic()
            if not self.up and connection.dialled > self.failed:
                self.up, self.opens, self.failures = True, 0.0, 0
                log.info("%s: connected", self.name)

    def lost(self, fault, began):
        now, refusal = time.monotonic(), refused(fault)
        if began > self.failed:  # else another caller met the same fault
            if refusal and self.failed + self.answered:  # the very first try says it to its caller alone
                log.error("%s: refused: %s", self.name, refusal)
            if self.up or not self.failures:
                if not refusal:
                    log.warning("%s: lost, reconnecting: %s", self.name, fault)
                self.up, self.trouble = False, now
            longest = min(RECONNECT_CAP, RECONNECT_BASE * 2 ** min(self.failures, 9))
            self.opens = now + random.uniform(*REFUSED_PAUSE if refusal else (0, longest))
            self.fault, self.failed, self.failures = fault, now, self.failures + 1
            if self.answered < began or isinstance(fault, NOT_APPLIED):
                self.pool.reset()  # the idle sockets are no better
            if now - self.trouble > REFRESH_AFTER:
                self.trouble = now
                log.warning("%s: all dropped after %d s: flush the DNS cache of this machine", self.name, REFRESH_AFTER)
        if refusal:
            raise Refused(refusal) from fault


def refused(fault):
    if isinstance(fault, Refused):
        return str(fault)
    if isinstance(fault, redis.AuthenticationError):
        return f"user or password, check REDIS_USERNAME and REDIS_PASSWORD ({fault})"
    cause = fault.__context__
    if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and not isinstance(cause, ssl.SSLEOFError):
        return f"certificate or host name, check REDIS_CA_FILE and REDIS_HOST ({cause})"
    return None


class Connection(redis.SSLConnection):
    dialled = 0.0

    def connect_check_health(self, *_, **__):
        if self._should_reconnect:
            self.disconnect()
        if self._sock:
            return
        if self.dialled > self.retry.failed:  # the peer hung up while nobody was calling
            self.retry.lost(redis.ConnectionError("closed by Redis"), self.dialled)
        self.retry.enter()
        self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial, as the certificates are
        if not self.password:
            raise Refused("REDIS_PASSWORD is not set")
        super().connect_check_health(check_health=False, retry_socket_connect=False)
        self.dialled = time.monotonic()

    def _connect(self):
        dial = futures.Future()

        def run(connect):
            try:
                dial.set_result(connect())
            except Exception as error:
                dial.set_exception(error)

        # The name lookup knows no timeout (10 s for a dead name server), but its thread can be left behind.
        threading.Thread(target=run, args=(super()._connect,), daemon=True).start()
        try:
            return dial.result(call.left(CONNECT_TIMEOUT))
        except futures.TimeoutError:
            raise OSError("the dial took too long") from None

    def send_packed_command(self, command, check_health=True):
        if check_health:  # else part of the handshake
            if time.monotonic() > self.next_health_check:
                self._send_ping()
            call.sent = self  # from here on the command may reach Redis
        elif self._sock:
            self.can_read()  # why the server hangs up, a missing client certificate for example, a write would hide
        super().send_packed_command(command, check_health=False)

    def read_response(self, *args, **options):
        options.setdefault("timeout", call.left(self.socket_timeout))
        return super().read_response(*args, **options)

    def should_reconnect(self):
        return False  # a handoff waits for the next call: a failed dial at the end of this one would hide its reply


class Clients:
    """`safe` tries again: reads, and writes that may be applied twice. `once` never: counters, pushes, money."""

    def __init__(self):
        self.safe = client("safe")
        self.once = client("once")
        try:
            self.safe.ping()
        except Refused:
            raise
        except redis.RedisError:
            pass  # a network failure is no reason to die: the connection comes back later

    def healthy(self):
        try:
            return bool(self.safe.ping())
        except redis.RedisError:
            return False

    def close(self):
        self.safe.close()
        self.once.close()


def client(name):
    return redis.Redis.from_pool(pool(name))


def pool(name):
    gate = Gate(name)
    gate.pool = redis.BlockingConnectionPool(
        connection_class=Connection,
        host=os.environ.get("REDIS_HOST", "a\x22\x0ab\\${"),
        port=int(os.environ.get("REDIS_PORT", "12345")),
        username=os.environ.get("REDIS_USERNAME", "'\x22\x0a"),
        client_name="script",
        ssl_ca_certs=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"),  # the host name is checked too
        ssl_min_version=ssl.TLSVersion.TLSv1_2,
        max_connections=10,
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=COMMAND_TIMEOUT,
        health_check_interval=5.0,  # idle for longer: PING first
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},
        retry=gate,
        maint_notifications_config=HANDOFFS,
    )
    return gate.pool
