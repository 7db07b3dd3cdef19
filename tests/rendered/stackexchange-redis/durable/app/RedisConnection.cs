// Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&client=stackexchange-redis
// Not run by us: NuGet and the .NET SDK were out of our lab's reach; the code was parsed, and written against the source of 3.1.31, the newest that we could read.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace App;

/// <summary>A wrong password, certificate or variable: waiting does not help.</summary>
public sealed class RedisRefusedException(string message, Exception? inner = null) : RedisException(message, inner);

/// <summary>"not sent": nothing happened. "outcome unknown": it may have.</summary>
public sealed class RedisAwayException(string message, Exception? inner = null) : RedisException(message, inner);

/// <summary>Redis through failovers: calls end within the deadline, the connection comes back by itself.</summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private const int DeadlineMs = 2000;
    private static readonly Exception NotYet = new RedisAwayException("not connected yet");
    private readonly CancellationTokenSource closing = new();
    private readonly Func<string, string?> env;
    private readonly ILogger log;
    private readonly string host;
    private readonly int port;
    private readonly Link shared = new(580);
    private readonly Link proved = new(DeadlineMs);
    private readonly SemaphoreSlim turn = new(1); // one link dials at a time
    private readonly Task[] running;
    private volatile Exception? trouble = NotYet; // null is well
    private long nextDial, awaySince = Now;
    private int failures;

    private RedisConnection(Func<string, string?> env, ILogger log)
    {
        this.env = name => env(name) is { Length: > 0 } value ? value : null; // empty is as good as unset
        this.log = log;
        host = this.env("REDIS_HOST") ?? "redis-12345.example.com";
        port = int.TryParse(this.env("REDIS_PORT") ?? "12345", out var number)
            ? number
            : throw new RedisRefusedException("REDIS_PORT is not a number");
        running = [KeepAsync(shared), KeepAsync(proved), WatchAsync()];
    }

    /// <summary>Throws when Redis refuses us; when it is only away, the connection comes later.</summary>
    public static async Task<RedisConnection> OpenAsync(Func<string, string?> env, ILogger log)
    {
        if (string.IsNullOrEmpty(env("REDIS_PASSWORD")))
        {
            throw new RedisRefusedException("REDIS_PASSWORD is not set");
        }
        var redis = new RedisConnection(env, log);
        if (await redis.HealthyAsync())
        {
            return redis;
        }
        if (redis.trouble is RedisRefusedException refused)
        {
            await redis.DisposeAsync();
            throw refused;
        }
        log.LogWarning("starting without Redis: {Why}", redis.trouble?.Message);
        return redis;
    }

    /// <summary>Tries again within the deadline: for reads, and for writes that may be applied twice.</summary>
    public Task<T> SafeAsync<T>(Func<IDatabase, Task<T>> command) => CallAsync(shared, command, 2);

    /// <summary>Never sends a command twice: when the reply is lost, the error says "outcome unknown".</summary>
    public Task<T> OnceAsync<T>(Func<IDatabase, Task<T>> command) => CallAsync(shared, command, 1);

    /// <summary>Sends a write once and proves that it is on a replica's disk; not for MULTI.</summary>
    public Task<T> DurableAsync<T>(Func<IDatabase, Task<T>> write) => CallAsync(
        proved,
        async redis =>
        {
            var reply = await write(redis);
            var proof = await redis.ExecuteAsync("WAITAOF", 0, 1, 1120); // same connection: a link dials once
            return ((long[]?)proof)![1] > 0
                ? reply
                : throw new RedisAwayException("outcome unknown: no proof in time");
        },
        1);

    /// <summary>Asks Redis, within the deadline.</summary>
    public Task<bool> HealthyAsync() => AnswersAsync(shared);

    public async ValueTask DisposeAsync()
    {
        closing.Cancel();
        await Task.WhenAll(running).WaitAsync(Until(Now + DeadlineMs)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<bool> AnswersAsync(Link link)
    {
        try
        {
            await CallAsync(link, redis => redis.PingAsync(), 2);
            return true;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private async Task<T> CallAsync<T>(Link link, Func<IDatabase, Task<T>> command, int attempts)
    {
        var end = Now + DeadlineMs;
        Exception? lost = null; // why an earlier try has no reply
        for (var attempt = 1; ; attempt++)
        {
            var opened = await OpenedAsync(link, end, lost);
            var begun = Now;
            try
            {
                var reply = await command(opened.Redis.GetDatabase()).WaitAsync(Until(Math.Min(end, begun + link.TimeoutMs)));
                opened.LastReply = Now;
                if (trouble is not null && Interlocked.Exchange(ref trouble, null) is not null)
                {
                    log.LogInformation("connected to {Host}", host);
                }
                return reply;
            }
            catch (Exception e) when (IsLost(e))
            {
                // Slow is not silent: where others were answered meanwhile, the connection stays.
                if (e is not TimeoutException || opened.LastReply < begun)
                {
                    link.Drop(opened, e);
                }
                lost ??= e is RedisServerException ? null : new RedisAwayException($"outcome unknown: {e.Message}", e);
                if (attempt == attempts || Now >= end)
                {
                    throw lost ?? e;
                }
            }
        }
    }

    private async Task<Opened> OpenedAsync(Link link, long end, Exception? lost = null)
    {
        end -= 72; // what has no time left for a reply is not sent
        // Nobody waits for a dial that comes too late.
        while (Now < end && (link.Open.Task.IsCompletedSuccessfully || Volatile.Read(ref nextDial) < end))
        {
            try
            {
                return await link.Open.Task.WaitAsync(Until(end));
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // Out of time, or that dial has failed: the loop decides.
            }
        }
        throw lost ?? new RedisAwayException($"not sent: Redis is away, {trouble?.Message}", trouble);
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5000));
        while (await timer.WaitForNextTickAsync(closing.Token))
        {
            await Task.WhenAll(AnswersAsync(shared), AnswersAsync(proved)); // a silent peer is dropped, however idle the app
        }
    }

    private async Task KeepAsync(Link link)
    {
        while (!closing.IsCancellationRequested)
        {
            ConnectionMultiplexer? redis = null;
            try
            {
                redis = await DialAsync(link);
                var opened = new Opened(redis);
                link.Open.SetResult(opened);
                redis.ConnectionFailed += (_, e) => link.Drop(opened, new RedisAwayException($"lost: {e.FailureType}"));
                if (!redis.IsConnected)
                {
                    link.Drop(opened, new RedisAwayException("lost at once"));
                }
                Failed(await opened.Lost.Task.WaitAsync(closing.Token));
            }
            catch (Exception e) when (!closing.IsCancellationRequested)
            {
                Failed(Explained(e));
                link.Again();
            }
            finally
            {
                await (redis?.CloseAsync(allowCommandsToComplete: closing.IsCancellationRequested) ?? Task.CompletedTask);
            }
        }
    }

    private async Task<ConnectionMultiplexer> DialAsync(Link link)
    {
        await turn.WaitAsync(closing.Token);
        try
        {
            while (Until(Volatile.Read(ref nextDial)) is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, closing.Token);
            }
            return await ConnectionMultiplexer.ConnectAsync(Options(link));
        }
        finally
        {
            turn.Release();
        }
    }

    private ConfigurationOptions Options(Link link)
    {
        var tls = Tls();
        return new ConfigurationOptions
        {
            EndPoints = { { host, port } },
            User = env("REDIS_USERNAME") ?? "default",
            Password = env("REDIS_PASSWORD"),
            ClientName = "app",
            Protocol = RedisProtocol.Resp3, // with RESP2 pub/sub takes a second connection
            ConnectRetry = 1,
            ConnectTimeout = 580,
            SyncTimeout = link.TimeoutMs,
            AsyncTimeout = link.TimeoutMs,
            BacklogPolicy = BacklogPolicy.FailFast, // no queue that is sent after an outage
            TieBreaker = "", // no key and no channel of the library's own, which an ACL may refuse
            ConfigurationChannel = "",
            Tunnel = new Sockets(),
            Ssl = true,
            SslClientAuthenticationOptions = _ => tls,
        };
    }

    private SslClientAuthenticationOptions Tls() // for each dial, because the files rotate
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // or each dial would wait for a server of the CA
        };
        chain.CustomTrustStore.ImportFromPemFile(env("REDIS_CA_FILE") ?? "redis_ca.pem"); // every certificate in it
        return new SslClientAuthenticationOptions
        {
            TargetHost = host, // the name to be proved
            CertificateChainPolicy = chain,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
    }

    private void Failed(Exception why)
    {
        lock (closing)
        {
            var refused = why is RedisRefusedException;
            if (Now < nextDial)
            {
                return; // links that are lost together are one failure
            }
            if (Now > nextDial + 3160)
            {
                failures = 0; // it was calm
            }
            var full = Math.Min(2000, 200 << Math.Min(failures++, 9));
            var pause = refused ? Random.Shared.Next(30000, 60000) : Random.Shared.Next(full);
            Volatile.Write(ref nextDial, Now + pause);
            if (refused ? trouble != NotYet : trouble is null)
            {
                log.Log(refused ? LogLevel.Error : LogLevel.Warning, "reconnecting in {Pause} ms: {Why}", pause, why.Message);
            }
            awaySince = trouble is null ? Now : awaySince;
            trouble = why;
            if (Now - awaySince > 60000 && !refused)
            {
                awaySince = Now; // so it is said once in that time
                log.LogError("away for 60 s, all sockets dropped: flush DNS caches on the way");
                foreach (var link in new[] { shared, proved })
                {
                    link.Drop(why);
                }
            }
        }
    }

    /// <summary>Says where to look when it is a refusal; anything else is the network.</summary>
    private Exception Explained(Exception e)
    {
        var why = e is RedisConnectionException ? e.InnerException : e; // the message itself advises abortConnect=false
        var said = why?.Message ?? "unreachable, or silent";
        for (var inner = why?.InnerException; inner is not null; inner = inner.InnerException)
        {
            said += $", {inner.Message}";
        }
        var look = why switch
        {
            RedisServerException => "REDIS_USERNAME, REDIS_PASSWORD",
            // Other alerts are the network's: a server that starts, or stops.
            AuthenticationException or IOException when Regex.IsMatch(said, "certificate|unknown ca|unrecognized name") => "REDIS_HOST, REDIS_CA_FILE",
            CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => "REDIS_CA_FILE",
            _ => null,
        };
        return look is null
            ? new RedisAwayException($"no connection to {host}: {said}", e)
            : new RedisRefusedException($"refused, look at {look}: {said}", e);
    }

    private static bool IsLost(Exception e) =>
        e is TimeoutException or RedisConnectionException or OperationCanceledException or ObjectDisposedException
        || (e is RedisServerException && Regex.IsMatch(e.Message, "^(READONLY|MASTERDOWN|LOADING|NOAUTH)"));

    private static long Now => Environment.TickCount64;

    private static TimeSpan Until(long time) => TimeSpan.FromMilliseconds(Math.Max(0, time - Now));

    /// <summary>A connection that comes back: at any time one multiplexer, or the promise of the next.</summary>
    private sealed class Link(int timeoutMs)
    {
        public readonly int TimeoutMs = timeoutMs;
        public volatile TaskCompletionSource<Opened> Open = Promise();

        public void Drop(Opened opened, Exception why)
        {
            lock (this)
            {
                if (opened.Lost.TrySetResult(why))
                {
                    Open = Promise();
                }
            }
        }

        public void Drop(Exception why)
        {
            if (Open.Task is { IsCompletedSuccessfully: true, Result: var opened })
            {
                Drop(opened, why);
            }
        }

        public void Again()
        {
            var failed = Open;
            Open = Promise();
            failed.TrySetCanceled();
        }

        private static TaskCompletionSource<Opened> Promise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Opened(ConnectionMultiplexer redis)
    {
        public readonly ConnectionMultiplexer Redis = redis;
        public readonly TaskCompletionSource<Exception> Lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public long LastReply = Now;
    }

    private sealed class Sockets : Tunnel
    {
        private int dials;

        public override ValueTask BeforeSocketConnectAsync(EndPoint endPoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
        {
            // By itself the library dials again at once, from every process in the same moment.
            if (connectionType == ConnectionType.Interactive && Interlocked.Increment(ref dials) > 1)
            {
                throw new RedisAwayException("the next dial is another multiplexer's");
            }
            socket!.LingerState = new LingerOption(true, 0); // closing forgets what was not sent
            return ValueTask.CompletedTask;
        }

        // Once connected: before, such an option makes .NET refuse a name with several addresses.
        public override ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
        {
            socket!.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption(6, 18, BitConverter.GetBytes(2000)); // TCP_USER_TIMEOUT
            }
            return default;
        }
    }
}
