-- Sends the header lines of a file in turn, and reports as JSON. Each connection waits so many milliseconds before each.

local requests, turn, pause = {}, 0, 0

function init(arguments)
   pause = tonumber(arguments[2])
   for line in io.lines(arguments[1]) do
      local name, value = line:match("^([^:]+): (.*)$")
      table.insert(requests, wrk.format("GET", nil, { [name] = value, Host = wrk.headers["Host"] }))
   end
end

function delay()
   return pause
end

function request()
   turn = turn % #requests + 1
   return requests[turn]
end

function done(summary, latency)
   local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format(
      '\n{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "refused": %d, "failed": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      summary.errors.status, failed))
end
