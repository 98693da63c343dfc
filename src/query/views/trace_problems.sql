-- What is wrong with the file itself, one row a problem; none when every byte is as it should be. To tell, the whole
-- file is read, whatever --from and --to say.
SELECT
  code, -- code: name of the problem, such as TRACE_DIGEST
  message, -- message: which batch and column, what was found, and what was expected
  byte, -- byte: where in the file
  trace -- trace: name of the trace's file
FROM problem_rows
ORDER BY trace, byte
