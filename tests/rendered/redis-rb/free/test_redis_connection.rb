# Holdfast 0.1.0 #v=1&plan=free&client=redis-rb
# frozen_string_literal: true

require "minitest/autorun"
require "socket"
require_relative "redis_connection"

# Needs no Redis.
class TestRedisConnection < Minitest::Test
  def setup
    @peer = TCPServer.new("127.0.0.1", 0) # accepts and never answers
    @env = ENV.to_h
    ENV.update("REDIS_HOST" => "127.0.0.1", "REDIS_PORT" => @peer.addr[1].to_s, "REDIS_PASSWORD" => "secret")
  end

  def teardown
    ENV.replace(@env)
    @peer.close
  end

  def test_a_silent_peer_holds_no_call_beyond_the_deadline
    redis = RedisConnection.new(log: Logger.new(nil))
    began = RedisConnection.now
    assert_raises(Redis::BaseConnectionError) { redis.safe { |r| r.get("key") } }
    assert_operator RedisConnection.now - began, :<, RedisConnection::DEADLINE * 1.25
    redis.close
  end

  def test_a_missing_password_is_a_clear_error
    ENV.delete("REDIS_PASSWORD")
    error = assert_raises(RedisConnection::Refused) { RedisConnection.new(log: Logger.new(nil)) }
    assert_equal "REDIS_PASSWORD is not set", error.message
  end
end
