/*% if tls -%*/
            $tls = [
                "cafile" => fill((ca)),
                "peer_name" => /*% if cluster %*/$this->endpoint, // nodes are listed by address/*% else %*/$this->host,/*% endif %*/
                /*%- if mutual_tls %*/
                "local_cert" => fill((cert)),
                "local_pk" => fill((key)),
                /*%- endif %*/
            ];
            $options = stream_context_create(["ssl" => $tls, "socket" => ["tcp_nodelay" => true]]);
            /*% else -%*/
            $options = stream_context_create(["socket" => ["tcp_nodelay" => true]]);
            /*% endif -%*/
            $host = str_contains($this->host, ":") ? "[$this->host]" : $this->host;
            $address = "tcp://$host:$this->port";
            $stream = stream_socket_client($address, $code, $why, $timeout, STREAM_CLIENT_CONNECT, $options);
            if ($stream === false) {
                throw new NotSent($why);
            }
            // When it is closed the kernel forgets what it could not deliver, else that would arrive later.
            $socket = socket_import_stream($stream);
            socket_set_option($socket, SOL_SOCKET, SO_LINGER, ["l_onoff" => 1, "l_linger" => 0]);
            /*% if !serverless -%*/
            socket_set_option($socket, SOL_SOCKET, SO_KEEPALIVE, 1);
            $pace = ["TCP_KEEPIDLE" => fill((keepalive_ms|s)), "TCP_KEEPINTVL" => fill((keepalive_interval_ms|s)), "TCP_KEEPCNT" => 3];
            foreach ($pace as $name => $value) {
                if (defined($name)) {
                    socket_set_option($socket, SOL_TCP, constant($name), $value); // not everywhere has all of them
                }
            }
            /*% endif -%*/
            /*% if tls -%*/
            $versions = STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT | STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT;
            if (stream_socket_enable_crypto($stream, true, $versions) !== true) {
                throw new NotSent("TLS failed");
            }
            /*% endif -%*/
            $this->socket = new Socket($stream);
            $this->socket->wait(min(self::COMMAND_TIMEOUT, $end - self::now()));
            $parameters = new Parameters(["host" => $this->host, "port" => $this->port]); // for its messages
            $redis = new Client(new StreamConnection($parameters, $this->socket));
            $redis->auth(fill((user_word)), $password); // among the parameters it would be tried twice
            $redis->executeRaw(["CLIENT", "SETNAME", "fill((slug))"]);
