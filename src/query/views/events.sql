-- The rows of the trace, in order: choices that went in, events that came out.
SELECT
  seq, -- seq: number of the row, from 0 without a gap
  time_ns, -- time_ns: ns of virtual time since the start; imported traces: since the first event
  vcpu, -- vcpu: number of the vCPU; NULL: the whole machine
  task, -- task: number of the guest task; NULL: none, as in an NMI handler
  kind, -- kind: name of the event
  choice, -- choice: true: a choice that went in; false: an event that came out
  fault, -- fault: seq of the fault row whose life this row belongs to; a fault row names itself
  cause, -- cause: seq of the row that directly brought this one about
  token, -- token: the token of page-not-present that the row is about
  gpa, -- gpa: byte address in guest-physical memory
  gva, -- gva: byte address in guest-virtual memory; NULL where not known
  reason, -- reason: why, or by whom
  result, -- result: 0 try again, 1 the page failed
  value, -- value: a number whose meaning the kind documents
  trace -- trace: name of the trace's file
FROM trace_rows
