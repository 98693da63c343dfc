-- bond(same, fault, task, vcpu): what two events have in common by that name; NULL: this one has none.
CASE same
  WHEN 'fault' THEN CAST(fault AS BIGINT)
  WHEN 'task' THEN CAST(task AS BIGINT)
  WHEN 'vcpu' THEN CAST(vcpu AS BIGINT)
  WHEN 'trace' THEN 0
  ELSE error('same: expected fault, task, vcpu or trace')
END
