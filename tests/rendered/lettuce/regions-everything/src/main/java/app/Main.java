/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=lettuce&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes */
package app;

import com.sun.net.httpserver.HttpServer;
import io.lettuce.core.RedisException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Works once with each client, serves GET /health, closes on SIGTERM and SIGINT. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    RedisRegions regions;
    try {
      regions = new RedisRegions(System.getenv());
    } catch (IllegalArgumentException | RedisConnection.Refused e) {
      System.err.println(e.getMessage());
      System.exit(1);
      return;
    }
    RedisConnection redis = regions.active();
    work("safe", () -> redis.safe(r -> r.set("app:hello", "you")));
    work("once", () -> redis.once(r -> r.incr("app:visits")));
    work("blocking", () -> redis.blocking(r -> r.blpop(1, "app:jobs")));
    int port = Integer.parseInt(System.getenv().getOrDefault("HEALTH_PORT", "8080"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/health",
        exchange -> {
          boolean healthy = regions.active().healthy();
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
              regions.close();
              System.out.println("closed");
              System.out.flush();
              Runtime.getRuntime().halt(0); // after a signal the JVM would exit with 143
            });
    Runtime.getRuntime().addShutdownHook(closing);
    onUsr1(regions::failOver);
    server.start();
    System.out.println("health: http://127.0.0.1:" + server.getAddress().getPort() + "/health");
  }

  /** By reflection, because javac warns of the name sun.misc.Signal and nothing silences it. */
  private static void onUsr1(Runnable action) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object run =
        Proxy.newProxyInstance(
            Main.class.getClassLoader(),
            new Class<?>[] {handler},
            (proxy, method, arguments) -> {
              action.run();
              return null;
            });
    Object usr1 = signal.getConstructor(String.class).newInstance("USR1");
    signal.getMethod("handle", signal, handler).invoke(null, usr1, run);
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
