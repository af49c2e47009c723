-- Asks Signet's /authz whether a request may pass. http-request lua.signet_authz <url> sets
--   txn.signet_status     200, 401, 403, or 503 where there was no answer
--   txn.signet_challenge  the WWW-Authenticate of a refusal
-- and, where it may pass, the identity fields, Authorization and Cookie of the request.

local identity = { "x-signet-subject", "x-signet-client", "x-signet-session", "x-signet-scope",
                   "x-signet-permissions" }

-- Fields by which applications may take a request for another one: /authz judges that one, too.
local readings = { "x-http-method-override", "x-http-method", "x-method-override",
                   "x-original-url", "x-rewrite-url" }

-- The one value of a field of an answer; empty where it is missing.
local function one(headers, name)
  local values = headers and headers[name]
  if not values then return "" end
  if type(values) == "table" then return values[0] or values[1] or "" end
  return values
end

-- Every value of a field of the request, which HAProxy counts from 0.
local function all(headers, name)
  local values = {}
  for i = 0, #(headers[name] or {}) do
    local value = headers[name] and headers[name][i]
    if value then values[#values + 1] = value end
  end
  return values
end

local function authz(txn, url)
  local headers = txn.http:req_get_headers()
  local question = {
    -- The target as the client sent it: /authz judges every reading of it.
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-host"] = { txn.sf:req_hdr("host") },
    ["x-forwarded-for"] = { txn.sf:src() },
  }
  local authorization = all(headers, "authorization")
  if #authorization > 0 then question["authorization"] = authorization end
  for _, name in ipairs(readings) do
    local values = all(headers, name)
    if #values > 0 then question[name] = values end
  end
  -- The session of an old client, where sessions.cookie names one.
  local cookie = all(headers, "cookie")
  if #cookie > 0 then question["cookie"] = cookie end

  local answer = core.httpclient():get{ url = url, headers = question, timeout = 2000 }
  local status = answer and answer.status or 503
  if status ~= 200 and status ~= 401 and status ~= 403 then status = 503 end
  txn:set_var("txn.signet_status", status)
  if status ~= 200 then
    txn:set_var("txn.signet_challenge", one(answer and answer.headers, "www-authenticate"))
    return
  end
  for _, name in ipairs(identity) do
    txn.http:req_del_header(name)
    local value = one(answer.headers, name)
    if value ~= "" then txn.http:req_set_header(name, value) end
  end
  for _, name in ipairs({ "authorization", "cookie" }) do
    txn.http:req_del_header(name)
    local sent_on = one(answer.headers, name)
    if sent_on ~= "" then txn.http:req_set_header(name, sent_on) end
  end
end

core.register_action("signet_authz", { "http-req" }, authz, 1)
