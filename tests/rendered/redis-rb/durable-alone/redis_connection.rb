# Holdfast 0.1.0 #v=1&plan=pro&data-loss=nothing&survive=nothing&client=redis-rb
# frozen_string_literal: true

require "connection_pool"
require "logger"
require "redis"
require "redis_client/ruby_connection"
require "timeout"

# Redis whose calls end in time and whose connections come back by themselves: make one per process.
class RedisConnection
  DEADLINE = 2.0 # seconds a call may take, whatever happens
  POOL_WAIT = 0.2
  CONNECT_TIMEOUT = 0.58 # name, TCP and TLS of a dial together
  COMMAND_TIMEOUT = 0.58
  RECONNECT_BASE = 0.2
  RECONNECT_CAP = 2.0
  REFUSED_PAUSE = (30.0..60.0)
  REFRESH_AFTER = 60.0

  # Password, certificate or host name: a person has to act.
  class Refused < Redis::BaseError; end

  # The reply was lost: the command may or may not have been applied.
  class OutcomeUnknown < Redis::ConnectionError; end

  # Faults of the connection, rather than answers.
  FAULTS = [Redis::BaseConnectionError, Redis::ProtocolError].freeze

  NOT_APPLIED = [Refused, Redis::CannotConnectError, Redis::ReadOnlyError].freeze # or not sent

  def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def initialize(log: Logger.new($stderr))
    gate = Gate.new(log)
    @pool = ConnectionPool.new(size: 10, timeout: POOL_WAIT) { Line.new(gate) }
    safe(&:ping)
  rescue *FAULTS => e # no reason to die: the connection comes back later
    log.warn("starting without Redis: #{e.message}")
  end

  # Tries again within the deadline: reads, and writes that may be applied twice.
  def safe(&commands)
    attempt(@pool, 2, &commands)
  end

  # Never sends a command twice: counters, pushes, money.
  def once(&commands)
    attempt(@pool, &commands)
  end

  # Sends a write once and returns when the disk has it.
  def durable
    reply, proof = attempt(@pool) { |redis| [yield(redis), proof(redis._client)] }
    return reply if proof.is_a?(Array) && proof[0].positive?

    raise OutcomeUnknown, "outcome unknown: written, but the disk did not confirm it (#{proof})"
  end

  def healthy?
    safe(&:ping) == "PONG"
  rescue Redis::BaseError
    false
  end

  def close
    @pool.shutdown(&:close)
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

  def proof(client)
    client.blocking_call_v(1.12, ["WAITAOF", 1, 0, 1120])
  rescue Redis::CommandError => e
    e
  end

  # In front of every dial: after a fault one at a time, each behind a random pause.
  class Gate
    attr_reader :stale

    def initialize(log)
      @log = log
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
      @log.info("Redis: connected")
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
        @log.error("Redis: refused: #{fault.message}") if (@failures + @answered).positive?
        pause = rand(REFUSED_PAUSE)
        @lost += pause # no other fault makes it shorter
      elsif @failures.zero?
        @log.warn("Redis: lost, reconnecting: #{fault.message}")
      elsif now - @since > REFRESH_AFTER
        @since = @stale = now
        @log.warn("Redis: all dropped after #{REFRESH_AFTER} s: flush the DNS cache of this machine")
      end
      @opens = now + pause
      @up = false
      @failures += 1
      @fault = fault.message
    end
  end

  # A place in the pool: at most one connection, and the clock of the call that has it.
  class Line
    def initialize(gate)
      @gate = gate
      @used = @dialled = 0.0
    end

    def call(ends, &commands)
      @ends = ends
      close unless fresh?
      @redis ||= dial
      work(&commands)
    end

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

    def idle? = RedisConnection.now - @used > 5.0

    def dial
      @gate.enter(@ends)
      began = RedisConnection.now
      redis = Redis.new(**options)
      redis.without_reconnect(&:itself) # dials
      @dialled = RedisConnection.now
      redis
    rescue RedisClient::Error => e
      redis&.close
      @gate.failure(explained(e), began)
    end

    def work
      began = RedisConnection.now
      reply = @redis.without_reconnect { yield @redis }
      @used = RedisConnection.now
      @gate.success(@dialled)
      reply
    rescue Redis::CommandError, *FAULTS => e
      unfit = e.message.match?(/\A(READONLY|MASTERDOWN|LOADING|NOAUTH)/)
      raise if e.is_a?(Redis::CommandError) && !unfit

      close
      @gate.failure(unfit ? Redis::ReadOnlyError.new(e.message) : e, began)
    end

    # What a person has to mend, else a fault of the network.
    def explained(error)
      case told = error.message
      when /WRONGPASS|NOAUTH|NOPERM/
        Refused.new("user or password, check REDIS_USERNAME and REDIS_PASSWORD (#{told})")
      when /SSL_.*(certificate|unknown ca|unrecognized name)|SSL_CTX/
        Refused.new("certificate or host name, check REDIS_CA_FILE and REDIS_HOST (#{told})")
      else
        Redis::CannotConnectError.new("no connection: #{told.strip}")
      end
    end

    # For each dial anew, as password and files may have changed.
    def options
      {
        host: env("REDIS_HOST", "redis-12345.example.com"),
        port:,
        username: env("REDIS_USERNAME", "default"),
        password: env("REDIS_PASSWORD"),
        id: "app",
        ssl: true,
        ssl_params: {
          ca_file: env("REDIS_CA_FILE", "redis_ca.pem"), # the host name is checked too
          min_version: OpenSSL::SSL::TLS1_2_VERSION
        },
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
      number = Integer(env("REDIS_PORT", "12345"), exception: false)
      number || raise(Refused, "REDIS_PORT is not a number")
    end

    def env(name, default = nil)
      values = [ENV.fetch(name, nil), default]
      values.find { |value| !value.to_s.empty? } || raise(Refused, "#{name} is not set")
    end
  end

  # The library's connection, which waits for nothing longer than its call may take.
  class Wire < RedisClient::RubyConnection
    def read(timeout = nil)
      super(line.left(timeout&.nonzero? || COMMAND_TIMEOUT))
    rescue RedisClient::Error
      close # a late reply would answer the next command
      raise
    end

    # The reply is read all the same: it says why the peer hung up, for want of a certificate perhaps.
    def write_multi(commands)
      super
    rescue RedisClient::ConnectionError => e
      raise if e.is_a?(RedisClient::TimeoutError) # it has hung nothing up: it is silent
    end

    private

    def line = config.custom[:line]

    # The name lookup knows no timeout, and each address and each step of TLS has one of its own.
    def connect
      Timeout.timeout(line.left(CONNECT_TIMEOUT), SocketError, "no connection in #{CONNECT_TIMEOUT} s") { super }
    rescue RedisClient::Error
      @socket&.close # the library leaves it open when TLS fails
      raise
    end

    def enable_socket_keep_alive(socket)
      @socket = socket
      socket.setsockopt(:SOCKET, :KEEPALIVE, true)
      { KEEPIDLE: 15, KEEPINTVL: 5, KEEPCNT: 3 }.each do |name, value|
        socket.setsockopt(:TCP, name, value) if Socket.const_defined?("TCP_#{name}")
      end
      socket.setsockopt(Socket::Option.linger(true, 0)) # a closed socket forgets its writes: none arrives late
    end
  end
end
