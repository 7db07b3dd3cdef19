// fill((stamp))
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
/*% if active_active -%*/
// The suffix is that of the region's variables: "" or "_2".
struct redis *redis_open(const char *suffix);
/*%- else -%*/
struct redis *redis_open(void);
/*%- endif %*/

// Format and arguments are those of redisCommand. The reply, which may be NULL, is the caller's to free.

// Tries again within the deadline: for what may be applied twice.
enum redis_result redis_safe(struct redis *, redisReply **, const char *, ...);
/*%- if once %*/
// Never sends twice.
enum redis_result redis_once(struct redis *, redisReply **, const char *, ...);
/*%- endif %*/
/*%- if durable %*/
// Never sends twice; done is what the disk of /*% if replica %*/a replica/*% else %*/the server/*% endif %*/ has.
enum redis_result redis_durable(struct redis *, redisReply **, const char *, ...);
/*%- endif %*/
/*%- if blocking %*/
// BLPOP, XREAD, SUBSCRIBE: one thread at a time, no block longer than this many seconds. Without a
// format it waits for a message.
#define REDIS_LONGEST_BLOCK 30
enum redis_result redis_blocking(struct redis *, redisReply **, const char *, ...);
/*%- endif %*/

// Redis answers.
bool redis_healthy(struct redis *);
/*%- if automatic %*/
// It has answered anybody within the time of a probe.
bool redis_answers(struct redis *);
/*%- endif %*/

// No call may be on its way.
void redis_close(struct redis *);

// Gets a line for each change of state. Yours, or the one to standard error; it must not call Redis.
extern void (*redis_log)(const char *line);

#endif
