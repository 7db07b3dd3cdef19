// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis&write-regions=3&region-failover=automatic

#define _DEFAULT_SOURCE
#include "redis_regions.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
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

// Writes a key of this process alone, as the next one may work in another region.
static bool leave_mark(struct regions *r, char mark[33]) {
  const char *set = "SET app:marker:%s 1 EX 3600";
  redisReply *reply;
  uint64_t random[2];
  if (getentropy(random, sizeof random) != 0)
    return false;
  sprintf(mark, "%016" PRIx64 "%016" PRIx64, random[0], random[1]);
  bool left = redis_safe(regions_active(r), &reply, set, mark) == REDIS_DONE;
  freeReplyObject(reply);
  return left;
}

static bool arrived(struct regions *r, const char *mark) {
  const char *exists = "EXISTS app:marker:%s";
  redisReply *reply;
  bool there = redis_safe(r->all[0], &reply, exists, mark) == REDIS_DONE && reply->integer;
  freeReplyObject(reply);
  return there;
}

// Leaves a region after 3 failed probes in a row. Returns when what was written here has arrived there,
// and nobody has moved by hand.
static void *watch(void *opened) {
  struct regions *r = opened;
  int misses = 0, fled = 0;
  bool marked = false;
  char mark[33];
  while (!r->closing) {
    poll(NULL, 0, 400);
    int here = r->active;
    if (here != fled)
      fled = 0;
    misses = redis_answers(r->all[here]) ? 0 : misses + 1;
    for (int to = 0; to < REGIONS && misses >= 3; to++)
      if (to != here && redis_answers(r->all[to])) {
        move(r, fled = to);
        misses = 0;
      }
    if (misses > 0 || fled == 0 || fled != r->active || !redis_answers(r->all[0]))
      marked = false;
    else if (!marked)
      marked = leave_mark(r, mark);
    else if (arrived(r, mark) && fled == r->active)
      move(r, fled = 0);
  }
  return NULL;
}

static bool named(const char *suffix) {
  char name[32], line[64];
  snprintf(name, sizeof name, "REDIS_HOST%s", suffix);
  const char *host = getenv(name);
  if (!*suffix || (host && *host))
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
