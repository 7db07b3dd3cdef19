<?php

/* Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&client=phpredis&blocking=yes&mutual-tls=yes&cluster-api=yes */

declare(strict_types=1);

namespace App;

use Redis;
use RedisException;

/**
 * Redis by its Cluster API: a connection to each node, a slot's node is remembered from MOVED.
 * Not RedisCluster: it dials a dead node ten times inside of a command.
 * A call names one key, and all its keys live in that key's slot.
 */
final class RedisNodes
{
    /** @var array<string, RedisConnection> by address; without one the endpoint */
    private array $nodes;
    /** @var array<int, string> slot to address */
    private array $slots = [];

    private function __construct()
    {
        $this->nodes = ["" => RedisConnection::open()];
    }

    /** Throws `Refused` when a person has to act. When Redis is only away, the connection comes later. */
    public static function open(): self
    {
        return new self();
    }

    /**
     * Tries again within the deadline: for reads, and for writes that may be applied twice.
     *
     * @template T
     * @param callable(Redis): T $command one command, pipeline or transaction
     * @return T
     */
    public function safe(string $key, callable $command): mixed
    {
        return $this->route($key, fn($node, $end) => $node->call($command, 2, $end));
    }

    /** Never sends a command twice: counters, pushes, money. */
    public function once(string $key, callable $command): mixed
    {
        return $this->route($key, fn($node, $end) => $node->call($command, 1, $end));
    }

    /** Sends a write once and returns when a replica's disk has it; not for MULTI. */
    public function durable(string $key, callable $write): mixed
    {
        return $this->route($key, fn($node, $end) => $node->proved($write, $end));
    }

    /** BLPOP, XREAD, SUBSCRIBE on a connection of its own; call it again after an error. */
    public function blocking(string $key, callable $command): mixed
    {
        return $this->route($key, fn($node) => $node->blocking($command));
    }

    public function healthy(): bool
    {
        return $this->nodes[$this->anyNode()]->healthy();
    }

    public function close(): void
    {
        foreach ($this->nodes as $node) {
            $node->close();
        }
    }

    private function route(string $key, callable $call): mixed
    {
        $end = hrtime(true) / 1e9 + RedisConnection::DEADLINE;
        $slot = self::slot($key);
        for ($hop = 1; ; $hop++) {
            $address = $this->slots[$slot] ?? $this->anyNode();
            $node = $this->nodes[$address];
            try {
                if (!isset($this->slots[$slot])) {
                    // Asked first: when MOVED comes amid several commands, they can't be sent elsewhere.
                    $node->call(fn(Redis $redis) => $redis->exists($key), 2, $end);
                    $this->slots[$slot] = $address;
                }
                return $call($node, $end);
            } catch (RedisException $error) {
                $moved = explode(" ", $error->getMessage());
                if ($moved[0] !== "MOVED" || $hop > 5) {
                    $asked = !isset($this->slots[$slot]); // no more than that: there is no outcome
                    if (!ctype_upper($moved[0])) {
                        $this->slots = array_diff($this->slots, [$address]); // the next call asks who has taken over
                    }
                    throw $asked ? $error->getPrevious() ?? $error : $error;
                }
                $this->remember($slot, $moved[2]);
            }
        }
    }

    private function remember(int $slot, string $address): void
    {
        $colon = strrpos($address, ":");
        $host = substr($address, 0, $colon) ?: null; // without a host it is the endpoint's
        $port = (int) substr($address, $colon + 1);
        $this->nodes[$address] ??= new RedisConnection($host, $port);
        $this->slots[$slot] = $address;
    }

    /** Each knows where a slot is; the endpoint's name is resolved anew, so it is asked first. */
    private function anyNode(): string
    {
        foreach ($this->nodes as $address => $node) {
            if ($node->connected()) {
                return $address;
            }
        }
        return "";
    }

    /** CRC-16/XMODEM of the key, or of what stands in its first braces. */
    private static function slot(string $key): int
    {
        $crc = 0;
        foreach (unpack("C*", preg_match("/^[^{]*\{([^}]+)\}/", $key, $tag) === 1 ? $tag[1] : $key) as $byte) {
            $crc ^= $byte << 8;
            for ($bit = 0; $bit < 8; $bit++) {
                $crc = ($crc << 1) ^ ($crc & 0x8000 ? 0x11021 : 0);
            }
        }
        return $crc % 16384;
    }
}
