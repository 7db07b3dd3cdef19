<?php

/* fill((stamp)) */
/*% if composer -%*/
/* Not run by us: fill((not_run)). */
/*% endif %*/
declare(strict_types=1);

namespace App;

fill((imports))

/** fill((refusable)): a person has to act. */
final class Refused extends fill((error)) {}

/** Nothing happened. */
final class NotSent extends fill((error)) {}

/** The reply was lost: the command may or may not have been applied. */
final class OutcomeUnknown extends fill((error)) {}

/*% if composer -%*/
fill((socket_part))

/*% endif -%*/
/** Redis whose calls end in time and whose connection comes back by itself: open one in each process. */
final class RedisConnection
{
    public const DEADLINE = fill((deadline_ms|seconds)); // seconds that a call may take, whatever happens
    private const CONNECT_TIMEOUT = fill((connect_timeout_ms|seconds));
    private const COMMAND_TIMEOUT = fill((command_timeout_ms|seconds));
    private const IDLE = fill((health_check_ms|seconds)); // after so long a PING goes first
    /*% if blocking -%*/
    public const LONGEST_BLOCK = 30.0; // the longest that BLPOP or XREAD may be told to wait
    /*% endif -%*/
    /*% if composer -%*/
    private const ANSWERS = [ServerException::class, ClientException::class, AbortedMultiExecException::class];
    /*% endif -%*/
    private const NOT_APPLIED = ["READONLY", "MASTERDOWN", "LOADING", "NOAUTH"]; // and the name may have moved

    private readonly string $host;
    private readonly int $port;
    /*% if cluster && tls -%*/
    private readonly string $endpoint;
    /*% endif -%*/
    private ?fill((type)) $redis = null;fill((socket_property))
    /*% if blocking -%*/
    private ?self $waiting = null;
    /*% endif -%*/
    private float $used = 0.0; // when Redis last answered, by the wall clock: it goes on while a process is frozen
    private float $opens = 0.0; // when the next dial may begin
    private float $away = 0.0; // since when, or when that was last said
    private int $failures = 0;
    private string $trouble = "";

