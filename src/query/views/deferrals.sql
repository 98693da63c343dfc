-- One row a time that the host did not deliver page-not-present, with what became of its fault.
SELECT
  event.seq, -- seq: number of the row
  event.time_ns, -- time_ns: ns of virtual time
  event.vcpu, -- vcpu: number of the vCPU
  event.task, -- task: number of the guest task; NULL: an NMI handler
  event.fault, -- fault: seq of the fault row
  event.cause, -- cause: seq of the row that directly brought this one about
  event.gpa, -- gpa: byte address in guest-physical memory
  event.gva, -- gva: byte address in guest-virtual memory; NULL where not known
  event.reason, -- reason: the first gate that was shut: interrupts_off, sti_shadow, movss_shadow, tpr, in_use, no_token
  faults.* EXCLUDE (fault, vcpu, task, gpa, gva, reason, trace), -- as faults.sql describes them
  event.trace -- trace: name of the trace's file
FROM events AS event
LEFT JOIN faults ON faults.trace = event.trace AND faults.fault = event.fault
WHERE event.kind = 'deferral'
ORDER BY event.trace, event.seq
