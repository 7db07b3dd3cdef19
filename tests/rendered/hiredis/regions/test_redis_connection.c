// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=hiredis

// Needs no Redis.
#define _DEFAULT_SOURCE
#undef NDEBUG
#include "redis_connection.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static char said[512];

static void remember(const char *line) { snprintf(said, sizeof said, "%s", line); }

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

// A peer that accepts and never answers.
static void silence(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  char port[8];
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert(bind(listener, (struct sockaddr *)&address, length) == 0);
  assert(listen(listener, 128) == 0);
  getsockname(listener, (struct sockaddr *)&address, &length);
  snprintf(port, sizeof port, "%d", ntohs(address.sin_port));
  setenv("REDIS_HOST", "127.0.0.1", 1);
  setenv("REDIS_PORT", port, 1);
}

// A certificate that can be loaded: authority of the test.
static void certify(void) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  FILE *file = fopen("test.pem", "w");
  assert(key && certificate && file);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  PEM_write_X509(file, certificate);
  PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
  fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
  setenv("REDIS_CA_FILE", "test.pem", 1);
}

static void silent_peer_holds_no_call_beyond_the_deadline(void) {
  setenv("REDIS_PASSWORD", "secret", 1);
  long long began = now_ms();
  struct redis *db = redis_open("");
  assert(db && now_ms() - began < 2600);
  for (int i = 0; i < 3; i++) {
    redisReply *reply;
    began = now_ms();
    assert(redis_safe(db, &reply, "GET %s", "key") == REDIS_AWAY);
    assert(!reply && now_ms() - began < 2600);
  }
  redis_close(db);
}

static void missing_password_is_a_clear_error(void) {
  unsetenv("REDIS_PASSWORD");
  assert(!redis_open(""));
  assert(strstr(said, "REDIS_PASSWORD"));
}

int main(void) {
  redis_log = remember;
  silence();
  certify();
  silent_peer_holds_no_call_beyond_the_deadline();
  missing_password_is_a_clear_error();
  puts("ok");
  return 0;
}
