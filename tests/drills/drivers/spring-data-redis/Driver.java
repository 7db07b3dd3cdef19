package drill;

import app.RedisConfig;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.data.redis.core.StringRedisTemplate;

/** The drills' work, done by the project or by the library's quick-start: see ../README.md. */
public final class Driver {
  private static final long START = System.nanoTime();
  private static final Map<String, String> ENV = System.getenv();
  private static final String KEY = ENV.get("DRILL_KEY");

  private Driver() {}

  @EnableAutoConfiguration
  @Import(RedisConfig.class)
  static class Ours {}

  @EnableAutoConfiguration
  static class QuickStart {}

  public static void main(String[] args) throws Exception {
    try {
      if (args.length > 0) quickStart();
      else ours();
    } catch (RuntimeException e) {
      say("open", "safe", START, null, NestedExceptionUtils.getMostSpecificCause(e));
      Runtime.getRuntime().halt(1);
    }
  }

  private static void ours() throws Exception {
    ApplicationContext context = SpringApplication.run(Ours.class);
    RedisConfig.Database redis = context.getBean(RedisConfig.Database.class);
    rounds(
        () -> redis.once().opsForValue().increment(KEY),
        () -> {
          redis.safe().opsForValue().set(KEY + ":set", "x");
          return null;
        },
        () -> redis.safe().opsForValue().get(KEY + ":set"));
  }

  private static void quickStart() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("spring.data.redis.host", ENV.get("REDIS_HOST"));
    properties.setProperty("spring.data.redis.port", ENV.get("REDIS_PORT"));
    properties.setProperty("spring.data.redis.username", ENV.get("REDIS_USERNAME"));
    properties.setProperty("spring.data.redis.password", ENV.get("REDIS_PASSWORD"));
    properties.setProperty("spring.data.redis.ssl.bundle", "redis");
    properties.setProperty(
        "spring.ssl.bundle.pem.redis.truststore.certificate", "file:" + ENV.get("REDIS_CA_FILE"));
    SpringApplication application = new SpringApplication(QuickStart.class);
    application.setDefaultProperties(properties);
    ApplicationContext context = application.run("--spring.config.name=none"); // not the project's
    StringRedisTemplate redis = context.getBean(StringRedisTemplate.class);
    rounds(
        () -> redis.opsForValue().increment(KEY),
        () -> {
          redis.opsForValue().set(KEY + ":set", "x");
          return null;
        },
        () -> redis.opsForValue().get(KEY + ":set"));
  }

  /** SIGTERM ends the JVM between two lines: each is written whole. */
  private static void rounds(Supplier<?> incr, Supplier<?> set, Supplier<?> get) throws Exception {
    while (true) {
      call("incr", "once", incr);
      call("set", "safe", set);
      call("get", "safe", get);
      Thread.sleep(50);
    }
  }

  private static void call(String op, String client, Supplier<?> work) {
    long began = System.nanoTime();
    try {
      Object value = work.get();
      say(op, client, began, value instanceof Long ? value : null, null);
    } catch (RuntimeException e) {
      say(op, client, began, null, e);
    }
  }

  private static void say(String op, String client, long began, Object value, Throwable error) {
    System.out.println(
        String.format(
            Locale.ROOT,
            "{\"t\":%.4f,\"op\":\"%s\",\"client\":\"%s\",\"ok\":%b,\"ms\":%.1f,\"value\":%s,\"err\":%s}",
            (began - START) / 1e9,
            op,
            client,
            error == null,
            (System.nanoTime() - began) / 1e6,
            value,
            error == null ? null : quoted(error.toString())));
    System.out.flush();
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') quoted.append('\\').append(c);
      else quoted.append(c < ' ' ? ' ' : c);
    }
    return quoted.append('"').toString();
  }
}
