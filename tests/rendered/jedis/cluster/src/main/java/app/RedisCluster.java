/* Holdfast 0.1.0 #v=1&plan=pro&client=jedis&cluster-api=yes */
package app;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
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
    T at(RedisConnection node, Function<Jedis, T> command, long end);
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
    return route(key, command, true, (node, sent, end) -> node.call(sent, 2, end));
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(String key, Function<Jedis, T> command) {
    return route(key, command, false, (node, sent, end) -> node.call(sent, 1, end));
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

  private <T> T route(String key, Function<Jedis, T> command, boolean repeats, Call<T> call) {
    long end = RedisConnection.now() + RedisConnection.DEADLINE_MS;
    int slot = JedisClusterCRC16.getSlot(key);
    AtomicBoolean doubt = new AtomicBoolean(); // a part may have been applied, by whatever node
    HostAndPort asked = null;
    for (int hop = 1; ; hop++) {
      HostAndPort known = asked == null ? slots.get(slot) : asked;
      try {
        RedisConnection node = known == null ? anyNode() : node(known);
        return call.at(node, watched(command, asked != null, doubt), end);
      } catch (JedisRedirectionException e) { // that node has executed nothing of this command
        if (hop == 5 || doubt.get() && !repeats) throw doubt.get() ? unknown(e) : e;
        asked = e instanceof JedisAskDataException ? e.getTargetNode() : null;
        if (asked != null) continue; // for this once: the slot is still on its way
        slots.put(slot, e.getTargetNode());
        nodes.values().removeIf(this::closedIfLeft);
      } catch (JedisDataException e) {
        for (Throwable why : e.getSuppressed()) { // of a discarded MULTI
          if (why instanceof JedisMovedDataException moved) slots.put(slot, moved.getTargetNode());
        }
        throw e;
      } catch (JedisException e) { // the next call asks who has taken over
        slots.values().removeIf(node -> node.equals(known));
        boolean notSent = e.getMessage().startsWith("not sent");
        throw notSent && doubt.get() ? unknown(e) : e;
      }
    }
  }

  /** A redirection says that nothing has happened only as the first answer to the first try. */
  private static <T> Function<Jedis, T> watched(
      Function<Jedis, T> command, boolean asking, AtomicBoolean doubt) {
    return jedis -> {
      if (asking) jedis.sendCommand(Protocol.Command.ASKING);
      RedisConnection.ANSWERED.set(false);
      try {
        return command.apply(jedis);
      } catch (JedisException e) {
        boolean lost = e instanceof JedisConnectionException;
        if (lost || RedisConnection.ANSWERED.get()) doubt.set(true);
        throw e;
      }
    };
  }

  private static JedisException unknown(JedisException e) {
    String why = e.getMessage().replaceFirst("^not sent: ", ""); // by the last node alone
    return new JedisException("outcome unknown: " + why, e);
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
