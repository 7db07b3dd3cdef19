// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis&write-regions=3&region-failover=automatic

#define _DEFAULT_SOURCE
#include "redis_connection.h"

#include <errno.h>
#include <hiredis/hiredis_ssl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// In ms: a call with all its tries, and what belongs to it.
enum {
  DEADLINE = 2000,
  CONNECT_TIMEOUT = 580,
  COMMAND_TIMEOUT = 580,
  RETRY_PAUSE = 50,
  RECONNECT_BASE = 200,
  RECONNECT_CAP = 2000,
  REFUSED_MIN = 30000,
  REFUSED_MAX = 60000,
  REFRESH_AFTER = 60000,
  HEALTH_CHECK = 5000,
  PROBE_TIMEOUT = 500,
};

struct redis {
  pthread_mutex_t lock; // guards the rest
  pthread_cond_t changed;
  pthread_t keeper;
  redisContext *c; // NULL while there is none
  int64_t dialled, used, answered, gate;
  int failures;
  bool busy, up, refused, closing, gone;
  // What the last dial died of; and when a person has to act, what to look at.
  char why[256];
  const char *check;
  const char *suffix;
};

static void to_stderr(const char *line) { fprintf(stderr, "%s\n", line); }

void (*redis_log)(const char *line) = to_stderr;

static void note(struct redis *db, const char *what, const char *check, const char *why) {
  char line[512];
  snprintf(line, sizeof line, "redis%s: %s%s%s%s", db->suffix, what, check, *why ? ": " : "", why);
  redis_log(line);
}

// The region's own variable comes first.
static const char *env(struct redis *db, const char *name, const char *other) {
  char own[64];
  snprintf(own, sizeof own, "%s%s", name, db->suffix);
  const char *value = getenv(own);
  if (!value || !*value)
    value = getenv(name);
  return value && *value ? value : other;
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t uniform(int64_t least, int64_t most) {
  uint32_t random;
  if (getentropy(&random, sizeof random) != 0)
    random = (uint32_t)now_ms();
  return least + random % (most - least + 1);
}

static struct timeval span(int64_t ms) {
  return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

// Until something has changed, or this time has come.
static void wait_until(struct redis *db, int64_t ms) {
  struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  pthread_cond_timedwait(&db->changed, &db->lock, &t);
}

// Sends what was appended and waits for one reply. redisGetReply would give the whole timeout to each read.
static redisReply *exchange(redisContext *c, int64_t ends) {
  void *reply = NULL;
  int sent = 0, error = REDIS_OK;
  int64_t left;
  while (!error && !reply && (left = ends - now_ms()) > 0) {
    redisSetTimeout(c, span(left));
    errno = 0; // hiredis takes an old EINTR for a reason to read again
    if (!sent)
      error = redisBufferWrite(c, &sent);
    else if (!(error = redisGetReplyFromReader(c, &reply)) && !reply)
      error = redisBufferRead(c);
  }
  if (!reply && now_ms() >= ends)
    snprintf(c->errstr, sizeof c->errstr, "no reply in time");
  return reply;
}

static bool says(const redisReply *reply, const char *word) {
  return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, word, strlen(word)) == 0;
}

static bool fail(struct redis *db, const char *check, const char *why) {
  db->check = check;
  snprintf(db->why, sizeof db->why, "%s", why);
  return false;
}

// The server says by an alert that it wants another certificate or name. Other alerts are troubles of its own.
static bool broken(struct redis *db, const char *why) {
  unsigned long error = ERR_peek_last_error();
  const char *reason = ERR_reason_error_string(error);
  const char *check = NULL;
  int alert = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET : 0;
  if (alert == SSL_AD_UNRECOGNIZED_NAME)
    check = "REDIS_HOST";
  else if ((alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_CERTIFICATE_UNKNOWN) ||
           alert == SSL_AD_UNKNOWN_CA || alert == SSL_AD_CERTIFICATE_REQUIRED)
    check = "whether it wants a client certificate";
  return fail(db, check, reason ? reason : why);
}

// hiredis checks no host name. The files are read anew: they may have been replaced.
static bool encrypt(struct redis *db, redisContext *c, const char *host) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (!tls)
    return fail(db, NULL, "out of memory");
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE); // else a large write has no clock
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
  const char *check = "REDIS_CA_FILE";
  bool loaded = SSL_CTX_load_verify_locations(tls, env(db, check, "redis_ca.pem"), NULL) == 1;
  SSL *ssl = SSL_new(tls);
  SSL_CTX_free(tls);
  char byte;
  if (!loaded) {
    fail(db, check, "can't be loaded");
  } else if (!ssl || !SSL_set_tlsext_host_name(ssl, host) || !SSL_set1_host(ssl, host)) {
    fail(db, NULL, "out of memory");
  } else if (redisInitiateSSL(c, ssl) == REDIS_OK) {
    // Whoever refuses our certificate says so now and hangs up: a write would hide it.
    redisSetTimeout(c, span(1));
    ERR_clear_error();
    return SSL_peek(ssl, &byte, 1) > 0 || !ERR_peek_error() || broken(db, "");
  } else {
    long verdict = SSL_get_verify_result(ssl);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
      fail(db, "REDIS_HOST", X509_verify_cert_error_string(verdict));
    else if (verdict != X509_V_OK)
      fail(db, "REDIS_CA_FILE", X509_verify_cert_error_string(verdict));
    else
      broken(db, errno == EAGAIN ? "no TLS handshake in time" : c->errstr);
  }
  SSL_free(ssl);
  return false;
}

