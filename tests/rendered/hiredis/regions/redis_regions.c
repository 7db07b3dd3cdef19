// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis

#define _DEFAULT_SOURCE
#include "redis_regions.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const suffixes[] = {"", "_2"};
enum { REGIONS = sizeof suffixes / sizeof *suffixes };

struct regions {
  struct redis *all[REGIONS];
  atomic_int active;
};

struct redis *regions_active(struct regions *r) { return r->all[r->active]; }

static void move(struct regions *r, int to) {
  char line[64];
  r->active = to;
  snprintf(line, sizeof line, "redis%s: region changed", suffixes[to]);
  redis_log(line);
}

void regions_next(struct regions *r) { move(r, (r->active + 1) % REGIONS); }

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
  if (open || !r)
    return r;
  end(r);
  return NULL;
}

void regions_close(struct regions *r) { end(r); }
