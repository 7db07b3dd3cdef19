# Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=redis-rb
# frozen_string_literal: true

# Works once with each client, then answers GET /health until SIGTERM or SIGINT.

require "socket"
require_relative "redis_regions"

$stdout.sync = true
signals = Thread::Queue.new
%w[TERM INT].each { |name| trap(name) { signals << :stop } }
trap("USR1") { signals << :fail_over }

begin
  redis = RedisRegions.new
rescue RedisConnection::Refused => e
  abort "Redis refused the connection: #{e.message}"
end

steps = {
  "safe" => -> { redis.safe { |r| r.set("holdfast:demo", "ok", ex: 60) } },
  "once" => -> { redis.once { |r| r.incr("holdfast:counter") } }
}

work = Thread.new do
  steps.each do |name, step|
    step.call
    puts "#{name}: ok"
  rescue RedisConnection::OutcomeUnknown => e
    warn "#{name}: #{e.message}" # it may have been applied: look before you repeat it
  rescue Redis::BaseError => e
    warn "#{name}: #{e.message}"
    sleep 1
    retry
  end
end
work.join(5) # when Redis is away, health is served all the same

def answer(socket, redis)
  found = socket.gets.to_s.start_with?("GET /health ")
  well = found && redis.healthy?
  body = %({"status":"#{well ? "ok" : "down"}"})
  status = found ? "503 Service Unavailable" : "404 Not Found"
  status = "200 OK" if well
  head = "HTTP/1.1 #{status}\r\nContent-Type: application/json\r\nContent-Length: #{body.bytesize}"
  socket.write("#{head}\r\nConnection: close\r\n\r\n#{body}")
rescue SystemCallError, IOError
  nil # the one who asked has gone
ensure
  socket.close
end

server = TCPServer.new("127.0.0.1", Integer(ENV.fetch("HEALTH_PORT", "8080")))
Thread.new { loop { Thread.new(server.accept) { |socket| answer(socket, redis) } } }
puts "health: http://127.0.0.1:#{server.addr[1]}/health"

redis.fail_over while signals.pop == :fail_over
work.kill.join
redis.close
puts "closed"
