<?php

/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=predis&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes */

declare(strict_types=1);

namespace App;

use Predis\PredisException;

/** One full client for each region, the preferred one first. No call moves to another region. */
final class RedisRegions
{
    /** @var list<RedisConnection> */
    private array $regions = [];
    private int $active = 0;
    private float $checked = 0.0;
    private int $failed = 0;
    private ?string $marker = null;
    public function __construct()
    {
        foreach (["", "_2"] as $suffix) {
            $this->regions[] = RedisConnection::open($suffix);
        }
    }

    /** The region to work in: ask for each piece of work. */
    public function active(): RedisConnection
    {
        return $this->regions[$this->active];
    }

    /** To this region, counted from 0, else to the next. Go back when its data has arrived: nothing here can know that. */
    public function failOver(?int $region = null): void
    {
        $this->active = $region ?? ($this->active + 1) % count($this->regions);
        $this->failed = 0;
        $this->marker = null;
        error_log("region changed: " . ($this->active + 1));
    }

    /** Call it in the worker's loop: once a second, three failed probes change the region, an arrived marker changes it back. */
    public function check(): void
    {
        if (hrtime(true) / 1e9 - $this->checked < 1) {
            return;
        }
        $this->checked = hrtime(true) / 1e9;
        $healthy = $this->active()->healthy();
        $this->failed = $healthy ? 0 : $this->failed + 1;
        if ($this->failed >= 3) {
            $this->leave();
        } elseif ($healthy && $this->active > 0) {
            $this->comeBack();
        }
    }

    private function leave(): void
    {
        foreach ($this->regions as $region => $connection) {
            if ($region !== $this->active && $connection->healthy()) {
                $this->failOver($region);
                return;
            }
        }
    }

    /** What was written here has arrived at home when a marker, written here later, has. */
    private function comeBack(): void
    {
        try {
            if ($this->marker === null) {
                $marker = "marker:" . bin2hex(random_bytes(8));
                $this->active()->safe(fn($redis) => $redis->setex($marker, 3600, "1"));
                $this->marker = $marker;
            } elseif ($this->regions[0]->safe(fn($redis) => $redis->get($this->marker))) {
                $this->failOver(0);
            }
        } catch (PredisException) {
            $this->marker = null; // one of the two is away
        }
    }

    public function close(): void
    {
        foreach ($this->regions as $region) {
            $region->close();
        }
    }
}
