<?php

/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=phpredis&write-regions=3&region-failover=automatic */

declare(strict_types=1);

namespace App;

use ErrorException;
use Redis;
use RedisException;

/** Password, certificate or host name: a person has to act. */
final class Refused extends RedisException {}

/** Nothing happened. */
final class NotSent extends RedisException {}

/** The reply was lost: the command may or may not have been applied. */
final class OutcomeUnknown extends RedisException {}

/** Redis whose calls end in time and whose connection comes back by itself: open one in each process. */
final class RedisConnection
{
    public const DEADLINE = 2.0; // seconds that a call may take, whatever happens
    private const CONNECT_TIMEOUT = 0.58;
    private const COMMAND_TIMEOUT = 0.58;
    private const IDLE = 5.0; // after so long a PING goes first
    private const NOT_APPLIED = ["READONLY", "MASTERDOWN", "LOADING", "NOAUTH"]; // and the name may have moved

    private readonly string $host;
    private readonly int $port;
    private ?Redis $redis = null;
    private float $used = 0.0; // when Redis last answered, by the wall clock: it goes on while a process is frozen
    private float $opens = 0.0; // when the next dial may begin
    private float $away = 0.0; // since when, or when that was last said
    private int $failures = 0;
    private string $trouble = "";

    public function __construct(private readonly string $suffix = "")
    {
        $this->host = getenv("REDIS_HOST$suffix") ?: ($suffix === "" ? "redis-12345.example.com" : "");
        $port = filter_var(getenv("REDIS_PORT$suffix") ?: 12345, FILTER_VALIDATE_INT);
        $this->port = $port ?: throw new Refused("REDIS_PORT$suffix is not a number");
        if ($this->host === "") {
            throw new Refused("REDIS_HOST$suffix is not set");
        }
    }

    /** Throws `Refused` when a person has to act. When Redis is only away, the connection comes later. */
    public static function open(string $suffix = ""): self
    {
        if (getenv("RES_OPTIONS") === false) {
            putenv("RES_OPTIONS=timeout:1 attempts:1"); // else a dead name server holds a lookup for 10 s
        }
        $connection = new self($suffix);
        try {
            $connection->safe(fn(Redis $redis) => $redis->ping());
        } catch (Refused $refused) {
            throw $refused;
        } catch (RedisException) {
            // It is in the log, and no reason to die.
        }
        return $connection;
    }

    /**
     * Tries again within the deadline: for reads, and for writes that may be applied twice.
     *
     * @template T
     * @param callable(Redis): T $command one command, pipeline or transaction
     * @return T
     */
    public function safe(callable $command): mixed
    {
        return $this->call($command, 2, self::now() + self::DEADLINE);
    }

    /** Never sends a command twice: counters, pushes, money. */
    public function once(callable $command): mixed
    {
        return $this->call($command, 1, self::now() + self::DEADLINE);
    }

    public function healthy(float $seconds = self::DEADLINE): bool
    {
        try {
            return (bool) $this->call(fn(Redis $redis) => $redis->ping(), 2, self::now() + $seconds);
        } catch (RedisException) {
            return false;
        }
    }

    public function close(): void
    {
        $this->redis = null;
    }

    private function call(callable $command, int $tries, float $end): mixed
    {
        $dial = min(self::CONNECT_TIMEOUT, ($end - self::now()) / 2); // a probe is short
        $lost = null; // an earlier try without a reply
        while (true) {
            try {
                $redis = $this->ready($end, $dial);
            } catch (RedisException $error) {
                throw $lost ?? $error;
            }
            $this->redis = null; // it stays only when its state is known
            [$sent, $received] = $redis->getTransferredBytes();
            $redis->clearLastError();
            try {
                $reply = $command($redis);
                if ($redis->getTransferredBytes() === [$sent, $received]) {
                    $redis->ping(); // nothing was sent: an empty pipeline, or a dead socket that shows now
                }
                if ($redis->getTransferredBytes()[1] === $received) {
                    throw new RedisException("no reply"); // half a write comes back as a mere `false`
                }
                if ($redis->getLastError() !== null) {
                    throw new RedisException($redis->getLastError()); // as do many errors of Redis
                }
                $this->answered($redis);
                return $reply;
            } catch (RedisException | ErrorException $error) {
                $why = $error->getMessage(); // an ErrorException is what frameworks make of a stream's warning
                $word = explode(" ", $why)[0];
                $notApplied = in_array($word, self::NOT_APPLIED, true);
                $first = $redis->getTransferredBytes()[1] - $received === strlen($why) + 3; // nothing was done before
                $unknown = $lost ?? new OutcomeUnknown("outcome unknown: $why", 0, $error);
                if (str_starts_with((string) $redis->getLastError(), $why) && !$notApplied) {
                    $this->answered($first && $redis->getMode() === Redis::ATOMIC ? $redis : null); // else MULTI or replies may be left
                    throw $error;
                }
                $this->failed($error);
                if ($redis->getTransferredBytes()[0] > $sent) {
                    $lost = $notApplied && $first ? $lost : $unknown;
                    if (--$tries < 1) {
                        throw $lost ?? $error;
                    }
                }
            }
        }
    }

