# fill((stamp))
# frozen_string_literal: true

require "connection_pool"
#% if cluster && tls -%#
require "delegate"
#% endif -%#
require "logger"
#% if cluster -%#
require "redis-clustering"
#% else -%#
require "redis"
#% endif -%#
require "redis_client/ruby_connection"
require "timeout"

# Redis whose calls end in time and whose connections come back by themselves: make one per process.
class RedisConnection
  DEADLINE = fill((deadline_ms|seconds)) # seconds a call may take, whatever happens
  POOL_WAIT = fill((pool_wait_ms|seconds))
  CONNECT_TIMEOUT = fill((connect_timeout_ms|seconds)) # name, TCP and TLS of a dial together
  COMMAND_TIMEOUT = fill((command_timeout_ms|seconds))
  RECONNECT_BASE = fill((reconnect_base_ms|seconds))
  RECONNECT_CAP = fill((reconnect_cap_ms|seconds))
  REFUSED_PAUSE = (fill((refused_min_ms|seconds))..fill((refused_max_ms|seconds)))
  REFRESH_AFTER = fill((refresh_after_ms|seconds))

  # fill((refusable)): a person has to act.
  class Refused < Redis::BaseError; end

  # The reply was lost: the command may or may not have been applied.
  class OutcomeUnknown < Redis::ConnectionError; end

  # Faults of the connection, rather than answers.
  #% if cluster -%#
  FAULTS = [
    Redis::BaseConnectionError, Redis::ProtocolError, Redis::Cluster::InitialSetupError,
    Redis::Cluster::NodeMightBeDown, Redis::Cluster::CommandErrorCollection
  ].freeze
  #%- else -%#
  FAULTS = [Redis::BaseConnectionError, Redis::ProtocolError].freeze
  #%- endif %#

  NOT_APPLIED = [Refused, Redis::CannotConnectError, Redis::ReadOnlyError].freeze # or not sent

  def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def initialize(#% if active_active %#suffix, #% endif %#log: Logger.new($stderr))
    gate = Gate.new(log#% if active_active %#, "Redis#{suffix}"#% endif %#)
    @pool = ConnectionPool.new(size: fill((pool_size)), timeout: POOL_WAIT) { Line.new(fill((line))) }
    #% if blocking -%#
    @waiting = ConnectionPool.new(size: 1, timeout: POOL_WAIT) { Line.new(fill((line)), patient: true) }
    #% endif -%#
    #% if automatic -%#
    @probe = ConnectionPool.new(size: 1, timeout: POOL_WAIT) { Line.new(fill((line))) } # the pool may be busy
    #% endif -%#
    safe(&:ping)
  rescue *FAULTS => e # no reason to die: the connection comes back later
    log.warn("starting without Redis: #{e.message}")
  end

  # Tries again within the deadline: reads, and writes that may be applied twice.
  def safe(#% if automatic %#pool = @pool, #% endif %#&commands)
    attempt(fill((pool)), fill((attempts)), &commands)
  end
#% if once %#
  # Never sends a command twice: counters, pushes, money.
  def once(&commands)
    attempt(@pool, &commands)
  end
#% endif %##% if durable && cluster %#
  # Sends a write once and returns when the disk of #% if replica %#a replica#% else %#its node#% endif %# has it: `durable("key", "SET", "key", "value")`.
  def durable(key, *command)
    reply, proof = attempt(@pool) { |redis| proved(redis._client.send(:router), key, command) }
    return reply if proof.is_a?(Array) && proof[fill((proof_index))].positive?

    raise OutcomeUnknown, "outcome unknown: written, but the disk did not confirm it (#{proof})"
  end
#% else if durable %#
  # Sends a write once and returns when the disk#% if replica %# of a replica#% endif %# has it.
  def durable
    reply, proof = attempt(@pool) { |redis| [yield(redis), proof(redis._client)] }
    return reply if proof.is_a?(Array) && proof[fill((proof_index))].positive?

    raise OutcomeUnknown, "outcome unknown: written, but the disk did not confirm it (#{proof})"
  end
#% endif %##% if blocking %#
  # BLPOP, XREAD#% if !cluster %#, SUBSCRIBE#% endif %# on a connection of its own, for one thread; after an error, call again.
  def blocking(&commands)
    attempt(@waiting, &commands)
  end
#% endif %#
  def healthy?
    safe(#% if automatic %#@probe, #% endif %#&:ping) == "PONG"
  rescue Redis::BaseError
    false
  end

  def close
    #% if blocking || automatic -%#
    [fill((pools))].each { |pool| pool.shutdown(&:close) }
    #%- else -%#
    @pool.shutdown(&:close)
    #%- endif %#
  end

  private

  def attempt(pool, attempts = 1, &commands)
    ends = RedisConnection.now + DEADLINE
    begin
      call(ends, pool, &commands)
    rescue *FAULTS, Refused => e
      lost ||= e unless NOT_APPLIED.any? { |fault| e.is_a?(fault) }
      retry if (attempts -= 1).positive? && !e.is_a?(Refused) && RedisConnection.now + COMMAND_TIMEOUT < ends
      raise lost ? OutcomeUnknown.new("outcome unknown: #{lost.message}") : e
    end
  end

  def call(ends, pool, &commands)
    pool.with { |line| line.call(ends, &commands) }
  rescue ConnectionPool::TimeoutError
    raise Redis::CannotConnectError, "not sent: all connections are busy"
  end
#% if durable && cluster %#
  # The library has no public way to one node.
  def proved(router, key, command)
    node = router.find_node(router.find_node_key_by_key(key, primary: true))
    node.disable_reconnection { [node.call_v(command), proof(node)] }
  rescue RedisClient::Error => e
    Redis::Cluster::Client.translate_error!(e)
  end
#% endif %##% if durable %#
  def proof(client)
    client.blocking_call_v(fill((proof_ms|seconds)), ["WAITAOF", fill((waitaof)), fill((proof_ms))])
  rescue Redis::CommandError#% if cluster %#, RedisClient::CommandError#% endif %# => e
    e
  end
#% endif %#
  # In front of every dial: after a fault one at a time, each behind a random pause.
  class Gate
    attr_reader :stale

    def initialize(log#% if active_active %#, name#% endif %#)
      @log = log
      #% if active_active -%#
      @name = name
      #% endif -%#
      @lock = Mutex.new
      @turn = ConditionVariable.new
      @up = false
      @failures = 0
      @opens = @answered = @lost = @stale = @since = 0.0
    end

    def enter(ends)
      @lock.synchronize do
        while (pause = @opens - RedisConnection.now).positive? && RedisConnection.now + pause + CONNECT_TIMEOUT < ends
          @turn.wait(@lock, pause)
        end
        raise Redis::CannotConnectError, "next dial in #{pause.ceil(1)} s: #{@fault}" if pause.positive?

        @opens = RedisConnection.now + CONNECT_TIMEOUT if @failures.positive?
      end
    end

    def success(dialled)
      @answered = RedisConnection.now
      return if @up || dialled < @lost

      @lock.synchronize do
        @up = true
        @failures = 0
        @opens = 0.0
        @turn.broadcast
      end
      @log.info("fill((said)): connected")
    end

    def failure(fault, began)
      # What began before the last fault is the same one.
      @lock.synchronize { record(fault, began) if began > @lost || fault.is_a?(Refused) }
      raise fault
    end

    private

    def record(fault, began)
      now = @lost = RedisConnection.now
      pause = rand * [RECONNECT_CAP, RECONNECT_BASE * (2**[@failures, 9].min)].min
      @stale = now if @answered < began || fault.is_a?(Redis::ReadOnlyError) # older connections are no better
      @since = now if @failures.zero?
      if fault.is_a?(Refused)
        # At start-up `new` raises it.
        @log.error("fill((said)): refused: #{fault.message}") if (@failures + @answered).positive?
        pause = rand(REFUSED_PAUSE)
        @lost += pause # no other fault makes it shorter
      elsif @failures.zero?
        @log.warn("fill((said)): lost, reconnecting: #{fault.message}")
      elsif now - @since > REFRESH_AFTER
        @since = @stale = now
        @log.warn("fill((said)): all dropped after #{REFRESH_AFTER} s: flush the DNS cache of this machine")
      end
      @opens = now + pause
      @up = false
      @failures += 1
      @fault = fault.message
    end
  end

  # A place in the pool: at most one connection, and the clock of the call that has it.
  class Line
    #% if blocking -%#
    attr_reader :patient

    #% endif -%#
    def initialize(gate#% if active_active %#, suffix#% endif %##% if blocking %#, patient: false#% endif %#)
      @gate = gate
      #% if active_active -%#
      @suffix = suffix
      #% endif -%#
      #% if blocking -%#
      @patient = patient
      #% endif -%#
      @used = @dialled = 0.0
    end

    def call(ends, &commands)
      @ends = ends
      close unless fresh?
      @redis ||= dial
      #% if blocking -%#
      @ends = Float::INFINITY if patient
      #% endif -%#
      work(&commands)
    end

    #% if cluster && tls -%#
    def endpoint = fill((host_now))

    #% endif -%#
    def left(limit)
      (@ends - RedisConnection.now).clamp(0.001, limit)
    end

    def close
      @redis&.close
      @redis = nil
    end

    private

    def fresh?
      return false unless @redis

      @redis.connected? && @dialled > @gate.stale && (!idle? || @redis.ping)
    rescue Redis::BaseError
      false
    end

    #% if serverless -%#
    # Frozen perhaps, and the other clock with it.
    def idle? = (Time.now.to_f - @used).abs > 1
    #%- else -%#
    def idle? = RedisConnection.now - @used > fill((health_check_ms|seconds))
    #%- endif %#

    def dial
      @gate.enter(@ends)
      began = RedisConnection.now
      #% if cluster -%#
      redis = Redis::Cluster.new(**options)
      redis._client.respond_to?(:get) # finds the nodes
      #% else -%#
      redis = Redis.new(**options)
      redis.without_reconnect(&:itself) # dials
      #% endif -%#
      @dialled = RedisConnection.now
      redis
    rescue RedisClient::Error#% if cluster %#, Redis::ConnectionError#% endif %##% if mutual_tls %#, OpenSSL::OpenSSLError, SystemCallError#% endif %# => e
      redis&.close
      @gate.failure(explained(e), began)
    end

    def work
      began = RedisConnection.now
      reply = @redis.without_reconnect { yield @redis }
      @used = #% if serverless %#Time.now.to_f#% else %#RedisConnection.now#% endif %#
      @gate.success(@dialled)
      reply
    rescue Redis::CommandError, *FAULTS => e
      unfit = e.message.match?(/\A(READONLY|MASTERDOWN|LOADING|NOAUTH#% if durable && cluster %#|MOVED#% endif %#)/)
      raise if e.is_a?(Redis::CommandError) && !unfit

      close
      @gate.failure(unfit ? Redis::ReadOnlyError.new(e.message) : e, began)
    end

    # What a person has to mend, else a fault of the network.
    def explained(error)
      case told = error.message
      when /WRONGPASS|NOAUTH|NOPERM/
        Refused.new("user or password, check REDIS_USERNAME and REDIS_PASSWORD (#{told})")
      #% if mutual_tls -%#
      when /SSL_.*(certificate|unknown ca|unrecognized name)|SSL_CTX|certificate data|PKey|rb_sysopen/
        names = "REDIS_HOST, REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE"
        Refused.new("certificate or host name, check #{names} (#{told})")
      #% else if tls -%#
      when /SSL_.*(certificate|unknown ca|unrecognized name)|SSL_CTX/
        Refused.new("certificate or host name, check REDIS_CA_FILE and REDIS_HOST (#{told})")
      #% endif -%#
      else
        Redis::CannotConnectError.new("no connection: #{told.strip}")
      end
    end

    # For each dial anew, as password and files may have changed.
    def options
      #% if mutual_tls -%#
      certificate, *chain = OpenSSL::X509::Certificate.load_file(env("REDIS_CERT_FILE", "redis_user.crt"))
      #% endif -%#
      {
        #% if cluster -%#
        #% if tls || !active_active -%#
        nodes: [{ host: #% if tls %#endpoint#% else %#fill((host_now))#% endif %#, port: }],
        #% else -%#
        nodes: [{
          host: fill((host_now)),
          port:
        }],
        #% endif -%#
        connect_with_original_config: true, # start at the name each time, not at addresses that may be gone
        concurrency: { model: :none },
        #% else -%#
        host: fill((host_now)),
        port:,
        #% endif -%#
        username: env("REDIS_USERNAME", "fill((user))"),
        password: env("REDIS_PASSWORD"),
        id: "fill((slug))",
        #% if tls -%#
        ssl: true,
        ssl_params: {
          ca_file: env("REDIS_CA_FILE", "redis_ca.pem"), # the host name is checked too
          #% if mutual_tls -%#
          cert: certificate,
          extra_chain_cert: chain,
          key: OpenSSL::PKey.read(File.read(env("REDIS_KEY_FILE", "redis_user_private.key"))),
          #% endif -%#
          min_version: OpenSSL::SSL::TLS1_2_VERSION
        },
        #% endif -%#
        protocol: 2, # versions 5 and 6 answer alike
        connect_timeout: CONNECT_TIMEOUT / 2, # of one address, so that a second has its turn
        timeout: COMMAND_TIMEOUT,
        reconnect_attempts: 0, # the default repeats INCR
        driver: Wire,
        custom: { line: self },
        # Newer versions look after an idle connection themselves, and dial.
        **(RedisClient::Config.const_defined?(:DEFAULT_IDLE_TIMEOUT) ? { idle_timeout: nil } : {})
      }
    end

    def port
      number = Integer(fill((port_now)), exception: false)
      number || raise(Refused, "REDIS_PORT is not a number")
    end

    def env(name, default = nil)
      #% if active_active -%#
      values = [ENV.fetch("#{name}#{@suffix}", nil), ENV.fetch(name, nil), default]
      #% else -%#
      values = [ENV.fetch(name, nil), default]
      #% endif -%#
      values.find { |value| !value.to_s.empty? } || raise(Refused, "#{name} is not set")
    end
  end
#% if cluster && tls %#
  # Nodes are listed by address; their certificate has the name of the endpoint.
  class Node < SimpleDelegator
    def host = @name || super

    def dialling = @name = nil

    # Asked for between the dial and the handshake.
    def ssl_context
      @name = custom[:line].endpoint
      super
    end
  end
#% endif %#
  # The library's connection, which waits for nothing longer than its call may take.
  class Wire < RedisClient::RubyConnection
    #% if cluster && tls -%#
    def initialize(config, **timeouts)
      super(Node.new(config), **timeouts)
    end

    #% endif -%#
    def read(timeout = nil)
      #% if blocking -%#
      return super if timeout&.zero? && line.patient

      #% endif -%#
      super(line.left(timeout&.nonzero? || COMMAND_TIMEOUT))
    rescue RedisClient::Error
      close # a late reply would answer the next command
      raise
    end
#% if cluster %#
    # The cluster client would repeat any command three times after a lost reply.
    def call(*)
      super
    rescue RedisClient::ReadOnlyError, RedisClient::MasterDownError
      raise
    rescue RedisClient::ConnectionError => e
      raise Redis::ConnectionError, e.message
    end

    def call_pipelined(commands, *, **)
      super
    rescue RedisClient::ConnectionError => e
      raise if commands.first.first == "AUTH" # part of a dial

      raise Redis::ConnectionError, e.message
    end
#% endif %#
    #% if tls -%#
    # The reply is read all the same: it says why the peer hung up, for want of a certificate perhaps.
    def write_multi(commands)
      super
    rescue RedisClient::ConnectionError => e
      raise if e.is_a?(RedisClient::TimeoutError) # it has hung nothing up: it is silent
    end

    #% endif -%#
    private

    def line = config.custom[:line]

    # The name lookup knows no timeout, and each address and each step of TLS has one of its own.
    def connect
      #% if cluster && tls -%#
      config.dialling
      #% endif -%#
      Timeout.timeout(line.left(CONNECT_TIMEOUT), SocketError, "no connection in #{CONNECT_TIMEOUT} s") { super }
    rescue RedisClient::Error
      @socket&.close # the library leaves it open when TLS fails
      raise
    end

    def enable_socket_keep_alive(socket)
      @socket = socket
      #% if !serverless -%#
      socket.setsockopt(:SOCKET, :KEEPALIVE, true)
      { KEEPIDLE: fill((keepalive_ms|s)), KEEPINTVL: fill((keepalive_interval_ms|s)), KEEPCNT: 3 }.each do |name, value|
        socket.setsockopt(:TCP, name, value) if Socket.const_defined?("TCP_#{name}")
      end
      #% endif -%#
      socket.setsockopt(Socket::Option.linger(true, 0)) # a closed socket forgets its writes: none arrives late
    end
  end
end
