// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes
#ifndef REDIS_REGIONS_H
#define REDIS_REGIONS_H

#include "redis_connection.h"

// A database in each region, the preferred one first.
struct regions;

// NULL when a region refuses us. One that is only away is connected to later.
struct regions *regions_open(void);

// The region to work in now: ask for each piece of work.
struct redis *regions_active(struct regions *);

// Moves to the next region. What was sent to the old one is not sent again.
void regions_next(struct regions *);

void regions_close(struct regions *);

#endif
