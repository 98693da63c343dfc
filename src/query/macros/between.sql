-- between(first_kind, then_kind, same := 'fault'): every event that stands between one of the first kind and the next of
-- the other, with the same bond as both, as in followed_by. When the first kind comes again before the other, its last
-- event counts.
WITH
  marks AS (
    SELECT *, all_traces.bond(same, fault, task, vcpu) AS bond FROM all_traces.events
  ),
  places AS (
    SELECT
      *,
      max(CASE WHEN kind = first_kind THEN seq END) OVER before AS first_seq,
      max(CASE WHEN kind = first_kind THEN time_ns END) OVER before AS first_ns,
      max(CASE WHEN kind = then_kind AND kind <> first_kind THEN seq END) OVER before AS ended_seq,
      min(CASE WHEN kind = then_kind THEN seq END) OVER after AS then_seq,
      min(CASE WHEN kind = first_kind AND kind <> then_kind THEN seq END) OVER after AS again_seq
    FROM marks
    WHERE bond IS NOT NULL
    WINDOW
      before AS (PARTITION BY trace, bond ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      after AS (PARTITION BY trace, bond ORDER BY seq ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
  )
SELECT
  first_seq, -- first_seq: number of the row of the first kind
  then_seq, -- then_seq: number of the row of the other kind
  seq, -- seq: number of the row between them
  time_ns, -- time_ns: ns of virtual time
  time_ns - first_ns AS since_ns, -- since_ns: ns since the row of the first kind
  vcpu, -- vcpu: number of the vCPU
  task, -- task: number of the guest task
  kind, -- kind: name of the event
  choice, -- choice: true: a choice that went in; false: an event that came out
  fault, -- fault: seq of the fault row whose life this row belongs to
  cause, -- cause: seq of the row that directly brought this one about
  token, -- token: the token of page-not-present that the row is about
  gpa, -- gpa: byte address in guest-physical memory
  gva, -- gva: byte address in guest-virtual memory
  reason, -- reason: why, or by whom
  result, -- result: 0 try again, 1 the page failed
  value, -- value: a number whose meaning the kind documents
  trace -- trace: name of the trace's file
FROM places
WHERE kind NOT IN (all_traces.kind_named(first_kind), all_traces.kind_named(then_kind))
  AND first_seq > coalesce(ended_seq, -1)
  AND then_seq < coalesce(again_seq, then_seq + 1)
ORDER BY trace, first_seq, seq
