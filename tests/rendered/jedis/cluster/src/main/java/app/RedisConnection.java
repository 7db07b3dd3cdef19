/* Holdfast 0.1.0 #v=1&plan=pro&client=jedis&cluster-api=yes */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.*;
import org.slf4j.*;
import redis.clients.jedis.*;
import redis.clients.jedis.exceptions.*;
import redis.clients.jedis.providers.ClusterConnectionProvider;
import redis.clients.jedis.util.*;

/**
 * Redis by its Cluster API, through failovers: calls end within the deadline, connections come back
 * by themselves. A call names one key: all its keys live in that key's slot.
 */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  private static final long DEADLINE_MS = 2000;
  private final Map<String, String> env;
  private final HostAndPort address;
  // Callers only wait, workers block: a dead name server holds a lookup for 10 s, a frozen peer a
  // write for ever. RedisClusterClient blocks its caller, and its retries count redirections too.
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(10);
  private ClusterConnectionProvider nodes;
  private volatile JedisException trouble = new JedisException("not connected yet"); // null is well
  private volatile HostAndPort ailing; // the gate is for the node that failed last
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
  public <T> T safe(String key, Function<Jedis, T> command) {
    return call(key, command, true);
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(String key, Function<Jedis, T> command) {
    return call(key, command, false);
  }

  /** Asks Redis, within the deadline. */
  public boolean healthy() {
    try {
      return safe("health", Jedis::ping).equals("PONG");
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    rebuild();
  }

  private <T> T call(String key, Function<Jedis, T> command, boolean repeat) {
    AtomicReference<Jedis> sent = new AtomicReference<>();
    long end = now() + DEADLINE_MS;
    Future<T> reply = workers.submit(() -> work(key, command, repeat, end, sent));
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
      String key, Function<Jedis, T> command, boolean repeat, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    if (now() > end - DEADLINE_MS + 200) throw new JedisException("not sent, all are busy");
    for (int attempt = 1; ; attempt++) {
      Jedis jedis = dial(key, end);
      sent.set(jedis);
      try {
        if (Thread.interrupted()) throw new InterruptedException(); // the caller has gone
        T reply = command.apply(jedis);
        well(jedis.getConnection().getHostAndPort());
        return reply;
      } catch (JedisException e) {
        String why = String.valueOf(e.getMessage());
        boolean demoted = why.matches("(?s)(READONLY|MASTERDOWN|LOADING|MOVED|CLUSTERDOWN).*");
        if (!demoted && !(e instanceof JedisConnectionException)) throw e;
        drop(jedis);
        if (!why.startsWith("MOVED")) failed(e, jedis.getConnection().getHostAndPort());
        IOUtils.closeQuietly(() -> nodes().renewSlotCache());
        if (!repeat && !demoted) throw new JedisException("outcome unknown: " + why, e);
        if (attempt == 2) throw e; // a node that refuses has executed nothing
      } finally {
        IOUtils.closeQuietly(jedis); // back to its pool
      }
    }
  }

  private Jedis dial(String key, long end) throws InterruptedException {
    int slot = JedisClusterCRC16.getSlot(key);
    HostAndPort node = null;
    while (now() < end && (nextDial <= end || !Objects.equals(node, ailing))) {
      try {
        node = nodes().getNode(slot);
        if (Objects.equals(node, ailing)) Thread.sleep(Math.max(0, nextDial - now()));
        return new Jedis(nodes().getConnectionFromSlot(slot));
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        failed(refusal(e), node);
        if (node == null) Thread.sleep(Math.max(0, Math.min(nextDial, end) - now()));
        else IOUtils.closeQuietly(() -> nodes().renewSlotCache());
      }
    }
    throw new JedisException("not sent, Redis is away: " + trouble, trouble);
  }

  private synchronized ClusterConnectionProvider nodes() {
    if (nodes != null) return nodes;
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(10);
    pool.setMaxIdle(10);
    pool.setMaxWait(Duration.ofMillis(200));
    pool.setTimeBetweenEvictionRuns(Duration.ofMillis(5000));
    try {
      nodes = new ClusterConnectionProvider(Set.of(address), config(), pool);
    } catch (JedisException e) {
      throw e;
    } catch (Exception e) {
      throw new JedisException(e);
    }
    return nodes;
  }

  private synchronized void rebuild() {
    IOUtils.closeQuietly(nodes);
    nodes = null;
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
    SSLParameters parameters = new SSLParameters(null, new String[] {"TLSv1.3", "TLSv1.2"});
    // Nodes are announced by address: each has to prove the name of the endpoint.
    parameters.setServerNames(List.of(new SNIHostName(address.getHost())));
    SslOptions tls = // checks the chain and the host name
        SslOptions.builder()
            .trustStoreType("JKS")
            .truststore(() -> new ByteArrayInputStream(store.toByteArray()), null)
            .sslParameters(parameters)
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
    Throwable first = e.getSuppressed().length > 0 ? e.getSuppressed()[0] : e;
    for (Throwable t = first; t != null; t = t.getCause()) {
      boolean login = t instanceof JedisAccessControlException;
      if (login || t instanceof GeneralSecurityException || t instanceof FileSystemException) {
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : "REDIS_HOST, REDIS_CA_FILE: ";
        return new JedisAccessControlException("refused, look at " + where + t.getMessage());
      }
    }
    return new JedisConnectionException(e);
  }

  private void well(HostAndPort node) {
    if (trouble == null || !node.equals(ailing) && now() < nextDial + 5000) return;
    LOG.info("connected to {}", node);
    trouble = null;
    failures = 0;
  }

  private void failed(JedisException e, HostAndPort node) {
    synchronized (workers) {
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
      ailing = node;
      if (refused) rebuild(); // reads the files anew
      if (now - awaySince < 60000) return;
      rebuild();
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
