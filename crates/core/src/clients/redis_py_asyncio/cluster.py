class Cluster(RedisCluster):
    """Every call within the deadline, each node behind a gate of its own."""

    def __init__(self, gate#% if unknown %#, once#% endif %##% if blocking %#, block#% endif %#, max_connections, **options):
        self.deadline, self.turns = fill((deadline)), asyncio.Semaphore(max_connections)
        super().__init__(max_connections=max_connections, **options)

        def connection(host, port, **node):
            return Connection(gate(host, port), #% if unknown %#once, #% endif %#host=host, port=port, **node)

        self.connection_kwargs["connection_class"] = connection
        for node in self.startup_nodes:
            node.connection_class = connection

    async def execute_command(self, *args, **options):
        async with self.calling():
            return await super().execute_command(*args, **options)

    def pipeline(self):
        return Batch(self)

    @contextlib.asynccontextmanager
    async def calling(self):
        if ends.get():  # a batch that sends a command again
            yield
            return
        token = ends.set(time.monotonic() + self.deadline - POOL_WAIT)
        lost_one.set(False)
        try:
            async with asyncio.timeout(self.deadline), self.turns:  # the library waits for no connection
                yield
        except TimeoutError:
            raise redis.TimeoutError(f"not done within {self.deadline} s") from None
        except RedisClusterException as error:
            raise error.__cause__ or redis.ConnectionError(str(error)) from error
        finally:
            ends.reset(token)


class Batch(ClusterPipeline):
    async def execute(self, *args, **options):
        async with self.cluster_client.calling():
            return await super().execute(*args, **options)
