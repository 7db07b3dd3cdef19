// Holdfast 0.1.0 #v=1&client=stackexchange-redis&repeat-writes=safe
// Works once with each client, serves GET /health, closes on SIGTERM and SIGINT.
using App;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder();
builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable("HEALTH_PORT") ?? "8080"}");
var app = builder.Build();
RedisConnection redis;
try
{
    redis = await RedisConnection.OpenAsync(Environment.GetEnvironmentVariable, app.Logger);
}
catch (RedisRefusedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
await WorkAsync("safe", redis.SafeAsync(db => db.StringSetAsync("app:hello", "you")));
app.MapGet("/health", async () => await redis.HealthyAsync()
    ? Results.Json(new { status = "ok" })
    : Results.Json(new { status = "down" }, statusCode: 503));
await app.StartAsync();
Console.WriteLine($"health: {app.Urls.First()}/health");
await app.WaitForShutdownAsync();
await redis.DisposeAsync();
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
