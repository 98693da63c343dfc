-- Every vCPU's time from the start to the end of the trace, without gap or overlap. With --from, a vCPU's time begins
-- at its first row there that shows its state.
WITH
  -- Only kinds that can change a vCPU's state. The page-not-present handler runs on its task's stack: a task that is
  -- preempted in it goes on there when it is dispatched again. An unpark inside it cancels the park.
  steps AS (
    SELECT
      trace,
      vcpu,
      seq,
      time_ns,
      kind,
      value,
      CASE WHEN kind IN ('interrupt', 'nmi') THEN 1 WHEN kind = 'iret' AND reason <> 'page_not_present' THEN -1 ELSE 0 END AS enters,
      CASE
        WHEN task IS NOT NULL AND (kind IN ('dispatch', 'delivery', 'park') OR kind = 'iret' AND reason = 'page_not_present')
          THEN coalesce(
            last_value(
              CASE
                WHEN kind IN ('delivery', 'park') THEN true
                WHEN kind = 'iret' AND reason = 'page_not_present' THEN false
              END IGNORE NULLS
            ) OVER of_task,
            false
          )
      END AS task_handles,
      CASE
        WHEN kind = 'dispatch' THEN true
        WHEN kind = 'exit' THEN false
        WHEN task IS NOT NULL AND kind = 'iret' AND reason = 'page_not_present'
          THEN last_value(
            CASE WHEN kind = 'park' THEN value = 0 WHEN kind IN ('delivery', 'unpark') THEN true END IGNORE NULLS
          ) OVER of_task
      END AS gets_task
    FROM events
    WHERE vcpu IS NOT NULL
      AND kind IN (
        'nmi', 'enable', 'dispatch', 'exit', 'park', 'iret', 'interrupt', 'unpark', 'halt', 'resume', 'abandon',
        'fault', 'delivery', 'sleep', 'wakeup', 'kill', 'recovery', 'retry', 'retire'
      )
    WINDOW of_task AS (PARTITION BY trace, task ORDER BY seq)
  ),
  -- READY and NMI handlers nest, on the vCPU.
  nested AS (
    SELECT
      *,
      sum(enters) OVER of_vcpu AS entered,
      last_value(task_handles IGNORE NULLS) OVER of_vcpu AS in_task_handler,
      last_value(gets_task IGNORE NULLS) OVER of_vcpu AS has_task,
      lead(time_ns) OVER of_vcpu AS next_ns
    FROM steps
    WINDOW of_vcpu AS (PARTITION BY trace, vcpu ORDER BY seq)
  ),
  -- A range may begin inside a handler: its IRET then leads out of more handlers than the range has seen entered.
  places AS (
    SELECT *, in_task_handler OR entered > least(0, min(entered) OVER (PARTITION BY trace, vcpu ORDER BY seq)) AS in_handler
    FROM nested
  ),
  -- The last row of an instant decides: a retry is an exit, unless its access goes through at once. Between tasks the
  -- guest's scheduler works: that counts as handler.
  changes AS (
    SELECT
      trace,
      vcpu,
      seq,
      time_ns,
      CASE
        WHEN kind = 'kill' THEN 'dead'
        WHEN kind = 'sleep' THEN 'sleep'
        WHEN kind = 'halt' AND value > 0 THEN 'halt'
        WHEN kind = 'halt' THEN 'idle'
        WHEN kind IN ('fault', 'recovery', 'retry') OR in_handler THEN 'handler'
        WHEN kind IN ('retire', 'abandon', 'wakeup') OR has_task THEN 'run'
        ELSE 'handler'
      END AS state
    FROM places
    WHERE next_ns IS DISTINCT FROM time_ns
  ),
  vcpus AS (
    SELECT trace, CAST(unnest(range(vcpus)) AS INTEGER) AS vcpu FROM traces
    UNION
    SELECT trace, vcpu FROM changes
  ),
  kills AS (
    SELECT trace, seq, time_ns FROM events WHERE kind = 'kill'
  ),
  -- At the start no task is on any vCPU; a kill stops them all.
  marks AS (
    SELECT trace, vcpu, seq, time_ns, state FROM changes
    UNION ALL
    SELECT trace, vcpu, -1, start_ns, 'idle' FROM vcpus JOIN traces USING (trace) WHERE start_ns IS NOT NULL
    UNION ALL
    SELECT trace, vcpu, kills.seq, time_ns, 'dead' FROM vcpus JOIN kills USING (trace)
  ),
  instants AS (
    SELECT * FROM marks
    QUALIFY lead(time_ns) OVER (PARTITION BY trace, vcpu ORDER BY seq) IS DISTINCT FROM time_ns
  ),
  turns AS (
    SELECT * FROM instants
    QUALIFY lag(state) OVER (PARTITION BY trace, vcpu ORDER BY seq) IS DISTINCT FROM state
  ),
  spans AS (
    SELECT
      trace,
      vcpu,
      state,
      time_ns AS start_ns,
      coalesce(lead(time_ns) OVER (PARTITION BY trace, vcpu ORDER BY seq), end_ns) AS end_ns
    FROM turns
    JOIN traces USING (trace)
  )
SELECT
  vcpu, -- vcpu: number of the vCPU
  state, -- state: run; handler: in a handler, the guest's scheduler or an exit to the host; sleep: the host stopped it; halt: it waits for READY with tasks parked; idle: no task left for it; dead
  start_ns, -- start_ns: ns, when the state began
  end_ns, -- end_ns: ns, when it ended
  end_ns - start_ns AS duration_ns, -- duration_ns: ns, how long it lasted
  trace -- trace: name of the trace's file
FROM spans
WHERE end_ns > start_ns
ORDER BY trace, vcpu, start_ns
