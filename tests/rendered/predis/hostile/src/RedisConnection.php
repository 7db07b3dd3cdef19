<?php

/* Holdfast 0.1.0 #v=1&client=predis&name=%3C/script%3E%22&host=a%22%0Ab%5C%24%7B&user=%27%22%0A */
/* Not run by us: Packagist, where it is published, was out of our lab's reach. */

declare(strict_types=1);

namespace App;

use Predis\Client;
use Predis\ClientException;
use Predis\Connection\Parameters;
use Predis\Connection\ParametersInterface;
use Predis\Connection\Resource\Exception\StreamInitException;
use Predis\Connection\Resource\Stream;
use Predis\Connection\Resource\StreamFactoryInterface;
use Predis\Connection\StreamConnection;
use Predis\PredisException;
use Predis\Response\ServerException;
use Predis\Transaction\AbortedMultiExecException;
use Psr\Http\Message\StreamInterface;
use RuntimeException;

/** Password, certificate or host name: a person has to act. */
final class Refused extends PredisException {}

/** Nothing happened. */
final class NotSent extends PredisException {}

/** The reply was lost: the command may or may not have been applied. */
final class OutcomeUnknown extends PredisException {}

/** A stream that waits no longer than it may, and that Predis can't open again by itself, inside of a command. */
final class Socket extends Stream implements StreamFactoryInterface
{
    public int $writes = 0;
    public int $heard = 0; // bytes
    private bool $used = false;
    private float $until = 0.0;

    /** @param resource $stream */
    public function __construct(private $stream)
    {
        parent::__construct($stream);
    }

    /** For all that follows. */
    public function wait(float $seconds): void
    {
        $this->until = hrtime(true) / 1e9 + $seconds;
    }

    public function createStream(ParametersInterface $parameters): StreamInterface
    {
        if ($this->used) {
            throw new StreamInitException("lost in this call");
        }
        $this->used = true;
        return $this;
    }

    public function write(string $string): int
    {
        $this->writes++;
        $this->limit();
        $written = @fwrite($this->stream, $string);
        if (!$written) {
            $this->limit();
            @fread($this->stream, 1); // its warning says why the peer hung up, for want of a certificate perhaps
            throw new RuntimeException("the write broke off", 1);
        }
        return $written;
    }

    public function read(int $length): string
    {
        $this->limit();
        $bytes = @parent::read($length);
        if ($bytes === "" || ($length < 0 && $bytes[-1] !== "\n")) {
            throw new RuntimeException("the reply broke off", 2); // Predis would take it, or read again for ever
        }
        $this->heard += strlen($bytes);
        return $bytes;
    }

    private function limit(): void
    {
        $left = max(0.001, $this->until - hrtime(true) / 1e9);
        stream_set_timeout($this->stream, (int) $left, (int) (fmod($left, 1) * 1e6));
    }
}

/** Redis whose calls end in time and whose connection comes back by itself: open one in each process. */
final class RedisConnection
{
    public const DEADLINE = 2.0; // seconds that a call may take, whatever happens
    private const CONNECT_TIMEOUT = 0.58;
    private const COMMAND_TIMEOUT = 0.58;
    private const IDLE = 5.0; // after so long a PING goes first
    private const ANSWERS = [ServerException::class, ClientException::class, AbortedMultiExecException::class];
    private const NOT_APPLIED = ["READONLY", "MASTERDOWN", "LOADING", "NOAUTH"]; // and the name may have moved

    private readonly string $host;
    private readonly int $port;
    private ?Client $redis = null;
    private ?Socket $socket = null;
    private float $used = 0.0; // when Redis last answered, by the wall clock: it goes on while a process is frozen
    private float $opens = 0.0; // when the next dial may begin
    private float $away = 0.0; // since when, or when that was last said
    private int $failures = 0;
    private string $trouble = "";

    public function __construct()
    {
        $this->host = getenv("REDIS_HOST") ?: "a\x22\x0ab\\\x24{";
        $port = filter_var(getenv("REDIS_PORT") ?: 12345, FILTER_VALIDATE_INT);
        $this->port = $port ?: throw new Refused("REDIS_PORT is not a number");
    }

    /** Throws `Refused` when a person has to act. When Redis is only away, the connection comes later. */
    public static function open(): self
    {
        if (getenv("RES_OPTIONS") === false) {
            putenv("RES_OPTIONS=timeout:1 attempts:1"); // else a dead name server holds a lookup for 10 s
        }
        $connection = new self();
        try {
            $connection->safe(fn(Client $redis) => $redis->ping());
        } catch (Refused $refused) {
            throw $refused;
        } catch (PredisException) {
            // It is in the log, and no reason to die.
        }
        return $connection;
    }

