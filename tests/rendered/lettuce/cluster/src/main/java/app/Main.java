/* Holdfast 0.1.0 #v=1&plan=pro&client=lettuce&cluster-api=yes */
package app;

import com.sun.net.httpserver.HttpServer;
import io.lettuce.core.RedisException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Works once with each client, serves GET /health, closes on SIGTERM and SIGINT. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    RedisCluster redis;
    try {
      redis = RedisCluster.open(System.getenv());
    } catch (IllegalArgumentException | RedisConnection.Refused e) {
      System.err.println(e.getMessage());
      System.exit(1);
      return;
    }
    work("safe", () -> redis.safe("app:hello", r -> r.set("app:hello", "you")));
    work("once", () -> redis.once("app:visits", r -> r.incr("app:visits")));
    int port = Integer.parseInt(System.getenv().getOrDefault("HEALTH_PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/health",
        exchange -> {
          boolean healthy = redis.healthy();
          String body = healthy ? "{\"status\":\"ok\"}" : "{\"status\":\"down\"}";
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(healthy ? 200 : 503, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    Thread closing =
        new Thread(
            () -> {
              server.stop(0);
              redis.close();
              System.out.println("closed");
              System.out.flush();
              Runtime.getRuntime().halt(0); // after a signal the JVM would exit with 143
            });
    Runtime.getRuntime().addShutdownHook(closing);
    server.start();
    System.out.println("health: http://127.0.0.1:" + server.getAddress().getPort() + "/health");
  }

  private static void work(String client, Runnable command) {
    for (int attempt = 1; attempt <= 2; attempt++) {
      try {
        command.run();
        System.out.println(client + ": ok");
        return;
      } catch (RedisException e) {
        System.err.println(client + ": " + e.getMessage());
        // It may have been applied: somebody has to look before it is repeated.
        if (!e.getMessage().startsWith("not sent")) return;
      }
    }
  }
}
