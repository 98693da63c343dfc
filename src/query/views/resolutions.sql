-- One row a ring entry that the host wrote, with what became of its fault.
SELECT
  event.seq, -- seq: number of the row
  event.time_ns, -- time_ns: ns of virtual time
  event.vcpu, -- vcpu: number of the vCPU
  event.task, -- task: number of the guest task; NULL: an NMI handler
  event.fault, -- fault: seq of the fault row
  event.cause, -- cause: seq of the row that directly brought this one about
  event.gpa, -- gpa: byte address in guest-physical memory
  event.gva, -- gva: byte address in guest-virtual memory; NULL where not known
  event.token, -- token: the token that is resolved
  event.result, -- result: 0 try again, 1 the page failed
  event.value, -- value: entries not yet consumed, with this one
  faults.* EXCLUDE (fault, vcpu, task, gpa, gva, token, result, trace), -- as faults.sql describes them
  event.trace -- trace: name of the trace's file
FROM events AS event
LEFT JOIN faults ON faults.trace = event.trace AND faults.fault = event.fault
WHERE event.kind = 'resolution'
ORDER BY event.trace, event.seq
