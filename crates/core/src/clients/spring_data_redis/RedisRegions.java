/* fill((stamp)) */
package app;

/*% if automatic -%*/
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/*% endif -%*/
import io.lettuce.core.resource.ClientResources;
/*% if automatic -%*/
import java.time.Duration;
/*% endif -%*/
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
/*% if automatic -%*/
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
/*% endif -%*/
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConnection;

/*% if automatic -%*/
/** One full client for each region, the preferred one first, and back when it has caught up. */
/*% else -%*/
/** One full client for each region, the preferred one first; changing over is done by hand. */
/*% endif -%*/
public final class RedisRegions implements RedisConnectionFactory, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisRegions.class);
  private final List<RedisConfig.Database> regions = new ArrayList<>();
  /*% if automatic -%*/
  private final ScheduledExecutorService probes = Executors.newSingleThreadScheduledExecutor();
  private String marker;
  private int failed;
  private boolean fled; // by itself, not by hand: only then it comes back by itself
  /*% endif -%*/
  private volatile int active;

  RedisRegions(Map<String, String> env, ClientResources resources, DataRedisProperties properties) {
    try {
      for (int region = 1; region <= fill((regions)); region++) {
        regions.add(RedisConfig.Database.open(environment(env, region), resources, properties));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    /*% if automatic -%*/
    long pause = fill((probe_interval_ms));
    probes.scheduleWithFixedDelay(this::probe, pause, pause, MILLISECONDS);
    /*% endif -%*/
    LOG.info("region 1 is active");
  }

  /** The region to work in; ask for each piece of work, and never repeat a write in another. */
  public RedisConfig.Database active() {
    return regions.get(active);
  }

  /** Goes on to the next region, after the last one to the first. */
  public synchronized void failOver() {
    use((active + 1) % regions.size());
  }

  /** Goes to a region, counted from 0: back to 0 when it has caught up. */
  public synchronized void use(int region) {
    active = region;
    /*% if automatic -%*/
    marker = null;
    failed = 0;
    fled = false;
    /*% endif -%*/
    LOG.warn("region {} is active now", region + 1);
  }

  @Override
  public void close() {
    /*% if automatic -%*/
    probes.shutdownNow();
    /*% endif -%*/
    regions.forEach(RedisConfig.Database::close);
  }

  @Override
  public RedisConnection getConnection() {
    return active().factory().getConnection();
  }

  @Override
  public RedisClusterConnection getClusterConnection() {
    return active().factory().getClusterConnection();
  }

  @Override
  public RedisSentinelConnection getSentinelConnection() {
    return active().factory().getSentinelConnection();
  }

  @Override
  public boolean getConvertPipelineAndTxResults() {
    return true;
  }

  @Override
  public DataAccessException translateExceptionIfPossible(RuntimeException e) {
    return active().factory().translateExceptionIfPossible(e);
  }

  /*% if automatic -%*/
  private void probe() {
    int current = active;
    boolean healthy = regions.get(current).probe();
    synchronized (this) {
      if (current != active) return; // changed by hand meanwhile
      failed = healthy ? 0 : failed + 1;
    }
    try {
      if (failed >= fill((probes))) leave(current);
      else if (healthy && fled && current > 0) comeBack(current);
    } catch (DataAccessException e) {
      LOG.debug("the next probe decides", e);
    }
  }

  private void leave(int current) {
    for (int region = 0; region < regions.size(); region++) {
      if (region != current && regions.get(region).probe()) {
        synchronized (this) {
          if (current != active) return; // changed by hand meanwhile
          use(region);
          fled = true;
        }
        return;
      }
    }
  }

  /** Only when the preferred region has read what was written here: then it has caught up. */
  private void comeBack(int current) {
    if (!regions.get(0).probe()) {
      marker = null;
      return;
    }
    if (marker == null) marker = "fill((slug)):marker:" + UUID.randomUUID(); // no other process's
    String key = marker;
    regions.get(current).safe().opsForValue().set(key, "", Duration.ofHours(1));
    if (regions.get(0).safe().opsForValue().get(key) != null) {
      synchronized (this) {
        if (fled) use(0); // else changed by hand meanwhile
      }
    }
  }

  /*% endif -%*/
  /** The variables of one region under their plain names; what it does not name, all share. */
  private static Map<String, String> environment(Map<String, String> env, int region) {
    if (region == 1) return env;
    if (!env.containsKey("REDIS_HOST_" + region)) {
      throw new IllegalArgumentException("REDIS_HOST_" + region + " is not set");
    }
    Map<String, String> own = new HashMap<>(env);
    own.remove("REDIS_PORT"); // each region has its own
    for (String name : env.keySet()) {
      if (name.startsWith("REDIS_") && name.endsWith("_" + region)) {
        own.put(name.substring(0, name.lastIndexOf('_')), env.get(name));
      }
    }
    return own;
  }
}
