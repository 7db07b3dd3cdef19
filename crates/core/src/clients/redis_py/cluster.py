class Cluster(RedisCluster):
    """Looks for its nodes at the first call, so that it can be made while Redis is away."""

    def __init__(self, gates#% if active_active %#, suffix#% endif %##% if blocking %#, block=0#% endif %#, **options):
        #% if blocking -%#
        self.deadline = block + DEADLINE
        self.pool = partial(pool, gates#% if active_active %#, suffix#% endif %#, block=block, **options)
        #% else -%#
        self.pool = partial(pool, gates#% if active_active %#, suffix#% endif %#, **options)
        #% endif -%#
        #% if active_active -%#
        self.suffix = suffix
        #% endif -%#
        self.known, self.finding = False, threading.Lock()

    def execute_command(self, *args, **options):
        with self.calling():
            return super().execute_command(*args, **options)

    @contextlib.contextmanager
    def calling(self):
        if call.running:  # the library asks for COMMAND while it looks for the nodes
            yield
            return
        call.running, call.lost, call.ends = True, False, time.monotonic() + fill((deadline)) - 2 * POOL_WAIT  # two nodes
        try:
            self.find()
            yield
        except redis.exceptions.RedisClusterException as error:
            raise error.__cause__ or redis.ConnectionError(str(error)) from error
        finally:
            call.running = False

    def find(self):
        if self.known:
            return
        if not self.finding.acquire(timeout=max(call.ends - time.monotonic(), 0)):
            raise redis.ConnectionError("another call looks for the nodes of the cluster")
        try:
            if not self.known:
                host, port = endpoint(#% if active_active %#self.suffix#% endif %#)
                super().__init__(
                    url=f"redis://{host}:{port}",  # not rediss: the class of the pool's connections has TLS
                    connection_pool_class=self.pool,
                    dynamic_startup_nodes=False,  # start at the name each time, not at addresses that may be gone
                    #% if moves -%#
                    maint_notifications_config=MaintNotificationsConfig(relaxed_timeout=DEADLINE),
                    #% else if waits -%#
                    maint_notifications_config=MaintNotificationsConfig(
                        proactive_reconnect=False, relaxed_timeout=DEADLINE, endpoint_type=EndpointType.NONE
                    ),
                    #% else -%#
                    maint_notifications_config=MaintNotificationsConfig(enabled=False),  # on by default
                    #% endif -%#
                    retry=Retry(FullJitterBackoff(RETRY_PAUSE, RETRY_PAUSE), ATTEMPTS - 1),
                )
                self.known = True
        finally:
            self.finding.release()

    def close(self):
        if self.known:
            self.disconnect_connection_pools()
