// fill((stamp))
// Works once with each client, serves GET /health, closes on SIGTERM and SIGINT.
/*%- if active_active %*/
using System.Runtime.InteropServices;
/*%- endif %*/
using App;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder();
builder.Logging.ClearProviders().AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
builder.WebHost.UseUrls($"http://127.0.0.1:{Environment.GetEnvironmentVariable("HEALTH_PORT") ?? "8080"}");
var app = builder.Build();
fill((opened)) fill((asked));
try
{
    fill((asked)) = await fill((opened)).OpenAsync(Environment.GetEnvironmentVariable, app.Logger);
}
catch (RedisRefusedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
/*% if active_active -%*/
var redis = regions.Active;
/*% endif -%*/
await WorkAsync("safe", redis.SafeAsync(db => db.StringSetAsync("app:hello", "you")));
/*% if once -%*/
await WorkAsync("once", redis.OnceAsync(db => db.StringIncrementAsync("app:visits")));
/*% endif -%*/
/*% if durable -%*/
await WorkAsync("durable", redis.DurableAsync(/*% if cluster %*/"app:order", /*% endif %*/db => db.StringSetAsync("app:order", "paid")));
/*% endif -%*/
/*% if blocking -%*/
await WorkAsync("blocking", redis.BlockingAsync(db => db.ExecuteAsync("BLPOP", (RedisKey)"app:jobs", 1)));
/*% endif -%*/
app.MapGet("/health", async () => await fill((asked))/*% if active_active %*/.Active/*% endif %*/.HealthyAsync()
    ? Results.Json(new { status = "ok" })
    : Results.Json(new { status = "down" }, statusCode: 503));
/*% if active_active -%*/
using var usr1 = PosixSignalRegistration.Create((PosixSignal)10, signal => // SIGUSR1 on Linux
{
    signal.Cancel = true;
    regions.FailOver();
});
/*% endif -%*/
await app.StartAsync();
Console.WriteLine($"health: {app.Urls.First()}/health");
await app.WaitForShutdownAsync();
await fill((asked)).DisposeAsync();
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
