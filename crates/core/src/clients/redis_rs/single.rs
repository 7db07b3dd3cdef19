        let endpoint = Arc::downgrade(self);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None) // `dial` has one
            .set_response_timeout(None) // `call` has one
            .set_push_sender(move |push: PushInfo| {
                let Some(endpoint) = endpoint.upgrade() else { return Ok(()) };
                if push.kind == PushKind::Disconnection {
                    endpoint.lost(id, io::Error::from(io::ErrorKind::ConnectionReset).into());
                }
                /*%- if blocking %*/
                match &endpoint.wanted {
                    Some((_, pushed)) => pushed.send(push),
                    None => Ok(()),
                }
                /*%- else %*/
                Ok::<_, RedisError>(())
                /*%- endif %*/
            });
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let name = ["SETNAME", "fill((slug))"];
        let _: RedisResult<()> = cmd("CLIENT").arg(&name).exec_async(&mut connection).await;
        ping(&mut connection).await?;
        /*%- if blocking %*/
        if let Some((channels, _)) = &self.wanted {
            connection.subscribe(channels).await?;
        }
        /*%- endif %*/
        Ok(connection)
