/* Holdfast 0.1.0 #v=1&client=jedis&runtime=kubernetes */
package app;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

class RedisConnectionTest {
  @TempDir private Path directory;

  @Test
  void aPeerThatNeverAnswersHoldsNoCallBeyondTheDeadline() throws Exception {
    // The kernel accepts for a socket that listens; nobody ever answers.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RedisConnection redis = new RedisConnection(environment(), at(silent))) {
      long start = System.nanoTime();
      assertThrows(JedisException.class, () -> redis.safe(jedis -> jedis.get("key")));
      long tookMs = (System.nanoTime() - start) / 1_000_000;
      assertTrue(tookMs < 2600, () -> "took " + tookMs + " ms");
    }
  }

  @Test
  void aMissingPasswordIsAClearError() {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> RedisConnection.open(Map.of()));
    assertTrue(e.getMessage().contains("REDIS_PASSWORD"), e.getMessage());
  }

  private static HostAndPort at(ServerSocket server) {
    return new HostAndPort("localhost", server.getLocalPort());
  }

  private Map<String, String> environment() throws Exception {
    Map<String, String> env = new HashMap<>();
    env.put("REDIS_PASSWORD", "secret");
    env.put("REDIS_CA_FILE", Files.createFile(directory.resolve("ca.pem")).toString());
    return env;
  }
}
