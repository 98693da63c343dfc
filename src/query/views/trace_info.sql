-- One row a trace: what it says about itself, and how far it goes.
SELECT
  format, -- format: version of the file's format
  behaviour, -- behaviour: raised when the same scenario gives other rows
  protocol, -- protocol: name of the protocol
  scenario, -- scenario: name of the scenario
  seed, -- seed: of the random numbers
  complete, -- complete: the file is whole, up to the row that says how the recording ended
  ended, -- ended: how the recording ended, such as until, workload, killed, stuck, interrupted; NULL: not known
  ended_ns AS end_ns, -- end_ns: ns, when it ended; of an incomplete trace the time of its last row
  events, -- events: rows in the trace, also with --from and --to
  batches, -- batches: batches in the file
  digest, -- digest: SHA-256 that stands for the whole trace, hexadecimal
  trace -- trace: name of the trace's file
FROM traces
ORDER BY place
