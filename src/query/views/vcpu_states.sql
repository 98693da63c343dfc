-- Every vCPU's time from the start to the end of the trace, without gap or overlap. With --from, a vCPU's time begins
-- at its first row there that shows its state.
WITH
  -- Only kinds that can change a vCPU's state. Handlers nest: a READY or an NMI may come inside another handler.
  steps AS (
    SELECT
      trace,
      vcpu,
      seq,
      time_ns,
      kind,
      value,
      sum(CASE WHEN kind IN ('delivery', 'interrupt', 'nmi') THEN 1 WHEN kind = 'iret' THEN -1 ELSE 0 END) OVER rows_so_far AS entered,
      CASE
        WHEN kind = 'dispatch' THEN true
        WHEN kind = 'exit' THEN false
        WHEN kind = 'iret' AND reason = 'page_not_present'
          AND last_value(CASE kind WHEN 'park' THEN value WHEN 'delivery' THEN 0 END IGNORE NULLS) OVER rows_so_far = 1 THEN false
      END AS gets_task
    FROM events
    WHERE vcpu IS NOT NULL
      AND kind IN (
        'nmi', 'dispatch', 'exit', 'park', 'iret', 'interrupt', 'halt', 'resume', 'abandon',
        'fault', 'delivery', 'sleep', 'wakeup', 'kill', 'recovery', 'retire'
      )
    WINDOW rows_so_far AS (PARTITION BY trace, vcpu ORDER BY seq)
  ),
  -- A range may begin inside a handler: its IRET then leads out of more handlers than the range has seen entered.
  places AS (
    SELECT
      *,
      entered - least(0, min(entered) OVER rows_so_far) AS handlers,
      last_value(gets_task IGNORE NULLS) OVER rows_so_far AS has_task,
      lead(time_ns) OVER (PARTITION BY trace, vcpu ORDER BY seq) AS next_ns
    FROM steps
    WINDOW rows_so_far AS (PARTITION BY trace, vcpu ORDER BY seq)
  ),
  -- The last row of an instant decides. Between tasks the guest's scheduler works: that counts as handler.
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
        WHEN kind IN ('fault', 'recovery') OR handlers > 0 THEN 'handler'
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
