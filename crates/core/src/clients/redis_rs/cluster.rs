/// Follows a redirection: what was redirected has not been applied.
async fn followed(mut to: Connection, cmd: &Cmd) -> RedisResult<Value> {
    let reply = to.req_packed_command(cmd).await;
    let Some((node, _)) = reply.as_ref().err().and_then(RedisError::redirect_node) else {
        return reply;
    };
    let Some((host, port)) = node.rsplit_once(':') else { return reply };
    let node = ByAddress { host: host.to_owned(), port: port.parse().unwrap_or_default() };
    let mut asking = redis::pipe();
    asking.cmd("ASKING").add_command(cmd.clone());
    Ok(to.route_pipeline(asking, 0, 2, node).await?.remove(1))
}
/*% if tls %*/
/// A node's connection. Nodes are listed by address, but their certificate has the endpoint's name,
/// which comes along with the user: a cluster hands nothing else of ours to its nodes.
#[derive(Clone)]
struct Node(MultiplexedConnection);

impl Connect for Node {
    fn connect_with_config<'a, T: IntoConnectionInfo + Send + 'a>(
        info: T,
        config: AsyncConnectionConfig,
    ) -> RedisFuture<'a, Self> {
        Box::pin(async move {
            let info = info.into_connection_info()?;
            let (login, mut address) = (info.redis_settings().clone(), info.addr().clone());
            let both = login.username().unwrap_or_default().to_owned();
            let (user, name) = both.split_once('\n').unwrap_or((&both, ""));
            let mut resolver = At(String::new());
            if let ConnectionAddr::TcpTls { host, .. } = &mut address {
                resolver.0 = mem::replace(host, name.to_owned());
            }
            let info = info.set_addr(address).set_redis_settings(login.set_username(user));
            let client = Client::open(info)?;
            let config = config.set_dns_resolver(resolver);
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            let name = ["SETNAME", "fill((slug))"];
            let _: RedisResult<()> = cmd("CLIENT").arg(&name).exec_async(&mut connection).await;
            Ok(Node(connection))
        })
    }
}

impl ConnectionLike for Node {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        all: &'a Pipeline,
        skip: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(all, skip, count)
    }

    fn get_db(&self) -> i64 {
        0
    }
}

/// Says where this host is, whatever name is asked for.
struct At(String);

type Addresses<'a> = Box<dyn Iterator<Item = SocketAddr> + Send + 'a>;

impl AsyncDNSResolver for At {
    fn resolve<'a, 'b: 'a>(&'a self, _: &'b str, port: u16) -> RedisFuture<'a, Addresses<'a>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((self.0.as_str(), port)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addresses<'a>)
        })
    }
}
/*% endif %*/