    public function __constructfill((parameters))
        /*%- if cluster && tls %*/
        $this->endpoint = fill((endpoint));
        $this->host = $host ?? $this->endpoint;
        $port ??= filter_var(fill((getport)) ?: fill((port)), FILTER_VALIDATE_INT);
        /*%- else if cluster %*/
        $this->host = $host ?? (fill((endpoint)));
        $port ??= filter_var(fill((getport)) ?: fill((port)), FILTER_VALIDATE_INT);
        /*%- else %*/
        $this->host = fill((endpoint));
        $port = filter_var(fill((getport)) ?: fill((port)), FILTER_VALIDATE_INT);
        /*%- endif %*/
        $this->port = $port ?: throw new Refused("REDIS_PORT/*% if active_active %*/$suffix/*% endif %*/ is not a number");
        /*%- if active_active %*/
        if ($this->host === "") {
            throw new Refused("REDIS_HOST$suffix is not set");
        }
        /*%- endif %*/
    }

    /** Throws `Refused` when a person has to act. When Redis is only away, the connection comes later. */
    public static function open(/*% if active_active %*/string $suffix = ""/*% endif %*/): self
    {
        if (getenv("RES_OPTIONS") === false) {
            putenv("RES_OPTIONS=fill((res_options))"); // else a dead name server holds a lookup for 10 s
        }
        $connection = new self(/*% if active_active %*/$suffix/*% endif %*/);
        try {
            $connection->safe(fn(fill((type)) $redis) => $redis->ping());
        } catch (Refused $refused) {
            throw $refused;
        } catch (fill((error))) {
            // It is in the log, and no reason to die.
        }
        return $connection;
    }

    /**
     * Tries again within the deadline: for reads, and for writes that may be applied twice.
     *
     * @template T
     * @param callable(fill((type))): T $command one command, pipeline or transaction
     * @return T
     */
    public function safe(callable $command): mixed
    {
        return $this->call($command, fill((attempts)), self::now() + self::DEADLINE);
    }

    /*% if once -%*/
    /** Never sends a command twice: counters, pushes, money. */
    public function once(callable $command): mixed
    {
        return $this->call($command, 1, self::now() + self::DEADLINE);
    }

    /*% endif -%*/
    /*% if durable -%*/
    /** Sends a write once and returns when /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk has it; not for MULTI. */
    public function durable(callable $write): mixed
    {
        return $this->proved($write, self::now() + self::DEADLINE);
    }

    /*% endif -%*/
    /*% if blocking -%*/
    /** BLPOP, XREAD, SUBSCRIBE on a connection of its own; call it again after an error. */
    public function blocking(callable $command): mixed
    {
        $this->waiting ??= new self(fill((waiting))longest: self::LONGEST_BLOCK);
        return $this->waiting->call($command, 1, self::now() + self::DEADLINE + self::LONGEST_BLOCK);
    }

    /*% endif -%*/
    /*% if automatic -%*/
    public function healthy(float $seconds = self::DEADLINE): bool
    {
        try {
            return (bool) $this->call(fn(fill((type)) $redis) => $redis->ping(), fill((attempts)), self::now() + $seconds);
    /*%- else -%*/
    public function healthy(): bool
    {
        try {
            return (bool) $this->safe(fn(fill((type)) $redis) => $redis->ping());
    /*%- endif %*/
        } catch (fill((error))) {
            return false;
        }
    }

    /*% if cluster -%*/
    public function connected(): bool
    {
        return $this->redis !== null;
    }

    /*% endif -%*/
    public function close(): void
    {
        $this->redis = null;/*% if blocking %*/
        $this->waiting?->close();/*% endif %*/
    }

    /*% if durable -%*/
    fill((inner)) function proved(callable $write, float $end): mixed
    {
        $both = function (fill((type)) $redis) use ($write, $end): array {
            $reply = $write($redis);
            fill((limit))max(0.001, $end - self::now()));
            return [$reply, $redis->waitaof(fill((waitaof)), fill((proof_ms)))];
        };
        [$reply, $proof] = $this->call($both, 1, $end);
        if ($proof[fill((proof_index))] < 1) {
            throw new OutcomeUnknown("outcome unknown: written, but the disk did not confirm it");
        }
        return $reply;
    }

    /*% endif -%*/
    fill((inner)) function call(callable $command, int $tries, float $end): mixed
    {
        /*% if automatic -%*/
        $dial = min(self::CONNECT_TIMEOUT, ($end - self::now()) / 2); // a probe is short
        /*% endif -%*/
        $lost = null; // an earlier try without a reply
        while (true) {
            try {
                $redis = $this->ready($end/*% if automatic %*/, $dial/*% endif %*/);
            } catch (fill((error)) $error) {
                throw $lost ?? $error;
            }
            $this->redis = null; // it stays only when its state is known
            /*% if composer -%*/
            $socket = $this->socket; // a call inside of the command has one of its own
            $socket->writes = $socket->heard = 0;
            /*%- else -%*/
            fill((before_part))
            /*%- endif %*/
            try {
                $reply = $command($redis);
                /*% if composer -%*/
                $this->socket = $socket;
                $this->answered($redis->isConnected() ? $redis : null);
                /*%- else -%*/
                fill((after_part))
                $this->answered($redis);
                /*%- endif %*/
                return $reply;
            } catch (fill((faults)) $error) {
                /*% if composer -%*/
                $this->socket = $socket;
                /*% endif -%*/
                $why = $error->getMessage();fill((why_part))
                $word = explode(" ", $why)[0];
                $notApplied = in_array($word, self::NOT_APPLIED, true);
                $first = fill((heard)) === strlen($why) + 3; // nothing was done before
                $unknown = $lost ?? new OutcomeUnknown("outcome unknown: $why", 0, $error);
                if (fill((is_answer)) && !$notApplied) {
                    $this->answered(fill((clean)) ? $redis : null); // else MULTI or replies may be left
                    /*% if cluster -%*/
                    if ($word === "MOVED" && ($lost !== null || ($tries < 2 && !$first))) {
                        throw $unknown; // the next node would do it again
                    }
                    /*% endif -%*/
                    throw $error;
                }
                $this->failed($error);
                if (fill((is_sent))) {
                    $lost = $notApplied && $first ? $lost : $unknown;
                    if (--$tries < 1) {
                        throw $lost ?? $error;
                    }
                }
            }
        }
    }

    private function ready(float $end/*% if automatic %*/, float $dial/*% endif %*/): fill((type))
    {
        /*% if composer -%*/
        $idle = abs(microtime(true) - $this->used) > self::IDLE;
        if ($this->redis !== null && ($idle || $this->socket->eof())) {
        /*%- else -%*/
        if ($this->redis !== null && abs(microtime(true) - $this->used) > self::IDLE) {
        /*%- endif %*/
            try {
                fill((limit_this))self::COMMAND_TIMEOUT);
                $this->redis->ping();
            } catch (fill((faults)) $error) {
                $this->failed($error);
            }
        }
        while ($this->redis === null) {
            $pause = max(0.0, $this->opens - self::now());
            if (self::now() + $pause + /*% if automatic %*/$dial/*% else %*/self::CONNECT_TIMEOUT/*% endif %*/ > $end) {
                throw new NotSent(sprintf("not sent: next dial in %.1f s (%s)", $pause, $this->trouble));
            }
            usleep((int) ($pause * 1e6));
            $this->dial($end);
        }
        $left = $end - self::now();
        if ($left <= 0) {
            throw new NotSent("not sent: out of time");
        }
        fill((limit_this))min($left, fill((read_timeout))));
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
            $password = fill((password)) ?: throw new Refused("REDIS_PASSWORD is not set");
            $timeout = min(self::CONNECT_TIMEOUT, ($end - self::now()) / 2); // TCP has it, and TLS again
            fill((dial_part))
            $this->redis = $redis;
            $this->used = microtime(true);
        } catch (fill((error)) $error) {
            $error = self::explained($error, strtr(/*% if composer %*/implode(" ", $warnings) ?: /*% else %*/$warnings[0] ?? /*% endif %*/$error->getMessage(), "\n", " "));
            $this->failed($error);
            if ($error instanceof Refused) {
                throw $error;
            }
        } finally {
            restore_error_handler();
        }
    }

    private static function explained(fill((error)) $error, string $why): fill((error))
    {
        /*% if tls -%*/
        $verdict = "alert .*certificate|unknown ca|unrecognized name|verify failed"; // other alerts are the network's
        if (preg_match("/: (SSL op.*($verdict)|Peer cert|Unable to set)|cafile /", $why) === 1) {
            return new Refused("certificate or host name, check fill((tls_names)) ($why)");
        }
        /*% endif -%*/
        if (preg_match("/^(WRONGPASS|NOPERM|ERR AUTH) /", $why) === 1) {
            return new Refused("user or password, check REDIS_USERNAME and REDIS_PASSWORD ($why)");
        }
        return $error instanceof Refused ? $error : new NotSent($why);
    }

    private function answered(?fill((type)) $redis): void
    {
        $this->redis = $redis;
        $this->used = microtime(true);
        if ($this->failures > 0) {
            $this->failures = 0;
            error_log("$this->host: connected");
        }
    }

    private function failed(fill((failure)) $error): void
    {
        $now = self::now();
        $this->redis = null;
        $this->trouble = $error->getMessage();
        $refused = $error instanceof Refused;
        $line = match (true) {
            $refused => "refused: $this->trouble",
            $this->failures === 0 => "lost, reconnecting: $this->trouble",
            $now - $this->away > fill((refresh_after_ms|seconds)) => "away for fill((refresh_after_ms|s)) s: flush the DNS cache of this machine",
            default => "",
        };
        if ($line !== "" && ($this->used > 0 || $this->failures > 0 || !$refused)) {
            error_log("$this->host: $line"); // at the start `open` says what was refused
            $this->away = $now;
        }
        $cap = min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) << min($this->failures++, 9));
        $pause = $refused ? random_int(fill((refused_min_ms)), fill((refused_max_ms))) : random_int(0, $cap);
        $this->opens = $now + $pause / 1000;
    }

    /*% if active_active -%*/
    /** A region's own value, else the one of all regions. */
    private function env(string $name, string $default = ""): string
    {
        return getenv($name . $this->suffix) ?: (getenv($name) ?: $default);
    }

    /*% endif -%*/
    private static function now(): float
    {
        return hrtime(true) / 1e9;
    }
}
