$redis = new Redis();
            /*% if tls -%*/
            $tls = [
                "cafile" => fill((ca)), // the host name is checked too
                /*% if mutual_tls -%*/
                "local_cert" => fill((cert)),
                "local_pk" => fill((key)),
                /*% endif -%*/
                /*% if cluster -%*/
                "peer_name" => $this->endpoint, // nodes are listed by address
                /*% endif -%*/
                "crypto_method" => STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT | STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT,
            ];
            $address = "tls://$this->host";
            $redis->connect($address, $this->port, $timeout, null, 0, self::COMMAND_TIMEOUT, ["stream" => $tls]);
            /*% else -%*/
            $redis->connect($this->host, $this->port, $timeout, null, 0, self::COMMAND_TIMEOUT);
            /*% endif -%*/
            $redis->setOption(Redis::OPT_MAX_RETRIES, 0); // or a command dials ten times
            $redis->setOption(Redis::OPT_TCP_KEEPALIVE, true);
            /*% if tls -%*/
            try {
                $welcome = $redis->auth([fill((user_word)), $password]);
            } catch (RedisException $error) {
                // The reset hides why, from whoever wrote first. Who only listens hears who wants another certificate.
                if ($this->used === 0.0 && !ctype_upper(explode(" ", $error->getMessage())[0])) {
                    $warnings = [];
                    $options = stream_context_create(["ssl" => $tls]);
                    $peer = stream_socket_client("$address:$this->port", timeout: $timeout, context: $options);
                    if ($peer !== false) {
                        stream_set_timeout($peer, 0, 250_000);
                        fread($peer, 1);
                    }
                }
                throw $error;
            }
            /*% else -%*/
            $welcome = $redis->auth([fill((user_word)), $password]);
            /*% endif -%*/
            if (!$welcome) {
                throw new RedisException((string) $redis->getLastError());
            }
            try {
                $redis->client("SETNAME", "fill((slug))");
            } catch (RedisException $error) {
                if (!str_starts_with($error->getMessage(), "NOPERM ")) {
                    throw $error; // without the right to it, it has no name
                }
            }
