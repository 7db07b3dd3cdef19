<?php

/* Holdfast 0.1.0 #v=1&client=phpredis&name=%3C/script%3E%22&host=a%22%0Ab%5C%24%7B&user=%27%22%0A */

declare(strict_types=1);

use App\Refused;
use App\RedisConnection;

require __DIR__ . "/src/RedisConnection.php";

$peer = stream_socket_server("tcp://127.0.0.1:0"); // accepts and never answers
putenv("REDIS_HOST=127.0.0.1");
putenv("REDIS_PORT=" . substr(strrchr(stream_socket_get_name($peer, false), ":"), 1));
putenv("REDIS_PASSWORD=secret");
$ca = tempnam(sys_get_temp_dir(), "ca");
$key = openssl_pkey_new(["private_key_type" => OPENSSL_KEYTYPE_EC, "curve_name" => "prime256v1"]);
openssl_x509_export_to_file(openssl_csr_sign(openssl_csr_new(["commonName" => "test"], $key), null, $key, 1), $ca);
putenv("REDIS_CA_FILE=$ca");

function check(bool $holds, string $sentence): void
{
    fwrite(STDERR, ($holds ? "ok" : "NOT") . ": $sentence\n");
    $holds || exit(1);
}

function within(callable $call): bool
{
    $began = hrtime(true);
    try {
        $call();
        return false;
    } catch (RedisException) {
        return (hrtime(true) - $began) / 1e9 < RedisConnection::DEADLINE * 1.25 + 0.1;
    }
}

$redis = RedisConnection::open();
check(within(fn() => $redis->safe(fn(Redis $r) => $r->get("key"))), "a silent peer holds no call beyond the deadline");
check(within(fn() => $redis->once(fn(Redis $r) => $r->incr("n"))), "nor a call that is sent once");
check(!$redis->healthy(), "it is not healthy then");

putenv("REDIS_PASSWORD");
try {
    $missing = RedisConnection::open();
} catch (Refused $refused) {
    check($refused->getMessage() === "REDIS_PASSWORD is not set", "a missing password is a clear error");
}
check(!isset($missing), "without a password nothing opens");
unlink($ca);
