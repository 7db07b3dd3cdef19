if ($redis->getTransferredBytes()[1] === $received) {
                    throw new RedisException("no reply"); // half a write comes back as a mere `false`
                }
                if ($redis->getLastError() !== null) {
                    throw new RedisException($redis->getLastError()); // as do many errors of Redis
                }
