/**
 * One request that wants to begin, judged and counted in one step: GCRA for the rate, and a set of requests under way, each
 * with the time at which it is taken for dead. A time that is further ahead than the burst is that
 * of a smaller plan: whoever leaves that does not work off its minutes. By the clock of Redis, so that the replicas' own clocks do not matter.
 *
 * KEYS: the group's time, the runner's set. ARGV: interval and burst in milliseconds, cost in milliseconds, most under way (0:
 * any), the request's token, its longest time in milliseconds.
 * Answers: 0, 1 (refused by the rate) or 2 (refused by what is under way); how far the time is ahead and when to ask
 * again, both in microseconds.
 */
export const enterScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local burst, cost, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local begun = tonumber(redis.call('GET', KEYS[1]) or '0')
if begun > now + burst + 0.01 then begun = now + burst - cost end
if begun < now then begun = now end
if most > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= most then return {2, math.floor((begun - now) * 1000), 1000000} end
end
local earned = begun + cost
local late = earned - now - burst
if late > 0.001 then return {1, math.floor((begun - now) * 1000), math.ceil(late * 1000)} end
redis.call('SET', KEYS[1], string.format('%.3f', earned), 'PX', math.max(1, math.ceil(earned - now)))
if most > 0 then
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[6]), ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
end
return {0, math.floor((earned - now) * 1000), 0}
`;

/**
 * A replica is alive, and how many are. KEYS: the set of replicas. ARGV: the replica, how long it is believed to live in
 * milliseconds.
 */
export const aliveScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;
