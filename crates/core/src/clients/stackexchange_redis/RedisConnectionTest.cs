// fill((stamp))
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
/*% if mutual_tls -%*/
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
/*% endif -%*/
using App;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

public class RedisConnectionTest
{
    [Fact]
    public async Task A_peer_that_never_answers_holds_no_call_beyond_the_deadline()
    {
        // The kernel accepts for a socket that listens; nobody ever answers.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var variables = Variables();
        variables["REDIS_HOST"] = "127.0.0.1";
        variables["REDIS_PORT"] = ((IPEndPoint)silent.LocalEndpoint).Port.ToString();
        await using var redis = await RedisConnection.OpenAsync(name => variables.GetValueOrDefault(name), NullLogger.Instance);
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<RedisAwayException>(() => redis.SafeAsync(db => db.StringGetAsync("key")));
        Assert.True(watch.ElapsedMilliseconds < fill((late_ms)), $"took {watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task A_missing_password_is_a_clear_error()
    {
        var e = await Assert.ThrowsAsync<RedisRefusedException>(() => RedisConnection.OpenAsync(_ => null, NullLogger.Instance));
        Assert.Contains("REDIS_PASSWORD", e.Message);
    }

    private static Dictionary<string, string?> Variables()
    {
        var variables = new Dictionary<string, string?> { ["REDIS_PASSWORD"] = "secret" };
        /*% if mutual_tls -%*/
        using var key = ECDsa.Create();
        using var own = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.Now, DateTimeOffset.Now.AddHours(1));
        variables["REDIS_CERT_FILE"] = Written(own.ExportCertificatePem());
        variables["REDIS_KEY_FILE"] = Written(key.ExportPkcs8PrivateKeyPem());
        variables["REDIS_CA_FILE"] = variables["REDIS_CERT_FILE"];
        /*% else if tls -%*/
        variables["REDIS_CA_FILE"] = Path.GetTempFileName();
        /*% endif -%*/
        return variables;
    }
    /*%- if mutual_tls %*/

    private static string Written(string pem)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, pem);
        return file;
    }
    /*%- endif %*/
}
