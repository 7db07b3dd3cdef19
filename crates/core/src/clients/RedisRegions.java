/* fill((stamp)) */
package app;

/*% if automatic -%*/
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/*% endif -%*/
/*% if automatic && lettuce -%*/
import io.lettuce.core.RedisException;
import io.lettuce.core.SetArgs;
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
/*% if automatic && lettuce %*/
/**
 * One full client for each region, the preferred one first. Not MultiDbClient: it hands commands
 * over to the next region, once-writes too, and goes back by the clock, not by what has arrived.
 */
/*% else if automatic -%*/
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * One full client for each region, the preferred one first. Not MultiDbClient: it wants
 * resilience4j 1.7.1 and 1000 failures, and of two regions its start policy MAJORITY means both.
 */
/*% else %*/
/** One full client for each region, the preferred one first; changing over is done by hand. */
/*% endif -%*/
public final class RedisRegions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisRegions.class);
  private final List<fill((redis))> regions = new ArrayList<>();
  /*% if automatic -%*/
  private final ScheduledExecutorService probes = Executors.newSingleThreadScheduledExecutor();
  private String marker;
  private int failed;
  private boolean fled; // by itself, not by hand: only then it comes back by itself
  /*% endif -%*/
  private volatile int active;

  public RedisRegions(Map<String, String> env) {
    try {
      for (int region = 1; region <= fill((regions)); region++) {
        regions.add(fill((redis)).open(environment(env, region)));
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
  public fill((redis)) active() {
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
    regions.forEach(fill((redis))::close);
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
    } catch (fill((failure)) e) {
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
    regions.get(current).safe(/*% if cluster %*/key, /*% endif %*/fill((db)) -> fill((db)).set(key, "", fill((expiring))));
    if (regions.get(0).safe(/*% if cluster %*/key, /*% endif %*/fill((db)) -> fill((db)).get(key)) != null) {
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
