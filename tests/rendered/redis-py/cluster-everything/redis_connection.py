# Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&blocking=yes&mutual-tls=yes&cluster-api=yes
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per process."""

import logging
import os
import random
import socket
import ssl
import threading
import time
from concurrent import futures
from functools import partial

import redis
from redis import backoff, cluster, exceptions, maint_notifications, retry

DEADLINE = 2.0  # seconds a call may take, whatever happens
POOL_WAIT = 0.2
CONNECT_TIMEOUT = 0.58  # name, TCP and TLS of a dial together
COMMAND_TIMEOUT = 0.58
ATTEMPTS, RETRY_PAUSE = 2, 0.05
RECONNECT_BASE, RECONNECT_CAP = 0.1, 2.0
REFUSED_PAUSE = (30.0, 60.0)
REFRESH_AFTER = 60.0
LONGEST_BLOCK = 30.0  # the longest that BLPOP or XREAD may be told to wait
# The user timeout is the deadline: the kernel delivers no write after its caller was told that it failed.
TCP = {"TCP_USER_TIMEOUT": 2000, "TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
NOT_APPLIED = (exceptions.ReadOnlyError, exceptions.ClusterDownError, exceptions.BusyLoadingError)
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
    durable = False
    nested = False

    def left(self, seconds=DEADLINE):
        return min(seconds, max(self.ends - time.monotonic(), 0.001))


call = Call()


class Gate(retry.Retry):
    """Replaces the library's retries, which nest and repeat INCR: it runs every dial, command and batch of a client."""

    def __init__(self, name):
        super().__init__(backoff.NoBackoff(), 0)
        self.name, self.up, self.fault, self.failures = name, False, None, 0
        self.opens = self.failed = self.answered = self.trouble = 0.0
        self.deadline = LONGEST_BLOCK + DEADLINE if name == "blocking" else DEADLINE

    def __deepcopy__(self, memo):
        return self  # each connection copies its Retry, but this one belongs to all of them

    def call_with_retry(self, do, fail, is_retryable=None, with_failure_count=False):
        if call.nested:
            return self.dial(do, fail, with_failure_count)
        if not with_failure_count:  # a dial: the call begins, a connection was taken from the pool
            call.ends, call.failures, call.sent = time.monotonic() + self.deadline - POOL_WAIT, 0, None
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
                once = call.sent and (self.name != "safe" or call.durable)
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

    def dial(self, do, fail, with_failure_count):
        """A node, asked by the cluster within a call: its gate is its own, the tries are the call's."""
        began, sent = time.monotonic(), call.sent
        try:
            answer = do()
            self.opens, self.failures, self.up = 0.0, 0, True
            return answer
        except Away:
            raise
        except FAULTS as fault:
            self.lost(fault, began)
            fail(fault, 1) if with_failure_count else fail(fault)
            raise
        finally:
            call.sent = sent

    def enter(self):
        """After a fault one dial at a time, each behind a random pause: callers can't hammer."""
        while (pause := self.opens - time.monotonic()) > 0:
            if pause > call.left(self.deadline):
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
        return f"certificate or host name, check REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE, REDIS_KEY_FILE ({cause})"
    return None


def endpoint():
    return os.environ.get("REDIS_HOST", "redis-12345.example.com"), int(os.environ.get("REDIS_PORT", "12345"))


class Connection(redis.SSLConnection):
    dialled = 0.0

    def connect_check_health(self, *_, **__):
        if self._should_reconnect:
            self.disconnect()
        if self._sock:
            return
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

    def on_connect(self):
        self.on_connect_check_health(check_health=False)

    def _wrap_socket_with_ssl(self, sock):
        # Nodes are listed by address; their certificate has the name of the endpoint.
        node, (self.host, _) = self.host, endpoint()
        try:
            return super()._wrap_socket_with_ssl(sock)
        finally:
            self.host = node

    def send_packed_command(self, command, check_health=True):
        if check_health:  # else part of the handshake
            if time.monotonic() > self.next_health_check:
                self._send_ping()
            call.sent = self  # from here on the command may reach Redis
        elif self._sock:
            self.can_read()  # why the server hangs up, a missing client certificate for example, a write would hide
        super().send_packed_command(command, check_health=False)

    def read_response(self, *args, **options):
        options.setdefault("timeout", call.left(DEADLINE if call.durable else self.socket_timeout))
        return super().read_response(*args, **options)

    def should_reconnect(self):
        return False  # a handoff waits for the next call: a failed dial at the end of this one would hide its reply


