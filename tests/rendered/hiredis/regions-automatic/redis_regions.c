// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis&write-regions=3&region-failover=automatic

#define _DEFAULT_SOURCE
#include "redis_regions.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const suffixes[] = {"", "_2", "_3"};
enum { REGIONS = sizeof suffixes / sizeof *suffixes };

struct regions {
  struct redis *all[REGIONS];
  atomic_int active;
  atomic_bool closing;
  pthread_t watcher;
};

struct redis *regions_active(struct regions *r) { return r->all[r->active]; }

static void move(struct regions *r, int to) {
  char line[64];
  r->active = to;
  snprintf(line, sizeof line, "redis%s: region changed", suffixes[to]);
  redis_log(line);
}

void regions_next(struct regions *r) { move(r, (r->active + 1) % REGIONS); }

// The preferred region has what was written in the active one.
static bool copied(struct regions *r, const char *mark) {
  redisReply *reply = NULL;
  bool same = false;
  const char *set = "SET app:failback %s EX 3600", *get = "GET app:failback";
  if (redis_safe(regions_active(r), &reply, set, mark) == REDIS_DONE) {
    freeReplyObject(reply);
    same = redis_safe(r->all[0], &reply, get) == REDIS_DONE;
    same = same && reply->str && strcmp(reply->str, mark) == 0;
  }
  freeReplyObject(reply);
  return same;
}

// Leaves a region after three failed probes in a row. Returns when a mark that was written here has been
// read there for 30 s, and nobody has moved by hand.
static void *watch(void *opened) {
  struct regions *r = opened;
  int misses = 0, seen = 0, fled = 0;
  char mark[32];
  while (!r->closing) {
    sleep(1);
    int here = r->active;
    misses = redis_healthy(r->all[here]) ? 0 : misses + 1;
    for (int to = 0; to < REGIONS && misses >= 3; to++)
      if (to != here && redis_healthy(r->all[to])) {
        move(r, fled = to);
        misses = seen = 0;
        snprintf(mark, sizeof mark, "%lld", (long long)time(NULL));
      }
    if (misses > 0 || fled == 0 || fled != r->active)
      continue;
    seen = copied(r, mark) ? seen + 1 : 0;
    if (seen >= 30)
      move(r, fled = 0);
  }
  return NULL;
}

static bool named(const char *suffix) {
  char name[32], line[64];
  snprintf(name, sizeof name, "REDIS_HOST%s", suffix);
  if (!*suffix || getenv(name))
    return true;
  snprintf(line, sizeof line, "redis: %s is not set", name);
  redis_log(line);
  return false;
}

static void end(struct regions *r) {
  for (int i = 0; i < REGIONS; i++)
    if (r->all[i])
      redis_close(r->all[i]);
  free(r);
}

struct regions *regions_open(void) {
  struct regions *r = calloc(1, sizeof *r);
  bool open = r != NULL;
  for (int i = 0; open && i < REGIONS; i++)
    open = named(suffixes[i]) && (r->all[i] = redis_open(suffixes[i]));
  open = open && pthread_create(&r->watcher, NULL, watch, r) == 0;
  if (open || !r)
    return r;
  end(r);
  return NULL;
}

void regions_close(struct regions *r) {
  r->closing = true;
  pthread_join(r->watcher, NULL);
  end(r);
}
