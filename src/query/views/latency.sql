-- Exact quantiles of the lengths of the view faults: the least value that so many of the faults do not exceed.
WITH
  lengths AS (
    SELECT
      trace,
      unnest([1, 2, 3, 4]) AS place,
      unnest(['latency', 'io', 'notify', 'run_delay']) AS phase,
      unnest([latency_ns, io_ns, notify_ns, run_delay_ns]) AS ns
    FROM faults
  ),
  quantiles AS (
    SELECT trace, place, phase, count(ns) AS count, quantile_disc(ns, [0.5, 0.9, 0.99, 0.999]) AS least, max(ns) AS max_ns
    FROM lengths
    GROUP BY trace, place, phase
  )
SELECT
  phase, -- phase: latency: fault to retire; io: attempt to completion; notify: completion to consume; run_delay: unpark to retire
  count, -- count: faults that have this length
  least[1] AS p50_ns, -- p50_ns: ns, the median
  least[2] AS p90_ns, -- p90_ns: ns, 90 % are not longer
  least[3] AS p99_ns, -- p99_ns: ns, 99 % are not longer
  least[4] AS p99_9_ns, -- p99_9_ns: ns, 99.9 % are not longer
  max_ns, -- max_ns: ns, the longest
  trace -- trace: name of the trace's file
FROM quantiles
ORDER BY trace, place
