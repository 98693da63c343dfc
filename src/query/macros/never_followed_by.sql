-- never_followed_by(first_kind, then_kind, within_ns := NULL, same := 'fault'): events of the first kind that none of the
-- other kind follows, with the same bond as in followed_by. within_ns: none so soon; events so near the end of the
-- trace that nobody can tell are left out.
WITH
  marks AS (
    SELECT trace, seq, time_ns, vcpu, task, fault, kind, all_traces.bond(same, fault, task, vcpu) AS bond
    FROM all_traces.events
    WHERE kind IN (all_traces.kind_named(first_kind), all_traces.kind_named(then_kind))
  ),
  pairs AS (
    SELECT *, min(CASE WHEN kind = then_kind THEN time_ns END) OVER later AS then_ns
    FROM marks
    WHERE bond IS NOT NULL
    WINDOW later AS (PARTITION BY trace, bond ORDER BY seq ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
  )
SELECT
  seq, -- seq: number of the row
  time_ns, -- time_ns: ns of virtual time
  vcpu, -- vcpu: number of its vCPU
  task, -- task: number of its guest task
  fault, -- fault: seq of the fault row that it belongs to
  coalesce(then_ns, end_ns) - time_ns AS waited_ns, -- waited_ns: ns from it to the first that does follow, or to the end of the trace
  trace -- trace: name of the trace's file
FROM pairs
JOIN all_traces.traces USING (trace)
WHERE kind = first_kind AND CASE WHEN within_ns IS NULL THEN then_ns IS NULL ELSE coalesce(then_ns, end_ns) - time_ns > within_ns END
ORDER BY trace, seq
