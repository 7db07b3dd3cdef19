/* Holdfast 0.1.0 #v=1&client=spring-data-redis&runtime=serverless */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslOptions.Resource;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.lettuce.core.resource.Transports;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.RoundRobinDnsAddressResolverGroup;
import java.io.File;
import java.io.FileNotFoundException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionProvider;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
@Configuration(proxyBeanMethods = false)
public class RedisConfig {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConfig.class);
  static final long DEADLINE_MS = 2000;
  private static final ThreadLocal<Long> END = new ThreadLocal<>(); // of the call under way

  @Bean
  ClientResourcesBuilderCustomizer dials() {
    return RedisConfig::prepare;
  }

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

  @Bean
  OnceRedis onceRedis(Database database) {
    return database.once();
  }

  /**
   * Each dial resolves the name anew (Lettuce, not the JVM, does it) and takes one of its addresses
   * by chance: the first alone may be dead.
   */
  static void prepare(ClientResources.Builder resources) {
    DnsNameResolverBuilder names =
        new DnsNameResolverBuilder()
            .datagramChannelType(Transports.datagramChannelClass())
            .queryTimeoutMillis(580)
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

    @Override
    public void afterChannelInitialized(Channel channel) {
      channel.pipeline().get(SslHandler.class).setCloseNotifyFlushTimeoutMillis(1);
    }
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
      super(line, 2);
    }
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public static final class OnceRedis extends GuardedRedis {
    private OnceRedis(Database.Line line) {
      super(line, 1);
    }
  }

  /** One database and its clients. */
  public static final class Database implements AutoCloseable {
    private static final Executor DIALS = new SimpleAsyncTaskExecutor("redis-dial-");
    private static final NotSentException NEW = new NotSentException("not connected yet");
    private final List<Line> lines = new ArrayList<>();
    private final LettuceClientConfiguration client;
    private final RedisStandaloneConfiguration endpoint;
    private final String address;
    private final long replyMs;
    private final Line shared;
    private final SafeRedis safe;
    private final OnceRedis once;
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
      if (database.healthy(2, end)) return database;
      NotSentException trouble = database.trouble;
      if (trouble instanceof RefusedException) {
        database.close();
        throw trouble;
      }
      if (trouble != null) LOG.warn("starting without Redis: {}", trouble.getMessage());
      return database;
    }

    Database(Map<String, String> env, ClientResources resources, DataRedisProperties properties) {
      String host = env.getOrDefault("REDIS_HOST", "redis-12345.example.com");
      int port = Integer.parseInt(env.getOrDefault("REDIS_PORT", "12345"));
      address = host + ":" + port;
      endpoint = new RedisStandaloneConfiguration(host, port);
      endpoint.setUsername(env.getOrDefault("REDIS_USERNAME", "default"));
      endpoint.setPassword(env.get("REDIS_PASSWORD"));
      client =
          LettuceClientConfiguration.builder()
              .clientResources(resources)
              .clientOptions(options(env, properties.getConnectTimeout()))
              .clientName(properties.getClientName())
              .commandTimeout(Duration.ofMillis(DEADLINE_MS)) // a dial; commands have their own
              .useSsl() // checks the chain and the host name
              .build();
      replyMs = properties.getTimeout().toMillis();
      shared = new Line(true, replyMs);
      safe = new SafeRedis(shared);
      once = new OnceRedis(shared);
      shared.dial = shared.dial(0);
    }

    private static ClientOptions options(Map<String, String> env, Duration connect) {
      File caFile = new File(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
      return ClientOptions.builder()
          .autoReconnect(false) // or Lettuce sends again what has no reply yet
          .timeoutOptions(TimeoutOptions.create()) // none: Spring's callers leave by themselves
          .maintNotificationsConfig(MaintNotificationsConfig.disabled())
          .socketOptions(SocketOptions.builder().connectTimeout(connect).build())
          .sslOptions( // the files are read at each dial, because they rotate
              SslOptions.builder()
                  .protocols("TLSv1.3", "TLSv1.2")
                  .trustManager(Resource.from(caFile))
                  .build())
          .build();
    }

    public SafeRedis safe() {
      return safe;
    }

    public OnceRedis once() {
      return once;
    }

    /** Asks Redis, within the deadline. */
    public boolean healthy() {
      return healthy(2, now() + DEADLINE_MS);
    }

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
      lines.forEach(Line::destroy);
    }

    private synchronized void failed(NotSentException e) {
      long now = now();
      if (now < nextDial) return; // many sockets lost at once are one failure
      if (now > nextDial + 2000) failures = 0; // it was calm
      boolean refused = e instanceof RefusedException;
      ThreadLocalRandom random = ThreadLocalRandom.current();
      long full = Math.min(2000, 200L << Math.min(failures++, 9));
      nextDial = now + (refused ? random.nextLong(30000, 60000) : random.nextLong(full));
      if (refused ? trouble != NEW : trouble == null) LOG.warn("reconnecting: {}", e.getMessage());
      if (trouble == null) awaySince = now;
      trouble = e;
      if (refused || now - awaySince < 60000) return;
      awaySince = now; // so it is said once in that time
      for (Line line : lines) {
        if (line.connection != null) line.connection.closeAsync();
      }
      LOG.error("away for 60 s, all sockets dropped: flush DNS caches on the way");
    }

    /** A connection for all callers, dialled by our clock: Spring's would be by each caller. */
    final class Line extends LettuceConnectionFactory {
      private final long patience;
      private StatefulConnection<byte[], byte[]> connection; // null when lost
      private CompletableFuture<Void> dial = CompletableFuture.completedFuture(null);
      private volatile long heard; // the last reply

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
              if (now() - heard > 5000 && !awake()) { // after a thaw
                lost(used, "cut off");
                used = connection();
              }
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
              boolean alive = slow || interrupted;
              alive |= e instanceof NotSentException; // it was another that could not be dialled
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
        long end = end() - replyMs; // a reply takes time
        while (true) {
          CompletableFuture<Void> next;
          synchronized (Database.this) {
            if (connection != null && connection.isOpen()) return connection;
            if (connection != null) lost(connection, "cut off");
            long latest = Math.min(end, now() + 2000); // nobody waits for a refusal
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
        RedisClient redis = (RedisClient) getRequiredNativeClient();
        return redis.connect(ByteArrayCodec.INSTANCE);
      }

      private Void ended(StatefulConnection<byte[], byte[]> fresh, Throwable e) {
        synchronized (Database.this) {
          if (e != null) {
            failed(explained(e));
            return null;
          }
          if (nextDial == Long.MAX_VALUE) { // closed meanwhile
            fresh.closeAsync();
            return null;
          }
          LOG.info("connected to {}", address);
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

      private boolean awake() {
        try (RedisConnection redis = getConnection()) {
          return redis.execute("PING") != null;
        } catch (DataAccessException e) {
          return false;
        }
      }

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
        long limit = patience;
        return super.doCreateLettuceConnection(shared, new Dedicated(provider), limit, database);
      }

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
      boolean alert = // that is about certificate or name; any other is the network's
          t instanceof SSLException
              && t.toString().matches(".*alert: (unknown_ca|unrecognized_name|.*certificate.*)");
      boolean tls = alert || t instanceof GeneralSecurityException;
      if (login || tls || t instanceof FileNotFoundException) {
        String files = "REDIS_HOST, REDIS_CA_FILE (there is no client certificate): ";
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : files;
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

  private static long end() {
    Long end = END.get();
    return end == null ? now() + DEADLINE_MS : end;
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
