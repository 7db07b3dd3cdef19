/* fill((stamp)) */
package app;

import static io.lettuce.core.codec.StringCodec.UTF8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
/*% if handoffs -%*/
import io.lettuce.core.MaintNotificationsConfig.EndpointType;
/*% endif -%*/
/*% if cluster -%*/
import io.lettuce.core.RedisAsyncCommandsImpl;
/*% endif -%*/
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
/*% if !serverless -%*/
import io.lettuce.core.SocketOptions.KeepAliveOptions;
/*% endif -%*/
/*% if tls -%*/
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslOptions.Resource;
/*% endif -%*/
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
/*% if handoffs -%*/
import io.lettuce.core.api.push.PushMessage;
/*% endif -%*/
/*% if durable -%*/
import io.lettuce.core.output.IntegerListOutput;
/*% endif -%*/
/*% if cluster -%*/
import io.lettuce.core.protocol.AsyncCommand;
/*% endif -%*/
/*% if durable -%*/
import io.lettuce.core.protocol.CommandArgs;
/*% endif -%*/
/*% if cluster -%*/
import io.lettuce.core.protocol.CommandType;
/*% endif -%*/
/*% if durable -%*/
import io.lettuce.core.protocol.ProtocolKeyword;
/*% endif -%*/
/*% if cluster -%*/
import io.lettuce.core.protocol.RedisCommand;
/*% endif -%*/
/*% if subscribe -%*/
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
/*% endif -%*/
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.Transports;
import io.netty.bootstrap.Bootstrap;
/*% if tls -%*/
import io.netty.channel.Channel;
/*% endif -%*/
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.CodecException;
/*% if tls -%*/
import io.netty.handler.ssl.SslHandler;
/*% endif -%*/
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.RoundRobinDnsAddressResolverGroup;
/*% if tls -%*/
import java.io.File;
import java.io.FileNotFoundException;
import java.security.GeneralSecurityException;
/*% endif -%*/
import java.time.Duration;
/*% if many || tls && cluster -%*/
import java.util.List;
/*% endif -%*/
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
/*% if !serverless -%*/
import java.util.concurrent.Executors;
/*% if handoffs -%*/
import java.util.concurrent.Future;
/*% endif -%*/
import java.util.concurrent.ScheduledExecutorService;
/*% endif -%*/
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
/*% if subscribe -%*/
import java.util.concurrent.atomic.AtomicReference;
/*% endif -%*/
/*% if tls && cluster -%*/
import javax.net.ssl.SNIHostName;
/*% endif -%*/
/*% if tls -%*/
import javax.net.ssl.SSLException;
/*% endif -%*/
/*% if tls && cluster -%*/
import javax.net.ssl.SSLParameters;
/*% endif -%*/
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  static final long DEADLINE_MS = fill((deadline_ms));
  private static final RedisException NEW = new RedisException("not connected yet");
  /*% if durable -%*/
  private static final ProtocolKeyword WAITAOF = "WAITAOF"::getBytes;
  /*% endif -%*/
  // Threads of the whole process. Each dial resolves the name anew (Lettuce, not the JVM, does it)
  // and takes one of its addresses by chance: the first alone may be dead.
  private static final ClientResources RESOURCES =
      ClientResources.builder()
          .addressResolverGroup(
              new RoundRobinDnsAddressResolverGroup(
                  new DnsNameResolverBuilder()
                      .datagramChannelType(Transports.datagramChannelClass())
                      .queryTimeoutMillis(fill((connect_timeout_ms)))
                      .resolveCache(NoopDnsCache.INSTANCE)
                      .cnameCache(NoopDnsCnameCache.INSTANCE)))
          .nettyCustomizer(new Abrupt())
          .build();

  private final RedisClient client = RedisClient.create(RESOURCES);
  private final RedisURI uri;
  private final Line shared = new Line();
  /*% if durable -%*/
  private final Line proving = new Line(); // WAITAOF holds up what comes behind it
  /*% endif -%*/
  /*% if blocking -%*/
  private final Line waiting = new Line();
  /*% endif -%*/
  /*% if subscribe -%*/
  private final Line hearing = new Line();
  /*% endif -%*/
  /*% if !serverless -%*/
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  /*% endif -%*/
  private volatile RedisException trouble = NEW; // null is well
  /*% if handoffs -%*/
  private volatile boolean relaxed;
  /*% endif -%*/
  private long nextDial = now();
  private long awaySince = now();
  private int failures;

  /** One command; or several, and a reply when all have theirs. */
  public interface Command<T> {
    CompletionStage<T> on(RedisAsyncCommands<String, String> redis);
  }

  /** Refused by password or certificate: dialling again at once would not help. */
  public static final class Refused extends RedisException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  /*% if cluster -%*/
  /** MOVED or ASK: that node has executed nothing of this command. */
  static final class Redirected extends RedisException {
    private static final long serialVersionUID = 1;
    final boolean doubt; // an earlier command or an earlier try may have been applied

    Redirected(RedisException why, boolean doubt) {
      super(why.getMessage(), why);
      this.doubt = doubt;
    }
  }

  /*% endif -%*/
  /** A connection for all callers, and the dial that brings it or its successor. */
  private static final class Line {
    StatefulRedisConnection<String, String> connection; // null when lost
    CompletableFuture<Void> dial = CompletableFuture.completedFuture(null);
    volatile long heard; // the last reply
  }

  /*% if cluster -%*/
  /** Commands of one function: MOVED says that nothing has happened only as the first answer. */
  private static final class Watched extends RedisAsyncCommandsImpl<String, String> {
    volatile boolean answered;

    Watched(StatefulRedisConnection<String, String> connection) {
      super(connection, UTF8);
    }

    @Override
    public <T> AsyncCommand<String, String, T> dispatch(RedisCommand<String, String, T> command) {
      AsyncCommand<String, String, T> sent = super.dispatch(command);
      if (command.getType() != CommandType.ASKING) sent.thenRun(() -> answered = true);
      return sent;
    }
  }

  /*% endif -%*/
  /** A dropped connection forgets what it has not sent, or it might arrive later. */
  private static final class Abrupt implements NettyCustomizer {
    @Override
    public void afterBootstrapInitialized(Bootstrap bootstrap) {
      bootstrap.option(ChannelOption.SO_LINGER, 0);
    }
    /*%- if tls %*/

    @Override
    public void afterChannelInitialized(Channel channel) {
      channel.pipeline().get(SslHandler.class).setCloseNotifyFlushTimeoutMillis(1);
    }
    /*%- endif %*/
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public static RedisConnection open(Map<String, String> env) {
    if (!env.containsKey("REDIS_PASSWORD")) {
      throw new IllegalArgumentException("REDIS_PASSWORD is not set");
    }
    String host = env.getOrDefault("REDIS_HOST", "fill((host))");
    String port = env.getOrDefault("REDIS_PORT", "fill((port))");
    RedisConnection redis = new RedisConnection(env, host, Integer.parseInt(port));
    long end = now() + DEADLINE_MS;
    redis.shared.dial.join(); // a cold JVM is slow: the first dial has a clock of its own
    try {
      end = Math.max(end, now() + fill((command_timeout_ms)));
      redis.call(redis.shared, RedisAsyncCommands::ping, fill((attempts)), end);
    } catch (RedisException e) {
      if (redis.trouble instanceof Refused refused) {
        redis.close();
        throw refused;
      }
      LOG.warn("starting without Redis: {}", e.getMessage());
    }
    return redis;
  }

  RedisConnection(Map<String, String> env, String host, int port) {
    String user = env.getOrDefault("REDIS_USERNAME", "fill((user))");
    uri =
        RedisURI.builder()
            .withHost(host)
            .withPort(port)
            /*% if tls -%*/
            .withSsl(true) // checks the chain and the host name
            /*% endif -%*/
            .withAuthentication(user, env.get("REDIS_PASSWORD").toCharArray())
            .withClientName("fill((slug))")
            .withTimeout(Duration.ofMillis(DEADLINE_MS)) // a dial; callers leave by themselves
            .build();
    /*% if tls -%*/
    File caFile = new File(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
    /*% endif -%*/
    /*% if mutual_tls -%*/
    File certFile = new File(env.getOrDefault("REDIS_CERT_FILE", "redis_user.crt"));
    File keyFile = new File(env.getOrDefault("REDIS_KEY_FILE", "redis_user_private.key"));
    /*% endif -%*/
    /*% if cluster && tls -%*/
    // Nodes are announced by address: each has to prove the name of the endpoint.
    String endpoint = env.getOrDefault("REDIS_HOST", "fill((host))");
    SSLParameters parameters = new SSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(endpoint)));
    /*% endif -%*/
    /*% if !serverless -%*/
    KeepAliveOptions keepAlive =
        KeepAliveOptions.builder()
            .enable()
            .idle(Duration.ofMillis(fill((keepalive_ms))))
            .interval(Duration.ofMillis(fill((keepalive_interval_ms))))
            .count(3)
            .build();
    /*% endif -%*/
    Duration connect = Duration.ofMillis(fill((connect_timeout_ms)));
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false) // or Lettuce sends again what has no reply yet
            .timeoutOptions(TimeoutOptions.create()) // none: callers leave by themselves
            /*% if handoffs -%*/
            .maintNotificationsConfig(MaintNotificationsConfig.enabled(EndpointType.NONE))
            /*% else -%*/
            .maintNotificationsConfig(MaintNotificationsConfig.disabled())
            /*% endif -%*/
            /*% if serverless -%*/
            .socketOptions(SocketOptions.builder().connectTimeout(connect).build())
            /*% else -%*/
            .socketOptions(
                SocketOptions.builder().connectTimeout(connect).keepAlive(keepAlive).build())
            /*% endif -%*/
            /*% if tls -%*/
            .sslOptions( // the files are read at each dial, because they rotate
                SslOptions.builder()
                    .protocols("TLSv1.3", "TLSv1.2")
                    .trustManager(Resource.from(caFile))
                    /*% if mutual_tls -%*/
                    .keyManager(Resource.from(certFile), Resource.from(keyFile), null)
                    /*% endif -%*/
                    /*% if cluster -%*/
                    .sslParameters(() -> parameters)
                    /*% endif -%*/
                    .build())
            /*% endif -%*/
            .build());
    shared.dial = dial(shared, 0);/*% if !serverless %*/
    long pause = fill((health_check_ms));
    timer.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);/*% endif %*/
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(Command<T> command) {
    return call(shared, command, fill((attempts)), now() + DEADLINE_MS);
  }

  /*% if once -%*/
  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(Command<T> command) {
    return call(shared, command, 1, now() + DEADLINE_MS);
  }

  /*% endif -%*/
  /*% if durable -%*/
  /** Sends a write once and proves that it is on /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk; not for MULTI. */
  public <T> T durable(Command<T> write) {
    return durable(write, now() + DEADLINE_MS);
  }

  <T> T durable(Command<T> write, long end) {
    record Proved<T>(T reply, List<Long> copies) {}
    Command<Proved<T>> command = // a proof covers what was sent before it: all of the write
        redis ->
            write
                .on(redis)
                .thenCompose(
                    reply -> {
                      var args = new CommandArgs<>(UTF8).add(fill((waitaof_args))).add(fill((proof_ms)));
                      var proof = redis.dispatch(WAITAOF, new IntegerListOutput<>(UTF8), args);
                      return proof.thenApply(copies -> new Proved<>(reply, copies));
                    });
    Proved<T> proved = call(proving, command, 1, end);
    if (proved.copies().get(fill((proof_index))) < 1) {
      throw new RedisException("outcome unknown: no proof in time");
    }
    return proved.reply();
  }

  /*% endif -%*/
  /*% if blocking -%*/
  /** BLPOP, XREAD for up to 30 s, on a connection of its own; after an error, again. */
  public <T> T blocking(Command<T> command) {
    synchronized (waiting) {
      return call(waiting, command, 1, now() + DEADLINE_MS);
    }
  }

  /*% endif -%*/
  /*% if subscribe -%*/
  /** Listens for ever; what is published while the connection is away is lost. */
  public void subscribe(RedisPubSubListener<String, String> listener, String... channels) {
    AtomicReference<Object> known = new AtomicReference<>();
    Command<Void> command =
        redis -> {
          var pubSub = (RedisPubSubAsyncCommands<String, String>) redis;
          if (known.getAndSet(pubSub) != pubSub) {
            pubSub.getStatefulConnection().addListener(listener);
          }
          return pubSub.subscribe(channels); // again and again: a sign of life
        };
    Runnable subscribed =
        () -> {
          try {
            call(hearing, command, 1, now() + DEADLINE_MS);
          } catch (RedisException e) {
            LOG.debug("the next time decides", e);
          }
        };
    timer.scheduleWithFixedDelay(subscribed, 0, fill((health_check_ms)), MILLISECONDS);
  }

  /*% endif -%*/
  /** Asks Redis, within the deadline. */
  public boolean healthy() {
    try {
      return safe(RedisAsyncCommands::ping).equals("PONG");
    } catch (RedisException e) {
      return false;
    }
  }

  /*% if automatic -%*/
  /** Asks Redis once, in less time. */
  boolean probe() {
    long end = now() + fill((probe_timeout_ms));
    try {
      connection(shared, end); // all of it may go into a dial
      return call(shared, RedisAsyncCommands::ping, 1, end).equals("PONG");
    } catch (RedisException | ExecutionException | InterruptedException | TimeoutException e) {
      return false;
    }
  }

  /*% endif -%*/
  /*% if cluster -%*/
  boolean connected() {
    return trouble == null;
  }

  synchronized boolean away() {
    return trouble != null && now() - awaySince > fill((half_refresh_ms));
  }

  /*% endif -%*/
  @Override
  public void close() {
    synchronized (this) {
      nextDial = Long.MAX_VALUE;
    }
    /*% if !serverless -%*/
    timer.shutdownNow();
    /*% endif -%*/
    client.shutdown(0, 1, SECONDS);
  }

  /*% if cluster -%*/
  <T> T call(Command<T> command, int attempts, long end) {
    return call(shared, command, attempts, end);
  }

  /*% endif -%*/
  private <T> T call(Line line, Command<T> command, int attempts, long end) {
    boolean unknown = false;
    for (int attempt = 1; ; attempt++) {
      StatefulRedisConnection<String, String> connection = null;
      /*% if cluster -%*/
      Watched watched = null;
      /*% endif -%*/
      RedisException why;
      long sent = 0;
      boolean alive = false;
      boolean alone = false;
      try {
        connection = connection(line, end - fill((command_timeout_ms))); // a reply takes time
        /*% if serverless -%*/
        if (now() - line.heard > fill((health_check_ms)) && !awake(connection)) { // after a thaw
          lost(line, connection, new RedisException("cut off"));
          connection = connection(line, end - fill((command_timeout_ms)));
        }
        /*% endif -%*/
        sent = now();
        long patience = fill((reply_ms));
        /*% if blocking -%*/
        if (line == waiting) patience = 31_000;
        /*% endif -%*/
        /*% if cluster -%*/
        watched = new Watched(connection);
        CompletionStage<T> stage = command.on(/*% if subscribe %*/line == hearing ? connection.async() : watched/*% else %*/watched/*% endif %*/);
        /*% else -%*/
        CompletionStage<T> stage = command.on(connection.async());
        /*% endif -%*/
        alone = stage instanceof RedisFuture; // one command, or a transaction's EXEC
        var reply = stage.toCompletableFuture();
        reply.thenRun(() -> line.heard = now());
        T value = /*% if handoffs %*/patiently(reply, patience, end)/*% else %*/reply.get(patience, MILLISECONDS)/*% endif %*/;
        trouble = null;
        return value;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        boolean ours = cause instanceof RedisException || cause instanceof CodecException;
        if (!ours && cause instanceof RuntimeException own) throw own; // of the function
        why = cause instanceof RedisException r ? r : new RedisException(cause);
        /*% if cluster -%*/
        unknown |= watched != null && watched.answered;
        boolean redirected = String.valueOf(why.getMessage()).matches("(?s)(MOVED|ASK) .*");
        if (redirected) throw new Redirected(why, unknown);
        /*% endif -%*/
        if (why instanceof RedisCommandExecutionException && !stale(why)) throw why;
      } catch (TimeoutException e) {
        alive = /*% if many %*/line == shared && /*% endif %*/line.heard > sent; // slow, not silent
        why = new RedisException("no answer in time", e);
        if (connection == null) why = Objects.requireNonNullElse(trouble, NEW);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        alive = fill((interrupted));
        why = new RedisException("interrupted", e);
        attempts = attempt;
      }
      if (connection != null && !alive) lost(line, connection, why);
      unknown |= sent > 0 && !(alone && rejected(why));
      if (connection != null && attempt < attempts) continue; // the dial makes the pause
      if (why instanceof RedisCommandExecutionException) throw why;
      String outcome = unknown ? "outcome unknown: " : "not sent: ";
      throw new RedisException(outcome + why.getMessage(), why);
    }
  }

  private StatefulRedisConnection<String, String> connection(Line line, long end)
      throws InterruptedException, ExecutionException, TimeoutException {
    while (true) {
      CompletableFuture<Void> dial;
      synchronized (this) {
        StatefulRedisConnection<String, String> known = line.connection;
        if (known != null && known.isOpen()) return known;
        if (known != null) lost(line, known, new RedisException("cut off"));
        long latest = Math.min(end, now() + fill((reconnect_cap_ms))); // nobody waits for a refusal
        if (nextDial > latest) throw new TimeoutException();
        if (line.dial.isDone()) line.dial = dial(line, nextDial - now());
        dial = line.dial;
      }
      dial.get(end - now(), MILLISECONDS);
    }
  }

  private CompletableFuture<Void> dial(Line line, long pause) {
    var later = CompletableFuture.delayedExecutor(pause, MILLISECONDS);
    /*% if subscribe -%*/
    if (line == hearing) {
      return CompletableFuture.supplyAsync(() -> client.connectPubSubAsync(UTF8, uri), later)
          .thenCompose(dialled -> dialled)
          .handle((fresh, e) -> ended(line, fresh, e));
    }
    /*% endif -%*/
    return CompletableFuture.supplyAsync(() -> client.connectAsync(UTF8, uri), later)
        .thenCompose(dialled -> dialled)
        .handle((fresh, e) -> ended(line, fresh, e));
  }

  private synchronized Void ended(
      Line line, StatefulRedisConnection<String, String> fresh, Throwable e) {
    if (e != null) {
      /*% if moving %*/if (line.connection == null) /*% endif %*/failed(explained(e));
      return null;
    }
    if (nextDial == Long.MAX_VALUE) { // closed meanwhile
      fresh.closeAsync();
      return null;
    }
    LOG.info("connected to {}:{}", uri.getHost(), uri.getPort());
    /*% if moving -%*/
    StatefulRedisConnection<String, String> old = line.connection;
    if (old != null) after(fill((command_timeout_ms)), old::closeAsync);
    fresh.addListener(push -> heard(line, push));
    relaxed = false;
    /*% else if handoffs -%*/
    fresh.addListener(this::heard);
    relaxed = false;
    /*% endif -%*/
    line.connection = fresh;
    return null;
  }

  /*% if handoffs -%*/
  private <T> T patiently(Future<T> reply, long patience, long end)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return reply.get(patience, MILLISECONDS);
    } catch (TimeoutException e) {
      if (!relaxed) throw e;
      return reply.get(end - now(), MILLISECONDS);
    }
  }

  /*% endif -%*/
  /*% if moving -%*/
  /** Before maintenance Redis asks for patience, then to dial the name again. */
  private void heard(Line line, PushMessage push) {
    relaxed = push.getType().matches("MOVING|MIGRATING|FAILING_OVER");
    if (!push.getType().equals("MOVING")) return;
    long seconds = (Long) push.getContent().get(2);
    after(seconds * 500, () -> dial(line, 0));
  }

  /*% else if handoffs -%*/
  /** Before maintenance Redis asks for patience. */
  private void heard(PushMessage push) {
    relaxed = push.getType().matches("MOVING|MIGRATING|FAILING_OVER");
  }

  /*% endif -%*/
  private synchronized void lost(
      Line line, StatefulRedisConnection<String, String> connection, RedisException why) {
    if (line.connection != connection) return; // another caller was first
    line.connection = null;
    connection.closeAsync();
    failed(why);
  }

  private synchronized void failed(RedisException e) {
    long now = now();
    if (now < nextDial) return; // many sockets lost at once are one failure
    if (now > nextDial + fill((reconnect_cap_ms))) failures = 0; // it was calm
    boolean refused = e instanceof Refused;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long full = Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms))L << Math.min(failures++, 9));
    nextDial = now + (refused ? random.nextLong(fill((refused_min_ms)), fill((refused_max_ms))) : random.nextLong(full));
    if (refused ? trouble != NEW : trouble == null) LOG.warn("reconnecting: {}", e.getMessage());
    if (trouble == null) awaySince = now;
    trouble = e;
    if (refused || now - awaySince < fill((refresh_after_ms))) return;
    awaySince = now; // so it is said once in that time
    /*% if many -%*/
    for (Line line : List.of(fill((lines)))) {
      if (line.connection != null) line.connection.closeAsync();
    }
    /*% endif -%*/
    LOG.error("away for fill((refresh_after_ms|s)) s, all sockets dropped: flush DNS caches on the way");
  }

  /** Where to look when it is a refusal; anything else is the network. */
  private static RedisException explained(Throwable e) {
    Throwable t = e;
    while (true) {
      boolean login =
          t instanceof RedisCommandExecutionException
              && t.getMessage().matches("(?s)(WRONGPASS|NOAUTH|NOPERM|ERR.* AUTH).*");
      /*% if tls -%*/
      boolean alert = // that is about certificate or name; any other is the network's
          t instanceof SSLException
              && t.toString().matches(".*alert: (unknown_ca|unrecognized_name|.*certificate.*)");
      boolean tls = alert || t instanceof GeneralSecurityException;
      if (login || tls || t instanceof FileNotFoundException) {
        String files = "REDIS_HOST, REDIS_CA_FILE/*% if mutual_tls %*/, REDIS_CERT_FILE, REDIS_KEY_FILE/*% else %*/ (there is no client certificate)/*% endif %*/: ";
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : files;
        /*% else -%*/
      if (login) {
        String where = "REDIS_USERNAME, REDIS_PASSWORD: ";
        /*% endif -%*/
        return new Refused("refused, look at " + where + t.getMessage());
      }
      if (t.getCause() == null) return new RedisException(t.toString(), e);
      t = t.getCause();
    }
  }

  private static boolean stale(RedisException e) {
    return e.getMessage().matches("(?s)(READONLY|MASTERDOWN|LOADING|NOAUTH).*");
  }

  /** Lettuce's words for a command of which Redis has not got the end. */
  private static boolean rejected(RedisException e) {
    return String.valueOf(e.getMessage()).matches("Connection is closed|Currently not connected.*");
  }

  /*% if serverless -%*/
  private static boolean awake(StatefulRedisConnection<String, String> connection)
      throws InterruptedException {
    try {
      return connection.async().ping().get(fill((command_timeout_ms)), MILLISECONDS) != null;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  /*% endif -%*/
  /*% if moving -%*/
  private static void after(long ms, Runnable action) {
    CompletableFuture.delayedExecutor(ms, MILLISECONDS).execute(action);
  }

  /*% endif -%*/
  static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
