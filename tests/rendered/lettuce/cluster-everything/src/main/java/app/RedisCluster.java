/* Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&client=lettuce&blocking=yes&mutual-tls=yes&cluster-api=yes */
package app;

import app.RedisConnection.Command;
import app.RedisConnection.Redirected;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.pubsub.RedisPubSubListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Redis by its Cluster API, a connection to each node: a slot's node is remembered from MOVED and
 * forgotten when it fails. Not RedisClusterClient: it keeps the connection of a silent node, and
 * each of its connections dials by a clock of its own. A call names one key: all its keys live in
 * that key's slot.
 */
public final class RedisCluster implements AutoCloseable {
  private final Map<Integer, String> slots = new ConcurrentHashMap<>();
  private final Map<String, RedisConnection> nodes = new ConcurrentHashMap<>();
  private final Map<String, String> env;
  private final RedisConnection endpoint;

  private interface Call<T> {
    T at(RedisConnection node, Command<T> command, long end);
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
  public <T> T safe(String key, Command<T> command) {
    return route(key, command, true, (node, sent, end) -> node.call(sent, 2, end));
  }

  /** Never sends a command twice: when the reply is lost, the error says "outcome unknown". */
  public <T> T once(String key, Command<T> command) {
    return route(key, command, false, (node, sent, end) -> node.call(sent, 1, end));
  }

  /** Sends a write once and proves that it is on a replica's disk; not for MULTI. */
  public <T> T durable(String key, Command<T> write) {
    return route(key, write, false, (node, sent, end) -> node.durable(sent, end));
  }

  /** BLPOP, XREAD for up to 30 s, on a connection of its own; after an error, again. */
  public <T> T blocking(String key, Command<T> command) {
    return route(key, command, false, (node, sent, end) -> node.blocking(sent));
  }

  /** Listens for ever; what is published while the connection is away is lost. */
  public void subscribe(RedisPubSubListener<String, String> listener, String... channels) {
    endpoint.subscribe(listener, channels);
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

  private <T> T route(String key, Command<T> command, boolean repeats, Call<T> call) {
    long end = RedisConnection.now() + RedisConnection.DEADLINE_MS;
    int slot = SlotHash.getSlot(key);
    boolean doubt = false; // a part may have been applied, by whatever node
    String asked = null;
    for (int hop = 1; ; hop++) {
      String known = asked == null ? slots.get(slot) : asked;
      try {
        RedisConnection node = known == null ? anyNode() : node(known);
        return call.at(node, asked == null ? command : asking(command), end);
      } catch (Redirected e) {
        doubt |= e.doubt;
        if (hop == 5 || doubt && !repeats) throw doubt ? unknown(e) : e;
        String[] words = e.getMessage().split(" ");
        asked = words[0].equals("ASK") ? words[2] : null;
        if (asked != null) continue; // for this once: the slot is still on its way
        slots.put(slot, words[2]);
        nodes.entrySet().removeIf(node -> closedIfLeft(node.getKey(), node.getValue()));
      } catch (RedisCommandExecutionException e) {
        throw e;
      } catch (RedisException e) { // the next call asks who has taken over
        slots.values().removeIf(node -> node.equals(known));
        boolean notSent = e.getMessage().startsWith("not sent");
        throw notSent && doubt ? unknown(e) : e;
      }
    }
  }

  private static <T> Command<T> asking(Command<T> command) {
    return redis -> {
      redis.asking(); // holds for the next command
      return command.on(redis);
    };
  }

  private static RedisException unknown(RedisException e) {
    String why = e.getMessage().replaceFirst("^not sent: ", ""); // by the last node alone
    return new RedisException("outcome unknown: " + why, e);
  }

  private RedisConnection node(String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon);
    int port = Integer.parseInt(address.substring(colon + 1));
    return nodes.computeIfAbsent(address, to -> new RedisConnection(env, host, port));
  }

  /** A node that has left the cluster: nothing points to it any more, and it does not answer. */
  private boolean closedIfLeft(String address, RedisConnection node) {
    boolean left = node.away() && !slots.containsValue(address);
    if (left) node.close();
    return left;
  }

  /** Each knows where a slot is; the endpoint's name is resolved anew, so it is asked first. */
  private RedisConnection anyNode() {
    Stream<RedisConnection> all = Stream.concat(Stream.of(endpoint), nodes.values().stream());
    return all.filter(RedisConnection::connected).findFirst().orElse(endpoint);
  }
}