    private function ready(float $end, float $dial): Redis
    {
        if ($this->redis !== null && abs(microtime(true) - $this->used) > self::IDLE) {
            try {
                $this->redis->setOption(Redis::OPT_READ_TIMEOUT, self::COMMAND_TIMEOUT);
                $this->redis->ping();
            } catch (RedisException | ErrorException $error) {
                $this->failed($error);
            }
        }
        while ($this->redis === null) {
            $pause = max(0.0, $this->opens - self::now());
            if (self::now() + $pause + $dial > $end) {
                throw new NotSent(sprintf("not sent: next dial in %.1f s (%s)", $pause, $this->trouble));
            }
            usleep((int) ($pause * 1e6));
            $this->dial($end);
        }
        $left = $end - self::now();
        if ($left <= 0) {
            throw new NotSent("not sent: out of time");
        }
        $this->redis->setOption(Redis::OPT_READ_TIMEOUT, min($left, self::COMMAND_TIMEOUT));
        return $this->redis;
    }

    /** Resolves the name anew. Never by the old object: that would dial by itself, inside of a command. */
    private function dial(float $end): void
    {
        $warnings = []; // they say why TLS failed, the exception does not
        set_error_handler(function (int $level, string $text) use (&$warnings): bool {
            $warnings[] = $text;
            return true;
        });
        try {
            $password = $this->env("REDIS_PASSWORD") ?: throw new Refused("REDIS_PASSWORD is not set");
            $timeout = min(self::CONNECT_TIMEOUT, ($end - self::now()) / 2); // TCP has it, and TLS again
            $redis = new Redis();
            $tls = [
                "cafile" => $this->env("REDIS_CA_FILE", "redis_ca.pem"), // the host name is checked too
                "crypto_method" => STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT | STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT,
            ];
            $address = "tls://$this->host";
            $redis->connect($address, $this->port, $timeout, null, 0, self::COMMAND_TIMEOUT, ["stream" => $tls]);
            $redis->setOption(Redis::OPT_MAX_RETRIES, 0); // or a command dials ten times
            $redis->setOption(Redis::OPT_TCP_KEEPALIVE, true);
            try {
                $welcome = $redis->auth([$this->env("REDIS_USERNAME", "default"), $password]);
            } catch (RedisException $error) {
                // The reset hides why, from whoever wrote first. Who only listens hears who wants another certificate.
                if ($this->used === 0.0 && !ctype_upper(explode(" ", $error->getMessage())[0])) {
                    $warnings = [];
                    $options = stream_context_create(["ssl" => $tls]);
                    $peer = stream_socket_client("$address:$this->port", timeout: $timeout, context: $options);
                    if ($peer !== false) {
                        stream_set_timeout($peer, 0, 250_000);
                        fread($peer, 1);
                    }
                }
                throw $error;
            }
            if (!$welcome) {
                throw new RedisException((string) $redis->getLastError());
            }
            try {
                $redis->client("SETNAME", "app");
            } catch (RedisException $error) {
                if (!str_starts_with($error->getMessage(), "NOPERM ")) {
                    throw $error; // without the right to it, it has no name
                }
            }
            $this->redis = $redis;
            $this->used = microtime(true);
        } catch (RedisException $error) {
            $error = self::explained($error, strtr($warnings[0] ?? $error->getMessage(), "\n", " "));
            $this->failed($error);
            if ($error instanceof Refused) {
                throw $error;
            }
        } finally {
            restore_error_handler();
        }
    }

    private static function explained(RedisException $error, string $why): RedisException
    {
        $verdict = "alert .*certificate|unknown ca|unrecognized name|verify failed"; // other alerts are the network's
        if (preg_match("/: (SSL op.*($verdict)|Peer cert|Unable to set)|cafile /", $why) === 1) {
            return new Refused("certificate or host name, check REDIS_CA_FILE and REDIS_HOST ($why)");
        }
        if (preg_match("/^(WRONGPASS|NOPERM|ERR AUTH) /", $why) === 1) {
            return new Refused("user or password, check REDIS_USERNAME and REDIS_PASSWORD ($why)");
        }
        return $error instanceof Refused ? $error : new NotSent($why);
    }

    private function answered(?Redis $redis): void
    {
        $this->redis = $redis;
        $this->used = microtime(true);
        if ($this->failures > 0) {
            $this->failures = 0;
            error_log("$this->host: connected");
        }
    }

    private function failed(RedisException|ErrorException $error): void
    {
        $now = self::now();
        $this->redis = null;
        $this->trouble = $error->getMessage();
        $refused = $error instanceof Refused;
        $line = match (true) {
            $refused => "refused: $this->trouble",
            $this->failures === 0 => "lost, reconnecting: $this->trouble",
            $now - $this->away > 60.0 => "away for 60 s: flush the DNS cache of this machine",
            default => "",
        };
        if ($line !== "" && ($this->used > 0 || $this->failures > 0 || !$refused)) {
            error_log("$this->host: $line"); // at the start `open` says what was refused
            $this->away = $now;
        }
        $cap = min(2000, 200 << min($this->failures++, 9));
        $pause = $refused ? random_int(30000, 60000) : random_int(0, $cap);
        $this->opens = $now + $pause / 1000;
    }

    /** A region's own value, else the one of all regions. */
    private function env(string $name, string $default = ""): string
    {
        return getenv($name . $this->suffix) ?: (getenv($name) ?: $default);
    }

    private static function now(): float
    {
        return hrtime(true) / 1e9;
    }
}
