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
import redis.clients.jedis.util.IOUtils;

/** Redis through failovers: calls end within the deadline, the connection comes back by itself. */
public final class RedisConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);
  private static final long DEADLINE_MS = fill((deadline_ms));
  private final Map<String, String> env;
  private final HostAndPort address;
  // Callers only wait, workers block: a dead name server holds a lookup for 10 s, a frozen peer a
  // write for ever. The pool of Jedis blocks its caller, and dials while it discards a connection.
  /*% if serverless -%*/
  private final ExecutorService workers = Executors.newFixedThreadPool(fill((pool_size)));
  /*% else if one_connection -%*/
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(2);
  /*% else -%*/
  private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(fill((pool_size)));
  /*% endif -%*/
  private final Queue<Jedis> idle = new ConcurrentLinkedQueue<>();
  /*% if blocking -%*/
  private final AtomicReference<Jedis> waiting = new AtomicReference<>();
  /*% endif -%*/
  private volatile JedisException trouble = new JedisException("not connected yet"); // null is well
  /*% if serverless -%*/
  private volatile long lastSuccess = now();
  /*% endif -%*/
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
  public <T> T safe(Function<Jedis, T> command) {
    return call(command/*% if once || durable %*/, true/*% endif %*/);
  }

  /*% if once -%*/
  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(Function<Jedis, T> command) {
    return call(command, false);
  }

  /*% endif -%*/
  /*% if durable -%*/
  /** Sends a write once and proves that it is on /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk; not for MULTI. */
  public <T> T durable(Function<Jedis, T> write) {
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
    return call(proved, false);
  }

  /*% endif -%*/
  /*% if blocking -%*/
  /** BLPOP, XREAD, SUBSCRIBE for up to 30 s, on a connection of its own; after an error, again. */
  public <T> T blocking(Function<Jedis, T> command) {
    synchronized (waiting) {
      try {
        if (waiting.get() == null) waiting.set(dial(now() + DEADLINE_MS));
        return command.apply(waiting.get());
      } catch (JedisConnectionException e) {
        if (waiting.get() != null) drop(waiting.getAndSet(null));
        failed(e);
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
      return safe(Jedis::ping).equals("PONG");
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
    idle.forEach(RedisConnection::drop);
  }

  private <T> T call(Function<Jedis, T> command/*% if once || durable %*/, boolean repeat/*% endif %*/) {
    AtomicReference<Jedis> sent = new AtomicReference<>();
    long end = now() + DEADLINE_MS;
    Future<T> reply = workers.submit(() -> work(command, /*% if once || durable %*/repeat, /*% endif %*/end, sent));
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
      Function<Jedis, T> command, boolean repeat, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    /*% else -%*/
  private <T> T work(Function<Jedis, T> command, long end, AtomicReference<Jedis> sent)
      throws InterruptedException {
    /*% endif -%*/
    if (now() > end - DEADLINE_MS + fill((pool_wait_ms))) throw new JedisException("not sent, all are busy");
    for (int attempt = 1; ; attempt++) {
      Jedis pooled = idle.poll();
      Jedis jedis = pooled == null || pooled.isBroken() ? dial(end) : pooled;
      /*% if !serverless -%*/
      sent.set(jedis);
      /*% endif -%*/
      try {
        /*% if serverless -%*/
        if (jedis == pooled && now() - lastSuccess > fill((health_check_ms))) jedis.ping(); // perhaps a thaw
        sent.set(jedis);
        /*% endif -%*/
        if (Thread.interrupted()) throw new InterruptedException(); // the caller has gone
        T reply = command.apply(jedis);
        /*% if serverless -%*/
        lastSuccess = now();
        /*% endif -%*/
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
        /*% if once || durable -%*/
        /*% if serverless -%*/
        boolean again = repeat || sent.get() == null;
        if (!again && !demoted) throw new JedisException("outcome unknown: " + why, e);
        if (attempt == fill((attempts)) || !again) throw e; // else the dial makes the pause
      /*% else -%*/
        if (!repeat && !demoted) throw new JedisException("outcome unknown: " + why, e);
        if (attempt == fill((attempts)) || !repeat) throw e; // else the dial makes the pause
      /*% endif -%*/
      /*% else -%*/
        if (attempt == fill((attempts))) throw e; // else the dial makes the pause
      /*% endif -%*/
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
    SslOptions tls = // checks the chain and the host name
        SslOptions.builder()
            .trustStoreType("JKS")
            .truststore(() -> new ByteArrayInputStream(store.toByteArray()), null)
            /*% if mutual_tls -%*/
            .keyStoreType("JKS")
            .keystore(() -> new ByteArrayInputStream(ownStore.toByteArray()), new char[0])
            /*% endif -%*/
            .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3", "TLSv1.2"}))
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
    for (Throwable t = e; t != null; t = t.getCause()) {
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

  private void failed(JedisException e) {
    synchronized (idle) {
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
      if (refused) return; // sockets that are in may stay
      idle.forEach(RedisConnection::drop);
      if (now - awaySince < fill((refresh_after_ms))) return;
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
