# Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rb
# frozen_string_literal: true

require "forwardable"
require "logger"
require_relative "redis_connection"

# One full client for each region, the preferred one first. No call moves to another region.
class RedisRegions
  extend Forwardable

  def_delegators :@active, :safe, :once, :healthy?

  def initialize(log: Logger.new($stderr))
    @log = log
    @regions = ["", "_2"].map do |suffix|
      host = ENV.fetch("REDIS_HOST#{suffix}", "")
      raise RedisConnection::Refused, "REDIS_HOST#{suffix} is not set" if host.empty? && !suffix.empty?

      RedisConnection.new(suffix, log:)
    end
    @active = @regions.first
  end

  # To this region, else to the next. Go back when its data has arrived: nothing here can know that.
  def fail_over(region = @regions.rotate(@regions.index(@active) + 1).first)
    @active = region
    @log.warn("region changed: #{@regions.index(region) + 1}")
  end

  def close
    @regions.each(&:close)
  end
end
