// Holdfast 0.1.0 #v=1&client=hiredis&blocking=yes

#define _DEFAULT_SOURCE
#include "redis_connection.h"

#include <errno.h>
#include <hiredis/hiredis_ssl.h>
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
  POOL_WAIT = 200,
  CONNECT_TIMEOUT = 580,
  COMMAND_TIMEOUT = 580,
  RETRY_PAUSE = 50,
  RECONNECT_BASE = 100,
  RECONNECT_CAP = 2000,
  REFUSED_MIN = 30000,
  REFUSED_MAX = 60000,
  REFRESH_AFTER = 60000,
  HEALTH_CHECK = 5000,
};
enum { ATTEMPTS = 2, POOL_SIZE = 10, LINES = POOL_SIZE + 1 };

// A connection, or the place for one.
struct line {
  redisContext *c;
  bool wanted, busy;
  int64_t dialled, used;
};

struct redis {
  pthread_mutex_t lock; // guards the rest
  pthread_cond_t changed;
  pthread_t keeper;
  // The last one is for blocking commands.
  struct line lines[LINES];
  // The last answer, the last fault; nobody dials before the gate.
  int64_t answered, failed, gate;
  int failures;
  bool up, refused, closing, gone;
};

// Why a dial failed; and when a person has to act, what to look at.
struct fault {
  const char *check;
  char why[256];
};

static void to_stderr(const char *line) { fprintf(stderr, "%s\n", line); }

void (*redis_log)(const char *line) = to_stderr;

static void note(const char *what, const char *why) {
  char line[512];
  snprintf(line, sizeof line, "redis: %s%s", what, why);
  redis_log(line);
}

static const char *env(const char *name, const char *other) {
  const char *value = getenv(name);
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

static bool fail(struct fault *fault, const char *check, const char *why) {
  fault->check = check;
  snprintf(fault->why, sizeof fault->why, "%s", why);
  return false;
}

static bool says(const redisReply *reply, const char *word) {
  return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, word, strlen(word)) == 0;
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

static void drop(struct line *line) {
  redisFree(line->c);
  line->c = NULL;
  ERR_clear_error(); // what is left there would confuse the app's own TLS
}

// Closes the gate for a random while; gives up the idle connections as well, unless Redis has answered
// others in the meantime.
static void failed(struct redis *db, int64_t since, bool demoted, const char *check,
                   const char *why) {
  if (since < db->failed)
    return; // another caller has met the same fault
  int64_t now = db->failed = now_ms();
  if (demoted || db->answered < since) {
    for (struct line *line = db->lines; line < db->lines + LINES; line++)
      if (line->c && !line->busy)
        drop(line);
    db->up = false;
  }
  db->refused = check != NULL;
  if (check) {
    char what[256];
    snprintf(what, sizeof what, "refused, check %s: ", check);
    note(what, why);
  } else if (db->failures == 0) {
    note("lost, reconnecting: ", why);
  }
  if (now - db->answered > REFRESH_AFTER) {
    db->answered = now;
    const char *what =
        "all dropped after a long silence; if its name has moved, flush the DNS cache of "
        "this machine: ";
    note(what, why);
  }
  int64_t most = (int64_t)RECONNECT_BASE << (db->failures < 9 ? db->failures : 9);
  if (most > RECONNECT_CAP)
    most = RECONNECT_CAP;
  int64_t gate = now + (check ? uniform(REFUSED_MIN, REFUSED_MAX) : uniform(0, most));
  if (gate > db->gate)
    db->gate = gate;
  db->failures++;
}

// An alert is how the server says that it wants another certificate.
static const char *alerted(void) {
  unsigned long error = ERR_peek_last_error();
  bool alert = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET;
  return alert ? ERR_reason_error_string(error) : NULL;
}

// hiredis checks no host name. The files are read anew: they may have been replaced.
static bool encrypt(redisContext *c, const char *host, struct fault *fault) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (!tls)
    return fail(fault, NULL, "out of memory");
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
  const char *file = env("REDIS_CA_FILE", "redis_ca.pem");
  bool loaded = SSL_CTX_load_verify_locations(tls, file, NULL) == 1;
  const char *check = "REDIS_CA_FILE";
  SSL *ssl = loaded ? SSL_new(tls) : NULL;
  SSL_CTX_free(tls);
  if (!ssl) {
    fail(fault, check, "");
    snprintf(fault->why, sizeof fault->why, "%s can't be loaded", file);
    return false;
  }
  const char *why;
  if (SSL_set_tlsext_host_name(ssl, host) && SSL_set1_host(ssl, host) &&
      redisInitiateSSL(c, ssl) == REDIS_OK) {
    char byte; // whoever refuses our certificate says so now and hangs up: a write would hide it
    redisSetTimeout(c, span(1));
    why = SSL_peek(ssl, &byte, 1) > 0 ? NULL : alerted();
    return why ? fail(fault, "whether it wants a client certificate", why) : true;
  }
  bool late = errno == EAGAIN;
  long verdict = SSL_get_verify_result(ssl);
  SSL_free(ssl);
  why = X509_verify_cert_error_string(verdict);
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return fail(fault, "REDIS_HOST", why);
  if (verdict != X509_V_OK)
    return fail(fault, "REDIS_CA_FILE", why);
  if ((why = alerted()))
    return fail(fault, "whether it wants a client certificate", why);
  return fail(fault, NULL, late ? "no TLS handshake in time" : c->errstr);
}

