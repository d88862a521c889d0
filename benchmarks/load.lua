-- Sends the header lines of a file in turn, and reports as JSON. With a rate, all connections share so many a second.

local ffi = require("ffi")
ffi.cdef("typedef struct { long s, us; } time_of_day; int gettimeofday(time_of_day *, void *);")

-- What was missed is caught up with, but for more than this.
local LATEST_MS = 100

local requests, turn, interval, due = {}, 0, 0, 0

function init(arguments)
   interval = tonumber(arguments[2]) > 0 and 1000 / tonumber(arguments[2]) or 0
   for line in io.lines(arguments[1]) do
      local name, value = line:match("^([^:]+): (.*)$")
      table.insert(requests, wrk.format("GET", nil, { [name] = value, Host = wrk.headers["Host"] }))
   end
end

local function now()
   local time = ffi.new("time_of_day")
   ffi.C.gettimeofday(time, nil)
   return tonumber(time.s) * 1e3 + tonumber(time.us) / 1e3
end

function delay()
   if interval == 0 then return 0 end
   due = math.max(due + interval, now() - LATEST_MS)
   return math.max(0, math.floor(due - now() + 0.5))
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
