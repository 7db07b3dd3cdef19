# frozen_string_literal: true

# The drills' work, done by the project or by the library's quick-start: see ../README.md.

require "json"
require "redis"

$stdout.sync = true
NOW = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }
START = NOW.call
KEY = ENV.fetch("DRILL_KEY")
stopping = false
trap("TERM") { stopping = true }

def say(operation, client, began, value: nil, err: nil)
  line = { t: began - START, op: operation, client: client, ok: err.nil?, ms: (NOW.call - began) * 1000 }
  puts line.merge(value: value, err: err).to_json
end

def call(operation, client)
  began = NOW.call
  value = yield
  say(operation, client, began, value: value.is_a?(Integer) ? value : nil)
rescue StandardError => e
  say(operation, client, began, err: "#{e.class}: #{e.message}")
end

# The library's documented start: the constructor and nothing else.
class QuickStart
  def initialize
    @redis = Redis.new(
      host: ENV.fetch("REDIS_HOST"), port: Integer(ENV.fetch("REDIS_PORT")),
      username: ENV.fetch("REDIS_USERNAME"), password: ENV.fetch("REDIS_PASSWORD"),
      ssl: true, ssl_params: { ca_file: ENV.fetch("REDIS_CA_FILE") }
    )
  end

  def safe = yield(@redis)
  alias once safe
end

def ours
  require "redis_connection"
  RedisConnection.new
end

begin
  redis = ARGV.first == "quick-start" ? QuickStart.new : ours
rescue StandardError => e
  say("open", "safe", START, err: "#{e.class}: #{e.message}")
  exit 1
end

until stopping
  call("incr", "once") { redis.once { |r| r.incr(KEY) } }
  call("set", "safe") { redis.safe { |r| r.set("#{KEY}:set", "x") } }
  call("get", "safe") { redis.safe { |r| r.get("#{KEY}:set") } }
  sleep 0.05
end