class Cluster(cluster.RedisCluster):
    """Looks for its nodes at the first call, so that it can be made while Redis is away."""

    def __init__(self, name):
        self.gate = Gate(name)
        self.gate.pool, self.known, self.finding = self, False, threading.Lock()

    def execute_command(self, *args, **options):
        if call.nested:  # the library asks for COMMAND while it looks for the nodes
            return super().execute_command(*args, **options)
        return self.gate.call_with_retry(lambda: self.nested(*args, **options), lambda fault: None)

    def nested(self, *args, **options):
        call.nested = True
        try:
            self.find()
            return super().execute_command(*args, **options)
        except exceptions.RedisClusterException as error:
            raise error.__cause__ or redis.ConnectionError(str(error)) from error
        finally:
            call.nested = False

    def find(self):
        if self.known:
            return
        if not self.finding.acquire(timeout=call.left()):
            raise Away("another call looks for the nodes of the cluster")
        try:
            if self.known:
                return
            self.gate.enter()
            host, port = endpoint()
            super().__init__(
                url=f"redis://{host}:{port}",  # not rediss: the class of the pool's connections has TLS
                connection_pool_class=partial(pool, self.gate.name),
                dynamic_startup_nodes=False,  # start at the name each time, not at addresses that may be gone
                retry=retry.Retry(backoff.NoBackoff(), 0),
                maint_notifications_config=HANDOFFS,
            )
            self.known = True
        finally:
            self.finding.release()

    def reset(self):
        self.known = False


class Clients:
    """`safe` tries again: reads, and writes that may be applied twice. `once` never: counters, pushes, money."""

    def __init__(self):
        self.safe = client("safe")
        self.once = client("once")
        self.blocking = client("blocking")  # BLPOP, XREAD, SUBSCRIBE: one thread of yours
        try:
            self.safe.ping()
        except Refused:
            raise
        except redis.RedisError:
            pass  # a network failure is no reason to die: the connection comes back later

    def durable(self, key, *command):
        """Sends a write once and returns when the disk of a replica has it."""
        self.safe.ping()
        node = self.safe.get_redis_connection(self.safe.get_node_from_key(key))
        pipe = node.pipeline(transaction=False)
        pipe.execute_command(*command)
        pipe.waitaof(0, 1, 1120)
        call.durable = True
        try:
            answer, proof = pipe.execute(raise_on_error=False)
        finally:
            call.durable = False
        if isinstance(answer, redis.RedisError):
            if isinstance(answer, NOT_APPLIED):
                pipe.connection_pool.reset()
            raise answer
        if isinstance(proof, redis.RedisError) or proof[1] < 1:
            raise OutcomeUnknown(f"outcome unknown: written, but the disk did not confirm it ({proof})")
        return answer

    def healthy(self):
        try:
            return bool(self.safe.ping())
        except redis.RedisError:
            return False

    def close(self):
        self.safe.close()
        self.once.close()
        self.blocking.close()


def client(name):
    return Cluster(name)


def pool(name, **node):
    gate = Gate(name)
    node["retry"] = gate
    gate.pool = redis.BlockingConnectionPool(
        connection_class=Connection,
        **node,
        username=os.environ.get("REDIS_USERNAME", "default"),
        client_name="app",
        ssl_ca_certs=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"),  # the host name is checked too
        ssl_certfile=os.environ.get("REDIS_CERT_FILE", "redis_user.crt"),
        ssl_keyfile=os.environ.get("REDIS_KEY_FILE", "redis_user_private.key"),
        ssl_min_version=ssl.TLSVersion.TLSv1_2,
        max_connections=1 if name in ("blocking", "probe") else 10,
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        socket_timeout=LONGEST_BLOCK + COMMAND_TIMEOUT if name == "blocking" else COMMAND_TIMEOUT,
        health_check_interval=5.0,  # idle for longer: PING first
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},
    )
    return gate.pool
