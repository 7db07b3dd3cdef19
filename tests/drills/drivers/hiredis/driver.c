// The drills' work, done by the project or by the library's quick-start: see ../README.md.
#define _DEFAULT_SOURCE
#include "redis_connection.h"

#include <hiredis/hiredis_ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct redis *db;
static redisContext *quick;
static double start;
static volatile sig_atomic_t stopping;

static void stop(int signal) { stopping = signal; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void say(const char *op, const char *client, double began, const redisReply *reply, const char *error) {
  printf("{\"t\":%.4f,\"op\":\"%s\",\"client\":\"%s\",\"ok\":%s,\"ms\":%.1f,\"value\":", began - start, op, client,
         error ? "false" : "true", (now() - began) * 1000);
  if (reply && reply->type == REDIS_REPLY_INTEGER)
    printf("%lld", reply->integer);
  else
    printf("null");
  printf(",\"err\":%s", error ? "\"" : "null");
  for (const char *c = error; c && *c; c++)
    putchar(*c == '"' || *c == '\\' || *c < ' ' ? ' ' : *c);
  printf("%s}\n", error ? "\"" : "");
}

static const char *meaning(enum redis_result result, const redisReply *reply) {
  if (result == REDIS_DONE)
    return NULL;
  if (result == REDIS_ERROR)
    return reply->str;
  return result == REDIS_AWAY ? "not connected" : "outcome unknown";
}

static void call(const char *op, bool once, const char *format) {
  double began = now();
  redisReply *reply = NULL;
  const char *error;
  if (quick) {
    reply = redisCommand(quick, format, getenv("DRILL_KEY"));
    error = !reply ? quick->errstr : reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
  } else {
    enum redis_result result = (once ? redis_once : redis_safe)(db, &reply, format, getenv("DRILL_KEY"));
    error = meaning(result, reply);
  }
  say(op, once ? "once" : "safe", began, reply, error);
  freeReplyObject(reply);
}

// As the library's examples connect.
static const char *quick_start(void) {
  redisInitOpenSSL();
  redisSSLContext *ssl = redisCreateSSLContext(getenv("REDIS_CA_FILE"), NULL, NULL, NULL, getenv("REDIS_HOST"), NULL);
  quick = redisConnect(getenv("REDIS_HOST"), atoi(getenv("REDIS_PORT")));
  if (!ssl || !quick)
    return "no context";
  if (quick->err || redisInitiateSSLWithContext(quick, ssl) != REDIS_OK)
    return quick->errstr;
  redisReply *reply = redisCommand(quick, "AUTH %s %s", getenv("REDIS_USERNAME"), getenv("REDIS_PASSWORD"));
  if (!reply)
    return quick->errstr;
  return reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
}

int main(int count, char **words) {
  (void)words;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  start = now();
  const char *refused = NULL;
  if (count > 1)
    refused = quick_start();
  else if (!(db = redis_open()))
    refused = "refused: see the log";
  if (refused) {
    say("open", "safe", start, NULL, refused);
    return 1;
  }
  while (!stopping) {
    call("incr", true, "INCR %s");
    call("set", false, "SET %s:set x");
    call("get", false, "GET %s:set");
    usleep(50000);
  }
  return 0;
}
