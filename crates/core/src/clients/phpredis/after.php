if ($redis->getTransferredBytes() === [$sent, $received]) {
                    $redis->ping(); // nothing was sent: an empty pipeline, or a dead socket that shows now
                }
                if ($redis->getTransferredBytes()[1] === $received) {
                    throw new RedisException("no reply"); // half a write comes back as a mere `false`
                }
                if ($redis->getLastError() !== null) {
                    throw new RedisException($redis->getLastError()); // as do many errors of Redis
                }
