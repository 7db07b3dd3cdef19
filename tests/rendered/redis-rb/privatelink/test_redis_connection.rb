# Holdfast 0.1.0 #v=1&plan=pro&endpoint=privatelink&client=redis-rb
# frozen_string_literal: true

require "minitest/autorun"
require "socket"
require "tempfile"
require_relative "redis_connection"

# Needs no Redis.
class TestRedisConnection < Minitest::Test
  def setup
    @peer = TCPServer.new("127.0.0.1", 0) # accepts and never answers
    @env = ENV.to_h
    ENV.update("REDIS_HOST" => "127.0.0.1", "REDIS_PORT" => @peer.addr[1].to_s, "REDIS_PASSWORD" => "secret")
    write_files
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

  private

  def write_files
    key = OpenSSL::PKey::EC.generate("prime256v1")
    certificate = OpenSSL::X509::Certificate.new
    certificate.public_key = key
    certificate.not_before = certificate.not_after = Time.now
    certificate.sign(key, "SHA256")
    files = { "REDIS_CA_FILE" => certificate }
    @files = files.map do |name, pem|
      file = Tempfile.new
      file.write(pem.to_pem)
      file.close
      ENV[name] = file.path
      file # kept, so that it is there until the end
    end
  end
end
