# fill((stamp))
# frozen_string_literal: true

require "forwardable"
require "logger"
#% if automatic -%#
require "securerandom"
#% endif -%#
require_relative "redis_connection"

# One full client for each region, the preferred one first. No call moves to another region.
class RedisRegions
  extend Forwardable

  #% if automatic && !serverless -%#
  PROBE_INTERVAL = fill((probe_interval_ms|seconds))
  #% endif -%#
  #% if automatic -%#
  PROBE_TIMEOUT = fill((probe_timeout_ms|seconds))

  #% endif -%#
  def_delegators :@active, fill((delegated))

  def initialize(log: Logger.new($stderr))
    @log = log
    @regions = [fill((suffixes))].map do |suffix|
      host = ENV.fetch("REDIS_HOST#{suffix}", "")
      raise RedisConnection::Refused, "REDIS_HOST#{suffix} is not set" if host.empty? && !suffix.empty?

      RedisConnection.new(suffix, log:)
    end
    @active = @regions.first
    #%- if automatic %#
    @failed = 0
    @fled = nil
    @marker = nil
    #%- endif %##% if automatic && !serverless %#
    @watch = Thread.new { loop { sleep(PROBE_INTERVAL) && check } }
    #%- endif %#
  end

  # To this region, else to the next. Go back when its data has arrived: nothing here can know that.
  def fail_over(region = @regions.rotate(@regions.index(@active) + 1).first)
    @active = region
    #% if automatic -%#
    @fled = nil # by hand it came here, by hand it goes
    @marker = nil
    #% endif -%#
    @log.warn("region changed: #{@regions.index(region) + 1}")
  end
#% if automatic %#
  # #% if serverless %#Every fill((probe_interval_ms)) ms, by the app: #% endif %#fill((probes)) failed probes change the region, an arrived marker changes it back.
  def check
    @failed = answers?(@active) ? 0 : @failed + 1
    if @failed >= fill((probes))
      leave
    elsif @failed.zero? && @active == @fled && @active != @regions.first
      come_back(@regions.first)
    end
  end
#% endif %#
  def close
    #% if automatic && !serverless -%#
    @watch.kill.join
    #% endif -%#
    @regions.each(&:close)
  end
  #%- if automatic %#

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
      marker = "fill((slug)):marker:#{SecureRandom.uuid}"
      @active.safe { |redis| redis.set(marker, 1, ex: 3600) }
      @marker = marker
    elsif home.safe { |redis| redis.exists?(marker) } && @active == @fled
      fail_over(home)
    end
  rescue Redis::BaseError => e
    @log.warn("no failback yet: #{e.message}")
  end
#%- endif %#
end
