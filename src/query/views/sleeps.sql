-- One row a sleep of a vCPU, that the host stopped until the page was ready, with what became of its fault.
WITH
  spans AS (
    SELECT *, lead(time_ns) OVER (PARTITION BY trace, vcpu ORDER BY seq) AS wakeup_ns
    FROM events
    WHERE kind IN ('sleep', 'wakeup')
  )
SELECT
  sleep.seq, -- seq: number of the row
  sleep.time_ns, -- time_ns: ns of virtual time
  sleep.vcpu, -- vcpu: number of the vCPU
  sleep.task, -- task: number of the guest task; NULL: an NMI handler
  sleep.fault, -- fault: seq of the fault row
  sleep.cause, -- cause: seq of the row that directly brought this one about
  sleep.gpa, -- gpa: byte address in guest-physical memory
  sleep.gva, -- gva: byte address in guest-virtual memory; NULL where not known
  sleep.wakeup_ns, -- wakeup_ns: ns, when the host let the vCPU run again; NULL: it has not
  sleep.wakeup_ns - sleep.time_ns AS duration_ns, -- duration_ns: ns, sleep to wake-up
  faults.* EXCLUDE (fault, vcpu, task, gpa, gva, trace), -- as faults.sql describes them
  sleep.trace -- trace: name of the trace's file
FROM spans AS sleep
LEFT JOIN faults ON faults.trace = sleep.trace AND faults.fault = sleep.fault
WHERE sleep.kind = 'sleep'
ORDER BY sleep.trace, sleep.seq
