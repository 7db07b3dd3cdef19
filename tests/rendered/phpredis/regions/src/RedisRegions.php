<?php

/* Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=phpredis */

declare(strict_types=1);

namespace App;

/** One full client for each region, the preferred one first. No call moves to another region. */
final class RedisRegions
{
    /** @var list<RedisConnection> */
    private array $regions = [];
    private int $active = 0;
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
        error_log("region changed: " . ($this->active + 1));
    }

    public function close(): void
    {
        foreach ($this->regions as $region) {
            $region->close();
        }
    }
}