// RESP2, user and name in one command.
static bool greet(struct redis *db, redisContext *c, const char *password) {
  const char *user = env(db, "REDIS_USERNAME", "default");
  redisAppendCommand(c, "HELLO 2 AUTH %s %s SETNAME %s", user, password, "app");
  redisReply *reply = exchange(c, now_ms() + COMMAND_TIMEOUT);
  if (!reply)
    return broken(db, c->errstr);
  bool refused = says(reply, "WRONGPASS") || says(reply, "NOAUTH");
  bool fine = reply->type != REDIS_REPLY_ERROR;
  if (!fine)
    fail(db, refused ? "REDIS_USERNAME and REDIS_PASSWORD" : NULL, reply->str);
  freeReplyObject(reply);
  return fine;
}

// Resolves the name anew. hiredis would try its first address alone, which may be dead: after a failure
// it is the turn of the next.
static bool resolve(struct redis *db, const char *host, const char *port, char *address) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *all, *one;
  int error = getaddrinfo(host, port, &hints, &all), count = 0;
  hints.ai_family = AF_INET6; // second, as hiredis does it
  if (error && getaddrinfo(host, port, &hints, &all))
    return fail(db, NULL, gai_strerror(error));
  for (one = all; one; one = one->ai_next)
    count++;
  one = all;
  for (int turn = db->failures % count; turn > 0; turn--)
    one = one->ai_next;
  error = getnameinfo(one->ai_addr, one->ai_addrlen, address, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
  freeaddrinfo(all);
  return !error || fail(db, NULL, gai_strerror(error));
}

// Can take a while.
static redisContext *dial(struct redis *db) {
  const char *host = env(db, "REDIS_HOST", "redis-12345.example.com");
  const char *port = env(db, "REDIS_PORT", "12345");
  const char *password = env(db, "REDIS_PASSWORD", NULL);
  if (!password) {
    fail(db, "REDIS_PASSWORD", "it is not set");
    return NULL;
  }
  char address[NI_MAXHOST];
  if (!resolve(db, host, port, address))
    return NULL;
  struct timeval limit = span(CONNECT_TIMEOUT);
  // Closing discards what is on its way, or the kernel delivers a write long after its call has failed.
  struct linger discard = {.l_onoff = 1};
  redisOptions options = {0};
  REDIS_OPTIONS_SET_TCP(&options, address, atoi(port));
  options.connect_timeout = options.command_timeout = &limit;
  redisContext *c = redisConnectWithOptions(&options);
  if (!c)
    fail(db, NULL, "out of memory");
  else if (c->err || setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &discard, sizeof discard) ||
           redisEnableKeepAliveWithInterval(c, 15) || redisSetTcpUserTimeout(c, 2000))
    fail(db, NULL, c->errstr);
  else if (encrypt(db, c, host) && greet(db, c, password))
    return c;
  redisFree(c);
  return NULL;
}

