# fill((stamp))
# frozen_string_literal: true

require "minitest/autorun"
require "socket"
#% if tls -%#
require "tempfile"
#% endif -%#
require_relative "fill((module))"

# Needs no Redis.
class TestRedisConnection < Minitest::Test
  def setup
    @peer = TCPServer.new("127.0.0.1", 0) # accepts and never answers
    @env = ENV.to_h
    ENV.update("REDIS_HOST" => "127.0.0.1", "REDIS_PORT" => @peer.addr[1].to_s, "REDIS_PASSWORD" => "secret")
    #%- if active_active %#
    (2..fill((regions))).each { |n| ENV.update("REDIS_HOST_#{n}" => "127.0.0.1", "REDIS_PORT_#{n}" => @peer.addr[1].to_s) }
    #%- endif %##% if tls %#
    write_files
    #%- endif %#
  end

  def teardown
    ENV.replace(@env)
    @peer.close
  end

  def test_a_silent_peer_holds_no_call_beyond_the_deadline
    redis = fill((class)).new(log: Logger.new(nil))
    began = RedisConnection.now
    assert_raises(Redis::BaseConnectionError) { redis.safe { |r| r.get("key") } }
    assert_operator RedisConnection.now - began, :<, RedisConnection::DEADLINE * 1.25
    redis.close
  end

  def test_a_missing_password_is_a_clear_error
    ENV.delete("REDIS_PASSWORD")
    error = assert_raises(RedisConnection::Refused) { fill((class)).new(log: Logger.new(nil)) }
    assert_equal "REDIS_PASSWORD is not set", error.message
  end
  #%- if tls %#

  private

  def write_files
    key = OpenSSL::PKey::EC.generate("prime256v1")
    certificate = OpenSSL::X509::Certificate.new
    certificate.public_key = key
    certificate.not_before = certificate.not_after = Time.now
    certificate.sign(key, "SHA256")
    files = fill((files))
    @files = files.map do |name, pem|
      file = Tempfile.new
      file.write(pem.to_pem)
      file.close
      ENV[name] = file.path
      file # kept, so that it is there until the end
    end
  end
#%- endif %#
end
