
  async #call(command, tries) {
    const end = performance.now() + fill((deadline));
    let sent = false; // a try got no reply
    for (;;) {
      const client = await this.#connected(end - fill((reply)), sent);
/*%- if notify %*/
      const patience = this.#relaxed ? end - performance.now() : fill((reply));
/*%- endif %*/
      try {
/*%- if serverless %*/
        const reply = await within(/*% if notify %*/patience/*% else %*/fill((reply))/*% endif %*/, command(client));
        this.#lastReply = Date.now();
        return reply;
/*%- else %*/
        return await within(/*% if notify %*/patience/*% else %*/fill((reply))/*% endif %*/, command(client));
/*%- endif %*/
      } catch (error) {
        const answered = error instanceof ErrorReply;
        const silent = !answered && (error instanceof TimeoutError || !client.isReady);
        const again = silent || STALE.test(error.message);
        if (again) this.#lost(client, error);
        sent ||= silent;
        if (!again || --tries === 0) throw sent ? unknown(this.#error ?? error) : error;
      }
      await sleep(Math.random() * fill((pause_ms)));
    }
  }

  /** Waits for the connection, but not for a dial that begins too late for a whole try. */
  async #connected(until, sent) {
/*%- if serverless %*/
    // A process that was frozen asks first: its connection may be long dead.
    const client = this.#client;
    if (client && Date.now() - this.#lastReply > PING_MS)
      await within(REPLY_MS, client.ping()).catch((error) => this.#lost(client, error));
/*%- endif %*/
    for (;;) {
      const left = this.#closed ? 0 : until - performance.now();
      if (this.#client && left > 0) return this.#client;
      if (left <= 0 || this.#gate > until) throw this.#late(sent);
      await within(left, this.#dialing).catch(() => {});
    }
  }

  /** No try is possible any more; an earlier one may have been applied. */
  #late(sent) {
    const error = this.#error ?? new Error(this.#closed ? "closed" : "no time left");
    return sent ? unknown(error) : new Error(`not sent: ${error.message}`);
  }

  #lost(client, error) {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#hangUp();
    this.#redial(error);
  }
/*%- if handoffs_on %*/

  /** Before maintenance the server asks for patience, then to dial the name again. */
  #heard(client, [kind, , seconds]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
    const moved = () => client === this.#client && this.#connect().catch(() => {});
    if (String(kind) === "MOVING") setTimeout(moved, seconds * 500).unref();
  }
/*%- else if handoffs_relaxed %*/

  /** Before maintenance the server asks for patience. */
  #heard([kind]) {
    this.#relaxed = /^(MOVING|MIGRATING|FAILING_OVER)$/.test(kind);
  }
/*%- endif %*/

  /** Builds everything anew: address, password/*% if tls %*/ and certificates/*% endif %*/ may have changed. */
  async #connect() {
/*%- if active_active %*/
    const env = variables(this.#suffix);
/*%- else %*/
    const { env } = process;
/*%- endif %*/
    if (!env.REDIS_PASSWORD) throw new Refused("REDIS_PASSWORD is not set");
    const host = env.REDIS_HOST || "fill((host))";
/*%- if tls %*/
    const tls = {
      tls: true,
      servername: host,
      minVersion: "TLSv1.2",
      ca: readFileSync(env.REDIS_CA_FILE || "redis_ca.pem"),
/*%- if mutual_tls %*/
      cert: readFileSync(env.REDIS_CERT_FILE || "redis_user.crt"),
      key: readFileSync(env.REDIS_KEY_FILE || "redis_user_private.key"),
/*%- endif %*/
    };
/*%- endif %*/
    const port = Number(env.REDIS_PORT || fill((port)));
    const found = await lookup(host, { all: true }); // has limits of its own
    const resolved = (_host, _options, done) => done(null, found);
    const address = { host, port, lookup: resolved, ...TCP };
/*%- if tls %*/
    const socket = connect(address);
    socket.on("error", () => {}); // the client hears it too
/*%- endif %*/
    const client = createClient({
      username: env.REDIS_USERNAME || "fill((user))",
      password: env.REDIS_PASSWORD,
      name: "fill((slug))",
/*%- if serverless %*/
      socket: { .../*% if tls %*/tls, socket/*% else %*/address/*% endif %*/, reconnectStrategy: false },
/*%- else %*/
      socket: { .../*% if tls %*/tls, socket/*% else %*/address/*% endif %*/, socketTimeout: QUIET_MS, reconnectStrategy: false },
      pingInterval: PING_MS, // finds a silent peer while nobody calls
/*%- endif %*/
      disableOfflineQueue: true,
      maintNotifications: "disabled",/*% if notify %*/ // the library's own holds back all writes/*% endif %*/
    });
    // An error reply to the library's ping is no loss.
    client.on("error", (error) => error instanceof ErrorReply || this.#lost(client, error));
/*%- if handoffs_on %*/
    client._getQueue().addPushHandler((push) => this.#heard(client, push));
/*%- else if handoffs_relaxed %*/
    client._getQueue().addPushHandler((push) => this.#heard(push));
/*%- endif %*/
/*%- if tls %*/
    const login = once(socket, "connect").then(() => client.connect());
/*%- else %*/
    let socket; // which the library keeps to itself
    const made = (event) => (socket = event.socket);
    subscribe("net.client.socket", made);
    const login = client.connect();
    unsubscribe("net.client.socket", made);
/*%- endif %*/
    const hangUp = () => {
      // After a plain close the kernel delivers later what the callers were told had failed.
      if (!socket.connecting) socket.resetAndDestroy();
      socket.destroy();
      client.destroy();
    };
    await within(CONNECT_MS, login).catch((error) => {
      hangUp();
      throw error;
    });
    if (this.#closed) return hangUp();
/*%- if notify && blocking %*/
    // Not for the blocking calls: during a hand-over both connections would hear each message.
    if (this.#deadline === DEADLINE_MS) client.sendCommand(NOTIFY).catch(() => {});
/*%- else if notify %*/
    client.sendCommand(NOTIFY).catch(() => {}); // not every server knows it
/*%- endif %*/
/*%- if blocking %*/
    for (const [channel, listener] of this.#channels) {
      client.subscribe(channel, listener).catch(() => {}); // lost again: the next dial does it
    }
/*%- endif %*/
/*%- if handoffs_on %*/
    if (this.#client) within(fill((reply)), this.#client.close()).catch(this.#hangUp);
/*%- endif %*/
    this.#client = client;
    this.#hangUp = hangUp;
    this.#error = undefined;
/*%- if serverless %*/
    this.#lastReply = Date.now();
/*%- endif %*/
/*%- if notify %*/
    this.#relaxed = false;
/*%- endif %*/
    console.error(fill((say_connected)));
  }

