-- One row a fault: an access that found its page not available, from the fault to the access that went through.
-- Rows of faults that began before --from are left out.
WITH
  lives AS (
    SELECT
      trace,
      fault,
      any_value(vcpu) FILTER (seq = fault) AS vcpu,
      any_value(task) FILTER (seq = fault) AS task,
      any_value(gpa) FILTER (seq = fault) AS gpa,
      any_value(gva) FILTER (seq = fault) AS gva,
      any_value(time_ns) FILTER (seq = fault) AS fault_ns,
      arg_min(kind, seq) FILTER (kind IN ('delivery', 'sleep', 'kill', 'recovery')) AS answer,
      arg_min(reason, seq) FILTER (kind = 'deferral') AS reason,
      min(time_ns) FILTER (kind = 'attempt') AS attempt_ns,
      arg_min(token, seq) FILTER (kind = 'delivery') AS token,
      min(time_ns) FILTER (kind = 'delivery') AS delivery_ns,
      arg_min(result, seq) FILTER (kind IN ('resolution', 'abandon')) AS result,
      min(time_ns) FILTER (kind = 'resolution') AS resolution_ns,
      min(cause) FILTER (kind = 'resolution') AS resolution_cause,
      max(cause) FILTER (kind = 'wakeup') AS wakeup_cause,
      min(time_ns) FILTER (kind = 'consume') AS consume_ns,
      min(time_ns) FILTER (kind = 'unpark') AS unpark_ns,
      min(time_ns) FILTER (kind = 'retire') AS retire_ns
    FROM events
    WHERE fault IS NOT NULL
    GROUP BY trace, fault
    HAVING fault_ns IS NOT NULL
  ),
  -- What ended the I/O is the cause of the resolution, or of the wake-up, also where it ended before the host's attempt;
  -- either may also have a row of another kind as its cause.
  completions AS MATERIALIZED (
    SELECT trace, seq, time_ns FROM events WHERE kind = 'completion'
  ),
  ended AS (
    SELECT lives.*, coalesce(resolved.time_ns, woken.time_ns) AS completion_ns, traces.protocol
    FROM lives
    JOIN traces ON traces.trace = lives.trace
    LEFT JOIN completions AS resolved ON resolved.trace = lives.trace AND resolved.seq = lives.resolution_cause
    LEFT JOIN completions AS woken ON woken.trace = lives.trace AND woken.seq = lives.wakeup_cause
  )
SELECT
  fault, -- fault: seq of the fault row
  vcpu, -- vcpu: number of the vCPU
  task, -- task: number of the guest task; NULL: an NMI handler
  gpa, -- gpa: byte address in guest-physical memory
  gva, -- gva: byte address in guest-virtual memory; NULL where not known
  protocol, -- protocol: name of the protocol that the trace was recorded under
  CASE answer
    WHEN 'delivery' THEN 'delivered'
    WHEN 'sleep' THEN 'slept'
    WHEN 'kill' THEN 'killed'
    WHEN 'recovery' THEN 'recovered'
    ELSE 'open'
  END AS outcome, -- outcome: the host's first answer: delivered, slept, killed, recovered; open: none in the file
  reason, -- reason: why the host did not deliver, at its first deferral; NULL: it never deferred
  token, -- token: the token it was delivered with; NULL: it was not
  result, -- result: 0 try again, 1 the page failed; NULL: neither resolved nor abandoned
  fault_ns, -- fault_ns: ns, when the access found its page not available
  delivery_ns, -- delivery_ns: ns, when page-not-present was delivered
  completion_ns, -- completion_ns: ns, when the I/O ended that resolved the fault or woke its vCPU
  resolution_ns, -- resolution_ns: ns, when the host wrote the ring entry
  consume_ns, -- consume_ns: ns, when the guest read the ring entry
  unpark_ns, -- unpark_ns: ns, when the guest made the task runnable
  retire_ns, -- retire_ns: ns, when the access went through; NULL: it has not, or was given up
  retire_ns - fault_ns AS latency_ns, -- latency_ns: ns, fault to retire
  CASE WHEN completion_ns < attempt_ns THEN 0 ELSE completion_ns - attempt_ns END AS io_ns, -- io_ns: ns, the host's attempt to deliver, when the I/O starts, to completion; 0: it had ended by then
  consume_ns - completion_ns AS notify_ns, -- notify_ns: ns, completion to consume
  retire_ns - unpark_ns AS run_delay_ns, -- run_delay_ns: ns, unpark to retire
  trace -- trace: name of the trace's file
FROM ended
ORDER BY trace, fault
