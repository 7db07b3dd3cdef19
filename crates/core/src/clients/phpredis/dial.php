$redis = new Redis();
            /*% if tls -%*/
            $redis->connect("tls://$this->host", $this->port, $timeout, null, 0, self::COMMAND_TIMEOUT, [
                "stream" => [
                    "cafile" => fill((ca)), // the host name is checked too
                    /*% if mutual_tls -%*/
                    "local_cert" => fill((cert)),
                    "local_pk" => fill((key)),
                    /*% endif -%*/
                    /*% if cluster -%*/
                    "peer_name" => $this->endpoint, // nodes are listed by address
                    /*% endif -%*/
                    "crypto_method" => STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT | STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT,
                ],
            ]);
            /*% else -%*/
            $redis->connect($this->host, $this->port, $timeout, null, 0, self::COMMAND_TIMEOUT);
            /*% endif -%*/
            $redis->setOption(Redis::OPT_MAX_RETRIES, 0); // or a command dials ten times
            $redis->setOption(Redis::OPT_TCP_KEEPALIVE, true);
            if (!$redis->auth([fill((user_word)), $password])) {
                throw new RedisException((string) $redis->getLastError());
            }
            $redis->client("SETNAME", "fill((slug))");