// One command for all: RESP2, user and name.
static bool greet(redisContext *c, const char *user, const char *password, struct fault *fault) {
  redisAppendCommand(c, "HELLO 2 AUTH %s %s SETNAME %s", user, password, "app");
  redisReply *reply = exchange(c, now_ms() + COMMAND_TIMEOUT);
  const char *alert = reply ? NULL : alerted();
  if (alert)
    return fail(fault, "whether it wants a client certificate", alert);
  bool fine = reply && reply->type != REDIS_REPLY_ERROR;
  if (reply && (says(reply, "WRONGPASS") || says(reply, "NOAUTH")))
    fail(fault, "REDIS_USERNAME and REDIS_PASSWORD", reply->str);
  else if (!fine)
    fail(fault, NULL, reply ? reply->str : c->errstr);
  freeReplyObject(reply);
  return fine;
}

// Resolves the name anew.
static redisContext *dial(struct fault *fault) {
  const char *host = env("REDIS_HOST", "redis-12345.example.com");
  const char *port = env("REDIS_PORT", "12345");
  const char *user = env("REDIS_USERNAME", "default");
  const char *password = env("REDIS_PASSWORD", NULL);
  if (!password) {
    fail(fault, "REDIS_PASSWORD", "it is not set");
    return NULL;
  }
  struct timeval limit = span(CONNECT_TIMEOUT);
  // Closing discards what is on its way, or the kernel delivers a write long after its call has failed.
  struct linger discard = {.l_onoff = 1};
  redisOptions options = {0};
  REDIS_OPTIONS_SET_TCP(&options, host, atoi(port));
  options.connect_timeout = options.command_timeout = &limit;
  redisContext *c = redisConnectWithOptions(&options);
  if (!c)
    fail(fault, NULL, "out of memory");
  else if (c->err || setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &discard, sizeof discard) ||
           redisEnableKeepAliveWithInterval(c, 15) || redisSetTcpUserTimeout(c, 2000))
    fail(fault, NULL, c->errstr);
  else if (encrypt(c, host, fault) && greet(c, user, password, fault))
    return c;
  redisFree(c);
  ERR_clear_error();
  return NULL;
}

// A free connection within the time, or NULL.
static struct line *take(struct redis *db, int first, int64_t until) {
  int64_t began = now_ms();
  struct line *from = db->lines + first, *to = db->lines + (first ? LINES : POOL_SIZE);
  for (;;) {
    struct line *spare = NULL;
    bool busy = false, coming = false;
    for (struct line *line = from; line < to; line++) {
      if (line->c && !line->busy)
        return line;
      busy |= line->busy;
      coming |= line->wanted && !line->c;
      if (!line->wanted)
        spare = line;
    }
    if (spare && !coming) {
      spare->wanted = true;
      pthread_cond_broadcast(&db->changed);
    }
    int64_t ends = busy && !coming ? began + POOL_WAIT : until;
    if (now_ms() >= ends || (!busy && db->gate > ends))
      return NULL;
    wait_until(db, ends);
  }
}

