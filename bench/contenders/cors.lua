-- The policy of policy.json, as one would write it for Envoy's Lua filter.

local allowed = { ["https://app.example.com"] = true }
local own = {
  "access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers",
  "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
  "access-control-allow-private-network",
}

-- Envoy runs envoy_on_response on the filter's own answer too, before any other callback.
local is_answering = false

local function answer(handle, headers)
  is_answering = true
  handle:respond(headers, "")
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local origin = headers:get("origin")
  if origin == nil then return end
  local is_allowed = allowed[origin]
  if headers:get(":method") == "OPTIONS" and headers:get("access-control-request-method") ~= nil then
    local vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    if not is_allowed then
      answer(handle, { [":status"] = "403", ["vary"] = vary })
      return
    end
    answer(handle, {
      [":status"] = "204",
      ["access-control-allow-origin"] = origin,
      ["access-control-allow-credentials"] = "true",
      ["access-control-allow-methods"] = "PUT, DELETE",
      ["access-control-allow-headers"] = "content-type, authorization",
      ["access-control-max-age"] = "600",
      ["vary"] = vary,
    })
    return
  end
  if is_allowed then
    handle:streamInfo():dynamicMetadata():set("cors", "origin", origin)
  end
end

function envoy_on_response(handle)
  if is_answering then
    is_answering = false
    return
  end
  local headers = handle:headers()
  local state = handle:streamInfo():dynamicMetadata():get("cors")
  for _, name in ipairs(own) do headers:remove(name) end
  if state ~= nil then
    headers:replace("access-control-allow-origin", state.origin)
    headers:replace("access-control-allow-credentials", "true")
    headers:replace("access-control-expose-headers", "x-request-id")
  end
  headers:add("vary", "Origin")
end
