// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=stackexchange-redis
using Microsoft.Extensions.Logging;

namespace App;

/// <summary>
/// One full client for each region, the preferred one first. Not ConnectGroupAsync: it is experimental, goes back by a
/// timer and not by a marker, and its breaker waits for 1000 failures.
/// </summary>
public sealed class RedisRegions : IAsyncDisposable
{
    private static readonly string[] Suffixes = ["", "_2"]; // of REDIS_HOST and the other variables
    private readonly RedisConnection[] regions;
    private readonly ILogger log;
    private volatile int active;

    private RedisRegions(RedisConnection[] regions, ILogger log)
    {
        this.regions = regions;
        this.log = log;
        log.LogInformation("region 1 is active");
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
        active = region;
        log.LogWarning("region {Region} is active now", region + 1);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(regions.Select(region => region.DisposeAsync().AsTask()));
    }

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
