class Clients:
    """Of the active region: `safe` tries again within the deadline#% if once %#, `once` never#% endif %#. No call moves to another region."""

    def __init__(self):
        suffixes = (fill((suffixes)))  # in order of preference
        self.regions = [Region(suffix) for suffix in suffixes]
        self.active = self.regions[0]#% if automatic %#
        self.failed, self.fled, self.marker#% if !serverless %#, self.watching#% endif %# = 0, None, None#% if !serverless %#, None#% endif %##% endif %#

    def __getattr__(self, name):
        return getattr(self.active, name)

    async def open(self):
        await asyncio.gather(*(region.open() for region in self.regions))
        #% if automatic && !serverless -%#
        self.watching = asyncio.create_task(self.watch())
        #% endif -%#
        return self

    def fail_over(self, region=None):
        """To this region, else to the next. Go back when its data has arrived: nothing here can know that."""
        after = self.regions.index(self.active) + 1
        self.active = region or self.regions[after % len(self.regions)]#% if automatic %#
        self.fled, self.marker = None, None  # by hand it came here, by hand it goes#% endif %#
        log.warning("region changed: %s", endpoint(self.active.suffix)[0])
#% if automatic && !serverless %#
    async def watch(self):
        while True:
            await asyncio.sleep(PROBE_INTERVAL)
            await self.check()
#% endif %##% if automatic %#
    # The library's MultiDBClient is experimental, and its health checks speak plain text to a TLS port.
    async def check(self):
        """#% if serverless %#Every fill((probe_interval_ms)) ms, by the app: #% endif %#fill((probes)) failed probes change the region, an arrived marker changes it back."""
        self.failed = 0 if await self.answers(self.active) else self.failed + 1
        if self.failed >= fill((probes)):
            for region in self.regions:
                if region is not self.active and await self.answers(region):
                    self.fail_over(region)
                    self.failed, self.fled = 0, region
                    return
        elif self.fled is self.active is not self.regions[0] and not self.failed:
            await self.fail_back(self.regions[0])

    async def answers(self, region):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_TIMEOUT):
                return await region.healthy()
        return False

    async def fail_back(self, home):
        """What was written here has arrived at home when a marker, written here later, has."""
        try:
            if not await self.answers(home):
                self.marker = None
            elif self.marker is None:
                self.marker = f"fill((slug)):marker:{uuid.uuid4().hex}"
                await self.active.safe.set(self.marker, 1, ex=3600)
            elif await home.safe.exists(self.marker) and self.fled is self.active:
                self.fail_over(home)
        except redis.RedisError as error:
            self.marker = None
            log.warning("no failback yet: %s", error)
#% endif %#
    async def close(self):
        #% if automatic && !serverless -%#
        self.watching.cancel()
        #% endif -%#
        for region in self.regions:
            await region.close()
