/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=spring-data-redis */
package app;

import com.sun.net.httpserver.HttpServer;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;

/** Works once with each client, serves GET /health, closes on SIGTERM and SIGINT. */
@SpringBootApplication(proxyBeanMethods = false)
public class Main {
  public static void main(String[] args) throws Exception {
    SpringApplication application = new SpringApplication(Main.class);
    application.setRegisterShutdownHook(false); // ours says that it has closed
    ConfigurableApplicationContext context;
    try {
      context = application.run(args);
    } catch (RuntimeException e) {
      Throwable why = NestedExceptionUtils.getMostSpecificCause(e);
      boolean plain =
          why instanceof IllegalArgumentException || why instanceof RedisConfig.RefusedException;
      if (!plain) throw e;
      System.err.println(why.getMessage());
      System.exit(1);
      return;
    }
    RedisRegions regions = context.getBean(RedisRegions.class);
    RedisConfig.Database redis = regions.active();
    work("safe", () -> redis.safe().opsForValue().set("app:hello", "you"));
    work("once", () -> redis.once().opsForValue().increment("app:visits"));
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
              context.close();
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
    try {
      command.run();
      System.out.println(client + ": ok");
    } catch (DataAccessException e) {
      System.err.println(client + ": " + e.getMessage());
    }
  }
}
