/* Holdfast 0.1.0 #v=1&client=spring-data-redis&mutual-tls=yes */
package app;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.dao.DataAccessException;

class RedisConfigTest {
  @TempDir private Path directory;

  @Test
  void aPeerThatNeverAnswersHoldsNoCallBeyondTheDeadline() throws Exception {
    // The kernel accepts for a socket that listens; nobody ever answers.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RedisConfig.Database redis = database(silent.getLocalPort())) {
      long start = System.nanoTime();
      assertThrows(DataAccessException.class, () -> redis.safe().opsForValue().get("key"));
      long tookMs = (System.nanoTime() - start) / 1_000_000;
      assertTrue(tookMs < 2600, () -> "took " + tookMs + " ms");
    }
  }

  @Test
  void aMissingPasswordIsAClearError() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> RedisConfig.Database.open(Map.of(), null, new DataRedisProperties()));
    assertTrue(e.getMessage().contains("REDIS_PASSWORD"), e.getMessage());
  }

  private RedisConfig.Database database(int port) throws Exception {
    ClientResources.Builder resources = DefaultClientResources.builder();
    RedisConfig.prepare(resources);
    DataRedisProperties properties = new DataRedisProperties();
    properties.setConnectTimeout(Duration.ofMillis(580));
    properties.setTimeout(Duration.ofMillis(580));
    properties.setClientName("test");
    Map<String, String> env = environment();
    env.put("REDIS_HOST", "localhost");
    env.put("REDIS_PORT", String.valueOf(port));
    return new RedisConfig.Database(env, resources.build(), properties);
  }

  private String pem(String what, byte[] der) throws Exception {
    String text = Base64.getMimeEncoder().encodeToString(der);
    String begin = "-----BEGIN " + what + "-----\n";
    Path file = directory.resolve(what.replace(' ', '_'));
    return Files.writeString(file, begin + text + "\n-----END " + what + "-----\n").toString();
  }

  private Map<String, String> environment() throws Exception {
    Map<String, String> env = new HashMap<>();
    env.put("REDIS_PASSWORD", "secret");
    Path store = directory.resolve("own.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    String options = "-genkeypair -keyalg EC -dname CN=test -alias own -storepass secret";
    String command = keytool + " " + options + " -keystore " + store;
    new ProcessBuilder(command.split(" ")).start().waitFor();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
    env.put("REDIS_CA_FILE", pem("CERTIFICATE", keys.getCertificate("own").getEncoded()));
    byte[] key = keys.getKey("own", "secret".toCharArray()).getEncoded();
    env.put("REDIS_CERT_FILE", env.get("REDIS_CA_FILE"));
    env.put("REDIS_KEY_FILE", pem("PRIVATE KEY", key));
    return env;
  }
}
