/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=jedis */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.*;
import org.slf4j.*;
import redis.clients.jedis.*;
import redis.clients.jedis.exceptions.*;
import redis.clients.jedis.util.IOUtils;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  private static final long DEADLINE_MS = 2000;
  private final Map<String, String> env;
  private final HostAndPort address;
  // Callers only wait, workers block: a dead name server holds a lookup for 10 s, a frozen peer a
  // write for ever. The pool of Jedis blocks its caller, and dials while it discards a connection.
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(10);
  private final Queue<Jedis> idle = new ConcurrentLinkedQueue<>();
  private volatile JedisException trouble = new JedisException("not connected yet"); // null is well
  private volatile long nextDial = now();
  private volatile boolean opened;
  private long awaySince = now();
  private int failures;

  static { // before the first lookup: the JVM would keep an address for 30 s, a failure for 10 s
    Security.setProperty("networkaddress.cache.ttl", "5");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public RedisConnection(Map<String, String> env) {
    if (!env.containsKey("REDIS_PASSWORD")) {
      throw new IllegalArgumentException("REDIS_PASSWORD is not set");
    }
    this.env = env;
    String port = env.getOrDefault("REDIS_PORT", "12345");
    String host = env.getOrDefault("REDIS_HOST", "redis-12345.example.com");
    address = new HostAndPort(host, Integer.parseInt(port));
    boolean well = healthy() || healthy(); // a cold JVM may need two deadlines for its first dial
    if (!well && trouble instanceof JedisAccessControlException) {
      close();
      throw trouble;
    }
    if (trouble != null) LOG.warn("starting without Redis: {}", trouble.getMessage());
    long pause = 5000;
    workers.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);
    opened = true;
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(Function<Jedis, T> command) {
    return call(command, true);
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(Function<Jedis, T> command) {
    return call(command, false);
  }

  /** Asks Redis, within the deadline. */
  public boolean healthy() {
    try {
      return safe(Jedis::ping).equals("PONG");
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    idle.forEach(RedisConnection::drop);
  }

  private <T> T call(Function<Jedis, T> command, boolean repeat) {
    AtomicReference<Jedis> sent = new AtomicReference<>();
    long end = now() + DEADLINE_MS;
    Future<T> reply = workers.submit(() -> work(command, repeat, end, sent));
    try {
      return reply.get(DEADLINE_MS, MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof JedisException j ? j : new JedisException(e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      reply.cancel(true);
      if (sent.get() == null) throw new JedisException("not sent, no connection in time", trouble);
      drop(sent.get());
      throw new JedisException("outcome unknown, no reply in time", e);
    }
  }

  private <T> T work(
      Function<Jedis, T> command, boolean repeat, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    if (now() > end - DEADLINE_MS + 200) throw new JedisException("not sent, all are busy");
    for (int attempt = 1; ; attempt++) {
      Jedis pooled = idle.poll();
      Jedis jedis = pooled == null || pooled.isBroken() ? dial(end) : pooled;
      sent.set(jedis);
      try {
        if (Thread.interrupted()) throw new InterruptedException(); // the caller has gone
        T reply = command.apply(jedis);
        if (trouble != null) LOG.info("connected to {}", address);
        trouble = null;
        failures = 0;
        return reply;
      } catch (JedisException e) {
        String why = String.valueOf(e.getMessage());
        boolean demoted = why.matches("(?s)(READONLY|MASTERDOWN|LOADING).*");
        if (!demoted && !(e instanceof JedisConnectionException)) throw e;
        drop(jedis);
        failed(e);
        if (!repeat && !demoted) throw new JedisException("outcome unknown: " + why, e);
        if (attempt == 2 || !repeat) throw e; // else the dial makes the pause
      } finally {
        if (workers.isShutdown()) drop(jedis);
        if (!jedis.isBroken()) idle.add(jedis);
      }
    }
  }

  private synchronized Jedis dial(long end) throws InterruptedException {
    while (nextDial <= end) {
      Thread.sleep(Math.max(0, nextDial - now()));
      try {
        return new Jedis(address, config());
      } catch (Exception e) {
        failed(refusal(e));
      }
    }
    throw new JedisException("not sent, Redis is away: " + trouble, trouble);
  }

  private JedisClientConfig config() throws Exception { // for each dial, because the files rotate
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    Path caFile = Path.of(env.getOrDefault("REDIS_CA_FILE", "redis_ca.pem"));
    KeyStore trusted = KeyStore.getInstance("JKS"); // PKCS12 would cost 300 ms
    trusted.load(null, null);
    for (var ca : x509.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(caFile)))) {
      trusted.setCertificateEntry("ca" + trusted.size(), ca);
    }
    ByteArrayOutputStream store = new ByteArrayOutputStream();
    trusted.store(store, new char[0]);
    SslOptions tls = // checks the chain and the host name
        SslOptions.builder()
            .trustStoreType("JKS")
            .truststore(() -> new ByteArrayInputStream(store.toByteArray()), null)
            .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3", "TLSv1.2"}))
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

  private static JedisException refusal(Exception e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      boolean login = t instanceof JedisAccessControlException;
      if (login || t instanceof GeneralSecurityException || t instanceof FileSystemException) {
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : "REDIS_HOST, REDIS_CA_FILE: ";
        return new JedisAccessControlException("refused, look at " + where + t.getMessage());
      }
    }
    return new JedisConnectionException(e);
  }

  private void failed(JedisException e) {
    synchronized (idle) {
      long now = now();
      if (now < nextDial) return; // many sockets lost at once are one failure
      boolean refused = e instanceof JedisAccessControlException;
      long least = refused ? 30000 : 0;
      long full = Math.min(2000, 100L << Math.min(failures++, 9));
      long most = refused ? 60000 : full;
      nextDial = now + ThreadLocalRandom.current().nextLong(least, most);
      if (opened && (refused || trouble == null)) LOG.warn("reconnecting: {}", e.getMessage());
      if (trouble == null) awaySince = now;
      trouble = e;
      if (refused) return; // sockets that are in may stay
      idle.forEach(RedisConnection::drop);
      if (now - awaySince < 60000) return;
      awaySince = now; // so it is said once in that time
      LOG.error("away for 60 s, all sockets dropped: flush DNS caches on the way");
    }
  }

  private static void drop(Jedis jedis) {
    Connection connection = jedis.getConnection();
    IOUtils.closeQuietly(() -> connection.setSoTimeout(1)); // closing waits this long for the peer
    IOUtils.closeQuietly(connection::forceDisconnect);
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
