/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=lettuce */
package app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One full client for each region, the preferred one first; changing over is done by hand. */
public final class RedisRegions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisRegions.class);
  private final List<RedisConnection> regions = new ArrayList<>();
  private volatile int active;

  public RedisRegions(Map<String, String> env) {
    try {
      for (int region = 1; region <= 2; region++) {
        regions.add(RedisConnection.open(environment(env, region)));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    LOG.info("region 1 is active");
  }

  /** The region to work in; ask for each piece of work, and never repeat a write in another. */
  public RedisConnection active() {
    return regions.get(active);
  }

  /** Goes on to the next region, after the last one to the first. */
  public synchronized void failOver() {
    use((active + 1) % regions.size());
  }

  /** Goes to a region, counted from 0: back to 0 when it has caught up. */
  public synchronized void use(int region) {
    active = region;
    LOG.warn("region {} is active now", region + 1);
  }

  @Override
  public void close() {
    regions.forEach(RedisConnection::close);
  }

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