// Closes the gate for a random while: nobody dials before.
static void failed(struct redis *db, const char *check, const char *why) {
  int64_t now = now_ms(), pause = (int64_t)RECONNECT_BASE << (db->failures < 9 ? db->failures : 9);
  if (check)
    note(db, "refused, check ", check, why);
  else if (db->failures == 0)
    note(db, "lost, reconnecting", "", why);
  if (now - db->answered > REFRESH_AFTER) {
    db->answered = now;
    const char *caches = "the DNS cache of this machine";
    note(db, "away for long; if its name has moved, flush ", caches, why);
  }
  if (pause > RECONNECT_CAP)
    pause = RECONNECT_CAP;
  db->gate = now + (check ? uniform(REFUSED_MIN, REFUSED_MAX) : uniform(0, pause));
  db->failures++;
  db->refused = check != NULL;
  db->up = false;
}

static void drop(struct redis *db) {
  redisFree(db->c);
  db->c = NULL;
  ERR_clear_error(); // what is left there would confuse the app's own TLS
  pthread_cond_broadcast(&db->changed);
}

// The connection is there, and free, while a try still has its full time.
static bool take(struct redis *db, int64_t until) {
  for (;;) {
    if (now_ms() >= until || (!db->c && db->gate > until))
      return false;
    if (db->c && !db->busy)
      return true;
    wait_until(db, until);
  }
}

// One try, with the lock; others may wait for it in the meantime. A connection that was lost, or that
// leads to no primary, is gone after it.
static enum redis_result attempt(struct redis *db, const char *command, int length, int64_t ends,
                                 redisReply **reply) {
  db->busy = true;
  pthread_mutex_unlock(&db->lock);
  redisAppendFormattedCommand(db->c, command, (size_t)length);
  *reply = exchange(db->c, ends);
  pthread_mutex_lock(&db->lock);
  db->busy = false;
  db->used = now_ms();
  if (!*reply || says(*reply, "READONLY") || says(*reply, "LOADING") ||
      says(*reply, "MASTERDOWN") || says(*reply, "NOAUTH")) {
    failed(db, NULL, *reply ? (*reply)->str : db->c->errstr);
    drop(db);
  } else {
    db->answered = db->used;
    // It lasts: a demoted primary answers reads.
    if (db->failures == 0 || db->used - db->dialled > COMMAND_TIMEOUT) {
      if (!db->up)
        note(db, "connected", "", "");
      db->up = true;
      db->failures = 0;
    }
  }
  pthread_cond_broadcast(&db->changed);
  if (!*reply)
    return REDIS_OUTCOME_UNKNOWN;
  return (*reply)->type == REDIS_REPLY_ERROR ? REDIS_ERROR : REDIS_DONE;
}

static enum redis_result call(struct redis *db, int tries, redisReply **reply, const char *format,
                              va_list arguments) {
  int64_t ends = now_ms() + DEADLINE;
  enum redis_result result = REDIS_AWAY;
  char *command;
  *reply = NULL;
  int length = redisvFormatCommand(&command, format, arguments);
  if (length < 0)
    return REDIS_AWAY;
  pthread_mutex_lock(&db->lock);
  while (take(db, ends - COMMAND_TIMEOUT)) {
    freeReplyObject(*reply);
    bool lost = result == REDIS_OUTCOME_UNKNOWN;
    result = attempt(db, command, length, now_ms() + COMMAND_TIMEOUT, reply);
    if (lost && !db->c) // a second try that was refused tells nothing of the first
      result = REDIS_OUTCOME_UNKNOWN;
    if (db->c || --tries == 0)
      break;
    int64_t pause = now_ms() + uniform(0, RETRY_PAUSE);
    while (now_ms() < pause)
      wait_until(db, pause);
  }
  pthread_mutex_unlock(&db->lock);
  redisFreeCommand(command);
  return result;
}

