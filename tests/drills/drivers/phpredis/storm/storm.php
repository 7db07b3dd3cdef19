// PHP has no threads: a hundred processes, as a web server would have them.
for ($number = 0; $number < 100; $number++) {
    if (pcntl_fork() !== 0) {
        continue;
    }
    usleep(5_000 * $number);
    try {
        $redis = ($argv[1] ?? "") === "quick-start" ? quickStart() : ours();
    } catch (Throwable $error) {
        say("open", (string) $number, $start, null, $error);
        exit(1);
    }
    while (!$stopping) {
        $write = fn() => $redis->safe(fn(Redis $r) => $r->set("$key:$number", "x"));
        call("set", (string) $number, $write);
        usleep(500_000);
    }
    exit(0);
}
while (pcntl_wait($status) > 0) {
}
