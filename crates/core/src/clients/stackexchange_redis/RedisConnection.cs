// fill((stamp))
// Not run by us: fill((not_run)).
/*% if cluster && durable -%*/
using System.Collections.Concurrent;
/*% endif -%*/
using System.Net;
/*% if tls -%*/
using System.Net.Security;
/*% endif -%*/
using System.Net.Sockets;
/*% if tls -%*/
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
/*% endif -%*/
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
    private const int DeadlineMs = fill((deadline_ms));
    private static readonly Exception NotYet = new RedisAwayException("not connected yet");
    private readonly CancellationTokenSource closing = new();
    private readonly Func<string, string?> env;
    private readonly ILogger log;
    private readonly string host;
    private readonly int port;
    /*% if mutual_tls -%*/
    private readonly Heard heard = new();
    /*% endif -%*/
    private readonly Link shared = new(fill((command_timeout_ms)));
    /*% if durable -%*/
    private readonly Link proved = new(DeadlineMs);
    /*% if cluster -%*/
    private readonly ConcurrentDictionary<EndPoint, int> dials = new();
    /*% endif -%*/
    /*% endif -%*/
    /*% if blocking -%*/
    private readonly Link waiting = new(31_000);
    /*% endif -%*/
    /*% if durable || blocking -%*/
    private readonly SemaphoreSlim turn = new(1); // one link dials at a time
    /*% endif -%*/
    private readonly Task[] running;
    private volatile Exception? trouble = NotYet; // null is well
    private long nextDial, awaySince = Now;
    private int failures;

    private RedisConnection(Func<string, string?> env, ILogger log)
    {
        this.env = name => env(name) is { Length: > 0 } value ? value : null; // empty is as good as unset
        this.log = log;
        host = this.env("REDIS_HOST") ?? "fill((host))";
        port = int.TryParse(this.env("REDIS_PORT") ?? "fill((port))", out var number)
            ? number
            : throw new RedisRefusedException("REDIS_PORT is not a number");
        running = [KeepAsync(shared)/*% if durable %*/, KeepAsync(proved)/*% endif %*//*% if blocking %*/, KeepAsync(waiting)/*% endif %*//*% if !serverless %*/, WatchAsync()/*% endif %*/];
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
    public Task<T> SafeAsync<T>(Func<IDatabase, Task<T>> command) => CallAsync(shared, command, fill((attempts)));
    /*%- if once %*/

    /// <summary>Never sends a command twice: when the reply is lost, the error says "outcome unknown".</summary>
    public Task<T> OnceAsync<T>(Func<IDatabase, Task<T>> command) => CallAsync(shared, command, 1);
    /*%- endif %*/
    /*%- if durable %*/

    /// <summary>Sends a write once and proves that it is on /*% if replica %*/a replica's/*% else %*/the/*% endif %*/ disk; not for MULTI.</summary>
    /*%- if cluster %*/
    public Task<T> DurableAsync<T>(RedisKey key, Func<IDatabase, Task<T>> write) => CallAsync(
        proved,
        async redis =>
        {
            // The proof counts only on the connection of the write: the key's node, and no dial in between.
            var node = await redis.IdentifyEndpointAsync(key) ?? throw new RedisAwayException("not sent: no node has the key");
            var dial = dials.GetValueOrDefault(node);
            var reply = await write(redis);
            var proof = await redis.Multiplexer.GetServer(node).ExecuteAsync("WAITAOF", fill((waitaof)), fill((proof_ms)));
            var stayed = node.Equals(await redis.IdentifyEndpointAsync(key)) && dial == dials.GetValueOrDefault(node);
            return stayed && ((long[]?)proof)![fill((proof_index))] > 0
                ? reply
                : throw new RedisAwayException("outcome unknown: no proof in time");
        },
        1);
    /*%- else %*/
    public Task<T> DurableAsync<T>(Func<IDatabase, Task<T>> write) => CallAsync(
        proved,
        async redis =>
        {
            var reply = await write(redis);
            var proof = await redis.ExecuteAsync("WAITAOF", fill((waitaof)), fill((proof_ms))); // same connection: a link dials once
            return ((long[]?)proof)![fill((proof_index))] > 0
                ? reply
                : throw new RedisAwayException("outcome unknown: no proof in time");
        },
        1);
    /*%- endif %*/
    /*%- endif %*/
    /*%- if blocking %*/

    /// <summary>BLPOP, XREAD, SUBSCRIBE on a connection of their own; a command waits up to 30 s; after an error, again.</summary>
    public async Task<T> BlockingAsync<T>(Func<IDatabase, Task<T>> command)
    {
        var opened = await OpenedAsync(waiting, Now + DeadlineMs);
        try
        {
            var reply = command(opened.Redis.GetDatabase());
            await Task.WhenAny(reply, opened.Lost.Task);
            return reply.IsCompleted ? await reply : throw new OperationCanceledException("the connection is lost");
        }
        catch (Exception e) when (IsLost(e))
        {
            waiting.Drop(opened, e);
            throw new RedisAwayException($"outcome unknown: {e.Message}", e);
        }
    }
    /*%- endif %*/

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
            await CallAsync(link, redis => redis.PingAsync(), fill((attempts)));
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
                /*% if cluster -%*/
                // One node that is away is the library's to dial; all of them together are ours.
                if (Now - opened.LastReply > fill((silent_ms)))
                {
                    link.Drop(opened, e);
                }
                /*% else -%*/
                // Slow is not silent: where others were answered meanwhile, the connection stays.
                if (e is not TimeoutException || opened.LastReply < begun)
                {
                    link.Drop(opened, e);
                }
                /*% endif -%*/
                lost ??= e is RedisServerException ? null : new RedisAwayException($"outcome unknown: {e.Message}", e);
                if (attempt == attempts || Now >= end)
                {
                    throw lost ?? e;
                }
                /*%- if cluster %*/
                await Task.Delay(Random.Shared.Next(fill((pause_ms))));
                /*%- endif %*/
            }
        }
    }

    private async Task<Opened> OpenedAsync(Link link, long end, Exception? lost = null)
    {
        end -= fill((least_ms)); // what has no time left for a reply is not sent
        // Nobody waits for a dial that comes too late.
        while (Now < end && (link.Open.Task.IsCompletedSuccessfully || Volatile.Read(ref nextDial) < end))
        {
            try
            {
                /*%- if serverless %*/
                var opened = await link.Open.Task.WaitAsync(Until(end));
                if (Now - opened.LastReply > fill((health_check_ms)) && !await ThawedAsync(opened, end)) // frozen meanwhile
                {
                    link.Drop(opened, new RedisAwayException("no answer after a pause"));
                    continue;
                }
                return opened;
                /*%- else %*/
                return await link.Open.Task.WaitAsync(Until(end));
                /*%- endif %*/
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                // Out of time, or that dial has failed: the loop decides.
            }
        }
        throw lost ?? new RedisAwayException($"not sent: Redis is away, {trouble?.Message}", trouble);
    }
    /*%- if serverless %*/

    private static async Task<bool> ThawedAsync(Opened opened, long end)
    {
        try
        {
            await opened.Redis.GetDatabase().PingAsync().WaitAsync(Until(Math.Min(end, Now + fill((command_timeout_ms)))));
            opened.LastReply = Now;
            return true;
        }
        catch (Exception e) when (IsLost(e))
        {
            return false;
        }
    }
    /*%- else %*/

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(fill((health_check_ms))));
        while (await timer.WaitForNextTickAsync(closing.Token))
        {
            await /*% if durable %*/Task.WhenAll(AnswersAsync(shared), AnswersAsync(proved))/*% else %*/AnswersAsync(shared)/*% endif %*/; // a silent peer is dropped, however idle the app
        }
    }
    /*%- endif %*/

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
                /*% if cluster -%*/
                redis.ConnectionFailed += (_, e) => log.LogWarning("lost {Node}: {Why}", e.EndPoint, e.FailureType);
                /*% else -%*/
                redis.ConnectionFailed += (_, e) => link.Drop(opened, new RedisAwayException($"lost: {e.FailureType}"));
                if (!redis.IsConnected)
                {
                    link.Drop(opened, new RedisAwayException("lost at once"));
                }
                /*% endif -%*/
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
        /*%- if durable || blocking %*/
        await turn.WaitAsync(closing.Token);
        try
        {
            while (Until(Volatile.Read(ref nextDial)) is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, closing.Token);
            }
            return await /*% if cluster %*/ConnectAsync(link)/*% else %*/ConnectionMultiplexer.ConnectAsync(Options(link))/*% endif %*/;
        }
        finally
        {
            turn.Release();
        }
        /*%- else %*/
        while (Until(Volatile.Read(ref nextDial)) is var pause && pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, closing.Token);
        }
        return await /*% if cluster %*/ConnectAsync(link)/*% else %*/ConnectionMultiplexer.ConnectAsync(Options(link))/*% endif %*/;
        /*%- endif %*/
    }
    /*%- if cluster %*/

    private async Task<ConnectionMultiplexer> ConnectAsync(Link link)
    {
        var dial = ConnectionMultiplexer.ConnectAsync(Options(link));
        // A node that freezes while it tells of the others would hold the dial for ever.
        if (await Task.WhenAny(dial, Task.Delay(fill((dial_ms)) * 2)) == dial)
        {
            return await dial;
        }
        _ = dial.ContinueWith(late => late.Result.Dispose(), TaskContinuationOptions.OnlyOnRanToCompletion);
        throw new RedisAwayException("a dial does not end");
    }
    /*%- endif %*/

    private ConfigurationOptions Options(Link link)
    {
        /*% if tls -%*/
        var tls = Tls();
        /*% endif -%*/
        /*% if mutual_tls -%*/
        heard.Last = null;
        /*% endif -%*/
        return new ConfigurationOptions
        {
            EndPoints = { { host, port } },
            User = env("REDIS_USERNAME") ?? "fill((user))",
            Password = env("REDIS_PASSWORD"),
            ClientName = "fill((slug))",
            Protocol = RedisProtocol.Resp3, // with RESP2 pub/sub takes a second connection
            ConnectRetry = 1,
            ConnectTimeout = fill((dial_ms)),
            SyncTimeout = link.TimeoutMs,
            AsyncTimeout = link.TimeoutMs,
            BacklogPolicy = BacklogPolicy.FailFast, // no queue that is sent after an outage
            TieBreaker = "", // no key and no channel of the library's own, which an ACL may refuse
            ConfigurationChannel = "",
            /*% if cluster -%*/
            ReconnectRetryPolicy = new NodeRetry(link),
            /*% endif -%*/
            Tunnel = new Sockets(/*% if cluster && durable %*/dials/*% endif %*/),
            /*%- if tls %*/
            Ssl = true,
            SslClientAuthenticationOptions = _ => tls,
            /*%- endif %*/
            /*%- if mutual_tls %*/
            LoggerFactory = heard,
            /*%- endif %*/
        };
    }
    /*%- if tls %*/

    private SslClientAuthenticationOptions Tls() // for each dial, because the files rotate
    {
        var chain = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck, // or each dial would wait for a server of the CA
        };
        chain.CustomTrustStore.ImportFromPemFile(env("REDIS_CA_FILE") ?? "redis_ca.pem"); // every certificate in it
        /*% if mutual_tls -%*/
        var file = env("REDIS_CERT_FILE") ?? "redis_user.crt";
        using var pem = X509Certificate2.CreateFromPemFile(file, env("REDIS_KEY_FILE") ?? "redis_user_private.key");
        var own = new X509Certificate2(pem.Export(X509ContentType.Pfx)); // Windows can't use a key from a PEM
        var issuers = new X509Certificate2Collection();
        issuers.ImportFromPemFile(file);
        /*% endif -%*/
        return new SslClientAuthenticationOptions
        {
            TargetHost = host, // the name to be proved/*% if cluster %*/, by nodes that are announced by address, too/*% endif %*/
            CertificateChainPolicy = chain,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            /*%- if mutual_tls %*/
            ClientCertificateContext = SslStreamCertificateContext.Create(own, issuers, offline: true),
            /*%- endif %*/
        };
    }
    /*%- endif %*/

    private void Failed(Exception why)
    {
        lock (closing)
        {
            var refused = why is RedisRefusedException;
            /*% if durable || blocking -%*/
            if (Now < nextDial)
            {
                return; // links that are lost together are one failure
            }
            /*% endif -%*/
            if (Now > nextDial + fill((calm_ms)))
            {
                failures = 0; // it was calm
            }
            var full = Math.Min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) << Math.Min(failures++, 9));
            var pause = refused ? Random.Shared.Next(fill((refused_min_ms)), fill((refused_max_ms))) : Random.Shared.Next(full);
            Volatile.Write(ref nextDial, Now + pause);
            if (refused ? trouble != NotYet : trouble is null)
            {
                log.Log(refused ? LogLevel.Error : LogLevel.Warning, "reconnecting in {Pause} ms: {Why}", pause, why.Message);
            }
            awaySince = trouble is null ? Now : awaySince;
            trouble = why;
            if (Now - awaySince > fill((refresh_after_ms)) && !refused)
            {
                awaySince = Now; // so it is said once in that time
                log.LogError("away for fill((refresh_after_ms|s)) s, all sockets dropped: flush DNS caches on the way");
                /*%- if durable || blocking %*/
                foreach (var link in new[] { shared/*% if durable %*/, proved/*% endif %*//*% if blocking %*/, waiting/*% endif %*/ })
                {
                    link.Drop(why);
                }
                /*%- endif %*/
            }
        }
    }

    /// <summary>Says where to look when it is a refusal; anything else is the network.</summary>
    private Exception Explained(Exception e)
    {
        var why = e is RedisConnectionException ? e.InnerException/*% if mutual_tls %*/ ?? heard.Last/*% endif %*/ : e; // the message itself advises abortConnect=false
        var said = why?.Message ?? "unreachable, or silent";
        /*% if tls -%*/
        for (var inner = why?.InnerException; inner is not null; inner = inner.InnerException)
        {
            said += $", {inner.Message}";
        }
        /*% endif -%*/
        var look = why switch
        {
            RedisServerException => "REDIS_USERNAME, REDIS_PASSWORD",
            /*% if tls -%*/
            // Other alerts are the network's: a server that starts, or stops.
            AuthenticationException or IOException when Regex.IsMatch(said, "certificate|unknown ca|unrecognized name") => "REDIS_HOST, REDIS_CA_FILE/*% if mutual_tls %*/, REDIS_CERT_FILE, REDIS_KEY_FILE/*% endif %*/",
            CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => "REDIS_CA_FILE/*% if mutual_tls %*/, REDIS_CERT_FILE, REDIS_KEY_FILE/*% endif %*/",
            /*% endif -%*/
            /*% if mutual_tls -%*/
            // At the start only, because a server that goes away cuts off, too.
            _ when trouble == NotYet && Regex.IsMatch(said, "reset|Broken pipe") => "REDIS_CERT_FILE, REDIS_KEY_FILE",
            /*% endif -%*/
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
        /*%- if durable || blocking || cluster %*/

        public void Drop(Exception why)
        {
            if (Open.Task is { IsCompletedSuccessfully: true, Result: var opened })
            {
                Drop(opened, why);
            }
        }
        /*%- endif %*/

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
    /*%- if cluster %*/

    /// <summary>When the library dials a node again. Long in vain: all is dialled anew, from the endpoint's name.</summary>
    private sealed class NodeRetry(Link link) : IReconnectRetryPolicy
    {
        public bool ShouldRetry(long currentRetryCount, int timeElapsedMillisecondsSinceLastRetry)
        {
            if (currentRetryCount >= fill((node_tries)))
            {
                link.Drop(new RedisAwayException("a node is away for long"));
            }
            var full = Math.Min(fill((reconnect_cap_ms)), fill((reconnect_base_ms)) << (int)Math.Min(currentRetryCount, 9));
            // It is also asked whether a dial has taken too long.
            return timeElapsedMillisecondsSinceLastRetry > fill((dial_ms)) + Random.Shared.Next(full);
        }
    }
    /*%- endif %*/
    /*%- if mutual_tls %*/

    /// <summary>TLS 1.3: a server refuses a certificate after the handshake, and the library tells it only to its log.</summary>
    private sealed class Heard : ILoggerFactory, ILogger
    {
        public volatile Exception? Last;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Last ??= exception;
    }
    /*%- endif %*/

    private sealed class Sockets/*% if cluster && durable %*/(ConcurrentDictionary<EndPoint, int> dials)/*% endif %*/ : Tunnel
    {
        /*% if !cluster -%*/
        private int dials;

        /*% endif -%*/
        public override ValueTask BeforeSocketConnectAsync(EndPoint endPoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
        {
            /*% if !cluster -%*/
            // By itself the library dials again at once, from every process in the same moment.
            if (connectionType == ConnectionType.Interactive && Interlocked.Increment(ref dials) > 1)
            {
                throw new RedisAwayException("the next dial is another multiplexer's");
            }
            /*% else if durable -%*/
            dials.AddOrUpdate(endPoint, 1, (_, before) => before + 1);
            /*% endif -%*/
            socket!.LingerState = new LingerOption(true, 0); // closing forgets what was not sent
            return ValueTask.CompletedTask;
        }

        // Once connected: before, such an option makes .NET refuse a name with several addresses.
        public override ValueTask<Stream?> BeforeAuthenticateAsync(EndPoint endpoint, ConnectionType connectionType, Socket? socket, CancellationToken cancellationToken)
        {
            socket!.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, fill((keepalive_ms|s)));
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, fill((keepalive_interval_ms|s)));
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption(6, 18, BitConverter.GetBytes(fill((user_timeout_ms)))); // TCP_USER_TIMEOUT
            }
            return default;
        }
    }
}
