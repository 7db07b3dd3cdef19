/* Holdfast 0.1.0 #v=1&client=jedis&repeat-writes=safe */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.IOUtils;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  static final long DEADLINE_MS = 2000;
  private static final JedisException NEW = new JedisException("not connected yet");

  // Callers only wait, workers block: a dead name server holds a lookup for 10 s, a frozen peer a
  // write for ever. The pool of Jedis blocks its caller, and dials while it discards a connection.
  private final ExecutorService workers = Executors.newFixedThreadPool(10);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Queue<Jedis> idle = new ConcurrentLinkedQueue<>();
  private final Map<String, String> env;
  private final HostAndPort address;
  private volatile JedisException trouble = NEW; // null is well
  private volatile long nextDial = now();
  private long awaySince = now();
  private int failures;

  static { // before the first lookup: the JVM would keep an address for 30 s, a failure for 10 s
    Security.setProperty("networkaddress.cache.ttl", "5");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public static RedisConnection open(Map<String, String> env) {
    if (!env.containsKey("REDIS_PASSWORD")) {
      throw new IllegalArgumentException("REDIS_PASSWORD is not set");
    }
    String host = env.getOrDefault("REDIS_HOST", "redis-12345.example.com");
    String port = env.getOrDefault("REDIS_PORT", "12345");
    RedisConnection redis = new RedisConnection(env, new HostAndPort(host, Integer.parseInt(port)));
    // A cold JVM is slow: its first dial gets a little longer, unless Redis is known to be away.
    if (redis.healthy()) return redis;
    if (redis.trouble == NEW && redis.healthy(now() + 580)) return redis;
    JedisException trouble = redis.trouble;
    if (trouble instanceof JedisAccessControlException) {
      redis.close();
      throw trouble;
    }
    if (trouble != null) LOG.warn("starting without Redis: {}", trouble.getMessage());
    return redis;
  }

  RedisConnection(Map<String, String> env, HostAndPort address) {
    this.env = env;
    this.address = address;
    long pause = 5000;
    timer.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(Function<Jedis, T> command) {
    return call(command, 2, now() + DEADLINE_MS);
  }

  /** Asks Redis, within the deadline. */
  public boolean healthy() {
    return healthy(now() + DEADLINE_MS);
  }

  private boolean healthy(long end) {
    try {
      return call(Jedis::ping, 2, end).equals("PONG");
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdownNow();
    idle.forEach(RedisConnection::drop);
  }

  <T> T call(Function<Jedis, T> command, int attempts, long end) {
    AtomicReference<Jedis> sent = new AtomicReference<>();
    long begin = now() + 200;
    Future<T> reply =
        workers.submit(
            () -> {
              if (now() > begin) throw new JedisConnectionException("all are busy");
              return work(command, attempts, end, sent);
            });
    Throwable why;
    try {
      return reply.get(end - now(), MILLISECONDS);
    } catch (ExecutionException e) {
      why = e.getCause();
      boolean away = why instanceof JedisConnectionException;
      if (why instanceof RuntimeException answer && !away) throw answer;
    } catch (TimeoutException e) {
      why = new TimeoutException("out of time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      why = new InterruptedException("interrupted");
    }
    reply.cancel(true);
    if (sent.get() == null) throw new JedisException("not sent: " + why.getMessage(), why);
    drop(sent.get());
    throw new JedisException("outcome unknown: " + why.getMessage(), why);
  }

  private <T> T work(
      Function<Jedis, T> command, int attempts, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Jedis pooled = idle.poll();
      Jedis jedis = pooled == null || pooled.isBroken() ? dial(end) : pooled;
      sent.set(jedis);
      try {
        if (Thread.interrupted()) throw new InterruptedException(); // the caller has gone
        T reply = command.apply(jedis);
        if (trouble != null) {
          LOG.info("connected to {}", address);
          trouble = null;
        }
        return reply;
      } catch (JedisException e) {
        if (!lost(e)) throw e;
        drop(jedis);
        if (now() < end) failed(e); // else the caller has closed it
        if (attempt == attempts) throw e; // else the dial makes the pause
      } finally {
        IOUtils.closeQuietly(jedis::resetState); // ends a MULTI or pipeline left open by an error
        if (workers.isShutdown()) drop(jedis);
        if (!jedis.isBroken()) idle.add(jedis);
      }
    }
  }

  private synchronized Jedis dial(long end) throws InterruptedException {
    while (nextDial <= Math.min(end, now() + 2000)) { // nobody waits for a refusal
      Thread.sleep(Math.max(10, nextDial - now())); // meanwhile another caller may have finished
      Jedis back = idle.poll();
      if (back != null && !back.isBroken()) return back;
      try {
        return new Jedis(connection());
      } catch (Exception e) {
        failed(explained(e));
      }
    }
    throw new JedisConnectionException("Redis is away, " + trouble.getMessage(), trouble);
  }

  private Connection connection() throws Exception {
    JedisClientConfig config = config();
    var sockets = new DefaultJedisSocketFactory(address, config);
    AtomicReference<Socket> socket = new AtomicReference<>();
    return new Connection(() -> socket.updateAndGet(none -> sockets.createSocket()), config) {
      @Override
      protected void flush() {
        try {
          super.flush();
        } catch (JedisConnectionException e) {
          try { // TLS 1.3: what the server thinks of our certificate comes after the handshake
            socket.get().getInputStream().read();
          } catch (IOException alert) {
            e.addSuppressed(alert);
          }
          throw e;
        }
      }
    };
  }

  private JedisClientConfig config() throws Exception { // for each dial, because the files rotate
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    KeyStore trusted = KeyStore.getInstance("JKS"); // PKCS12 would cost 300 ms
    trusted.load(null, null);
    Path caFile = Path.of(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
    for (var ca : x509.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(caFile)))) {
      trusted.setCertificateEntry("ca" + trusted.size(), ca);
    }
    ByteArrayOutputStream store = new ByteArrayOutputStream();
    trusted.store(store, new char[0]);
    SslOptions tls = // checks the chain and the host name; Java 17 speaks no TLS below 1.2
        SslOptions.builder()
            .trustStoreType("JKS")
            .truststore(() -> new ByteArrayInputStream(store.toByteArray()), null)
            .build();
    return DefaultJedisClientConfig.builder()
        .user(env.getOrDefault("REDIS_USERNAME", "default"))
        .password(env.get("REDIS_PASSWORD"))
        .clientName("app")
        .sslOptions(tls)
        .resp2()
        .connectionTimeoutMillis(580)
        .socketTimeoutMillis(580)
        .build();
  }

  /** Where to look when it is a refusal; anything else is the network. */
  private static JedisException explained(Exception e) {
    Throwable t = e;
    while (true) {
      boolean login = t instanceof JedisAccessControlException;
      boolean alert = // that is about certificate or name; any other is the network's
          t instanceof SSLException
              && t.toString().matches(".*alert: (unknown_ca|unrecognized_name|.*certificate.*)");
      boolean tls = alert || t instanceof GeneralSecurityException;
      if (login || tls || t instanceof FileSystemException) {
        String files = "REDIS_HOST, REDIS_CA_FILE (there is no client certificate): ";
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : files;
        return new JedisAccessControlException("refused, look at " + where + t.getMessage());
      }
      Throwable cause = t.getSuppressed().length > 0 ? t.getSuppressed()[0] : t.getCause();
      if (cause == null) return new JedisConnectionException(t.toString(), e);
      t = cause;
    }
  }

  private void failed(JedisException e) {
    synchronized (idle) {
      long now = now();
      if (now < nextDial) return; // many sockets lost at once are one failure
      if (now > nextDial + 2000) failures = 0; // it was calm
      boolean refused = e instanceof JedisAccessControlException && !lost(e);
      ThreadLocalRandom random = ThreadLocalRandom.current();
      long full = Math.min(2000, 200L << Math.min(failures++, 9));
      nextDial = now + (refused ? random.nextLong(30000, 60000) : random.nextLong(full));
      if (refused ? trouble != NEW : trouble == null) LOG.warn("reconnecting: {}", e.getMessage());
      if (trouble == null) awaySince = now;
      trouble = e;
      if (refused) return; // sockets that are in may stay
      idle.forEach(RedisConnection::drop);
      if (now - awaySince < 60000) return;
      awaySince = now; // so it is said once in that time
      LOG.error("away for 60 s, all sockets dropped: flush DNS caches on the way");
    }
  }

  private static boolean lost(JedisException e) {
    return e instanceof JedisConnectionException
        || String.valueOf(e.getMessage()).matches("(?s)(READONLY|MASTERDOWN|LOADING|NOAUTH).*");
  }

  private static void drop(Jedis jedis) {
    Connection connection = jedis.getConnection();
    IOUtils.closeQuietly(() -> connection.setSoTimeout(1)); // closing waits this long for the peer
    IOUtils.closeQuietly(connection::forceDisconnect);
  }

  static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
