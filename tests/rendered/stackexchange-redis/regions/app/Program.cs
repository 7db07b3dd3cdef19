// Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=stackexchange-redis
// Works once with each client, serves GET /health, closes on SIGTERM and SIGINT.
using System.Runtime.InteropServices;
using App;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder();
builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable("HEALTH_PORT") ?? "8080"}");
var app = builder.Build();
RedisRegions regions;
try
{
    regions = await RedisRegions.OpenAsync(Environment.GetEnvironmentVariable, app.Logger);
}
catch (RedisRefusedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
var redis = regions.Active;
await WorkAsync("safe", redis.SafeAsync(db => db.StringSetAsync("app:hello", "you")));
await WorkAsync("once", redis.OnceAsync(db => db.StringIncrementAsync("app:visits")));
app.MapGet("/health", async () => await regions.Active.HealthyAsync()
    ? Results.Json(new { status = "ok" })
    : Results.Json(new { status = "down" }, statusCode: 503));
using var usr1 = PosixSignalRegistration.Create((PosixSignal)10, signal => // SIGUSR1 on Linux
{
    signal.Cancel = true;
    regions.FailOver();
});
await app.StartAsync();
Console.WriteLine($"health: {app.Urls.First()}/health");
await app.WaitForShutdownAsync();
await regions.DisposeAsync();
Console.WriteLine("closed");
return 0;

static async Task WorkAsync(string client, Task work)
{
    try
    {
        await work;
        Console.WriteLine($"{client}: ok");
    }
    catch (RedisException e)
    {
        Console.Error.WriteLine($"{client}: {e.Message}");
    }
}