    /**
     * Tries again within the deadline: for reads, and for writes that may be applied twice.
     *
     * @template T
     * @param callable(Client): T $command one command, pipeline or transaction
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

    public function healthy(): bool
    {
        try {
            return (bool) $this->safe(fn(Client $redis) => $redis->ping());
        } catch (PredisException) {
            return false;
        }
    }

    public function close(): void
    {
        $this->redis = null;
    }

    private function call(callable $command, int $tries, float $end): mixed
    {
        $lost = null; // an earlier try without a reply
        while (true) {
            try {
                $redis = $this->ready($end);
            } catch (PredisException $error) {
                throw $lost ?? $error;
            }
            $this->redis = null; // it stays only when its state is known
            $socket = $this->socket; // a call inside of the command has one of its own
            $socket->writes = $socket->heard = 0;
            try {
                $reply = $command($redis);
                $this->socket = $socket;
                $this->answered($redis->isConnected() ? $redis : null);
                return $reply;
            } catch (PredisException $error) {
                $this->socket = $socket;
                $why = $error->getMessage();
                $word = explode(" ", $why)[0];
                $notApplied = in_array($word, self::NOT_APPLIED, true);
                $first = $socket->heard === strlen($why) + 3; // nothing was done before
                $unknown = $lost ?? new OutcomeUnknown("outcome unknown: $why", 0, $error);
                if (in_array($error::class, self::ANSWERS, true) && !$notApplied) {
                    $this->answered($socket->writes === 1 && $redis->isConnected() ? $redis : null); // else MULTI or replies may be left
                    throw $error;
                }
                $this->failed($error);
                if ($socket->writes > 0) {
                    $lost = $notApplied && $first ? $lost : $unknown;
                    if (--$tries < 1) {
                        throw $lost ?? $error;
                    }
                }
            }
        }
    }

    private function ready(float $end): Client
    {
        $idle = abs(microtime(true) - $this->used) > self::IDLE;
        if ($this->redis !== null && ($idle || $this->socket->eof())) {
            try {
                $this->socket->wait(self::COMMAND_TIMEOUT);
                $this->redis->ping();
            } catch (PredisException $error) {
                $this->failed($error);
            }
        }
        while ($this->redis === null) {
            $pause = max(0.0, $this->opens - self::now());
            if (self::now() + $pause + self::CONNECT_TIMEOUT > $end) {
                throw new NotSent(sprintf("not sent: next dial in %.1f s (%s)", $pause, $this->trouble));
            }
            usleep((int) ($pause * 1e6));
            $this->dial($end);
        }
        $left = $end - self::now();
        if ($left <= 0) {
            throw new NotSent("not sent: out of time");
        }
        $this->socket->wait(min($left, self::COMMAND_TIMEOUT));
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
            $password = getenv("REDIS_PASSWORD") ?: throw new Refused("REDIS_PASSWORD is not set");
            $timeout = min(self::CONNECT_TIMEOUT, ($end - self::now()) / 2); // TCP has it, and TLS again
            $tls = [
                "cafile" => getenv("REDIS_CA_FILE") ?: "redis_ca.pem",
                "peer_name" => $this->host,
            ];
            $options = stream_context_create(["ssl" => $tls, "socket" => ["tcp_nodelay" => true]]);
            $host = str_contains($this->host, ":") ? "[$this->host]" : $this->host;
            $address = "tcp://$host:$this->port";
            $stream = stream_socket_client($address, $code, $why, $timeout, STREAM_CLIENT_CONNECT, $options);
            if ($stream === false) {
                throw new NotSent($why);
            }
            // When it is closed the kernel forgets what it could not deliver, else that would arrive later.
            $socket = socket_import_stream($stream);
            socket_set_option($socket, SOL_SOCKET, SO_LINGER, ["l_onoff" => 1, "l_linger" => 0]);
            socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, 1);
            $pace = ["TCP_KEEPIDLE" => 15, "TCP_KEEPINTVL" => 5, "TCP_KEEPCNT" => 3];
            foreach ($pace as $name => $value) {
                if (defined($name)) {
                    socket_set_option($socket, SOL_TCP, constant($name), $value); // not everywhere has all of them
                }
            }
            $versions = STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT | STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT;
            if (stream_socket_enable_crypto($stream, true, $versions) !== true) {
                throw new NotSent("TLS failed");
            }
            $this->socket = new Socket($stream);
            $this->socket->wait(min(self::COMMAND_TIMEOUT, $end - self::now()));
            $parameters = new Parameters(["host" => $this->host, "port" => $this->port]); // for its messages
            $redis = new Client(new StreamConnection($parameters, $this->socket));
            $redis->auth(getenv("REDIS_USERNAME") ?: "'\x22\x0a", $password); // among the parameters it would be tried twice
            $redis->executeRaw(["CLIENT", "SETNAME", "script"]);
            $this->redis = $redis;
            $this->used = microtime(true);
        } catch (PredisException $error) {
            $error = self::explained($error, strtr(implode(" ", $warnings) ?: $error->getMessage(), "\n", " "));
            $this->failed($error);
            if ($error instanceof Refused) {
                throw $error;
            }
        } finally {
            restore_error_handler();
        }
    }

    private static function explained(PredisException $error, string $why): PredisException
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

    private function answered(?Client $redis): void
    {
        $this->redis = $redis;
        $this->used = microtime(true);
        if ($this->failures > 0) {
            $this->failures = 0;
            error_log("$this->host: connected");
        }
    }

    private function failed(PredisException $error): void
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

    private static function now(): float
    {
        return hrtime(true) / 1e9;
    }
}
