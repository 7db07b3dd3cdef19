// fill((stamp))
using Microsoft.Extensions.Logging;
/*%- if automatic %*/
using StackExchange.Redis;
/*%- endif %*/

namespace App;

/// <summary>
/// One full client for each region, the preferred one first. Not ConnectGroupAsync: it is experimental, goes back by a
/// timer and not by a marker, and its breaker waits for 1000 failures.
/// </summary>
public sealed class RedisRegions : IAsyncDisposable
{
    private static readonly string[] Suffixes = [fill((suffixes))]; // of REDIS_HOST and the other variables
    /*% if automatic -%*/
    private const int Probes = fill((probes)); // that fail in a row change the region
    /*% if !serverless -%*/
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(fill((probe_interval_ms)));
    /*% endif -%*/
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(fill((probe_timeout_ms)));
    private readonly CancellationTokenSource closing = new();
    private readonly object gate = new();
    /*% if !serverless -%*/
    private readonly Task probes;
    /*% endif -%*/
    /*% endif -%*/
    private readonly RedisConnection[] regions;
    private readonly ILogger log;
    private volatile int active;
    /*%- if automatic %*/
    private volatile string? marker;
    private int failed;
    private volatile bool fled; // by itself, not by hand: only then it comes back by itself
    /*%- endif %*/

    private RedisRegions(RedisConnection[] regions, ILogger log)
    {
        this.regions = regions;
        this.log = log;
        log.LogInformation("region 1 is active");
        /*%- if automatic && !serverless %*/
        probes = ProbesAsync();
        /*%- endif %*/
    }

    /// <summary>The region to work in; ask for each piece of work, and never repeat a write in another.</summary>
    public RedisConnection Active => regions[active];

    /// <summary>Throws when any region refuses us; one that is away comes later.</summary>
    public static async Task<RedisRegions> OpenAsync(Func<string, string?> env, ILogger log)
    {
        var opening = Suffixes.Select(suffix => OpenAsync(suffix, env, log)).ToArray();
        try
        {
            return new RedisRegions(await Task.WhenAll(opening), log);
        }
        catch
        {
            foreach (var opened in opening.Where(one => one.IsCompletedSuccessfully))
            {
                await opened.Result.DisposeAsync();
            }
            throw;
        }
    }

    /// <summary>Goes on to the next region, after the last one to the first.</summary>
    public void FailOver() => Use((active + 1) % regions.Length);

    /// <summary>Goes to a region, counted from 0: back to 0 when it has caught up.</summary>
    public void Use(int region)
    {
        /*% if automatic -%*/
        lock (gate)
        {
            active = region;
            marker = null;
            failed = 0;
            fled = false;
        }
        /*% else -%*/
        active = region;
        /*% endif -%*/
        log.LogWarning("region {Region} is active now", region + 1);
    }

    public async ValueTask DisposeAsync()
    {
        /*% if automatic -%*/
        closing.Cancel();
        /*% if !serverless -%*/
        await probes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        /*% endif -%*/
        /*% endif -%*/
        await Task.WhenAll(regions.Select(region => region.DisposeAsync().AsTask()));
    }
    /*%- if automatic %*/
    /*%- if serverless %*/

    /// <summary>fill((probes)) misses in a row, and the next region that answers takes over. Call it every fill((probe_interval_ms)) ms.</summary>
    public async Task ProbeAsync()
    /*%- else %*/

    private async Task ProbesAsync()
    {
        while (true)
        {
            await Task.Delay(ProbeInterval, closing.Token);
            await ProbeAsync();
        }
    }

    private async Task ProbeAsync()
    /*%- endif %*/
    {
        var current = active;
        var healthy = await AnswersAsync(regions[current]);
        lock (gate)
        {
            if (current != active)
            {
                return; // changed by hand meanwhile
            }
            failed = healthy ? 0 : failed + 1;
        }
        try
        {
            if (failed >= Probes)
            {
                await LeaveAsync(current);
            }
            else if (healthy && fled && current > 0)
            {
                await ComeBackAsync(current);
            }
        }
        catch (RedisException e)
        {
            log.LogDebug(e, "the next probe decides");
        }
    }

    private async Task LeaveAsync(int current)
    {
        for (var region = 0; region < regions.Length; region++)
        {
            if (region != current && await AnswersAsync(regions[region]))
            {
                lock (gate)
                {
                    if (current == active) // else changed by hand meanwhile
                    {
                        Use(region);
                        fled = true;
                    }
                }
                return;
            }
        }
    }

    /// <summary>Only when the preferred region has read what was written here: then it has caught up.</summary>
    private async Task ComeBackAsync(int current)
    {
        var key = marker; // which a change by hand forgets
        if (!await AnswersAsync(regions[0]))
        {
            marker = null;
        }
        else if (key is null)
        {
            key = $"fill((slug)):marker:{Guid.NewGuid()}";
            await regions[current].SafeAsync(redis => redis.StringSetAsync(key, "", TimeSpan.FromHours(1)));
            marker = key;
        }
        else if (await regions[0].SafeAsync(redis => redis.KeyExistsAsync(key)))
        {
            lock (gate)
            {
                if (fled) // else changed by hand meanwhile
                {
                    Use(0);
                }
            }
        }
    }

    private static async Task<bool> AnswersAsync(RedisConnection region)
    {
        try
        {
            return await region.HealthyAsync().WaitAsync(ProbeTimeout);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
    /*%- endif %*/

    private static async Task<RedisConnection> OpenAsync(string suffix, Func<string, string?> env, ILogger log)
    {
        if (string.IsNullOrEmpty(env("REDIS_HOST" + suffix)) && suffix != "")
        {
            throw new RedisRefusedException($"REDIS_HOST{suffix} is not set");
        }
        // What a region does not name, all share; but not the port.
        return await RedisConnection.OpenAsync(
            name => env(name + suffix) is { Length: > 0 } own ? own : name == "REDIS_PORT" ? null : env(name),
            log);
    }
}
