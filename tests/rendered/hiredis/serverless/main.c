// Holdfast 0.1.0 #v=1&client=hiredis&runtime=serverless

// Works once with each client, then answers GET /health until SIGTERM or SIGINT.
#define _DEFAULT_SOURCE
#include "redis_connection.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct redis *db;
static int listener;
static atomic_bool stopping;

static enum redis_result safe(redisReply **reply) {
  return redis_safe(db, reply, "SET holdfast:demo ok EX 60");
}

static enum redis_result once(redisReply **reply) {
  return redis_once(db, reply, "INCR holdfast:counter");
}

static const struct {
  const char *name;
  enum redis_result (*run)(redisReply **);
} steps[] = {
    {"safe", safe},
    {"once", once},
};

static void *work(void *unused) {
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    enum redis_result result = REDIS_AWAY;
    while (!stopping && result != REDIS_DONE) {
      redisReply *reply;
      result = steps[i].run(&reply);
      if (result == REDIS_DONE)
        printf("%s: ok\n", steps[i].name);
      else if (result == REDIS_ERROR)
        fprintf(stderr, "%s: %s\n", steps[i].name, reply->str);
      else if (result == REDIS_AWAY)
        fprintf(stderr, "%s: not connected\n", steps[i].name);
      else
        fprintf(stderr, "%s: outcome unknown\n", steps[i].name);
      freeReplyObject(reply);
      if (result == REDIS_OUTCOME_UNKNOWN && steps[i].run != safe)
        break; // somebody has to look before it is repeated
      if (result != REDIS_DONE)
        sleep(1);
    }
  }
  return unused;
}

static void *serve(void *unused) {
  while (!stopping) {
    char request[1024] = "";
    size_t length = 0;
    ssize_t more = 1;
    struct timeval patience = {.tv_sec = 5};
    int client = accept(listener, NULL, NULL);
    if (client < 0)
      continue;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (more > 0 && !strstr(request, "\r\n\r\n")) {
      more = recv(client, request + length, sizeof request - 1 - length, 0);
      length += more > 0 ? (size_t)more : 0;
    }
    if (more > 0) {
      bool found = strncmp(request, "GET /health ", 12) == 0;
      bool well = found && redis_healthy(db);
      const char *body = well ? "{\"status\":\"ok\"}" : "{\"status\":\"down\"}";
      dprintf(client,
              "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
              "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
              well    ? "200 OK"
              : found ? "503 Service Unavailable"
                      : "404 Not Found",
              strlen(body), body);
    }
    close(client);
  }
  return unused;
}

int main(void) {
  sigset_t signals;
  int signal;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL); // for every thread: sigwait below
  setvbuf(stdout, NULL, _IOLBF, 0);

  db = redis_open();
  if (!db)
    return 1; // the log has said why

  const char *port = getenv("HEALTH_PORT");
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((uint16_t)atoi(port ? port : "8080"));
  listener = socket(AF_INET, SOCK_STREAM, 0);
  pthread_t worker, server;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
      listen(listener, 16) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
      pthread_create(&worker, NULL, work, NULL) != 0 ||
      pthread_create(&server, NULL, serve, NULL) != 0) {
    perror("HEALTH_PORT");
    return 1;
  }
  printf("health: http://127.0.0.1:%d/health\n", ntohs(address.sin_port));

  sigwait(&signals, &signal);
  stopping = true;
  shutdown(listener, SHUT_RDWR);
  pthread_join(server, NULL);
  pthread_join(worker, NULL);
  redis_close(db);
  puts("closed");
  return 0;
}
