package drill;

import app.RedisConnection;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import java.io.File;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** The drills' work, done by the project or by the library's quick-start: see ../README.md. */
public final class Driver {
  private static final long START = System.nanoTime();
  private static final Map<String, String> ENV = System.getenv();
  private static final String KEY = ENV.get("DRILL_KEY");

  private Driver() {}

  public static void main(String[] args) throws Exception {
    try {
      if (args.length > 0) quickStart();
      else ours();
    } catch (RuntimeException e) {
      say("open", "safe", START, null, e);
      Runtime.getRuntime().halt(1);
    }
  }

  private static void ours() throws Exception {
    RedisConnection redis = RedisConnection.open(ENV);
    rounds(
        () -> redis.once(lettuce -> lettuce.incr(KEY)),
        () -> redis.safe(lettuce -> lettuce.set(KEY + ":set", "x")),
        () -> redis.safe(lettuce -> lettuce.get(KEY + ":set")));
  }

  private static void quickStart() throws Exception {
    RedisClient client =
        RedisClient.create(
            RedisURI.Builder.redis(ENV.get("REDIS_HOST"), Integer.parseInt(ENV.get("REDIS_PORT")))
                .withAuthentication(ENV.get("REDIS_USERNAME"), ENV.get("REDIS_PASSWORD"))
                .withSsl(true)
                .build());
    client.setOptions(
        ClientOptions.builder()
            .sslOptions(
                SslOptions.builder().trustManager(new File(ENV.get("REDIS_CA_FILE"))).build())
            .build());
    var redis = client.connect().sync();
    rounds(
        () -> redis.incr(KEY), () -> redis.set(KEY + ":set", "x"), () -> redis.get(KEY + ":set"));
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

  private static void say(String op, String client, long began, Object value, Exception error) {
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
