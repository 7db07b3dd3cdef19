<?php

/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=predis&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes */

declare(strict_types=1);

namespace App;

use Predis\PredisException;

/** One full client for each region, the preferred one first. No call moves to another region. */
final class RedisRegions
{
    private const PROBES = 3; // that fail in a row change the region
    private const PROBE_INTERVAL = 0.4;
    private const PROBE_TIMEOUT = 0.5;

    /** @var list<RedisConnection> */
    private array $regions = [];
    private int $active = 0;
    private float $checked = 0.0;
    private ?string $marker = null;
    private bool $fled = false; // by itself, not by hand: only then it goes back by itself
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
        $this->marker = null;
        $this->fled = false;
        error_log("region changed: " . ($this->active + 1));
    }

    /**
     * Call it before each piece of work: failed probes change the region, an arrived marker changes it back.
     * Nothing runs in the background, so it is here that the worker waits until a dark region is known to be so.
     */
    public function check(): void
    {
        if (hrtime(true) / 1e9 - $this->checked < self::PROBE_INTERVAL) {
            return;
        }
        $here = $this->active; // a signal may change it meanwhile, by hand
        $failed = 0;
        while (!$this->regions[$here]->healthy(self::PROBE_TIMEOUT) && ++$failed < self::PROBES) {
            usleep((int) (self::PROBE_INTERVAL * 1e6));
        }
        if ($failed === self::PROBES) {
            $this->leave($here);
        } elseif ($this->fled && $this->active > 0) {
            $this->comeBack();
        }
        $this->checked = hrtime(true) / 1e9;
    }

    private function leave(int $here): void
    {
        foreach ($this->regions as $region => $connection) {
            if ($region !== $here && $connection->healthy(self::PROBE_TIMEOUT) && $here === $this->active) {
                $this->failOver($region);
                $this->fled = true;
                return;
            }
        }
    }

    /** What was written here has arrived at home when a marker, written here later, has. */
    private function comeBack(): void
    {
        try {
            if (!$this->regions[0]->healthy(self::PROBE_TIMEOUT)) {
                $this->marker = null;
            } elseif ($this->marker === null) {
                $marker = "app:marker:" . bin2hex(random_bytes(16));
                $this->active()->safe(fn($redis) => $redis->setex($marker, 3600, "1"));
                $this->marker = $marker;
            } elseif ($this->regions[0]->safe(fn($redis) => $redis->exists($this->marker))) {
                if ($this->fled) {
                    // Else a signal has changed it by hand meanwhile.
                    $this->failOver(0);
                }
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
