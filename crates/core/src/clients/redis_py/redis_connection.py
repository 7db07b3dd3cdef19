# fill((stamp))
"""Redis whose calls end in time and whose connections come back by themselves: make one `Clients()` per process."""

import contextlib
import logging
import os
import random
#% if tls -%#
import re
#% endif -%#
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
from redis.backoff import FullJitterBackoff#% if cluster %#
from redis.cluster import RedisCluster#% endif %#
from redis.exceptions import AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError
#% if waits -%#
from redis.maint_notifications import EndpointType, MaintNotificationsConfig
#% else -%#
from redis.maint_notifications import MaintNotificationsConfig
#% endif -%#
from redis.retry import Retry

DEADLINE = fill((deadline_ms|seconds))  # seconds a call may take, whatever happens
POOL_WAIT = fill((pool_wait_ms|seconds))
CONNECT_TIMEOUT = fill((connect_timeout_ms|seconds))  # name, TCP and TLS of a dial together
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
# The user timeout is the deadline: the kernel delivers no write after its caller was told that it failed.
#% if serverless -%#
TCP = {"TCP_USER_TIMEOUT": fill((user_timeout_ms))}
#% else -%#
TCP = {"TCP_USER_TIMEOUT": fill((user_timeout_ms)), "TCP_KEEPIDLE": fill((keepalive_ms|s)), "TCP_KEEPINTVL": fill((keepalive_interval_ms|s)), "TCP_KEEPCNT": 3}
#% endif -%#
NOT_APPLIED = (AuthenticationError, BusyLoadingError, MasterDownError, ReadOnlyError)  # Redis says so itself
FAULTS = (redis.ConnectionError, redis.TimeoutError, *NOT_APPLIED)
#% if tls -%#
# The files, our verdict and the server's on a certificate; all else that OpenSSL says is the network's.
CERTIFICATE = re.compile(r"^\[(?!SSL: |SSL\] tls)|ALERT\w*CERTIFICATE|CERTIFICATE_VERIFY|UNKNOWN_CA|UNRECOGNIZED_NAME")
#% endif -%#
log = logging.getLogger(__name__)


class Refused(redis.RedisError):
    """fill((refusable)): a person has to act."""


class OutcomeUnknown(redis.RedisError):
    """The reply was lost: the command may or may not have been applied."""
#% if cluster %#

class Call(threading.local):
    """The call of this thread, which may use several connections."""

    running, lost, ends = False, False, 0.0


call = Call()
#% endif %#

