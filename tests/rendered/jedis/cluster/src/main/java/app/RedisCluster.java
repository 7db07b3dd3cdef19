/* Holdfast 0.1.0 #v=1&plan=pro&client=jedis&cluster-api=yes */
package app;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Redis by its Cluster API, a connection to each node: a slot's node is remembered from MOVED and
 * forgotten when it fails. Not RedisClusterClient: it blocks its caller, and its retries count
 * redirections too. A call names one key: all its keys live in that key's slot.
 */
public final class RedisCluster implements AutoCloseable {
  private final Map<Integer, HostAndPort> slots = new ConcurrentHashMap<>();
  private final Map<HostAndPort, RedisConnection> nodes = new ConcurrentHashMap<>();
  private final Map<String, String> env;
  private final RedisConnection endpoint;

  private interface Call<T> {
    T at(RedisConnection node, long end);
  }

  private RedisCluster(Map<String, String> env) {
    this.env = env;
    endpoint = RedisConnection.open(env);
  }

  /** Throws when Redis refuses us; when it is only away, the connection comes later. */
  public static RedisCluster open(Map<String, String> env) {
    return new RedisCluster(env);
  }

  /** Tries again within the deadline: for reads, and for writes that may be applied twice. */
  public <T> T safe(String key, Function<Jedis, T> command) {
    return route(key, (node, end) -> node.call(command, 2, end));
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(String key, Function<Jedis, T> command) {
    return route(key, (node, end) -> node.call(unrepeated(command), 1, end));
  }

  /** Asks a node, within the deadline. */
  public boolean healthy() {
    return anyNode().healthy();
  }

  @Override
  public void close() {
    endpoint.close();
    nodes.values().forEach(RedisConnection::close);
  }

  private <T> T route(String key, Call<T> call) {
    long end = RedisConnection.now() + RedisConnection.DEADLINE_MS;
    int slot = JedisClusterCRC16.getSlot(key);
    for (int hop = 1; ; hop++) {
      HostAndPort known = slots.get(slot);
      try {
        return call.at(known == null ? anyNode() : node(known), end);
      } catch (JedisMovedDataException e) { // that node has executed nothing
        if (hop == 5) throw e;
        slots.put(slot, e.getTargetNode());
        nodes.values().removeIf(this::closedIfLeft);
      } catch (JedisDataException e) {
        for (Throwable why : e.getSuppressed()) { // of a discarded MULTI
          if (why instanceof JedisMovedDataException moved) slots.put(slot, moved.getTargetNode());
        }
        throw e;
      } catch (JedisException e) { // the next call asks who has taken over
        slots.values().removeIf(node -> node.equals(known));
        throw e;
      }
    }
  }

  /** MOVED says that nothing has happened only when it is the first answer. */
  private static <T> Function<Jedis, T> unrepeated(Function<Jedis, T> command) {
    return jedis -> {
      RedisConnection.ANSWERED.set(false);
      try {
        return command.apply(jedis);
      } catch (JedisMovedDataException e) {
        if (!RedisConnection.ANSWERED.get()) throw e;
        throw new JedisException("outcome unknown: " + e.getMessage(), e);
      }
    };
  }

  private RedisConnection node(HostAndPort address) {
    return nodes.computeIfAbsent(address, to -> new RedisConnection(env, to));
  }

  /** A node that has left the cluster: nothing points to it any more, and it does not answer. */
  private boolean closedIfLeft(RedisConnection node) {
    boolean left = node.away() && !slots.containsValue(node.address());
    if (left) node.close();
    return left;
  }

  /** Each knows where a slot is; the endpoint's name is resolved anew, so it is asked first. */
  private RedisConnection anyNode() {
    Stream<RedisConnection> all = Stream.concat(Stream.of(endpoint), nodes.values().stream());
    return all.filter(RedisConnection::connected).findFirst().orElse(endpoint);
  }
}
