100.times do |number|
  redis = ARGV.first == "quick-start" ? QuickStart.new : ours
  Thread.new do
    sleep 0.005 * number
    until stopping
      call("set", number.to_s) { redis.safe { |r| r.set("#{KEY}:#{number}", "x") } }
      sleep 0.5
    end
  end
end
sleep 0.1 until stopping
