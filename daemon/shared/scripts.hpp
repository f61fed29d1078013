// What the shared state server does at once, for one of the hosts: scripts in Lua. All keys of a script lie
// in one slot. Times are the server's, so that no clock of a host counts.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace enrichd::shared_scripts {

/// The places of the scripts in `all`.
enum Which : std::size_t { meet, claim, report, begin, finish, alerts };

/// A host says that it is there. Keys: hosts, runs, server. Arguments: the host, its run, an identity for a
/// new server. Returns the server's identity, the number of hosts of the last 15 s, and the run that used the
/// name of this host last, or "".
constexpr std::string_view meet_text = R"(
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 86400000)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
local before = redis.call('HGET', KEYS[2], ARGV[1]) or ''
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('SET', KEYS[3], ARGV[3], 'NX')
return {redis.call('GET', KEYS[3]), redis.call('ZCOUNT', KEYS[1], now - 15000, '+inf'), before}
)";

/// A host wants to report a first contact. Key: of the domain. Arguments: the host, milliseconds of the
/// claim. Returns "ours"; or "reported" and when the domain was seen first; or "claimed", by another.
constexpr std::string_view claim_text = R"(
local found = redis.pcall('GET', KEYS[1])
if type(found) ~= 'string' then found = nil end
local own = 'c' .. ARGV[1]
if not found or found == own then
  redis.call('SET', KEYS[1], own, 'PX', ARGV[2])
  return {'ours'}
end
if found:sub(1, 1) == 'r' then return {'reported', found:match('^r(%-?%d+)') or ''} end
return {'claimed'}
)";

/// A host has reported first contacts. Keys: of the domains. Arguments: the host, milliseconds to keep them,
/// and for each when it was seen first. Returns the numbers of those that another host had reported or
/// claimed, from 1.
constexpr std::string_view report_text = R"(
local others = {}
for i, key in ipairs(KEYS) do
  local seen = tonumber(ARGV[i + 2])
  local host = ARGV[1]
  local found = redis.pcall('GET', key)
  if type(found) ~= 'string' then found = '' end
  local before, by = found:match('^r(%-?%d+):(.*)$')
  if found:sub(1, 1) == 'c' and found ~= 'c' .. host then others[#others + 1] = i end
  if before then
    if by ~= host then others[#others + 1] = i end
    if tonumber(before) <= seen then seen, host = tonumber(before), by end
  end
  redis.call('SET', key, string.format('r%.0f:%s', seen, host), 'PX', ARGV[2])
end
return others
)";

/// A host wants to ask an upstream. Keys: of the verdict, of the question, of the quota. Arguments: the host,
/// milliseconds until another host may ask, requests that may be made at once, milliseconds until one more
/// may. Returns "known", the verdict and its milliseconds; "asked" by another, "quota": milliseconds until it
/// is worth another try; "ask".
constexpr std::string_view begin_text = R"(
local known = redis.pcall('GET', KEYS[1])
if type(known) == 'string' then return {'known', known, redis.call('PTTL', KEYS[1])} end
local by = redis.pcall('GET', KEYS[2])
local wait = redis.call('PTTL', KEYS[2])
if type(by) == 'string' and by ~= ARGV[1] and wait > 0 then return {'asked', wait} end
local most, interval = tonumber(ARGV[3]), tonumber(ARGV[4])
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local spent = redis.pcall('HMGET', KEYS[3], 'left', 'at')
if spent.err then
  redis.call('DEL', KEYS[3])
  spent = {false, false}
end
local left, at = tonumber(spent[1] or '') or most, tonumber(spent[2] or '') or now
if now > at then
  local more = math.floor((now - at) / interval)
  left, at = left + more, at + more * interval
end
if left >= most then left, at = most, now end
if left < 1 then return {'quota', math.ceil(at + (1 - left) * interval - now)} end
redis.call('HSET', KEYS[3], 'left', left - 1, 'at', string.format('%.3f', at))
redis.call('PEXPIRE', KEYS[3], 7200000)
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {'ask', left - 1}
)";

/// A host has asked an upstream. Keys: of the verdict, of the question, of the quota. Arguments: the host,
/// the verdict or "", its milliseconds, requests that were made beside those that were granted.
constexpr std::string_view finish_text = R"(
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
if redis.pcall('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local more = tonumber(ARGV[4])
if more > 0 then redis.pcall('HINCRBY', KEYS[3], 'left', -more) end
return 'ok'
)";

/// Agents have asked for domains, and a host wants to report events of an alert. Keys: of the domains, then
/// of the events. Arguments: the host, milliseconds to keep a domain, and for each domain an agent. Returns
/// for each domain 1 when the agent is new for it, else 0, and its number of agents; then for each event the
/// host that reports it.
constexpr std::string_view alerts_text = R"(
local function count(key, agent)
  local added = redis.pcall('PFADD', key, agent)
  if type(added) == 'table' then return added end
  return redis.pcall('PFCOUNT', key), added
end
local found = {}
for i = 3, #ARGV do
  local key = KEYS[i - 2]
  local agents, added = count(key, ARGV[i])
  if type(agents) == 'table' and (agents.err:find('WRONGTYPE') or agents.err:find('INVALIDOBJ')) then
    redis.call('DEL', key)
    agents, added = count(key, ARGV[i])
  end
  if type(agents) == 'table' then return agents end
  redis.call('PEXPIRE', key, ARGV[2])
  found[#found + 1] = added
  found[#found + 1] = agents
end
for i = #ARGV - 1, #KEYS do
  local by = redis.pcall('GET', KEYS[i])
  if type(by) ~= 'string' then
    by = ARGV[1]
    redis.call('SET', KEYS[i], by, 'PX', 86400000)
  end
  found[#found + 1] = by
end
return found
)";

inline constexpr std::array all{meet_text, claim_text, report_text, begin_text, finish_text, alerts_text};

}  // namespace enrichd::shared_scripts
