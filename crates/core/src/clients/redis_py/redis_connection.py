# fill((stamp))
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per process."""

import logging
import os
import random
import socket
#% if tls -%#
import ssl
#% endif -%#
import threading
import time
#% if automatic -%#
import uuid
#% endif -%#
from concurrent import futures#% if cluster %#
from functools import partial#% endif %#

import redis
#% if cluster -%#
from redis import backoff, cluster, exceptions, maint_notifications, retry
#% else -%#
from redis import backoff, exceptions, maint_notifications, retry
#% endif %#
DEADLINE = fill((deadline_ms|seconds))  # seconds a call may take, whatever happens
POOL_WAIT = fill((pool_wait_ms|seconds))
CONNECT_TIMEOUT = fill((connect_timeout_ms|seconds))  # name, TCP and TLS of a dial together
COMMAND_TIMEOUT = fill((command_timeout_ms|seconds))
ATTEMPTS, RETRY_PAUSE = fill((attempts)), fill((retry_base_ms|seconds))
RECONNECT_BASE, RECONNECT_CAP = fill((reconnect_base_ms|seconds)), fill((reconnect_cap_ms|seconds))
REFUSED_PAUSE = (fill((refused_min_ms|seconds)), fill((refused_max_ms|seconds)))
REFRESH_AFTER = fill((refresh_after_ms|seconds))
#% if blocking -%#
LONGEST_BLOCK = 30.0  # the longest that BLPOP or XREAD may be told to wait
#% endif -%#
# The user timeout is the deadline: the kernel delivers no write after its caller was told that it failed.
#% if serverless -%#
TCP = {"TCP_USER_TIMEOUT": fill((user_timeout_ms))}
#% else -%#
TCP = {"TCP_USER_TIMEOUT": fill((user_timeout_ms)), "TCP_KEEPIDLE": fill((keepalive_ms|s)), "TCP_KEEPINTVL": fill((keepalive_interval_ms|s)), "TCP_KEEPCNT": 3}
#% endif -%#
#% if cluster -%#
NOT_APPLIED = (exceptions.ReadOnlyError, exceptions.ClusterDownError, exceptions.BusyLoadingError)
#% else -%#
NOT_APPLIED = (exceptions.ReadOnlyError, exceptions.MasterDownError, exceptions.BusyLoadingError)
#% endif -%#
FAULTS = (redis.ConnectionError, redis.TimeoutError, *NOT_APPLIED)
#% if handoffs_on && !serverless -%#
HANDOFFS = maint_notifications.MaintNotificationsConfig(relaxed_timeout=DEADLINE)
#% else if handoffs_on || handoffs_relaxed -%#
HANDOFFS = maint_notifications.MaintNotificationsConfig(
    proactive_reconnect=False, relaxed_timeout=DEADLINE, endpoint_type=maint_notifications.EndpointType.NONE
)
#% else -%#
HANDOFFS = maint_notifications.MaintNotificationsConfig(enabled=False)  # else the library turns them on
#% endif -%#
log = logging.getLogger(__name__)


class Refused(redis.ConnectionError):
    """fill((refusable)): a person has to act."""


class Away(redis.ConnectionError):
    """Failed at once: Redis is away."""
#% if unknown %#

class OutcomeUnknown(redis.RedisError):
    """The reply was lost: the command may or may not have been applied."""
#% endif %#

class Call(threading.local):
    ends, failures, sent = float("inf"), 0, None
#% if durable %#    durable = False
#% endif %##% if cluster %#    nested = False
#% endif %#
    def left(self, seconds=DEADLINE):
        return min(seconds, max(self.ends - time.monotonic(), 0.001))


call = Call()


class Gate(retry.Retry):
    """Replaces the library's retries, which nest and repeat INCR: it runs every dial, command and batch of a client."""

    def __init__(self, name#% if active_active %#, suffix#% endif %#):
        super().__init__(backoff.NoBackoff(), 0)
        self.name, self.up, self.fault, self.failures = name, False, None, 0
        self.opens = self.failed = self.answered = self.trouble = 0.0
#% if active_active %#        self.suffix = suffix
#% endif %##% if blocking %#        self.deadline = LONGEST_BLOCK + DEADLINE if name == "blocking" else DEADLINE
#% endif %#
    def __deepcopy__(self, memo):
        return self  # each connection copies its Retry, but this one belongs to all of them

    def call_with_retry(self, do, fail, is_retryable=None, with_failure_count=False):
        #% if cluster -%#
        if call.nested:
            return self.dial(do, fail, with_failure_count)
        #% endif -%#
        if not with_failure_count:  # a dial: the call begins, a connection was taken from the pool
            call.ends, call.failures, call.sent = time.monotonic() + fill((deadline)) - POOL_WAIT, 0, None
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
                #% if unknown -%#
                once = call.sent and fill((only_once))
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
                #% else -%#
                fail(fault, 1) if with_failure_count else fail(fault)
                call.failures += 1
                if call.failures == ATTEMPTS or call.left() < RETRY_PAUSE:
                    raise
            #% endif -%#
            time.sleep(random.uniform(0, RETRY_PAUSE))
#% if cluster %#
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
#% endif %#
    def enter(self):
        """After a fault one dial at a time, each behind a random pause: callers can't hammer."""
        while (pause := self.opens - time.monotonic()) > 0:
            if pause > call.left(#% if blocking %#self.deadline#% endif %#):
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
    #% if tls -%#
    cause = fault.__context__
    if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and not isinstance(cause, ssl.SSLEOFError):
        return f"certificate or host name, check #% if mutual_tls %#REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE, REDIS_KEY_FILE#% else %#REDIS_CA_FILE and REDIS_HOST#% endif %# ({cause})"
    #% endif -%#
    return None

#% if active_active %#
def env(name, suffix, default=None):
    value = os.environ.get(name + suffix) or os.environ.get(name) or default
    if not value:
        raise Refused(f"{name} is not set")
    return value

#% endif -%#
#% if active_active %#
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
    dialled = 0.0
#% if serverless %#    used = 0.0
#% endif %#
    def connect_check_health(self, *_, **__):
        #% if moves -%#
        if self._should_reconnect:
            self.disconnect()
        #% endif -%#
        if self._sock:
            return
        #% if !cluster -%#
        if self.dialled > self.retry.failed:  # the peer hung up while nobody was calling
            self.retry.lost(redis.ConnectionError("closed by Redis"), self.dialled)
        #% endif -%#
        self.retry.enter()
        #% if active_active -%#
        self.password = env("REDIS_PASSWORD", self.retry.suffix)  # read anew by each dial, as the certificates are
        #% else -%#
        self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial#% if tls %#, as the certificates are#% endif %#
        if not self.password:
            raise Refused("REDIS_PASSWORD is not set")
        #% endif -%#
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
#% if cluster %#
    def on_connect(self):
        self.on_connect_check_health(check_health=False)
#% endif %##% if cluster && tls %#
    def _wrap_socket_with_ssl(self, sock):
        # Nodes are listed by address; their certificate has the name of the endpoint.
        node, (self.host, _) = self.host, endpoint(#% if active_active %#self.retry.suffix#% endif %#)
        try:
            return super()._wrap_socket_with_ssl(sock)
        finally:
            self.host = node
#% endif %#
    def send_packed_command(self, command, check_health=True):
        if check_health:  # else part of the handshake
            #% if serverless -%#
            if abs(time.time() - self.used) > 1:  # the process may have been frozen, and its own clock with it
                self._send_ping()
            self.used = time.time()
            #% else -%#
            if time.monotonic() > self.next_health_check:
                self._send_ping()
            #% endif -%#
            call.sent = self  # from here on the command may reach Redis#% if tls %#
        elif self._sock:
            self.can_read()  # why the server hangs up, a missing client certificate for example, a write would hide#% endif %#
        super().send_packed_command(command, check_health=False)

    def read_response(self, *args, **options):
        #% if durable -%#
        options.setdefault("timeout", call.left(DEADLINE if call.durable else self.socket_timeout))
        #% else -%#
        options.setdefault("timeout", call.left(self.socket_timeout))
        #% endif -%#
        return super().read_response(*args, **options)
#% if moves %#
    def should_reconnect(self):
        return False  # a handoff waits for the next call: a failed dial at the end of this one would hide its reply
#% endif %#

#% if cluster -%#
class Cluster(cluster.RedisCluster):
    """Looks for its nodes at the first call, so that it can be made while Redis is away."""

    def __init__(self, name#% if active_active %#, suffix#% endif %#):
        self.gate = Gate(name#% if active_active %#, suffix#% endif %#)
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
            host, port = endpoint(#% if active_active %#self.gate.suffix#% endif %#)
            super().__init__(
                url=f"redis://{host}:{port}",  # not rediss: the class of the pool's connections has TLS
                connection_pool_class=partial(pool, self.gate.name#% if active_active %#, self.gate.suffix#% endif %#),
                dynamic_startup_nodes=False,  # start at the name each time, not at addresses that may be gone
                retry=retry.Retry(backoff.NoBackoff(), 0),
                maint_notifications_config=HANDOFFS,
            )
            self.known = True
        finally:
            self.finding.release()

    def reset(self):
        self.known = False


#% endif -%#
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
        self.safe = client("safe"fill((suffix)))
        #% if once -%#
        self.once = client("once"fill((suffix)))
        #% endif -%#
        #% if blocking -%#
        self.blocking = client("blocking"fill((suffix)))  # BLPOP, XREAD, SUBSCRIBE: one thread of yours
        #% endif -%#
        #% if automatic -%#
        self.probe = client("probe"fill((suffix)))  # a busy pool is no reason to change the region
        #% endif -%#
        try:
            self.safe.ping()
        except Refused:
            raise
        except redis.RedisError:
            pass  # a network failure is no reason to die: the connection comes back later
#% if durable %#
    def durable(self, #% if cluster %#key, #% endif %#*command):
        #% if replica -%#
        """Sends a write once and returns when the disk of a replica has it."""
        #% else -%#
        """Sends a write once and returns when the disk has it."""
        #% endif -%#
        #% if cluster -%#
        self.safe.ping()
        node = self.safe.get_redis_connection(self.safe.get_node_from_key(key))
        pipe = node.pipeline(transaction=False)
        #% else -%#
        pipe = self.fill((proving)).pipeline(transaction=False)
        #% endif -%#
        pipe.execute_command(*command)
        #% if replica -%#
        pipe.waitaof(0, 1, fill((proof_ms)))
        #% else -%#
        pipe.waitaof(1, 0, fill((proof_ms)))
        #% endif -%#
        call.durable = True
        try:
            answer, proof = pipe.execute(raise_on_error=False)
        finally:
            call.durable = False
        if isinstance(answer, redis.RedisError):
            if isinstance(answer, NOT_APPLIED):
                pipe.connection_pool.reset()
            raise answer
        if isinstance(proof, redis.RedisError) or proof[fill((proof_index))] < 1:
            raise OutcomeUnknown(f"outcome unknown: written, but the disk did not confirm it ({proof})")
        return answer
#% endif %#
    def healthy(self):
        try:
            return bool(self.fill((probing)).ping())
        except redis.RedisError:
            return False

    def close(self):
        self.safe.close()#% if once %#
        self.once.close()#% endif %##% if blocking %#
        self.blocking.close()#% endif %##% if automatic %#
        self.probe.close()#% endif %#
#% if active_active %#

class Clients:
    """Of the active region: `safe` tries again within the deadline#% if once %#, `once` never#% endif %#. No call moves to another region."""

    def __init__(self):
        self.regions = [Region(suffix) for suffix in (fill((suffixes)))]  # in order of preference
        self.active = self.regions[0]#% if automatic %#
        self.failed, self.marker, self.closed = 0, None, threading.Event()#% if !serverless %#
        threading.Thread(target=self.watch, daemon=True).start()#% endif %##% endif %#

    def __getattr__(self, name):
        return getattr(self.active, name)

    def fail_over(self, region=None):
        """To this region, else to the next. Go back when its data has arrived: nothing here can know that."""
        after = self.regions.index(self.active) + 1
        self.active = region or self.regions[after % len(self.regions)]
        log.warning("region changed: %s", endpoint(self.active.suffix)[0])
#% if automatic && !serverless %#
    def watch(self):
        while not self.closed.wait(1):
            self.check()
#% endif %##% if automatic %#
    # The library's MultiDBClient is experimental, and its health checks speak plain text to a TLS port.
    def check(self):
        """Once a second#% if serverless %#, by the app#% endif %#: three failed probes change the region, an arrived marker changes it back."""
        self.failed = 0 if self.active.healthy() else self.failed + 1
        if self.failed >= 3:
            for region in self.regions:
                if region is not self.active and region.healthy():
                    self.failed, self.marker = 0, None
                    return self.fail_over(region)
        elif self.active is not self.regions[0] and not self.failed:
            self.fail_back(self.regions[0])
        return None

    def fail_back(self, home):
        """What was written here has arrived at home when a marker, written here later, has."""
        try:
            if self.marker is None:
                self.marker = uuid.uuid4().hex
                self.active.safe.set(f"marker:{self.marker}", 1, ex=3600)
            elif home.safe.get(f"marker:{self.marker}"):
                self.marker = None
                self.fail_over(home)
        except redis.RedisError as error:
            self.marker = None
            log.warning("no failback yet: %s", error)
#% endif %#
    def close(self):
        #% if automatic -%#
        self.closed.set()
        #% endif -%#
        for region in self.regions:
            region.close()
#% endif %#

#% if cluster -%#
def client(name#% if active_active %#, suffix#% endif %#):
    return Cluster(name#% if active_active %#, suffix#% endif %#)

#% else -%#
def client(name#% if active_active %#, suffix#% endif %#):
    return redis.Redis.from_pool(pool(name#% if active_active %#, suffix#% endif %#))

#% endif %#
def pool(name#% if active_active %#, suffix#% endif %##% if cluster %#, **node#% endif %#):
    gate = Gate(name#% if active_active %#, suffix#% endif %#)
    #% if cluster -%#
    node["retry"] = gate
    #% else if active_active -%#
    host, port = endpoint(suffix)
    #% endif -%#
    gate.pool = redis.BlockingConnectionPool(
        connection_class=Connection,
        #% if cluster -%#
        **node,
        #% else if active_active -%#
        host=host,
        port=port,
        #% else -%#
        host=os.environ.get("REDIS_HOST", "fill((host))"),
        port=int(os.environ.get("REDIS_PORT", "fill((port))")),
        #% endif -%#
        #% if active_active -%#
        username=env("REDIS_USERNAME", suffix, "fill((user))"),
        #% else -%#
        username=os.environ.get("REDIS_USERNAME", "fill((user))"),
        #% endif -%#
        client_name="fill((slug))",
        #% if tls && active_active -%#
        ssl_ca_certs=env("REDIS_CA_FILE", suffix, "redis_ca.pem"),  # the host name is checked too
        #% else if tls -%#
        ssl_ca_certs=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"),  # the host name is checked too
        #% endif -%#
        #% if mutual_tls && active_active -%#
        ssl_certfile=env("REDIS_CERT_FILE", suffix, "redis_user.crt"),
        ssl_keyfile=env("REDIS_KEY_FILE", suffix, "redis_user_private.key"),
        #% else if mutual_tls -%#
        ssl_certfile=os.environ.get("REDIS_CERT_FILE", "redis_user.crt"),
        ssl_keyfile=os.environ.get("REDIS_KEY_FILE", "redis_user_private.key"),
        #% endif -%#
        #% if tls -%#
        ssl_min_version=ssl.TLSVersion.TLSv1_2,
        #% endif -%#
        #% if pool_differs -%#
        max_connections=1 if name in ("blocking", "probe") else fill((pool_size)),
        #% else -%#
        max_connections=fill((pool_size)),
        #% endif -%#
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        #% if blocking -%#
        socket_timeout=LONGEST_BLOCK + COMMAND_TIMEOUT if name == "blocking" else COMMAND_TIMEOUT,
        #% else -%#
        socket_timeout=COMMAND_TIMEOUT,
        #% endif -%#
        #% if serverless -%#
        socket_keepalive=False,
        #% endif -%#
        #% if !serverless -%#
        health_check_interval=fill((health_check_ms|seconds)),  # idle for longer: PING first
        #% endif -%#
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},#% if !cluster %#
        retry=gate,
        maint_notifications_config=HANDOFFS,#% endif %#
    )
    return gate.pool