// Dials and pings in the background: no call waits for a dead name server.
static void *keep(void *opened) {
  struct redis *db = opened;
  sigset_t all; // signals are for the app's threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  pthread_mutex_lock(&db->lock);
  while (!db->closing) {
    int64_t due = db->gate;
    if (db->c)
      due = db->used + (db->up ? HEALTH_CHECK : COMMAND_TIMEOUT) + 1;
    if (db->busy) {
      pthread_cond_wait(&db->changed, &db->lock);
    } else if (due > now_ms()) {
      wait_until(db, due);
    } else if (db->c) {
      const char *ping = "*1\r\n$4\r\nPING\r\n";
      redisReply *reply;
      attempt(db, ping, (int)strlen(ping), now_ms() + COMMAND_TIMEOUT, &reply);
      freeReplyObject(reply);
    } else {
      pthread_mutex_unlock(&db->lock);
      redisContext *c = dial(db);
      pthread_mutex_lock(&db->lock);
      db->dialled = db->used = now_ms();
      db->c = c;
      if (!c)
        failed(db, db->check, db->why);
      ERR_clear_error();
      pthread_cond_broadcast(&db->changed);
    }
  }
  db->gone = true;
  pthread_cond_broadcast(&db->changed);
  pthread_mutex_unlock(&db->lock);
  return NULL;
}

struct redis *redis_open(const char *suffix) {
  struct redis *db = calloc(1, sizeof *db);
  pthread_condattr_t monotonic;
  if (!db)
    return NULL;
  // A write to a connection that the peer has closed would end the process.
  signal(SIGPIPE, SIG_IGN);
  pthread_mutex_init(&db->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&db->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  db->suffix = suffix;
  int64_t ends = (db->answered = now_ms()) + DEADLINE;
  if (pthread_create(&db->keeper, NULL, keep, db) != 0) {
    free(db);
    return NULL;
  }
  pthread_mutex_lock(&db->lock);
  while (!db->c && db->failures == 0 && now_ms() < ends)
    wait_until(db, ends);
  bool refused = db->refused;
  pthread_mutex_unlock(&db->lock);
  if (!refused)
    return db;
  redis_close(db);
  return NULL;
}

void redis_close(struct redis *db) {
  int64_t ends = now_ms() + DEADLINE;
  pthread_mutex_lock(&db->lock);
  db->closing = true;
  pthread_cond_broadcast(&db->changed);
  while (!db->gone && now_ms() < ends)
    wait_until(db, ends);
  bool gone = db->gone;
  pthread_mutex_unlock(&db->lock);
  if (!gone) { // a name lookup can't be ended: it keeps what it needs
    pthread_detach(db->keeper);
    return;
  }
  pthread_join(db->keeper, NULL);
  drop(db);
  pthread_cond_destroy(&db->changed);
  pthread_mutex_destroy(&db->lock);
  free(db);
}

enum redis_result redis_safe(struct redis *db, redisReply **reply, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  enum redis_result result = call(db, 2, reply, format, arguments);
  va_end(arguments);
  return result;
}

enum redis_result redis_once(struct redis *db, redisReply **reply, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  enum redis_result result = call(db, 1, reply, format, arguments);
  va_end(arguments);
  return result;
}

// While nobody else is answered it asks: no busy connection is a reason to change the region.
bool redis_answers(struct redis *db) {
  const char *ping = "*1\r\n$4\r\nPING\r\n";
  int64_t began = now_ms(), ends = began + PROBE_TIMEOUT;
  redisReply *reply;
  pthread_mutex_lock(&db->lock);
  // Half of the time for the reply: a connection is not lost because its turn came late.
  while (db->answered < began && take(db, ends - PROBE_TIMEOUT / 2)) {
    attempt(db, ping, (int)strlen(ping), ends, &reply);
    freeReplyObject(reply);
  }
  bool answers = db->c && db->answered >= began; // failed() sets it, too
  pthread_mutex_unlock(&db->lock);
  return answers;
}

bool redis_healthy(struct redis *db) {
  redisReply *reply;
  bool healthy = redis_safe(db, &reply, "PING") == REDIS_DONE;
  freeReplyObject(reply);
  return healthy;
}
