-- Stretches in which a task waited at least ten times the median I/O time (median of faults.io_ns) for one thing.
-- starvation(threshold := 3) is the same for three times. no_token, in_use, interrupts_off: the vCPU slept because its
-- fault was deferred for that reason (interrupts_off stands for both shadows and the TPR too); what counts is the time
-- from the fault until the access went through or was given up, by an abandon, a recovery or a kill. Deferrals of one
-- task on one vCPU for the same reason, with no other deferral of the task and no delivery to the vCPU between them, are
-- one stretch, from the first fault to the last end; their waits are added up. run_queue: from when the task became
-- runnable (at the start, unparked, or preempted by another's dispatch) to its next dispatch. A wait that has not ended
-- lasts to the end of the trace. Where no I/O ended there is no median, and every wait counts.
WITH
  waits AS MATERIALIZED (
    SELECT
      trace,
      vcpu,
      fault,
      fault_ns,
      io_ns,
      reason IS NOT NULL AS was_deferred,
      lead(fault_ns) OVER (PARTITION BY trace, task, CASE WHEN task IS NULL THEN vcpu END ORDER BY fault) AS next_fault_ns
    FROM all_traces.faults
  ),
  -- A retry that finds its page gone again is another fault, whose wait takes over.
  ends AS (
    SELECT trace, fault, min(time_ns) AS wait_end_ns
    FROM (
      SELECT trace, fault, time_ns FROM all_traces.events WHERE kind IN ('retire', 'abandon', 'recovery', 'kill')
      UNION ALL
      SELECT trace, fault, next_fault_ns FROM waits
    )
    WHERE fault IS NOT NULL
    GROUP BY trace, fault
  ),
  limits AS (
    SELECT trace, coalesce(threshold * quantile_disc(io_ns, 0.5), 0) AS wait_ns
    FROM all_traces.traces
    LEFT JOIN waits USING (trace)
    GROUP BY trace
  ),
  answers AS (
    SELECT
      trace,
      vcpu,
      task,
      seq,
      fault,
      kind,
      CASE
        WHEN reason IN ('interrupts_off', 'sti_shadow', 'movss_shadow', 'tpr') THEN 'interrupts_off'
        WHEN reason IN ('in_use', 'no_token') THEN CAST(reason AS VARCHAR)
      END AS pattern,
      sum(CASE WHEN kind = 'delivery' THEN 1 ELSE 0 END) OVER (PARTITION BY trace, vcpu ORDER BY seq) AS deliveries
    FROM all_traces.events
    WHERE kind IN ('delivery', 'deferral')
  ),
  -- A fault that is judged anew has several deferrals: the first counts.
  deferred AS (
    SELECT trace, vcpu, task, fault, seq, pattern, deliveries
    FROM answers
    WHERE kind = 'deferral'
    QUALIFY row_number() OVER (PARTITION BY trace, fault ORDER BY seq) = 1
  ),
  begun AS (
    SELECT
      *,
      lag(pattern) OVER of_task IS DISTINCT FROM pattern OR lag(deliveries) OVER of_task IS DISTINCT FROM deliveries AS begins
    FROM deferred
    WINDOW of_task AS (PARTITION BY trace, vcpu, task ORDER BY seq)
  ),
  numbered AS (
    SELECT *, sum(CASE WHEN begins THEN 1 ELSE 0 END) OVER (PARTITION BY trace, vcpu, task ORDER BY seq) AS stretch FROM begun
  ),
  deferred_stretches AS (
    SELECT
      trace,
      any_value(pattern) AS pattern,
      vcpu,
      task,
      min(fault_ns) AS start_ns,
      max(coalesce(wait_end_ns, end_ns)) AS end_ns,
      sum(coalesce(wait_end_ns, end_ns) - fault_ns) AS waited_ns,
      min(fault) AS evidence
    FROM numbered
    JOIN waits USING (trace, vcpu, fault)
    JOIN ends USING (trace, fault)
    JOIN all_traces.traces USING (trace)
    WHERE pattern IS NOT NULL AND was_deferred
    GROUP BY trace, vcpu, task, stretch
  ),
  -- A READY inside the handler that parked its task cancels the park: the task stays on its vCPU and is never queued.
  turns AS (
    SELECT
      trace,
      vcpu,
      task,
      seq,
      time_ns,
      kind,
      last_value(CASE WHEN kind IN ('delivery', 'park') THEN true WHEN kind = 'iret' THEN false END IGNORE NULLS) OVER of_task AS in_handler,
      last_value(
        CASE WHEN kind = 'park' THEN value = 1 WHEN kind IN ('delivery', 'unpark') THEN false END IGNORE NULLS
      ) OVER of_task AS is_parked
    FROM all_traces.events
    WHERE kind IN ('dispatch', 'exit', 'delivery', 'park', 'unpark') OR kind = 'iret' AND reason = 'page_not_present'
    WINDOW of_task AS (PARTITION BY trace, task ORDER BY seq)
  ),
  switches AS (
    SELECT
      *,
      kind = 'dispatch' AND lag(kind) OVER of_vcpu = 'dispatch' AND lag(task) OVER of_vcpu <> task AS preempts,
      lag(task) OVER of_vcpu AS preempted
    FROM turns
    WHERE kind IN ('dispatch', 'exit') OR kind = 'iret' AND is_parked IS DISTINCT FROM false
    WINDOW of_vcpu AS (PARTITION BY trace, vcpu ORDER BY seq)
  ),
  -- seq -1: from the start, when every task is runnable.
  queued AS (
    SELECT trace, vcpu, unnest(range(first_task, first_task + count)) AS task, -1 AS seq, start_ns AS time_ns, true AS waits
    FROM all_traces.task_groups
    JOIN all_traces.traces USING (trace)
    WHERE start_ns IS NOT NULL
    UNION ALL
    SELECT trace, vcpu, task, seq, time_ns, true FROM turns WHERE kind = 'unpark' AND in_handler IS DISTINCT FROM true
    UNION ALL
    SELECT trace, vcpu, preempted, seq, time_ns, true FROM switches WHERE preempts
    UNION ALL
    SELECT trace, vcpu, task, seq, time_ns, false FROM switches WHERE kind = 'dispatch'
  ),
  queue_waits AS (
    SELECT
      *,
      lead(vcpu) OVER of_task AS next_vcpu,
      lead(time_ns) OVER of_task AS next_ns
    FROM queued
    WHERE task IS NOT NULL
    WINDOW of_task AS (PARTITION BY trace, task ORDER BY seq)
  ),
  stretches AS (
    SELECT trace, pattern, vcpu, task, start_ns, end_ns - start_ns AS duration_ns, waited_ns, evidence FROM deferred_stretches
    UNION ALL
    SELECT
      trace,
      'run_queue',
      CASE WHEN seq < 0 THEN vcpu ELSE coalesce(next_vcpu, vcpu) END,
      task,
      time_ns,
      coalesce(next_ns, end_ns) - time_ns,
      coalesce(next_ns, end_ns) - time_ns,
      greatest(seq, 0)
    FROM queue_waits
    JOIN all_traces.traces USING (trace)
    WHERE waits
  )
SELECT
  pattern, -- pattern: what the task waited for: no_token, in_use, interrupts_off, run_queue
  vcpu, -- vcpu: number of the vCPU that it waited on; NULL: any, from the start
  task, -- task: number of the guest task that waited; NULL: an NMI handler
  start_ns, -- start_ns: ns, when the stretch began
  duration_ns, -- duration_ns: ns, how long it lasted
  evidence, -- evidence: seq of the row that the stretch begins with: a fault, an unpark, the dispatch that preempted, or 0, the start
  trace -- trace: name of the trace's file
FROM stretches
JOIN limits USING (trace)
WHERE waited_ns >= wait_ns AND duration_ns > 0
ORDER BY trace, start_ns, evidence
