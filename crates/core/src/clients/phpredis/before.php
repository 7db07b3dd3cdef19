[$sent, $received] = $redis->getTransferredBytes();
            $redis->clearLastError();
