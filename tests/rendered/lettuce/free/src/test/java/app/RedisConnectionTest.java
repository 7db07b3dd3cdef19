/* Holdfast 0.1.0 #v=1&plan=free&client=lettuce */
package app;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.RedisException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RedisConnectionTest {
  @Test
  void aPeerThatNeverAnswersHoldsNoCallBeyondTheDeadline() throws Exception {
    // The kernel accepts for a socket that listens; nobody ever answers.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RedisConnection redis =
            new RedisConnection(environment(), "localhost", silent.getLocalPort())) {
      long start = System.nanoTime();
      assertThrows(RedisException.class, () -> redis.safe(r -> r.get("key")));
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

  private Map<String, String> environment() throws Exception {
    Map<String, String> env = new HashMap<>();
    env.put("REDIS_PASSWORD", "secret");
    return env;
  }
}
