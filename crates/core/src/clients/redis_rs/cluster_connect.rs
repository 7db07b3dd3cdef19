        // No retries: `call` repeats what may be repeated.
        let builder = ClusterClientBuilder::new([info]).tcp_settings(tcp).retries(0);
        let builder = builder.connection_timeout(CONNECT_TIMEOUT)/*% if tls %*/.certs(certificates)/*% endif %*/;
        /*%- if blocking %*/
        let builder = match &self.wanted {
            Some((_, pushed)) => builder.push_sender(pushed.clone()),
            None => builder,
        };
        let client = builder.build()?;
        /*%- else %*/
        let client = builder.build()?;
        /*%- endif %*/
        /*%- if tls %*/
        let /*% if blocking %*/mut /*% endif %*/connection = client.get_async_generic_connection::<Node>().await?;
        /*%- else %*/
        let /*% if blocking %*/mut /*% endif %*/connection = client.get_async_connection().await?;
        /*%- endif %*/
        /*%- if blocking %*/
        if let Some((channels, _)) = &self.wanted {
            connection.subscribe(channels).await?;
        }
        /*%- endif %*/
        Ok(connection)
