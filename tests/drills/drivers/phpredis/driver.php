<?php

// The drills' work, done by the project or by the extension's quick-start: see ../README.md.

declare(strict_types=1);

ini_set("display_errors", "stderr");
$start = hrtime(true);
$key = (string) getenv("DRILL_KEY");
$stopping = false;
pcntl_async_signals(true);
pcntl_signal(SIGTERM, function () use (&$stopping): void {
    $stopping = true;
});

function say(string $op, string $client, int $began, mixed $value, ?Throwable $error): void
{
    global $start;
    $line = [
        "t" => ($began - $start) / 1e9,
        "op" => $op,
        "client" => $client,
        "ok" => $error === null,
    ];
    $line += ["ms" => (hrtime(true) - $began) / 1e6, "value" => is_int($value) ? $value : null];
    $line += ["err" => $error === null ? null : $error::class . ": " . $error->getMessage()];
    echo json_encode($line, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}

function call(string $op, string $client, callable $work): void
{
    $began = hrtime(true);
    try {
        $value = $work();
    } catch (RedisException $error) {
        say($op, $client, $began, null, $error);
        return;
    }
    // The extension gives false, and no exception, where Redis answers with an error.
    $failed = $value === false && $op !== "get";
    say($op, $client, $began, $value, $failed ? new RedisException("false") : null);
}

function quickStart(): object
{
    $redis = new Redis();
    $context = ["stream" => ["cafile" => getenv("REDIS_CA_FILE")]];
    $redis->connect(
        "tls://" . getenv("REDIS_HOST"),
        (int) getenv("REDIS_PORT"),
        0,
        null,
        0,
        0,
        $context,
    );
    $redis->auth([getenv("REDIS_USERNAME"), getenv("REDIS_PASSWORD")]);
    return new class ($redis) {
        public function __construct(private Redis $redis) {}

        public function safe(callable $command): mixed
        {
            return $command($this->redis);
        }

        public function once(callable $command): mixed
        {
            return $command($this->redis);
        }
    };
}

function ours(): object
{
    require getcwd() . "/src/RedisConnection.php";
    return App\RedisConnection::open();
}

try {
    $redis = ($argv[1] ?? "") === "quick-start" ? quickStart() : ours();
} catch (Throwable $error) {
    say("open", "safe", $start, null, $error);
    exit(1);
}
while (!$stopping) {
    call("incr", "once", fn() => $redis->once(fn(Redis $r) => $r->incr($key)));
    call("set", "safe", fn() => $redis->safe(fn(Redis $r) => $r->set("$key:set", "x")));
    call("get", "safe", fn() => $redis->safe(fn(Redis $r) => $r->get("$key:set")));
    usleep(50_000);
}
