
  async #call(command, tries) {
    const end = performance.now() + fill((deadline));
    let sent = false; // a try got no reply
    let failed;
    for (;;) {
      const cluster = await this.#connected(end - fill((reply)), sent, failed);
      try {
        const reply = await within(fill((reply)), command(cluster));
        this.#trouble = performance.now();
/*%- if serverless %*/
        this.#lastReply = Date.now();
/*%- endif %*/
        return reply;
      } catch (error) {
        const answered = error instanceof ErrorReply;
        const unsent = UNSENT.test(error.message);
        const ours = error instanceof TypeError || error instanceof OutcomeUnknown;
        const again = answered ? STALE.test(error.message) : !ours;
        if (again) this.#lost(cluster, error);
        sent ||= again && !answered && !unsent;
        if (!again || (!unsent && --tries === 0)) throw sent ? unknown(error) : error;
      }
      failed = cluster;
      await sleep(Math.random() * fill((pause_ms)));
    }
  }

  /** A call that has failed waits for the next cluster; the others go on with this one. */
  async #connected(until, sent, failed) {
/*%- if serverless %*/
    // A process that was frozen asks first: its connections may be long dead.
    const asked = this.#client;
    if (asked && Date.now() - this.#lastReply > PING_MS)
      await within(REPLY_MS, asked.ping()).catch((error) => this.#lost((failed = asked), error));
/*%- endif %*/
    for (;;) {
      const left = this.#closed ? 0 : until - performance.now();
      if (this.#client && this.#client !== failed && left > 0) return this.#client;
      if (left <= 0 || this.#gate > until) throw this.#late(sent);
      await within(left, this.#dialing).catch(() => {});
    }
  }

  /** No try is possible any more; an earlier one may have been applied. */
  #late(sent) {
    const error = this.#error ?? new Error(this.#closed ? "closed" : "no time left");
    return sent ? unknown(error) : new Error(`not sent: ${error.message}`);
  }

  #lost(cluster, error) {
    if (cluster !== this.#client || this.#error) return;
    this.#redial(error);
    if (!(error instanceof TimeoutError)) return;
    // A silent node's socket is dropped, not only the call.
    for (const { client } of cluster.masters.filter((node) => node.client?.isReady))
      within(REPLY_MS, client.ping()).catch(() => client.destroy());
  }

  /** Builds everything anew: nodes, addresses, password/*% if tls %*/ and certificates/*% endif %*/ may have changed. */
  async #connect() {
/*%- if active_active %*/
    const env = variables(this.#suffix);
/*%- else %*/
    const { env } = process;
/*%- endif %*/
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "fill((host))";
    const cluster = createCluster({
      rootNodes: [{ socket: { host, port: Number(env.REDIS_PORT || fill((port))) } }],
      minimizeConnections: true, // a dead node must not keep the others away
      // Nodes inherit nothing from rootNodes.
      defaults: {
        username: env.REDIS_USERNAME || "fill((user))",
        password: env.REDIS_PASSWORD,
        name: "fill((slug))",
        socket: {
/*%- if tls %*/
          tls: true,
          servername: host,
          minVersion: "TLSv1.2",
          ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
/*%- if mutual_tls %*/
          cert: readFileSync(env.REDIS_CERT_FILE || "redis_user.crt"),
          key: readFileSync(env.REDIS_KEY_FILE || "redis_user_private.key"),
/*%- endif %*/
/*%- endif %*/
          ...TCP,
          connectTimeout: CONNECT_MS,
          socketTimeout: QUIET_MS, // ends what the library forgets
          reconnectStrategy: false,
        },
        pingInterval: PING_MS, // finds silent nodes while nobody calls
        disableOfflineQueue: true,
        maintNotifications: "disabled",
      },
    });
    let cause; // connect() tells only that it failed
    cluster.on("error", (error) => (cause ??= error));
    cluster.on("node-error", (error) => error instanceof ErrorReply || this.#lost(cluster, error));
    try {
      await within(DEADLINE_MS + CONNECT_MS, cluster.connect());
      const nodes = cluster.masters.map((node) => within(CONNECT_MS, cluster.nodeClient(node)));
      await Promise.allSettled(nodes);
      if (this.#closed) throw new Error("closed");
    } catch (error) {
      cluster.destroy();
      throw cause ?? error;
    }
/*%- if blocking %*/
    this.#client?.pubSubNode?.client.destroy(); // or both would hear each message
    for (const [channel, listener] of this.#channels) {
      cluster.subscribe(channel, listener).catch((error) => this.#lost(cluster, error));
    }
/*%- endif %*/
    // The calls under way end with the old nodes.
    sleep(fill((reply)), undefined, { ref: false }).then(this.#hangUp);
    this.#client = cluster;
    this.#hangUp = () => cluster.destroy();
    this.#error = undefined;
/*%- if serverless %*/
    this.#lastReply = Date.now();
/*%- endif %*/
    console.error(fill((say_connected)));
  }

