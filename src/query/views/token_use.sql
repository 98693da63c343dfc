-- How many tokens of a vCPU are in use, after each instant that changed it: a delivery takes one, a consume frees it.
-- With --from, tokens taken before are not counted.
SELECT
  vcpu, -- vcpu: number of the vCPU whose tokens they are
  time_ns, -- time_ns: ns of virtual time
  CAST(sum(sum(CASE kind WHEN 'delivery' THEN 1 ELSE -1 END)) OVER (PARTITION BY trace, vcpu ORDER BY time_ns) AS BIGINT) AS in_use, -- in_use: tokens in use from then on
  trace -- trace: name of the trace's file
FROM events
WHERE kind IN ('delivery', 'consume')
GROUP BY trace, vcpu, time_ns
ORDER BY trace, vcpu, time_ns
