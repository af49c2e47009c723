-- wrk's part: POSTs of an introspection form, every live token of $PEER_DIRECTORY in turn, and one line of
-- JSON in the end.
local directory = os.getenv("PEER_DIRECTORY")

local function lines(file)
  local found = {}
  for line in io.lines(directory .. "/" .. file) do found[#found + 1] = line end
  return found
end

local requests, next_request = {}, 0

function init()
  local headers = {
    ["Authorization"] = lines("authorization")[1],
    ["Content-Type"] = "application/x-www-form-urlencoded",
  }
  for i, token in ipairs(lines("live")) do
    requests[i] = wrk.format("POST", nil, headers, "token=" .. token)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"rate":%.1f,"p50_us":%d,"p99_us":%d,"bytes":%d,"requests":%d,"errors":%d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
    summary.bytes, summary.requests, e.connect + e.read + e.write + e.status + e.timeout))
end
