//! Who says a message, and where that was read: in the source of a library, a server or a TLS stack.

use crate::sources::Source;

/// Whoever writes a message.
#[derive(Debug)]
pub struct Speaker {
    /// Its name, and the version that was read where it matters.
    pub name: &'static str,
    /// The clients that pass its words on; empty for what any of them can say.
    pub clients: &'static [&'static str],
    /// Where it was read.
    pub source: Source,
}

macro_rules! speakers {
    ($($name:ident = $who:literal, [$($client:literal),*], $title:literal, $url:literal;)*) => {
        $(pub(super) const $name: &Speaker = &Speaker {
            name: $who,
            clients: &[$($client),*],
            source: Source { title: $title, url: $url, read: "2026-11-25" },
        };)*
    };
}

speakers! {
    SERVER = "Redis", [], "Redis, src/server.c", "https://github.com/redis/redis/blob/00097bf4aa9e28477ee5d9361569f3212fb7493a/src/server.c";
    SERVER_WORDS = "Redis", [], "go-redis 9.23.0, internal/proto/redis_errors.go (the server's words)", "https://github.com/redis/go-redis/blob/v9.23.0/internal/proto/redis_errors.go";
    SERVER_WORDS_RS = "Redis", [], "redis-rs 1.8.1, src/errors/server_error.rs (the server's words)", "https://docs.rs/redis/1.8.1/src/redis/errors/server_error.rs.html";
    SERVER_LOG = "Redis", [], "Server log on plaintext to a TLS port, redis issue 11569", "https://github.com/redis/redis/issues/11569";
    SYSTEM = "the operating system", [], "errno(3)", "https://man7.org/linux/man-pages/man3/errno.3.html";
    RESOLVER = "the name resolver", [], "getaddrinfo(3)", "https://man7.org/linux/man-pages/man3/getaddrinfo.3.html";
    OPENSSL = "OpenSSL", ["redis-py", "redis-py-asyncio", "node-redis", "ioredis", "predis", "phpredis", "redis-rb", "hiredis"], "openssl-verification-options(1)", "https://docs.openssl.org/3.0/man1/openssl-verification-options/";
    PYTHON_TLS = "Python's ssl", ["redis-py", "redis-py-asyncio"], "Python, ssl", "https://docs.python.org/3/library/ssl.html";
    NODE_TLS = "Node.js", ["node-redis", "ioredis"], "Node.js, TLS (X509 certificate error codes)", "https://nodejs.org/api/tls.html";
    NODE_DNS = "Node.js", ["node-redis", "ioredis"], "getaddrinfo ENOTFOUND with Redis Cloud, node-redis issue 2644", "https://github.com/redis/node-redis/issues/2644";
    GO_TLS = "Go's crypto/tls", ["go-redis"], "Go, crypto/x509/verify.go", "https://github.com/golang/go/blob/master/src/crypto/x509/verify.go";
    GO_TLS_RECORD = "Go's crypto/tls", ["go-redis"], "Go, crypto/tls/conn.go", "https://github.com/golang/go/blob/master/src/crypto/tls/conn.go";
    GO_NET = "Go's net", ["go-redis"], "Go, net/net.go", "https://github.com/golang/go/blob/master/src/net/net.go";
    JAVA_TLS = "Java's JSSE", ["jedis", "lettuce", "spring-data-redis"], "Java, JSSE reference guide", "https://docs.oracle.com/en/java/javase/21/security/java-secure-socket-extension-jsse-reference-guide.html";
    JAVA_NET = "Java", ["jedis", "lettuce", "spring-data-redis"], "Java, java.net.UnknownHostException", "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/UnknownHostException.html";
    RUSTLS = "rustls", ["redis-rs"], "rustls 0.23, src/error.rs", "https://docs.rs/rustls/latest/rustls/enum.Error.html";
    DOTNET_TLS = ".NET's SslStream", ["stackexchange-redis"], ".NET, SslPolicyErrors", "https://learn.microsoft.com/dotnet/api/system.net.security.sslpolicyerrors";
    REDIS_PY = "redis-py", ["redis-py", "redis-py-asyncio"], "redis-py 8.1.0, redis/connection.py", "https://github.com/redis/redis-py/blob/v8.1.0/redis/connection.py";
    NODE_REDIS = "node-redis", ["node-redis"], "node-redis, packages/client/lib/errors.ts", "https://github.com/redis/node-redis/blob/master/packages/client/lib/errors.ts";
    IOREDIS = "ioredis", ["ioredis"], "ioredis, lib/Redis.ts", "https://github.com/redis/ioredis/blob/main/lib/Redis.ts";
    IOREDIS_QUEUE = "ioredis", ["ioredis"], "ioredis, lib/redis/event_handler.ts", "https://github.com/redis/ioredis/blob/main/lib/redis/event_handler.ts";
    GO_REDIS = "go-redis", ["go-redis"], "go-redis 9.23.0, internal/pool/pool.go", "https://github.com/redis/go-redis/blob/v9.23.0/internal/pool/pool.go";
    JEDIS = "Jedis", ["jedis"], "Jedis 8.0.2, util/RedisInputStream.java", "https://github.com/redis/jedis/blob/master/src/main/java/redis/clients/jedis/util/RedisInputStream.java";
    JEDIS_POOL = "Jedis", ["jedis"], "Jedis 8.0.2, util/Pool.java", "https://github.com/redis/jedis/blob/master/src/main/java/redis/clients/jedis/util/Pool.java";
    JEDIS_DIAL = "Jedis", ["jedis"], "Jedis 8.0.2, DefaultJedisSocketFactory.java", "https://github.com/redis/jedis/blob/master/src/main/java/redis/clients/jedis/DefaultJedisSocketFactory.java";
    LETTUCE = "Lettuce", ["lettuce", "spring-data-redis"], "Lettuce 7.7.0, protocol/DefaultEndpoint.java", "https://github.com/redis/lettuce/blob/main/src/main/java/io/lettuce/core/protocol/DefaultEndpoint.java";
    LETTUCE_CONNECT = "Lettuce", ["lettuce", "spring-data-redis"], "Lettuce 7.7.0, RedisConnectionException.java", "https://github.com/redis/lettuce/blob/main/src/main/java/io/lettuce/core/RedisConnectionException.java";
    LETTUCE_TIMEOUT = "Lettuce", ["lettuce", "spring-data-redis"], "Lettuce 7.7.0, internal/ExceptionFactory.java", "https://github.com/redis/lettuce/blob/main/src/main/java/io/lettuce/core/internal/ExceptionFactory.java";
    REDIS_RS = "redis-rs", ["redis-rs"], "redis-rs 1.8.1, src/errors/redis_error.rs", "https://docs.rs/redis/1.8.1/src/redis/errors/redis_error.rs.html";
    STACKEXCHANGE = "StackExchange.Redis", ["stackexchange-redis"], "StackExchange.Redis, ExceptionFactory.cs", "https://github.com/StackExchange/StackExchange.Redis/blob/main/src/StackExchange.Redis/ExceptionFactory.cs";
    STACKEXCHANGE_FAILURE = "StackExchange.Redis", ["stackexchange-redis"], "StackExchange.Redis, ConnectionFailureType.cs", "https://github.com/StackExchange/StackExchange.Redis/blob/main/src/StackExchange.Redis/Enums/ConnectionFailureType.cs";
    STACKEXCHANGE_TIMEOUT = "StackExchange.Redis", ["stackexchange-redis"], "Timeout with a busy thread pool, StackExchange.Redis issue 395", "https://github.com/StackExchange/StackExchange.Redis/issues/395";
    PREDIS = "Predis", ["predis"], "Predis 3.6.0, src/Connection/StreamConnection.php", "https://github.com/predis/predis/blob/v3.6.0/src/Connection/StreamConnection.php";
    PREDIS_TLS = "Predis", ["predis"], "Predis 3.6.0, src/Connection/Resource/StreamFactory.php", "https://github.com/predis/predis/blob/v3.6.0/src/Connection/Resource/StreamFactory.php";
    PHPREDIS = "PhpRedis", ["phpredis"], "PhpRedis, library.c", "https://github.com/phpredis/phpredis/blob/008ec534e36dad1390f5e1d75d1f259134ab4596/library.c";
    REDIS_RB = "redis-rb", ["redis-rb"], "redis-client 0.22.2, ruby_connection/buffered_io.rb", "https://github.com/redis-rb/redis-client/blob/v0.22.2/lib/redis_client/ruby_connection/buffered_io.rb";
    REDIS_RB_LOST = "redis-rb", ["redis-rb"], "redis-client 0.22.2, redis_client.rb", "https://github.com/redis-rb/redis-client/blob/v0.22.2/lib/redis_client.rb";
    RUBY_POOL = "connection_pool", ["redis-rb"], "connection_pool 2.4.1, timed_stack.rb", "https://github.com/mperham/connection_pool/blob/v2.4.1/lib/connection_pool/timed_stack.rb";
    HIREDIS = "hiredis", ["hiredis"], "hiredis 1.4.1, net.c", "https://github.com/redis/hiredis/blob/v1.4.1/net.c";
    HIREDIS_TLS = "hiredis", ["hiredis"], "hiredis 1.4.1, ssl.c", "https://github.com/redis/hiredis/blob/v1.4.1/ssl.c";
}
