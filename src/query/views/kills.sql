-- One row a kill of the guest, with the fault of the access that the vCPU was at.
SELECT
  event.seq, -- seq: number of the row
  event.time_ns, -- time_ns: ns of virtual time
  event.vcpu, -- vcpu: number of the vCPU
  event.task, -- task: number of the guest task; NULL: an NMI handler
  event.fault, -- fault: seq of the fault row; NULL: the vCPU was at none
  event.cause, -- cause: seq of the row that directly brought this one about
  event.gpa, -- gpa: byte address in guest-physical memory
  event.gva, -- gva: byte address in guest-virtual memory; NULL where not known
  event.token, -- token: the token that the kill is about
  event.reason, -- reason: known_failed, or ring_overflow
  faults.* EXCLUDE (fault, vcpu, task, gpa, gva, reason, token, trace), -- as faults.sql describes them
  event.trace -- trace: name of the trace's file
FROM events AS event
LEFT JOIN faults ON faults.trace = event.trace AND faults.fault = event.fault
WHERE event.kind = 'kill'
ORDER BY event.trace, event.seq
