// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis&write-regions=3&region-failover=automatic
#ifndef REDIS_CONNECTION_H
#define REDIS_CONNECTION_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

enum redis_result {
  REDIS_DONE,            // *reply is the answer
  REDIS_ERROR,           // *reply is the error that Redis answered
  REDIS_AWAY,            // not sent: there was no connection in time
  REDIS_OUTCOME_UNKNOWN, // the reply was lost: it may have been applied
};

// One database and one connection, for every thread in turn; not for the child of a fork.
struct redis;

// NULL when Redis refuses us: the log says what to look at. When it is only away, the connection comes later.
// The suffix is that of the region's variables: "" or "_2".
struct redis *redis_open(const char *suffix);

// Format and arguments are those of redisCommand. The reply, which may be NULL, is the caller's to free.

// Tries again within the deadline: for what may be applied twice.
enum redis_result redis_safe(struct redis *, redisReply **, const char *, ...);
// Never sends twice.
enum redis_result redis_once(struct redis *, redisReply **, const char *, ...);

// Redis answers.
bool redis_healthy(struct redis *);
// It has answered anybody within the time of a probe.
bool redis_answers(struct redis *);

// No call may be on its way.
void redis_close(struct redis *);

// Gets a line for each change of state. Yours, or the one to standard error; it must not call Redis.
extern void (*redis_log)(const char *line);

#endif