// One try, called with the lock; others work while it waits for its reply. A connection that was lost,
// or that leads to no primary, is gone after it.
static enum redis_result attempt(struct redis *db, struct line *line, const char *command,
                                 size_t length, int64_t ends, redisReply **reply) {
  int64_t began = now_ms();
  line->busy = true;
  pthread_mutex_unlock(&db->lock);
  redisAppendFormattedCommand(line->c, command, length);
  *reply = exchange(line->c, ends);
  pthread_mutex_lock(&db->lock);
  line->used = now_ms();
  bool demoted = *reply && (says(*reply, "READONLY") || says(*reply, "LOADING") ||
                            says(*reply, "MASTERDOWN") || says(*reply, "NOAUTH"));
  if (!*reply || demoted) {
    failed(db, demoted ? line->dialled : began, demoted, NULL,
           demoted ? (*reply)->str : line->c->errstr);
    drop(line);
  } else {
    db->answered = line->used;
    if (line->used - line->dialled > COMMAND_TIMEOUT) { // it lasts
      if (!db->up)
        note("connected", "");
      db->up = true;
      db->failures = 0;
    }
  }
  line->busy = false;
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
  for (;;) {
    struct line *line = take(db, 0, ends - COMMAND_TIMEOUT);
    if (!line)
      break;
    freeReplyObject(*reply);
    result = attempt(db, line, command, (size_t)length, now_ms() + COMMAND_TIMEOUT, reply);
    if (line->c || --tries == 0)
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
    int64_t now = now_ms(), next = now + HEALTH_CHECK;
    struct line *line = db->lines;
    for (; line < db->lines + LINES; line++) {
      int64_t due = db->gate;
      if (line->c)
        due = line->used + (db->up ? HEALTH_CHECK : COMMAND_TIMEOUT) + 1;
      if (line->c && line == db->lines + POOL_SIZE)
        continue; // a subscriber would take the answer for a message
      if (line->busy || !line->wanted)
        continue;
      if (due <= now)
        break;
      if (due < next)
        next = due;
    }
    if (line == db->lines + LINES) {
      wait_until(db, next);
    } else if (line->c) {
      const char *ping = "*1\r\n$4\r\nPING\r\n";
      redisReply *reply;
      attempt(db, line, ping, strlen(ping), now + COMMAND_TIMEOUT, &reply);
      freeReplyObject(reply);
    } else {
      struct fault fault;
      pthread_mutex_unlock(&db->lock);
      redisContext *c = dial(&fault);
      pthread_mutex_lock(&db->lock);
      line->c = c;
      line->dialled = line->used = now_ms();
      if (!c)
        failed(db, now, false, fault.check, fault.why);
      pthread_cond_broadcast(&db->changed);
    }
  }
  db->gone = true;
  pthread_cond_broadcast(&db->changed);
  pthread_mutex_unlock(&db->lock);
  return NULL;
}

struct redis *redis_open(void) {
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
  db->lines[0].wanted = true;
  db->answered = now_ms();
  if (pthread_create(&db->keeper, NULL, keep, db) != 0) {
    free(db);
    return NULL;
  }
  int64_t ends = now_ms() + DEADLINE;
  pthread_mutex_lock(&db->lock);
  while (!db->lines[0].c && !db->failed && now_ms() < ends)
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
  for (struct line *line = db->lines; line < db->lines + LINES; line++)
    drop(line);
  pthread_cond_destroy(&db->changed);
  pthread_mutex_destroy(&db->lock);
  free(db);
}

enum redis_result redis_safe(struct redis *db, redisReply **reply, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  enum redis_result result = call(db, ATTEMPTS, reply, format, arguments);
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

enum redis_result redis_blocking(struct redis *db, redisReply **reply, const char *format, ...) {
  enum redis_result result = REDIS_AWAY;
  char *command = NULL;
  va_list arguments;
  va_start(arguments, format);
  int length = format ? redisvFormatCommand(&command, format, arguments) : 0;
  va_end(arguments);
  *reply = NULL;
  if (length < 0)
    return REDIS_AWAY;
  pthread_mutex_lock(&db->lock);
  struct line *line = take(db, POOL_SIZE, now_ms() + DEADLINE - COMMAND_TIMEOUT);
  int64_t ends = now_ms() + REDIS_LONGEST_BLOCK * 1000 + COMMAND_TIMEOUT;
  // A new connection has not subscribed to anything.
  if (line && (format || line->used > line->dialled))
    result = attempt(db, line, format ? command : "", (size_t)length, ends, reply);
  pthread_mutex_unlock(&db->lock);
  redisFreeCommand(command);
  return result;
}

bool redis_healthy(struct redis *db) {
  redisReply *reply;
  bool healthy = redis_safe(db, &reply, "PING") == REDIS_DONE;
  freeReplyObject(reply);
  return healthy;
}
