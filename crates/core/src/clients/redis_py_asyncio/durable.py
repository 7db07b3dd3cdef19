    #% if cluster -%#
    async def durable(self, key, *command):
        """Sends a write once and returns when the disk of #% if replica %#a replica#% else %#the node#% endif %# has it."""
        client = self.fill((proving))
        async with client.calling():
            await client.initialize()
            node = client.get_node_from_key(key)
            connection = node.acquire_connection()
            #% if !once -%#
            connection.once = True
            #% endif -%#
            try:
                await node.disconnect_if_needed(connection)
                return await proved(connection, command)
            except (*FAULTS, OutcomeUnknown, MovedError):
                client._initialize = True  # the key may be elsewhere
                raise
            finally:
                #% if !once -%#
                connection.once = False
                #% endif -%#
                node.release(connection)#% else -%#
    async def durable(self, *command):
        """Sends a write once and returns when the disk#% if replica %# of a replica#% endif %# has it."""
        pool = self.fill((proving)).connection_pool
        connection = await pool.get_connection()
        #% if !once -%#
        connection.once = True
        #% endif -%#
        try:
            return await proved(connection, command)
        finally:
            #% if !once -%#
            connection.once = False
            #% endif -%#
            await pool.release(connection)#% endif %#
