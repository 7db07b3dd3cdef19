package app;

import io.lettuce.core.resource.ClientResources;
import java.util.function.Supplier;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/** What a hundred clients share, and what each of them has: see ../../README.md. */
public final class Storm {
  private static ApplicationContext context;

  private Storm() {}

  public static ApplicationContext context(Supplier<ApplicationContext> run) {
    if (context == null) context = run.get();
    return context;
  }

  public static RedisConfig.Database database(ApplicationContext context) {
    return RedisConfig.Database.open(
        System.getenv(),
        context.getBean(ClientResources.class),
        context.getBean(DataRedisProperties.class));
  }

  public static StringRedisTemplate template(ApplicationContext context) {
    LettuceConnectionFactory first = context.getBean(LettuceConnectionFactory.class);
    LettuceConnectionFactory next =
        new LettuceConnectionFactory(
            first.getStandaloneConfiguration(), first.getClientConfiguration());
    next.afterPropertiesSet();
    next.start();
    return new StringRedisTemplate(next);
  }
}
