/* fill((stamp)) */
package app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

/*% if tls -%*/
import java.io.*;
import java.nio.file.*;
/*% endif -%*/
import java.security.*;
/*% if tls -%*/
import java.security.cert.*;
/*% endif -%*/
/*% if mutual_tls -%*/
import java.security.spec.*;
/*% endif -%*/
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
/*% if tls -%*/
import javax.net.ssl.*;
/*% endif -%*/
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
  private static final long DEADLINE_MS = fill((deadline_ms));
  private final Map<String, String> env;
  private final HostAndPort address;
  // Callers only wait, workers block: a dead name server holds a lookup for 10 s, a frozen peer a
  // write for ever. RedisClusterClient blocks its caller, and its retries count redirections too.
  /*% if serverless -%*/
  private final ExecutorService workers = Executors.newFixedThreadPool(fill((pool_size)));
  /*% else if one_connection -%*/
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(2);
  /*% else -%*/
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(fill((pool_size)));
  /*% endif -%*/
  private ClusterConnectionProvider nodes;
  /*% if blocking -%*/
  private final AtomicReference<Jedis> waiting = new AtomicReference<>();
  /*% endif -%*/
  private volatile JedisException trouble = new JedisException("not connected yet"); // null is well
  private volatile HostAndPort ailing; // the gate is for the node that failed last
  private volatile long nextDial = now();
  private volatile boolean opened;
  private long awaySince = now();
  private int failures;

  static { // before the first lookup: the JVM would keep an address for 30 s, a failure for 10 s
    Security.setProperty("networkaddress.cache.ttl", "fill((dns_ttl_s))");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public RedisConnection(Map<String, String> env) {
    if (!env.containsKey("REDIS_PASSWORD")) {
      throw new IllegalArgumentException("REDIS_PASSWORD is not set");
    }
    this.env = env;
    String port = env.getOrDefault("REDIS_PORT", "fill((port))");
    String host = env.getOrDefault("REDIS_HOST", "fill((host))");
    address = new HostAndPort(host, Integer.parseInt(port));
    boolean well = healthy() || healthy(); // a cold JVM may need two deadlines for its first dial
    if (!well && trouble instanceof JedisAccessControlException) {
      close();
      throw trouble;
    }
    /*% if mutual_tls -%*/
    // TLS 1.3: a server refuses a certificate after the handshake, and its reason is mostly lost.
    if (String.valueOf(trouble).matches("(?s).*(Broken pipe|Connection reset).*")) {
      close();
      String where = "look at REDIS_CERT_FILE, REDIS_KEY_FILE: ";
      throw new JedisAccessControlException("cut off, " + where + trouble.getMessage());
    }
    /*% endif -%*/
    if (trouble != null) LOG.warn("starting without Redis: {}", trouble.getMessage());
    /*% if !serverless -%*/
    long pause = fill((health_check_ms));
    workers.scheduleWithFixedDelay(this::healthy, pause, pause, MILLISECONDS);
    /*% endif -%*/
    opened = true;
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(String key, Function<Jedis, T> command) {
    return call(key, command/*% if once || durable %*/, true/*% endif %*/);
  }

  /*% if once -%*/
  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(String key, Function<Jedis, T> command) {
    return call(key, command, false);
  }

  /*% endif -%*/
  /*% if durable -%*/
  /** Sends a write once and proves that it is on /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk; not for MULTI. */
  public <T> T durable(String key, Function<Jedis, T> write) {
    Function<Jedis, T> proved =
        jedis -> {
          T reply = write.apply(jedis);
          jedis.getConnection().setSoTimeout((int) DEADLINE_MS);
          /*% if replica -%*/
          long proofs = jedis.waitAOF(0, 1, fill((proof_ms))).getValue();
          /*% else -%*/
          long proofs = jedis.waitAOF(1, 0, fill((proof_ms))).getKey();
          /*% endif -%*/
          jedis.getConnection().setSoTimeout(fill((command_timeout_ms)));
          if (proofs < 1) throw new JedisException("outcome unknown, no proof in time");
          return reply;
        };
    return call(key, proved, false);
  }

  /*% endif -%*/
  /*% if blocking -%*/
  /** BLPOP, XREAD, SUBSCRIBE for up to 30 s, on a connection of its own; after an error, again. */
  public <T> T blocking(String key, Function<Jedis, T> command) {
    synchronized (waiting) {
      try {
        if (waiting.get() == null) waiting.set(dial(key, true, now() + DEADLINE_MS));
        return command.apply(waiting.get());
      } catch (JedisConnectionException e) {
        if (waiting.get() != null) drop(waiting.getAndSet(null));
        failed(e, ailing);
        throw e;
      } catch (InterruptedException e) {
        throw new JedisException(e);
      }
    }
  }

  /*% endif -%*/
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
    /*% if blocking -%*/
    if (waiting.get() != null) drop(waiting.get());
    /*% endif -%*/
    rebuild();
  }

  private <T> T call(String key, Function<Jedis, T> command/*% if once || durable %*/, boolean repeat/*% endif %*/) {
    AtomicReference<Jedis> sent = new AtomicReference<>();
    long end = now() + DEADLINE_MS;
    Future<T> reply = workers.submit(() -> work(key, command, /*% if once || durable %*/repeat, /*% endif %*/end, sent));
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

  /*% if once || durable -%*/
  private <T> T work(
      String key, Function<Jedis, T> command, boolean repeat, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    /*% else -%*/
  private <T> T work(
      String key, Function<Jedis, T> command, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    /*% endif -%*/
    if (now() > end - DEADLINE_MS + fill((pool_wait_ms))) throw new JedisException("not sent, all are busy");
    for (int attempt = 1; ; attempt++) {
      Jedis jedis = dial(key, /*% if blocking %*/false, /*% endif %*/end);
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
        /*% if once || durable -%*/
        if (!repeat && !demoted) throw new JedisException("outcome unknown: " + why, e);
        /*% endif -%*/
        if (attempt == /*% if !retry %*/2/*% else %*/fill((attempts))/*% endif %*/) throw e; // a node that refuses has executed nothing
      } finally {
        IOUtils.closeQuietly(jedis); // back to its pool
      }
    }
  }

  private Jedis dial(String key, /*% if blocking %*/boolean own, /*% endif %*/long end) throws InterruptedException {
    int slot = JedisClusterCRC16.getSlot(key);
    HostAndPort node = null;
    while (now() < end && (nextDial <= end || !Objects.equals(node, ailing))) {
      try {
        node = nodes().getNode(slot);
        if (Objects.equals(node, ailing)) Thread.sleep(Math.max(0, nextDial - now()));
        /*% if blocking -%*/
        if (own) return new Jedis(node, config());
        /*% endif -%*/
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
    pool.setMaxTotal(fill((pool_size)));
    pool.setMaxIdle(fill((pool_size)));
    pool.setMaxWait(Duration.ofMillis(fill((pool_wait_ms))));
    /*% if serverless -%*/
    pool.setTimeBetweenEvictionRuns(Duration.ofMillis(-1)); // no thread that a freeze would stop
    pool.setTestOnBorrow(true);
    /*% else -%*/
    pool.setTimeBetweenEvictionRuns(Duration.ofMillis(fill((health_check_ms))));
    /*% endif -%*/
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

  /*% if tls -%*/
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
    /*% if mutual_tls -%*/
    Path certFile = Path.of(env.getOrDefault("REDIS_CERT_FILE", "redis_user.crt"));
    var chain = x509.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(certFile)));
    Path keyFile = Path.of(env.getOrDefault("REDIS_KEY_FILE", "redis_user_private.key"));
    String pem = Files.readString(keyFile).replaceAll("-----[^-]+-----|\\s", "");
    KeySpec keySpec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
    String algorithm = chain.iterator().next().getPublicKey().getAlgorithm();
    Key key = KeyFactory.getInstance(algorithm).generatePrivate(keySpec);
    KeyStore own = KeyStore.getInstance("JKS");
    own.load(null, null);
    own.setKeyEntry("own", key, new char[0], chain.toArray(X509Certificate[]::new));
    ByteArrayOutputStream ownStore = new ByteArrayOutputStream();
    own.store(ownStore, new char[0]);
    /*% endif -%*/
    SSLParameters parameters = new SSLParameters(null, new String[] {"TLSv1.3", "TLSv1.2"});
    // Nodes are announced by address: each has to prove the name of the endpoint.
    parameters.setServerNames(List.of(new SNIHostName(address.getHost())));
    SslOptions tls = // checks the chain and the host name
        SslOptions.builder()
            .trustStoreType("JKS")
            .truststore(() -> new ByteArrayInputStream(store.toByteArray()), null)
            /*% if mutual_tls -%*/
            .keyStoreType("JKS")
            .keystore(() -> new ByteArrayInputStream(ownStore.toByteArray()), new char[0])
            /*% endif -%*/
            .sslParameters(parameters)
            .build();
    /*% else -%*/
  private JedisClientConfig config() {
    /*% endif -%*/
    return DefaultJedisClientConfig.builder()
        .user(env.getOrDefault("REDIS_USERNAME", "fill((user))"))
        .password(env.get("REDIS_PASSWORD"))
        .clientName("fill((slug))")
        /*% if tls -%*/
        .sslOptions(tls)
        /*% endif -%*/
        .resp2()
        .connectionTimeoutMillis(fill((connect_timeout_ms)))
        .socketTimeoutMillis(fill((command_timeout_ms)))
        /*% if blocking -%*/
        .blockingSocketTimeoutMillis(31_000)
        /*% endif -%*/
        .build();
  }

  private static JedisException refusal(Exception e) {
    Throwable first = e.getSuppressed().length > 0 ? e.getSuppressed()[0] : e;
    for (Throwable t = first; t != null; t = t.getCause()) {
      /*% if tls -%*/
      boolean login = t instanceof JedisAccessControlException;
      /*% endif -%*/
      /*% if mutual_tls -%*/
      boolean alert = t instanceof SSLException && t.getMessage().contains("fatal alert");
      boolean tls = alert || t instanceof GeneralSecurityException;
      if (login || tls || t instanceof FileSystemException) {
        String files = "REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE, REDIS_KEY_FILE: ";
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : files;
        /*% else if tls -%*/
      if (login || t instanceof GeneralSecurityException || t instanceof FileSystemException) {
        String where = login ? "REDIS_USERNAME, REDIS_PASSWORD: " : "REDIS_HOST, REDIS_CA_FILE: ";
        /*% else -%*/
      if (t instanceof JedisAccessControlException) {
        String where = "REDIS_USERNAME, REDIS_PASSWORD: ";
        /*% endif -%*/
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
      long least = refused ? fill((refused_min_ms)) : 0;
      long full = Math.min(fill((reconnect_cap_ms)), fill((reconnect_base_ms))L << Math.min(failures++, 9));
      long most = refused ? fill((refused_max_ms)) : full;
      nextDial = now + ThreadLocalRandom.current().nextLong(least, most);
      if (opened && (refused || trouble == null)) LOG.warn("reconnecting: {}", e.getMessage());
      if (trouble == null) awaySince = now;
      trouble = e;
      ailing = node;
      if (refused) rebuild(); // reads the files anew
      if (now - awaySince < fill((refresh_after_ms))) return;
      rebuild();
      awaySince = now; // so it is said once in that time
      LOG.error("away for fill((refresh_after_ms|s)) s, all sockets dropped: flush DNS caches on the way");
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
