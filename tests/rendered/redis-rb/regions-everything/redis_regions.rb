# Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rb&blocking=yes&region-failover=automatic&mutual-tls=yes&runtime=kubernetes
# frozen_string_literal: true

require "forwardable"
require "logger"
require "securerandom"
require_relative "redis_connection"

# One full client for each region, the preferred one first. No call moves to another region.
class RedisRegions
  extend Forwardable

  PROBE_INTERVAL = 0.4
  PROBE_TIMEOUT = 0.5

  def_delegators :@active, :safe, :once, :blocking, :healthy?

  def initialize(log: Logger.new($stderr))
    @log = log
    @regions = ["", "_2"].map do |suffix|
      host = ENV.fetch("REDIS_HOST#{suffix}", "")
      raise RedisConnection::Refused, "REDIS_HOST#{suffix} is not set" if host.empty? && !suffix.empty?

      RedisConnection.new(suffix, log:)
    end
    @active = @regions.first
    @failed = 0
    @fled = nil
    @marker = nil
    @watch = Thread.new { loop { sleep(PROBE_INTERVAL) && check } }
  end

  # To this region, else to the next. Go back when its data has arrived: nothing here can know that.
  def fail_over(region = @regions.rotate(@regions.index(@active) + 1).first)
    @active = region
    @fled = nil # by hand it came here, by hand it goes
    @marker = nil
    @log.warn("region changed: #{@regions.index(region) + 1}")
  end

  # 3 failed probes change the region, an arrived marker changes it back.
  def check
    @failed = answers?(@active) ? 0 : @failed + 1
    if @failed >= 3
      leave
    elsif @failed.zero? && @active == @fled && @active != @regions.first
      come_back(@regions.first)
    end
  end

  def close
    @watch.kill.join
    @regions.each(&:close)
  end

  private

  # In a thread that can be left behind.
  def answers?(region)
    Thread.new { region.healthy? }.join(PROBE_TIMEOUT)&.value
  end

  def leave
    region = @regions.find { |other| other != @active && answers?(other) }
    return unless region

    @failed = 0
    fail_over(region)
    @fled = region
  end

  # What was written here has arrived at home when a marker, written here later, has.
  def come_back(home)
    marker = @marker
    if !answers?(home)
      @marker = nil
    elsif marker.nil?
      marker = "app:marker:#{SecureRandom.uuid}"
      @active.safe { |redis| redis.set(marker, 1, ex: 3600) }
      @marker = marker
    elsif home.safe { |redis| redis.exists?(marker) } && @active == @fled
      fail_over(home)
    end
  rescue Redis::BaseError => e
    @log.warn("no failback yet: #{e.message}")
  end
end
