/* fill((stamp)) */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.lettuce.core.ClientOptions;
/*% if durable || subscribe -%*/
import io.lettuce.core.LettuceFutures;
/*% endif -%*/
import io.lettuce.core.MaintNotificationsConfig;
/*% if handoffs -%*/
import io.lettuce.core.MaintNotificationsConfig.EndpointType;
/*% endif -%*/
/*% if !cluster -%*/
import io.lettuce.core.RedisClient;
/*% endif -%*/
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
/*% if cluster && durable -%*/
import io.lettuce.core.RedisURI;
/*% endif -%*/
import io.lettuce.core.SocketOptions;
/*% if !serverless -%*/
import io.lettuce.core.SocketOptions.KeepAliveOptions;
/*% endif -%*/
/*% if tls -%*/
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslOptions.Resource;
/*% endif -%*/
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
/*% if !cluster -%*/
import io.lettuce.core.api.StatefulRedisConnection;
/*% endif -%*/
/*% if handoffs -%*/
import io.lettuce.core.api.push.PushMessage;
/*% endif -%*/
/*% if cluster -%*/
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
/*% if durable -%*/
import io.lettuce.core.cluster.SlotHash;
/*% endif -%*/
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
/*% endif -%*/
import io.lettuce.core.codec.ByteArrayCodec;
/*% if durable -%*/
import io.lettuce.core.output.IntegerListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
/*% endif -%*/
/*% if subscribe -%*/
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
/*% endif -%*/
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.Transports;
import io.netty.bootstrap.Bootstrap;
/*% if tls -%*/
import io.netty.channel.Channel;
/*% endif -%*/
import io.netty.channel.ChannelOption;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
/*% if !serverless -%*/
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
/*% endif -%*/
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
/*% if subscribe -%*/
import java.util.concurrent.atomic.AtomicReference;
/*% endif -%*/
/*% if durable -%*/
import java.util.function.Function;
/*% endif -%*/
import java.util.function.Supplier;
/*% if subscribe -%*/
import java.util.stream.Stream;
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
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.dao.DataAccessException;
/*% if durable -%*/
import org.springframework.dao.InvalidDataAccessApiUsageException;
/*% endif -%*/
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.RedisSystemException;
/*% if cluster -%*/
import org.springframework.data.redis.connection.ClusterCommandExecutor;
import org.springframework.data.redis.connection.ClusterTopologyProvider;
/*% endif -%*/
/*% if subscribe -%*/
import org.springframework.data.redis.connection.DefaultMessage;
/*% endif -%*/
/*% if durable -%*/
import org.springframework.data.redis.connection.DefaultStringRedisConnection;
/*% endif -%*/
/*% if subscribe -%*/
import org.springframework.data.redis.connection.MessageListener;
/*% endif -%*/
/*% if cluster -%*/
import org.springframework.data.redis.connection.RedisClusterConfiguration;
/*% endif -%*/
/*% if serverless -%*/
import org.springframework.data.redis.connection.RedisConnection;
/*% endif -%*/
import org.springframework.data.redis.connection.RedisConnectionFactory;
/*% if cluster -%*/
import org.springframework.data.redis.connection.RedisNode;
/*% else -%*/
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
/*% endif -%*/
/*% if durable -%*/
import org.springframework.data.redis.connection.StringRedisConnection;
/*% endif -%*/
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
/*% if cluster -%*/
import org.springframework.data.redis.connection.lettuce.LettuceClusterConnection;
/*% endif -%*/
/*% if !cluster || durable -%*/
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
/*% endif -%*/
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionProvider;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
@Configuration(proxyBeanMethods = false)
public class RedisConfig {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConfig.class);
  static final long DEADLINE_MS = fill((deadline_ms));
  private static final ThreadLocal<Long> END = new ThreadLocal<>(); // of the call under way

  @Bean
  ClientResourcesBuilderCustomizer dials() {
    return RedisConfig::prepare;
  }

  /*% if active_active -%*/
  /** The bean to inject; to the rest of Spring a connection factory that follows the region. */
  @Bean
  RedisRegions redisRegions(ClientResources resources, DataRedisProperties properties) {
    return new RedisRegions(System.getenv(), resources, properties);
  }

  /*% else -%*/
  @Bean
  Database database(ClientResources resources, DataRedisProperties properties) {
    return Database.open(System.getenv(), resources, properties);
  }

  /** For whatever else in Spring works on one: caches, sessions, repositories, Actuator. */
  @Bean
  RedisConnectionFactory redisConnectionFactory(Database database) {
    return database.shared;
  }

  @Bean
  SafeRedis safeRedis(Database database) {
    return database.safe();
  }
  /*%- if once %*/

  @Bean
  OnceRedis onceRedis(Database database) {
    return database.once();
  }
  /*%- endif %*/
  /*%- if durable %*/

  @Bean
  DurableRedis durableRedis(Database database) {
    return database.durable();
  }
  /*%- endif %*/
  /*%- if blocking %*/

  @Bean
  BlockingRedis blockingRedis(Database database) {
    return database.blocking();
  }
  /*%- endif %*/

  /*% endif -%*/
  /**
   * Each dial resolves the name anew (Lettuce, not the JVM, does it) and takes one of its addresses
   * by chance: the first alone may be dead.
   */
  static void prepare(ClientResources.Builder resources) {
    DnsNameResolverBuilder names =
        new DnsNameResolverBuilder()
            .datagramChannelType(Transports.datagramChannelClass())
            .queryTimeoutMillis(fill((connect_timeout_ms)))
            .resolveCache(NoopDnsCache.INSTANCE)
            .cnameCache(NoopDnsCnameCache.INSTANCE);
    resources
        .addressResolverGroup(new RoundRobinDnsAddressResolverGroup(names))
        .nettyCustomizer(new Abrupt());
  }

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

  /** Nothing has happened: Redis is away, or refuses us. */
  public static class NotSentException extends RedisConnectionFailureException {
    private static final long serialVersionUID = 1;

    NotSentException(String message) {
      super(message);
    }
  }

  /** Refused by password or certificate: dialling again at once would not help. */
  public static final class RefusedException extends NotSentException {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A template whose every operation is one call with one deadline. */
  private abstract static class GuardedRedis extends StringRedisTemplate {
    private final Database.Line line;
    private final int attempts;

    GuardedRedis(Database.Line line, int attempts) {
      super(line);
      this.line = line;
      this.attempts = attempts;
    }

    @Override
    public <T> T execute(RedisCallback<T> action, boolean expose, boolean pipeline) {
      boolean session = TransactionSynchronizationManager.hasResource(line);
      if (session) return super.execute(action, expose, pipeline); // part of a transaction
      return line.call(attempts, () -> super.execute(action, expose, pipeline));
    }
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public static final class SafeRedis extends GuardedRedis {
    private SafeRedis(Database.Line line) {
      super(line, fill((attempts)));
    }
  }
  /*%- if once %*/

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public static final class OnceRedis extends GuardedRedis {
    private OnceRedis(Database.Line line) {
      super(line, 1);
    }
  }
  /*%- endif %*/
  /*%- if blocking %*/

  /** BLPOP, XREAD for up to 30 s, on a connection of its own; after an error, again. */
  public static final class BlockingRedis extends GuardedRedis {
    private BlockingRedis(Database.Line line) {
      super(line, 1);
    }

    @Override
    public synchronized <T> T execute(RedisCallback<T> action, boolean expose, boolean pipeline) {
      return super.execute(action, expose, pipeline);
    }
  }
  /*%- endif %*/
  /*%- if durable %*/

  /** Sends a write once and proves that it is on /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk; not for MULTI. */
  public static final class DurableRedis {
    private static final ProtocolKeyword WAITAOF = "WAITAOF"::getBytes;
    private final Database.Line line;

    private DurableRedis(Database.Line line) {
      this.line = line;
    }

    /** The write, and nothing but the write, on the connection that is handed over. */
    public <T> T write(/*% if cluster %*/String key, /*% endif %*/Function<StringRedisConnection, T> write) {
      return line.call(
          1,
          () -> {
            try (LettuceConnection connection = line.proving(/*% if cluster %*/key/*% endif %*/)) {
              T reply = write.apply(new DefaultStringRedisConnection(connection));
              var args = new CommandArgs<>(ByteArrayCodec.INSTANCE).add(fill((waitaof_args))).add(fill((proof_ms)));
              var copies = new IntegerListOutput<>(ByteArrayCodec.INSTANCE);
              var proof = connection.getNativeConnection().dispatch(WAITAOF, copies, args);
              long left = Math.max(1, end() - now());
              if (LettuceFutures.awaitOrCancel(proof, left, MILLISECONDS).get(fill((proof_index))) < 1) {
                throw new RedisException("no proof in time");
              }
              return reply;
            }
          });
    }
  }
  /*%- endif %*/

  /** One database and its clients. */
  public static final class Database implements AutoCloseable {
    private static final Executor DIALS = new SimpleAsyncTaskExecutor("redis-dial-");
    private static final NotSentException NEW = new NotSentException("not connected yet");
    private final List<Line> lines = new ArrayList<>();
    private final LettuceClientConfiguration client;
    /*% if cluster -%*/
    private final RedisClusterConfiguration endpoint;
    /*% else -%*/
    private final RedisStandaloneConfiguration endpoint;
    /*% endif -%*/
    private final String address;
    private final long replyMs;
    private final Line shared;
    private final SafeRedis safe;
    /*% if once -%*/
    private final OnceRedis once;
    /*% endif -%*/
    /*% if durable -%*/
    private final DurableRedis durable;
    /*% endif -%*/
    /*% if blocking -%*/
    private final BlockingRedis blocking;
    /*% endif -%*/
    /*% if subscribe -%*/
    private final Line hearing;
    /*% endif -%*/
    /*% if !serverless -%*/
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    /*% endif -%*/
    private volatile NotSentException trouble = NEW; // null is well
    private long nextDial = now();
    private long awaySince = now();
    private int failures;

    /** Throws when Redis refuses us; when it is only away, the connection comes later. */
    static Database open(
        Map<String, String> env, ClientResources resources, DataRedisProperties properties) {
      if (!env.containsKey("REDIS_PASSWORD")) {
        throw new IllegalArgumentException("REDIS_PASSWORD is not set");
      }
      Database database = new Database(env, resources, properties);
      long end = now() + DEADLINE_MS;
      database.shared.dial.join(); // a cold JVM is slow: the first dial has a clock of its own
      end = Math.max(end, now() + database.replyMs);
      if (database.healthy(fill((attempts)), end)) return database;
      NotSentException trouble = database.trouble;
      if (trouble instanceof RefusedException) {
        database.close();
        throw trouble;
      }
      if (trouble != null) LOG.warn("starting without Redis: {}", trouble.getMessage());
      return database;
    }

    Database(Map<String, String> env, ClientResources resources, DataRedisProperties properties) {
      String host = env.getOrDefault("REDIS_HOST", "fill((host))");
      int port = Integer.parseInt(env.getOrDefault("REDIS_PORT", "fill((port))"));
      address = host + ":" + port;
      /*% if cluster -%*/
      endpoint = new RedisClusterConfiguration().clusterNode(new RedisNode(host, port));
      /*% else -%*/
      endpoint = new RedisStandaloneConfiguration(host, port);
      /*% endif -%*/
      endpoint.setUsername(env.getOrDefault("REDIS_USERNAME", "fill((user))"));
      endpoint.setPassword(env.get("REDIS_PASSWORD"));
      client =
          LettuceClientConfiguration.builder()
              .clientResources(resources)
              .clientOptions(options(env, properties.getConnectTimeout()))
              .clientName(properties.getClientName())
              .commandTimeout(Duration.ofMillis(DEADLINE_MS)) // a dial; commands have their own
              /*% if tls -%*/
              .useSsl() // checks the chain and the host name
              /*% endif -%*/
              .build();
      replyMs = properties.getTimeout().toMillis();
      shared = new Line(true, replyMs);
      safe = new SafeRedis(shared);
      /*% if once -%*/
      once = new OnceRedis(shared);
      /*% endif -%*/
      /*% if durable -%*/
      durable = new DurableRedis(new Line(true, replyMs)); // WAITAOF holds up what comes behind it
      /*% endif -%*/
      /*% if blocking -%*/
      blocking = new BlockingRedis(new Line(false, 31_000));
      /*% endif -%*/
      /*% if subscribe -%*/
      hearing = new Line(false, replyMs);
      /*% endif -%*/
      shared.dial = shared.dial(0);/*% if !serverless %*/
      long pause = fill((health_check_ms));
      timer.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);/*% endif %*/
    }

    private static ClientOptions options(Map<String, String> env, Duration connect) {
      /*% if tls -%*/
      File caFile = new File(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
      /*% endif -%*/
      /*% if mutual_tls -%*/
      File certFile = new File(env.getOrDefault("REDIS_CERT_FILE", "redis_user.crt"));
      File keyFile = new File(env.getOrDefault("REDIS_KEY_FILE", "redis_user_private.key"));
      /*% endif -%*/
      /*% if cluster && tls -%*/
      // Nodes are announced by address: each has to prove the name of the endpoint.
      String host = env.getOrDefault("REDIS_HOST", "fill((host))");
      SSLParameters parameters = new SSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
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
      /*% if cluster -%*/
      ClusterTopologyRefreshOptions topology =
          ClusterTopologyRefreshOptions.builder()
              .dynamicRefreshSources(false) // but the endpoint, whose name is resolved anew
              .build();
      return ClusterClientOptions.builder()
          .topologyRefreshOptions(topology)
          .validateClusterNodeMembership(false)
          /*% else -%*/
      return ClientOptions.builder()
          /*% endif -%*/
          .autoReconnect(false) // or Lettuce sends again what has no reply yet
          .timeoutOptions(TimeoutOptions.create()) // none: Spring's callers leave by themselves
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
          .build();
    }

    public SafeRedis safe() {
      return safe;
    }
    /*%- if once %*/

    public OnceRedis once() {
      return once;
    }
    /*%- endif %*/
    /*%- if durable %*/

    public DurableRedis durable() {
      return durable;
    }
    /*%- endif %*/
    /*%- if blocking %*/

    public BlockingRedis blocking() {
      return blocking;
    }
    /*%- endif %*/
    /*%- if active_active %*/

    RedisConnectionFactory factory() {
      return shared;
    }
    /*%- endif %*/
    /*%- if subscribe %*/

    /** Listens for ever; what is published while the connection is away is lost. */
    public void subscribe(MessageListener listener, String... channels) {
      byte[][] names = Stream.of(channels).map(String::getBytes).toArray(byte[][]::new);
      RedisPubSubListener<byte[], byte[]> heard =
          new RedisPubSubAdapter<>() {
            @Override
            public void message(byte[] channel, byte[] message) {
              listener.onMessage(new DefaultMessage(channel, message), null);
            }
          };
      AtomicReference<Object> known = new AtomicReference<>();
      Supplier<Void> again = // and again: a sign of life
          () -> {
            var pubSub = (StatefulRedisPubSubConnection<byte[], byte[]>) hearing.connection();
            if (known.getAndSet(pubSub) != pubSub) pubSub.addListener(heard);
            return LettuceFutures.awaitOrCancel(
                pubSub.async().subscribe(names), replyMs, MILLISECONDS);
          };
      Runnable subscribed =
          () -> {
            try {
              hearing.call(1, again);
            } catch (DataAccessException e) {
              LOG.debug("the next time decides", e);
            }
          };
      timer.scheduleWithFixedDelay(subscribed, 0, fill((health_check_ms)), MILLISECONDS);
    }
    /*%- endif %*/

    /** Asks Redis, within the deadline. */
    public boolean healthy() {
      return healthy(fill((attempts)), now() + DEADLINE_MS);
    }

    /*% if automatic -%*/
    /** Asks Redis once, in less time. */
    boolean probe() {
      return healthy(1, now() + fill((probe_timeout_ms)));
    }

    /*% endif -%*/
    private boolean healthy(int attempts, long end) {
      RedisCallback<Object> ping = redis -> redis.execute("PING");
      try {
        return shared.call(attempts, end, () -> safe.execute(ping, true, false)) != null;
      } catch (DataAccessException e) {
        return false;
      }
    }

    @Override
    public void close() {
      synchronized (this) {
        nextDial = Long.MAX_VALUE;
      }
      /*% if !serverless -%*/
      timer.shutdownNow();
      /*% endif -%*/
      lines.forEach(Line::destroy);
    }

    private synchronized void failed(NotSentException e) {
      long now = now();
      if (now < nextDial) return; // many sockets lost at once are one failure
      if (now > nextDial + fill((reconnect_cap_ms))) failures = 0; // it was calm
      boolean refused = e instanceof RefusedException;
      ThreadLocalRandom random = ThreadLocalRandom.current();
      long full = Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms))L << Math.min(failures++, 9));
      nextDial = now + (refused ? random.nextLong(fill((refused_min_ms)), fill((refused_max_ms))) : random.nextLong(full));
      if (refused ? trouble != NEW : trouble == null) LOG.warn("reconnecting: {}", e.getMessage());
      if (trouble == null) awaySince = now;
      trouble = e;
      if (refused || now - awaySince < fill((refresh_after_ms))) return;
      awaySince = now; // so it is said once in that time
      for (Line line : lines) {
        if (line.connection != null) line.connection.closeAsync();
      }
      LOG.error("away for fill((refresh_after_ms|s)) s, all sockets dropped: flush DNS caches on the way");
    }

    /** A connection for all callers, dialled by our clock: Spring's would be by each caller. */
    final class Line extends LettuceConnectionFactory {
      private final long patience;
      private StatefulConnection<byte[], byte[]> connection; // null when lost
      private CompletableFuture<Void> dial = CompletableFuture.completedFuture(null);
      private volatile long heard; // the last reply
      /*%- if handoffs %*/
      private volatile boolean relaxed;
      /*%- endif %*/

      private Line(boolean share, long patience) {
        super(endpoint, client);
        this.patience = patience;
        setShareNativeConnection(share);
        afterPropertiesSet();
        lines.add(this);
      }

      <T> T call(int attempts, Supplier<T> work) {
        return call(attempts, now() + DEADLINE_MS, work);
      }

      private <T> T call(int attempts, long end, Supplier<T> work) {
        if (END.get() != null) return work.get(); // part of a larger call
        END.set(end);
        try {
          long sent = 0;
          for (int attempt = 1; ; attempt++) {
            StatefulConnection<byte[], byte[]> used = null;
            try {
              used = connection();
              /*% if serverless -%*/
              if (now() - heard > fill((health_check_ms)) && !awake()) { // after a thaw
                lost(used, "cut off");
                used = connection();
              }
              /*% endif -%*/
              sent = now();
              T value = work.get();
              heard = now();
              trouble = null;
              return value;
            } catch (DataAccessException | RedisException e) {
              Throwable why = NestedExceptionUtils.getMostSpecificCause(e);
              boolean answered = why instanceof RedisCommandExecutionException && !stale(why);
              if (answered || !ours(e)) throw e;
              boolean interrupted = why instanceof RedisCommandInterruptedException;
              boolean slow = why instanceof RedisCommandTimeoutException && heard > sent;
              boolean alive = /*% if many %*/this == shared && (slow || interrupted)/*% else %*/slow || interrupted/*% endif %*/;
              /*% if !cluster -%*/
              alive |= e instanceof NotSentException; // it was another that could not be dialled
              /*% endif -%*/
              String said = why.getMessage() == null ? why.toString() : why.getMessage();
              if (used != null && !alive) lost(used, said);
              boolean again = used != null && !interrupted && attempt < attempts;
              if (again) continue; // the dial makes the pause
              if (sent == 0) throw e;
              if (why instanceof RedisCommandExecutionException) throw e;
              said = said.replaceFirst("^not sent: ", ""); // of the second try
              throw new RedisSystemException("outcome unknown: " + said, e);
            }
          }
        } finally {
          END.remove();
        }
      }

      private StatefulConnection<byte[], byte[]> connection() {
        /*% if automatic -%*/
        long left = end() - now();
        long end = end() - Math.min(replyMs, left / 2); // a reply takes time
        /*% else -%*/
        long end = end() - replyMs; // a reply takes time
        /*% endif -%*/
        while (true) {
          CompletableFuture<Void> next;
          synchronized (Database.this) {
            if (connection != null && connection.isOpen()) return connection;
            if (connection != null) lost(connection, "cut off");
            long latest = Math.min(end, now() + fill((reconnect_cap_ms))); // nobody waits for a refusal
            if (nextDial > latest) throw away();
            if (dial.isDone()) dial = dial(nextDial - now());
            next = dial;
          }
          try {
            next.get(end - now(), MILLISECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotSentException("not sent: interrupted");
          } catch (ExecutionException | TimeoutException e) {
            throw away();
          }
        }
      }

      private NotSentException away() {
        NotSentException known = trouble;
        String why = known == null ? "no connection in time" : known.getMessage();
        return new NotSentException("not sent: " + why);
      }

      private CompletableFuture<Void> dial(long pause) {
        var later = CompletableFuture.delayedExecutor(pause, MILLISECONDS, DIALS);
        return CompletableFuture.supplyAsync(this::fresh, later).handle(this::ended);
      }

      private StatefulConnection<byte[], byte[]> fresh() {
        /*% if cluster -%*/
        RedisClusterClient redis = (RedisClusterClient) getRequiredNativeClient();
        redis.refreshPartitions();
        /*% else -%*/
        RedisClient redis = (RedisClient) getRequiredNativeClient();
        /*% endif -%*/
        /*% if subscribe -%*/
        if (this == hearing) return redis.connectPubSub(ByteArrayCodec.INSTANCE);
        /*% endif -%*/
        return redis.connect(ByteArrayCodec.INSTANCE);
      }

      private Void ended(StatefulConnection<byte[], byte[]> fresh, Throwable e) {
        synchronized (Database.this) {
          if (e != null) {
            /*% if moving %*/if (connection == null) /*% endif %*/failed(explained(e));
            return null;
          }
          if (nextDial == Long.MAX_VALUE) { // closed meanwhile
            fresh.closeAsync();
            return null;
          }
          LOG.info("connected to {}", address);
          /*% if moving -%*/
          StatefulConnection<byte[], byte[]> old = connection;
          if (old != null) after(replyMs, old::closeAsync);
          /*% endif -%*/
          /*% if handoffs -%*/
          ((StatefulRedisConnection<byte[], byte[]>) fresh).addListener(this::heard);
          relaxed = false;
          /*% endif -%*/
          connection = fresh;
          return null;
        }
      }

      private void lost(StatefulConnection<byte[], byte[]> gone, String why) {
        synchronized (Database.this) {
          if (connection != gone) return; // another caller was first
          connection = null;
          gone.closeAsync();
          failed(new NotSentException(why));
        }
      }
      /*%- if moving %*/

      /** Before maintenance Redis asks for patience, then to dial the name again. */
      private void heard(PushMessage push) {
        relaxed = push.getType().matches("MOVING|MIGRATING|FAILING_OVER");
        if (!push.getType().equals("MOVING")) return;
        long seconds = (Long) push.getContent().get(2);
        after(seconds * 500, () -> dial(0));
      }
      /*%- else if handoffs %*/

      /** Before maintenance Redis asks for patience. */
      private void heard(PushMessage push) {
        relaxed = push.getType().matches("MOVING|MIGRATING|FAILING_OVER");
      }
      /*%- endif %*/
      /*%- if automatic %*/

      /** How long a reply may take: that of a probe no longer than the probe. */
      private long patience() {
        if (!getShareNativeConnection()) return patience;
        return Math.max(1, Math.min(patience, end() - now()));
      }
      /*%- endif %*/
      /*%- if serverless %*/

      private boolean awake() {
        try (RedisConnection redis = getConnection()) {
          return redis.execute("PING") != null;
        } catch (DataAccessException e) {
          return false;
        }
      }
      /*%- endif %*/
      /*%- if cluster %*/

      @Override
      protected StatefulRedisClusterConnection<byte[], byte[]> getSharedClusterConnection() {
        if (!getShareNativeConnection()) return null;
        return (StatefulRedisClusterConnection<byte[], byte[]>) connection();
      }

      @Override
      protected LettuceClusterConnection doCreateLettuceClusterConnection(
          StatefulRedisClusterConnection<byte[], byte[]> shared,
          LettuceConnectionProvider provider,
          ClusterTopologyProvider topology,
          ClusterCommandExecutor executor,
          Duration timeout) {
        Duration limit = Duration.ofMillis(patience/*% if automatic %*/()/*% endif %*/);
        return super.doCreateLettuceClusterConnection(
            shared, new Dedicated(provider), topology, executor, limit);
      }
      /*%- else %*/

      @Override
      protected StatefulRedisConnection<byte[], byte[]> getSharedConnection() {
        if (!getShareNativeConnection()) return null;
        return (StatefulRedisConnection<byte[], byte[]>) connection();
      }

      @Override
      protected LettuceConnection doCreateLettuceConnection(
          StatefulRedisConnection<byte[], byte[]> shared,
          LettuceConnectionProvider provider,
          long timeout,
          int database) {
        long limit = /*% if handoffs %*/relaxed ? Math.max(1, end() - now()) : patience/*% else if automatic %*/patience()/*% else %*/patience/*% endif %*/;
        return super.doCreateLettuceConnection(shared, new Dedicated(provider), limit, database);
      }
      /*%- endif %*/
      /*%- if durable %*/

      /** The write's connection/*% if cluster %*/ to its node/*% endif %*/ is the one that can prove it. */
      private LettuceConnection proving(/*% if cluster %*/String key/*% endif %*/) {
        LettuceConnectionProvider none =
            new LettuceConnectionProvider() {
              @Override
              public <T extends StatefulConnection<?, ?>> CompletionStage<T> getConnectionAsync(
                  Class<T> type) {
                throw new InvalidDataAccessApiUsageException("no MULTI or pipeline here");
              }
            };
        /*% if cluster -%*/
        var cluster = (StatefulRedisClusterConnection<byte[], byte[]>) connection();
        RedisURI uri = cluster.getPartitions().getMasterBySlot(SlotHash.getSlot(key)).getUri();
        var dial = cluster.getConnectionAsync(uri.getHost(), uri.getPort());
        return new LettuceConnection(within(dial), none, patience, 0);
        /*%- else -%*/
        return new LettuceConnection(getSharedConnection(), none, patience, 0);
        /*%- endif %*/
      }
      /*%- endif %*/

      /** What needs a connection of its own dials one where Redis is known to answer. */
      private final class Dedicated implements LettuceConnectionProvider {
        private final LettuceConnectionProvider provider;

        Dedicated(LettuceConnectionProvider provider) {
          this.provider = provider;
        }

        @Override
        public <T extends StatefulConnection<?, ?>> CompletionStage<T> getConnectionAsync(
            Class<T> type) {
          return provider.getConnectionAsync(type);
        }

        @Override
        public <T extends StatefulConnection<?, ?>> T getConnection(Class<T> type) {
          if (!getShareNativeConnection()) return type.cast(connection());
          return within(getConnectionAsync(type).toCompletableFuture());
        }

        @Override
        public void release(StatefulConnection<?, ?> used) {
          if (getShareNativeConnection()) used.closeAsync();
        }
      }

      private <T extends StatefulConnection<?, ?>> T within(CompletableFuture<T> dial) {
        try {
          return dial.get(end() - now(), MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new NotSentException("not sent: interrupted");
        } catch (ExecutionException | TimeoutException e) {
          dial.thenAccept(StatefulConnection::closeAsync);
          throw new NotSentException("not sent: no connection in time");
        }
      }
    }
  }

  /** Where to look when it is a refusal; anything else is the network. */
  private static NotSentException explained(Throwable e) {
    Throwable last = e;
    for (Throwable t = e; t != null; t = t.getCause()) {
      last = t;
      for (Throwable hidden : t.getSuppressed()) {
        if (explained(hidden) instanceof RefusedException refused) return refused;
      }
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
        return new RefusedException("refused, look at " + where + t.getMessage());
      }
    }
    return new NotSentException(last.toString());
  }

  /** Whether Redis is in trouble; an action may throw another database's exceptions. */
  private static boolean ours(Throwable e) {
    return e instanceof RedisException
        || e instanceof RedisSystemException
        || e instanceof RedisConnectionFailureException
        || e != null && ours(e.getCause());
  }

  private static boolean stale(Throwable e) {
    return e.getMessage().matches("(?s)(READONLY|MASTERDOWN|LOADING|NOAUTH).*");
  }
  /*%- if moving %*/

  private static void after(long ms, Runnable action) {
    CompletableFuture.delayedExecutor(ms, MILLISECONDS).execute(action);
  }
  /*%- endif %*/

  private static long end() {
    Long end = END.get();
    return end == null ? now() + DEADLINE_MS : end;
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
