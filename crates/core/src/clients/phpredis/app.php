<?php

/* fill((stamp)) */

declare(strict_types=1);

/*% if unknown -%*/
use App\OutcomeUnknown;
/*% endif -%*/
use App\fill((opened));
use App\Refused;fill((use_lines))

/*% if composer -%*/
require __DIR__ . "/vendor/autoload.php";
/*% else -%*/
require __DIR__ . "/src/RedisConnection.php";
/*% if cluster -%*/
require __DIR__ . "/src/RedisNodes.php";
/*% endif -%*/
/*% if active_active -%*/
require __DIR__ . "/src/RedisRegions.php";
/*% endif -%*/
/*% endif %*/
ini_set("display_errors", "stderr");
$stopping = false;
pcntl_async_signals(true);
foreach ([SIGTERM, SIGINT] as $signal) {
    pcntl_signal($signal, function () use (&$stopping): void {
        $stopping = true;
    });
}

try {
    /*%- if active_active %*/
    $regions = new RedisRegions();
    pcntl_signal(SIGUSR1, fn() => $regions->failOver());
    /*%- else %*/
    $redis = fill((opened))::open();
    /*%- endif %*/
} catch (Refused $refused) {
    fwrite(STDERR, "Redis refused the connection: {$refused->getMessage()}\n");
    exit(1);
}

$steps = [
    "safe" => fn() => fill((redis))->safe(fill((key_demo))fn(fill((type)) $r) => $r->setex("holdfast:demo", 60, "ok")),
    /*%- if once %*/
    "once" => fn() => fill((redis))->once(fill((key_counter))fn(fill((type)) $r) => $r->incr("holdfast:counter")),
    /*%- endif %*/
    /*%- if durable %*/
    "durable" => fn() => fill((redis))->durable(fill((key_durable))fn(fill((type)) $r) => $r->set("holdfast:durable", "ok")),
    /*%- endif %*/
    /*%- if blocking %*/
    "blocking" => fn() => fill((redis))->blocking(fill((key_queue))fn(fill((type)) $r) => $r->blpop("holdfast:jobs", 1)),
    /*%- endif %*/
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
            /*%- if unknown %*/
        } catch (OutcomeUnknown $error) {
            unset($steps[$name]); // it may have been applied: look before you repeat it
            fwrite(STDERR, "$name: {$error->getMessage()}\n");
            /*%- endif %*/
        } catch (fill((error)) $error) {
            fwrite(STDERR, "$name: {$error->getMessage()}\n");
        }
    }
    /*% if automatic -%*/
    $regions->check();
    /*% endif -%*/
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
    $well = $found && fill((redis))->healthy();
    $status = $well ? "200 OK" : ($found ? "503 Service Unavailable" : "404 Not Found");
    $body = $well ? '{"status":"ok"}' : '{"status":"down"}';
    $head = "Content-Type: application/json\r\nContent-Length: " . strlen($body) . "\r\nConnection: close";
    fwrite($client, "HTTP/1.1 $status\r\n$head\r\n\r\n$body");
    fclose($client);
}
fill((closing))->close();
echo "closed\n";