class Gate:
    """In front of every dial to a host: after a fault one dial at a time, each behind a random pause."""

    def __init__(self, name#% if active_active %#, suffix#% endif %#):
        self.name, self.turn = name, threading.Condition()
        #% if active_active -%#
        self.suffix = suffix
        #% endif -%#
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

    def __init__(self, gate#% if sends_once %#, once#% endif %##% if blocking %#, block#% endif %#, **options):
        #% if sends_once -%#
        self.gate, self.once = gate, once
        #% else -%#
        self.gate = gate
        #% endif -%#
        #% if blocking -%#
        self.deadline = block + DEADLINE
        #% endif -%#
        #% if blocking -%#
        self.asked = None
        #% endif -%#
        #% if serverless -%#
        self.used = 0.0
        #% endif -%#
        #% if !cluster -%#
        self.lost = False  # the reply of a try of this call
        #% endif -%#
        self.sent, self.began, self.dialled, self.ends = False, 0.0, 0.0, 0.0
        super().__init__(**options)

    def left(self, seconds=float("inf")):
        return min(seconds, max(self.ends - time.monotonic(), 0.001))

    def connect(self):
        """As a call begins, the pool asks for it."""
        now = time.monotonic()
        if self.began >= self.dialled or self.ends < now:  # else the pool asks again: the new connection died at once
            self.sent, self.ends = False, now + fill((deadline)) - POOL_WAIT#% if !cluster %#
            self.lost = False#% endif %#
        #% if cluster -%#
        if call.running:
            self.ends = call.ends
        if self.ends < now:
            raise redis.ConnectionError("no time left to ask another node")
        #% endif -%#
        if super().should_reconnect() or self.dialled < self.gate.stale:
            self.disconnect()
        #% if serverless -%#
        idle = abs(time.time() - self.used) > 1  # frozen perhaps, and the other clock with it
        #% else -%#
        idle = now > self.next_health_check
        #% endif -%#
        if idle and self.is_connected:
            with contextlib.suppress(*FAULTS):  # has it died? Then it is dialled anew
                self.send_command("PING", check_health=False)
                self.read_response()
        super().connect()#% if serverless %#
        self.used = time.time()#% endif %#

    def should_reconnect(self):
        return False  # at the end of a call: a failed dial there would hide its reply

    def connect_check_health(self, **_):
        """Every dial."""
        if self.is_connected:
            return
        #% if !cluster -%#
        if self.dialled > self.gate.lost:
            self.gate.failure(redis.ConnectionError("closed while idle"), self.dialled)
        #% endif -%#
        #% if blocking -%#
        self.asked = None
        #% endif -%#
        began = 0.0
        try:
            self.gate.enter(self.left)
            began = time.monotonic()
            #% if active_active -%#
            self.password = env("REDIS_PASSWORD", self.gate.suffix)  # read anew by each dial, as the certificates are
            #% else -%#
            self.password = os.environ.get("REDIS_PASSWORD")  # read anew by each dial#% if tls %#, as the certificates are#% endif %#
            if not self.password:
                raise Refused("REDIS_PASSWORD is not set")
            #% endif -%#
            super().connect_check_health(check_health=False, retry_socket_connect=False)
        except (Refused, *FAULTS) as fault:
            error = explained(fault)
            if began:
                self.gate.failure(error, began)
            raise OutcomeUnknown(f"outcome unknown: {error}") if fill((lost)) else error from fault.__context__
        self.dialled = time.monotonic()

    def _connect(self):
        # The name lookup knows no timeout: 10 s for a dead name server.
        return in_time(super()._connect, self.left(CONNECT_TIMEOUT))
#% if cluster %#
    def on_connect(self):
        self.on_connect_check_health(check_health=False)
#% endif %##% if tls %#
    def _wrap_socket_with_ssl(self, sock):
        tls = ssl.create_default_context(cafile=self.ca_certs)  # the library's trusts the system's authorities, too
        #% if mutual_tls -%#
        tls.load_cert_chain(self.certfile, self.keyfile)
        #% endif -%#
        #% if cluster -%#
        # Nodes are listed by address; their certificate has the name of the endpoint.
        return tls.wrap_socket(sock, server_hostname=endpoint(#% if active_active %#self.gate.suffix#% endif %#)[0])
#% else -%#
        return tls.wrap_socket(sock, server_hostname=self.host)
#% endif %##% endif %#
    def send_packed_command(self, command, check_health=True):
        if not (check_health or self.is_connected):
            self.connect()  # a call of its own: PubSub keeps its connection
        #% if sends_once -%#
        if self.once and self.sent and not self.is_connected:
            raise redis.ConnectionError("lost in this call")  # no new one for UNWATCH: it would hide the outcome
        #% endif -%#
        self.connect_check_health()#% if tls %#
        if not check_health:  # part of a dial
            self.can_read()  # why the server hangs up, a missing client certificate for example, a write would hide#% endif %#
        self.sent, self.began = check_health, time.monotonic()
        #% if blocking -%#
        self.asked = self.asked or self.began
        #% endif -%#
        with self.watched():
            super().send_packed_command(command, check_health=False)

    def read_response(self, *args, **options):
        options.setdefault("timeout", self.left(self.socket_timeout))
        with self.watched():
            reply = super().read_response(*args, **options)
        #% if blocking -%#
        self.asked = None
        #% endif -%#
        if self.sent:
            self.gate.success(self.dialled)
        return reply
#% if blocking %#
    def can_read(self, timeout=0):
        if super().can_read(timeout):
            return True
        if self.asked and time.monotonic() - self.asked > COMMAND_TIMEOUT:  # `get_message` doesn't miss its PONG
            raise redis.TimeoutError("PING was not answered")
        return False
#% endif %#
    @contextlib.contextmanager
    def watched(self):
        lost = fill((lost))
        try:
            yield
        except FAULTS as fault:
            if self.sent:
                self.gate.failure(fault, self.began)
                if isinstance(fault, NOT_APPLIED):
                    self.mark_for_reconnect()  # the name may have moved
                else:
                    fill((lost)) = True
                if lost#% if sends_once %# or (self.once and fill((lost)))#% endif %#:
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
    """`Refused` where a person has to act, else the fault itself."""#% if tls %#
    cause = fault.__context__
    if isinstance(cause, (ssl.SSLError, FileNotFoundError)) and CERTIFICATE.search(str(cause)):
        #% if mutual_tls -%#
        names = "REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE"
        return Refused(f"certificate or host name, check {names} ({cause})")#% else -%#
        return Refused(f"certificate or host name, check REDIS_CA_FILE and REDIS_HOST ({cause})")#% endif %##% endif %#
    if isinstance(fault, AuthenticationError):
        return Refused(f"user or password, check REDIS_USERNAME and REDIS_PASSWORD ({fault})")
    return fault

#% if cluster %#
fill((cluster_part))

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
        #% if cluster -%#
        gates = {}
        self.safe = Cluster(gates#% if active_active %#, suffix#% endif %#)
        #% if once -%#
        self.once = Cluster(gates#% if active_active %#, suffix#% endif %#, once=True)
        #% endif -%#
        #% if blocking -%#
        self.blocking = Cluster(gates#% if active_active %#, suffix#% endif %#, once=True, size=1, block=LONGEST_BLOCK)  # for one thread
        #% endif -%#
        #% if automatic -%#
        self.probe = Cluster(gates, suffix, size=1)  # a busy pool is no reason to change the region
        #% endif -%#
        #% else -%#
        #% if active_active -%#
        gate = Gate(endpoint(suffix)[0], suffix)
        #% else -%#
        gate = Gate(os.environ.get("REDIS_HOST", "fill((host))"))
        #% endif -%#
        self.safe = client(gate)
        #% if once -%#
        self.once = client(gate, once=True)
        #% endif -%#
        #% if blocking -%#
        self.blocking = client(gate, once=True, size=1, block=LONGEST_BLOCK)  # for one thread: BLPOP, XREAD, SUBSCRIBE
        #% endif -%#
        #% if automatic -%#
        self.probe = client(gate, size=1)  # a busy pool is no reason to change the region
        #% endif -%#
        #% endif -%#
        with contextlib.suppress(OutcomeUnknown, *FAULTS):  # no reason to die: the connection comes back later
            self.safe.ping()
#% if durable %#
    #% if cluster -%#
    def durable(self, key, *command):
        """Sends a write once and returns when the disk of #% if replica %#a replica#% else %#the node#% endif %# has it."""
        client = self.fill((proving))
        with client.calling():
            try:
                return proved(client.get_redis_connection(client.get_node_from_key(key)), *command)
            except (*FAULTS, OutcomeUnknown, redis.exceptions.MovedError):
                client.known = False  # the key may be elsewhere
                raise#% else -%#
    def durable(self, *command):
        """Sends a write once and returns when the disk#% if replica %# of a replica#% endif %# has it."""
        return proved(self.fill((proving)), *command)#% endif %#
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

fill((regions_part))
#% endif %#

#% if durable -%#
def proved(client, *command):
    connection, replies = client.connection_pool.get_connection(), []
    try:
        connection.send_packed_command(connection.pack_commands([command, ("WAITAOF", fill((waitaof)), fill((proof_ms)))]))
        while len(replies) < 2:
            try:
                replies.append(connection.read_response(timeout=connection.left()))
            except redis.ResponseError as error:
                replies.append(error)
    #% if !once -%#
    except (redis.ConnectionError, redis.TimeoutError) as fault:
        raise OutcomeUnknown(f"outcome unknown: {fault}") from fault
    #% endif -%#
    finally:
        client.connection_pool.release(connection)
    answer, proof = replies
    if isinstance(answer, redis.ResponseError):
        raise answer
    if isinstance(proof, redis.ResponseError) or proof[fill((proof_index))] < 1:
        raise OutcomeUnknown(f"outcome unknown: written, but the disk did not confirm it ({proof})")
    return answer


#% endif -%#
#% if cluster -%#
def pool(gates#% if active_active %#, suffix#% endif %#, host, port#% if sends_once %#, once=False#% endif %##% if sized %#, size=fill((pool_size))#% endif %##% if blocking %#, block=0#% endif %#, **node):
    #% if active_active -%#
    gate = gates.setdefault((host, port), Gate(host, suffix))
    #% else -%#
    gate = gates.setdefault((host, port), Gate(host))
    #% endif -%#
    return redis.BlockingConnectionPool(
        host=host,
        port=port,
        **node,
        #% else -%#
def client(gate#% if sends_once %#, once=False#% endif %##% if sized %#, size=fill((pool_size))#% endif %##% if blocking %#, block=0#% endif %#):
    pool = redis.BlockingConnectionPool(
        host=gate.name,
        #% if active_active -%#
        port=endpoint(gate.suffix)[1],
        #% else -%#
        port=int(os.environ.get("REDIS_PORT", "fill((port))")),
        #% endif -%#
        retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), #% if sends_once %#0 if once else ATTEMPTS - 1#% else %#ATTEMPTS - 1#% endif %#, FAULTS),
        #% if moves -%#
        maint_notifications_config=MaintNotificationsConfig(relaxed_timeout=DEADLINE),
        #% else if waits -%#
        maint_notifications_config=MaintNotificationsConfig(
            proactive_reconnect=False, relaxed_timeout=DEADLINE, endpoint_type=EndpointType.NONE
        ),
        #% else -%#
        maint_notifications_config=MaintNotificationsConfig(enabled=False),  # on by default
        #% endif -%#
        #% endif -%#
        connection_class=Connection,
        gate=gate,
        #% if sends_once -%#
        once=once,
        #% endif -%#
        #% if blocking -%#
        block=block,
        #% endif -%#
        #% if active_active -%#
        username=env("REDIS_USERNAME", gate.suffix, "fill((user))"),
        #% else -%#
        username=os.environ.get("REDIS_USERNAME", "fill((user))"),
        #% endif -%#
        client_name="fill((slug))",
        #% if tls && active_active -%#
        ssl_ca_certs=env("REDIS_CA_FILE", gate.suffix, "redis_ca.pem"),
        #% else if tls -%#
        ssl_ca_certs=os.environ.get("REDIS_CA_FILE", "redis_ca.pem"),
        #% endif -%#
        #% if mutual_tls && active_active -%#
        ssl_certfile=env("REDIS_CERT_FILE", gate.suffix, "redis_user.crt"),
        ssl_keyfile=env("REDIS_KEY_FILE", gate.suffix, "redis_user_private.key"),
        #% else if mutual_tls -%#
        ssl_certfile=os.environ.get("REDIS_CERT_FILE", "redis_user.crt"),
        ssl_keyfile=os.environ.get("REDIS_KEY_FILE", "redis_user_private.key"),
        #% endif -%#
        #% if sized -%#
        max_connections=size,
        #% else -%#
        max_connections=fill((pool_size)),
        #% endif -%#
        timeout=POOL_WAIT,
        socket_connect_timeout=CONNECT_TIMEOUT,
        #% if blocking -%#
        socket_timeout=block + COMMAND_TIMEOUT,
        #% else -%#
        socket_timeout=COMMAND_TIMEOUT,
        #% endif -%#
        #% if serverless -%#
        socket_keepalive=False,
        health_check_interval=60,  # or after a thaw: PING first
        #% else -%#
        health_check_interval=fill((health_check_ms|seconds)),  # idle for longer: PING first
        #% endif -%#
        socket_keepalive_options={getattr(socket, k): v for k, v in TCP.items() if hasattr(socket, k)},
    )
    #% if !cluster -%#
    return redis.Redis.from_pool(pool)
    #% endif -%#
