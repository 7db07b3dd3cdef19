<?php

/* Holdfast 0.1.0 #v=1&client=predis&runtime=kubernetes */

declare(strict_types=1);

use App\OutcomeUnknown;
use App\RedisConnection;
use App\Refused;
use Predis\Client;
use Predis\PredisException;

require __DIR__ . "/vendor/autoload.php";

ini_set("display_errors", "stderr");
$stopping = false;
pcntl_async_signals(true);
foreach ([SIGTERM, SIGINT] as $signal) {
    pcntl_signal($signal, function () use (&$stopping): void {
        $stopping = true;
    });
}

try {
    $redis = RedisConnection::open();
} catch (Refused $refused) {
    fwrite(STDERR, "Redis refused the connection: {$refused->getMessage()}\n");
    exit(1);
}

$steps = [
    "safe" => fn() => $redis->safe(fn(Client $r) => $r->setex("holdfast:demo", 60, "ok")),
    "once" => fn() => $redis->once(fn(Client $r) => $r->incr("holdfast:counter")),
];

$port = getenv("HEALTH_PORT") ?: "8080";
$server = stream_socket_server("tcp://127.0.0.1:$port") ?: exit(1); // its warning says why
echo "health: http://127.0.0.1:$port/health\n";
while (!$stopping) {
    foreach ($steps as $name => $step) {
        try {
            $step();
            unset($steps[$name]);
            echo "$name: ok\n";
        } catch (OutcomeUnknown $error) {
            unset($steps[$name]); // it may have been applied: look before you repeat it
            fwrite(STDERR, "$name: {$error->getMessage()}\n");
        } catch (PredisException $error) {
            fwrite(STDERR, "$name: {$error->getMessage()}\n");
        }
    }
    // A signal interrupts the wait, with a warning.
    $client = @stream_socket_accept($server, 1);
    if ($client === false) {
        continue;
    }
    stream_set_timeout($client, 1);
    $found = str_starts_with((string) fgets($client), "GET /health ");
    do {
        $header = fgets($client); // what is left unread would reset the connection
    } while ($header !== false && trim($header) !== "");
    $well = $found && $redis->healthy();
    $status = $well ? "200 OK" : ($found ? "503 Service Unavailable" : "404 Not Found");
    $body = $well ? '{"status":"ok"}' : '{"status":"down"}';
    $head = "Content-Type: application/json\r\nContent-Length: " . strlen($body) . "\r\nConnection: close";
    fwrite($client, "HTTP/1.1 $status\r\n$head\r\n\r\n$body");
    fclose($client);
}
$redis->close();
echo "closed\n";
