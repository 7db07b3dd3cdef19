/* Holdfast 0.1.0 #v=1&client=lettuce&blocking=yes */
package app;

import static io.lettuce.core.codec.StringCodec.UTF8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.MaintNotificationsConfig.EndpointType;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslOptions.Resource;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.push.PushMessage;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.Transports;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.RoundRobinDnsAddressResolverGroup;
import java.io.File;
import java.io.FileNotFoundException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  static final long DEADLINE_MS = 2000;
  private static final RedisException NEW = new RedisException("not connected yet");
  // Threads of the whole process. Each dial resolves the name anew (Lettuce, not the JVM, does it)
  // and takes one of its addresses by chance: the first alone may be dead.
  private static final ClientResources RESOURCES =
      ClientResources.builder()
          .addressResolverGroup(
              new RoundRobinDnsAddressResolverGroup(
                  new DnsNameResolverBuilder()
                      .datagramChannelType(Transports.datagramChannelClass())
                      .queryTimeoutMillis(580)
                      .resolveCache(NoopDnsCache.INSTANCE)
                      .cnameCache(NoopDnsCnameCache.INSTANCE)))
          .nettyCustomizer(new Abrupt())
          .build();

  private final RedisClient client = RedisClient.create(RESOURCES);
  private final RedisURI uri;
  private final Line shared = new Line();
  private final Line waiting = new Line();
  private final Line hearing = new Line();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private volatile RedisException trouble = NEW; // null is well
  private volatile boolean relaxed;
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

  /** A connection for all callers, and the dial that brings it or its successor. */
  private static final class Line {
    StatefulRedisConnection<String, String> connection; // null when lost
    CompletableFuture<Void> dial = CompletableFuture.completedFuture(null);
    volatile long heard; // the last reply
  }

  /** A dropped connection forgets what it has not sent, or it might arrive later. */
  private static final class Abrupt implements NettyCustomizer {
    @Override
    public void afterBootstrapInitialized(Bootstrap bootstrap) {
      bootstrap.option(ChannelOption.SO_LINGER, 0);
    }

    @Override
    public void afterChannelInitialized(Channel channel) {
      channel.pipeline().get(SslHandler.class).setCloseNotifyFlushTimeoutMillis(1);
    }
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public static RedisConnection open(Map<String, String> env) {
    if (!env.containsKey("REDIS_PASSWORD")) {
      throw new IllegalArgumentException("REDIS_PASSWORD is not set");
    }
    String host = env.getOrDefault("REDIS_HOST", "redis-12345.example.com");
    String port = env.getOrDefault("REDIS_PORT", "12345");
    RedisConnection redis = new RedisConnection(env, host, Integer.parseInt(port));
    long end = now() + DEADLINE_MS;
    redis.shared.dial.join(); // a cold JVM is slow: the first dial has a clock of its own
    try {
      end = Math.max(end, now() + 580);
      redis.call(redis.shared, RedisAsyncCommands::ping, 2, end);
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
    String user = env.getOrDefault("REDIS_USERNAME", "default");
    uri =
        RedisURI.builder()
            .withHost(host)
            .withPort(port)
            .withSsl(true) // checks the chain and the host name
            .withAuthentication(user, env.get("REDIS_PASSWORD").toCharArray())
            .withClientName("app")
            .withTimeout(Duration.ofMillis(DEADLINE_MS)) // a dial; callers leave by themselves
            .build();
    File caFile = new File(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
    KeepAliveOptions keepAlive =
        KeepAliveOptions.builder()
            .enable()
            .idle(Duration.ofMillis(15000))
            .interval(Duration.ofMillis(5000))
            .count(3)
            .build();
    Duration connect = Duration.ofMillis(580);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false) // or Lettuce sends again what has no reply yet
            .timeoutOptions(TimeoutOptions.create()) // none: callers leave by themselves
            .maintNotificationsConfig(MaintNotificationsConfig.enabled(EndpointType.NONE))
            .socketOptions(
                SocketOptions.builder().connectTimeout(connect).keepAlive(keepAlive).build())
            .sslOptions( // the files are read at each dial, because they rotate
                SslOptions.builder()
                    .protocols("TLSv1.3", "TLSv1.2")
                    .trustManager(Resource.from(caFile))
                    .build())
            .build());
    shared.dial = dial(shared, 0);
    long pause = 5000;
    timer.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(Command<T> command) {
    return call(shared, command, 2, now() + DEADLINE_MS);
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(Command<T> command) {
    return call(shared, command, 1, now() + DEADLINE_MS);
  }

  /** BLPOP, XREAD for up to 30 s, on a connection of its own; after an error, again. */
  public <T> T blocking(Command<T> command) {
    synchronized (waiting) {
      return call(waiting, command, 1, now() + DEADLINE_MS);
    }
  }

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
    timer.scheduleWithFixedDelay(subscribed, 0, 5000, MILLISECONDS);
  }

  /** Asks Redis, within the deadline. */
  public boolean healthy() {
    try {
      return safe(RedisAsyncCommands::ping).equals("PONG");
    } catch (RedisException e) {
      return false;
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      nextDial = Long.MAX_VALUE;
    }
    timer.shutdownNow();
    client.shutdown(0, 1, SECONDS);
  }

  private <T> T call(Line line, Command<T> command, int attempts, long end) {
    boolean unknown = false;
    for (int attempt = 1; ; attempt++) {
      StatefulRedisConnection<String, String> connection = null;
      RedisException why;
      long sent = 0;
      boolean alive = false;
      boolean alone = false;
      try {
        connection = connection(line, end - 580); // a reply takes time
        sent = now();
        long patience = 580;
        if (line == waiting) patience = 31_000;
        CompletionStage<T> stage = command.on(connection.async());
        alone = stage instanceof RedisFuture; // one command, or a transaction's EXEC
        var reply = stage.toCompletableFuture();
        reply.thenRun(() -> line.heard = now());
        T value = patiently(reply, patience, end);
        trouble = null;
        return value;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        boolean ours = cause instanceof RedisException || cause instanceof CodecException;
        if (!ours && cause instanceof RuntimeException own) throw own; // of the function
        why = cause instanceof RedisException r ? r : new RedisException(cause);
        if (why instanceof RedisCommandExecutionException && !stale(why)) throw why;
      } catch (TimeoutException e) {
        alive = line == shared && line.heard > sent; // slow, not silent
        why = new RedisException("no answer in time", e);
        if (connection == null) why = Objects.requireNonNullElse(trouble, NEW);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        alive = line == shared;
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
        long latest = Math.min(end, now() + 2000); // nobody waits for a refusal
        if (nextDial > latest) throw new TimeoutException();
        if (line.dial.isDone()) line.dial = dial(line, nextDial - now());
        dial = line.dial;
      }
      dial.get(end - now(), MILLISECONDS);
    }
  }

  private CompletableFuture<Void> dial(Line line, long pause) {
    var later = CompletableFuture.delayedExecutor(pause, MILLISECONDS);
    if (line == hearing) {
      return CompletableFuture.supplyAsync(() -> client.connectPubSubAsync(UTF8, uri), later)
          .thenCompose(dialled -> dialled)
          .handle((fresh, e) -> ended(line, fresh, e));
    }
    return CompletableFuture.supplyAsync(() -> client.connectAsync(UTF8, uri), later)
        .thenCompose(dialled -> dialled)
        .handle((fresh, e) -> ended(line, fresh, e));
  }

  private synchronized Void ended(
      Line line, StatefulRedisConnection<String, String> fresh, Throwable e) {
    if (e != null) {
      if (line.connection == null) failed(explained(e));
      return null;
    }
    if (nextDial == Long.MAX_VALUE) { // closed meanwhile
      fresh.closeAsync();
      return null;
    }
    LOG.info("connected to {}:{}", uri.getHost(), uri.getPort());
    StatefulRedisConnection<String, String> old = line.connection;
    if (old != null) after(580, old::closeAsync);
    fresh.addListener(push -> heard(line, push));
    relaxed = false;
    line.connection = fresh;
    return null;
  }

  private <T> T patiently(Future<T> reply, long patience, long end)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return reply.get(patience, MILLISECONDS);
    } catch (TimeoutException e) {
      if (!relaxed) throw e;
      return reply.get(end - now(), MILLISECONDS);
    }
  }

  /** Before maintenance Redis asks for patience, then to dial the name again. */
  private void heard(Line line, PushMessage push) {
    relaxed = push.getType().matches("MOVING|MIGRATING|FAILING_OVER");
    if (!push.getType().equals("MOVING")) return;
    long seconds = (Long) push.getContent().get(2);
    after(seconds * 500, () -> dial(line, 0));
  }

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
    if (now > nextDial + 2000) failures = 0; // it was calm
    boolean refused = e instanceof Refused;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long full = Math.min(2000, 200L << Math.min(failures++, 9));
    nextDial = now + (refused ? random.nextLong(30000, 60000) : random.nextLong(full));
    if (refused ? trouble != NEW : trouble == null) LOG.warn("reconnecting: {}", e.getMessage());
    if (trouble == null) awaySince = now;
    trouble = e;
    if (refused || now - awaySince < 60000) return;
    awaySince = now; // so it is said once in that time
    for (Line line : List.of(shared, waiting, hearing)) {
      if (line.connection != null) line.connection.closeAsync();
    }
    LOG.error("away for 60 s, all sockets dropped: flush DNS caches on the way");
  }

  /** Where to look when it is a refusal; anything else is the network. */
  private static RedisException explained(Throwable e) {
    Throwable t = e;
    while (true) {
      boolean login =
          t instanceof RedisCommandExecutionException
              && t.getMessage().matches("(?s)(WRONGPASS|NOAUTH|NOPERM|ERR.* AUTH).*");
      boolean alert = // that is about certificate or name; any other is the network's
          t instanceof SSLException
              && t.toString().matches(".*alert: (unknown_ca|unrecognized_name|.*certificate.*)");
      boolean tls = alert || t instanceof GeneralSecurityException;
      if (login || tls || t instanceof FileNotFoundException) {
        String files = "REDIS_HOST, REDIS_CA_FILE (there is no client certificate): ";
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : files;
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

  private static void after(long ms, Runnable action) {
    CompletableFuture.delayedExecutor(ms, MILLISECONDS).execute(action);
  }

  static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
