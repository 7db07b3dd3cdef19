
static void *work(void *number) {
  snprintf(name, sizeof name, "%d", *(int *)number);
  usleep((useconds_t)(*(int *)number) * 5000);
  const char *refused = NULL;
  if (quick_starting)
    refused = quick_start();
  else if (!(db = redis_open()))
    refused = "refused: see the log";
  if (refused) {
    say("open", name, start, NULL, refused);
    exit(1);
  }
  while (!stopping) {
    call("set", false, "SET %s:storm x");
    usleep(500000);
  }
  return NULL;
}

int main(int count, char **words) {
  (void)words;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGTERM, stop);
  signal(SIGPIPE, SIG_IGN);
  start = now();
  quick_starting = count > 1;
  pthread_t threads[100];
  int numbers[100];
  for (int i = 0; i < 100; i++) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, work, &numbers[i]))
      return 1;
  }
  for (int i = 0; i < 100; i++)
    pthread_join(threads[i], NULL);
  return 0;
}
