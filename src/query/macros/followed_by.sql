-- followed_by(first_kind, then_kind, within_ns := NULL, same := 'fault'): events of the first kind that one of the other
-- kind follows, with the next such. Both are of the same fault; same := 'task', 'vcpu' or 'trace' (any two) is another
-- bond. within_ns: only pairs that are not further apart.
WITH
  marks AS (
    SELECT trace, seq, time_ns, vcpu, task, fault, kind, all_traces.bond(same, fault, task, vcpu) AS bond
    FROM all_traces.events
    WHERE kind IN (all_traces.kind_named(first_kind), all_traces.kind_named(then_kind))
  ),
  pairs AS (
    SELECT
      *,
      min(CASE WHEN kind = then_kind THEN seq END) OVER later AS then_seq,
      min(CASE WHEN kind = then_kind THEN time_ns END) OVER later AS then_ns
    FROM marks
    WHERE bond IS NOT NULL
    WINDOW later AS (PARTITION BY trace, bond ORDER BY seq ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
  )
SELECT
  seq, -- seq: number of the first row
  time_ns, -- time_ns: ns of virtual time of the first row
  vcpu, -- vcpu: number of its vCPU
  task, -- task: number of its guest task
  fault, -- fault: seq of the fault row that it belongs to
  then_seq, -- then_seq: number of the row that follows it
  then_ns, -- then_ns: ns of virtual time of that row
  then_ns - time_ns AS duration_ns, -- duration_ns: ns between them
  trace -- trace: name of the trace's file
FROM pairs
WHERE kind = first_kind AND then_seq IS NOT NULL AND (within_ns IS NULL OR then_ns - time_ns <= within_ns)
ORDER BY trace, seq
