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
  faults.protocol, -- protocol: name of the protocol that the trace was recorded under
  faults.outcome, -- outcome: the host's first answer: delivered, slept, killed, recovered; open: none in the file
  faults.reason, -- reason: why the host did not deliver, at its first deferral; NULL: it never deferred
  faults.fault_ns, -- fault_ns: ns, when the access found its page not available
  faults.delivery_ns, -- delivery_ns: ns, when page-not-present was delivered
  faults.completion_ns, -- completion_ns: ns, when the I/O ended that resolved the fault or woke its vCPU
  faults.resolution_ns, -- resolution_ns: ns, when the host wrote the ring entry
  faults.consume_ns, -- consume_ns: ns, when the guest read the ring entry
  faults.unpark_ns, -- unpark_ns: ns, when the guest made the task runnable
  faults.retire_ns, -- retire_ns: ns, when the access went through; NULL: it has not, or was given up
  faults.latency_ns, -- latency_ns: ns, fault to retire
  faults.io_ns, -- io_ns: ns, the host's attempt to deliver, when the I/O starts, to completion
  faults.notify_ns, -- notify_ns: ns, completion to consume
  faults.run_delay_ns, -- run_delay_ns: ns, unpark to retire
  event.trace -- trace: name of the trace's file
FROM events AS event
LEFT JOIN faults ON faults.trace = event.trace AND faults.fault = event.fault
WHERE event.kind = 'resolution'
ORDER BY event.trace, event.seq
