-- How many tokens of a vCPU are not free, after each instant at which one was taken or freed. pnp: a token is taken by
-- its delivery, or by its resolution where that comes first; it is free again when its resolution is consumed, written or
-- acknowledged, as token.freeOn has it. apf-int, apf-pf: a token is an item in the host's queue, from its delivery or the
-- halt in its place until its resolution; the wake-all of an enabling is one. ve: a token is an entry of ve_page, from the
-- copy until its task lets it go. With --from, tokens taken before are not counted.
WITH
  -- A place is what a token is unique in; key is the token there, or what stands for it.
  changes AS MATERIALIZED (
    SELECT
      trace,
      protocol,
      token_free_on,
      first_seq,
      CASE WHEN protocol = 'pnp' AND scope = 'vm' THEN NULL ELSE vcpu END AS owner,
      CASE WHEN protocol = 've' OR scope = 'vm' THEN 0 ELSE vcpu END AS place,
      CASE WHEN protocol = 'pnp' THEN token ELSE coalesce(fault, -1) END AS key,
      seq,
      time_ns,
      kind,
      reason,
      token,
      fault,
      value
    FROM all_traces.events
    JOIN all_traces.traces USING (trace)
    WHERE
      kind IN ('delivery', 'resolution')
      OR (protocol = 'pnp' AND (kind IN ('consume', 'ack') OR (kind = 'kill' AND token IS NOT NULL)))
      OR (protocol IN ('apf-int', 'apf-pf') AND kind IN ('deferral', 'enable'))
      OR (protocol = 've' AND kind IN ('copy', 'park', 'unpark', 'iret', 'retry', 'abandon'))
  ),
  -- A token is that of one fault, however often it is delivered: one that was resolved early takes nothing later (R15), nor
  -- does a delivery that shares another's (Q15). A kill may stand for a resolution that the ring had no room for (R18).
  pnp_taken AS (
    SELECT trace, any_value(owner) AS owner, place, key, min(seq) AS seq, min(time_ns) AS time_ns
    FROM changes
    WHERE protocol = 'pnp' AND kind NOT IN ('consume', 'ack') AND reason IS DISTINCT FROM 'repeated_fault'
    GROUP BY trace, place, key, fault, first_seq
    HAVING bool_or(kind = 'delivery') OR fault >= first_seq
  ),
  -- Q5
  acked AS (
    SELECT consumed.trace, consumed.place, consumed.key, consumed.seq, acks.time_ns
    FROM (FROM changes WHERE protocol = 'pnp' AND token_free_on = 'explicit_ack' AND kind = 'consume') AS consumed
    ASOF LEFT JOIN (FROM changes WHERE kind = 'ack') AS acks
      ON consumed.trace = acks.trace AND consumed.place = acks.place AND consumed.seq < acks.seq
  ),
  -- A task that waits in its handler lets its entry go when it runs again.
  ve_rows AS (
    SELECT
      *,
      sum(CASE WHEN kind = 'park' THEN value WHEN kind = 'unpark' THEN -1 ELSE 0 END)
        OVER (PARTITION BY trace, fault ORDER BY seq) > 0 AS is_parked
    FROM changes
    WHERE protocol = 've'
  ),
  taken AS (
    SELECT trace, owner, place, key, seq, time_ns FROM pnp_taken
    UNION ALL
    SELECT trace, owner, place, key, seq, time_ns
    FROM changes
    WHERE
      protocol IN ('apf-int', 'apf-pf')
      AND (kind IN ('delivery', 'enable') OR (kind = 'deferral' AND reason IN ('not_enabled', 'user_only', 'nested')))
    UNION ALL
    SELECT trace, owner, place, key, seq, time_ns FROM ve_rows WHERE kind = 'copy' AND token IS NOT NULL
  ),
  freed AS (
    SELECT trace, place, key, seq, time_ns
    FROM changes
    WHERE
      (kind = 'resolution' AND (protocol IN ('apf-int', 'apf-pf') OR (protocol = 'pnp' AND token_free_on = 'resolve')))
      OR (kind = 'consume' AND protocol = 'pnp' AND token_free_on = 'consume')
    UNION ALL
    FROM acked
    UNION ALL
    SELECT trace, place, key, seq, time_ns
    FROM ve_rows
    WHERE
      kind IN ('retry', 'abandon')
      OR (kind = 'iret' AND reason = 'page_not_present' AND NOT is_parked)
  ),
  steps AS (
    SELECT trace, owner, time_ns, 1 AS step FROM taken
    UNION ALL
    SELECT taken.trace, taken.owner, freed.time_ns, -1
    FROM taken
    ASOF JOIN freed
      ON taken.trace = freed.trace AND taken.place = freed.place AND taken.key = freed.key AND taken.seq <= freed.seq
    WHERE freed.time_ns IS NOT NULL
  )
SELECT
  owner AS vcpu, -- vcpu: number of the vCPU whose tokens they are; NULL: all vCPUs share them (scope = vm)
  time_ns, -- time_ns: ns of virtual time
  CAST(sum(sum(step)) OVER (PARTITION BY trace, owner ORDER BY time_ns) AS BIGINT) AS in_use, -- in_use: tokens in use from then on
  trace -- trace: name of the trace's file
FROM steps
GROUP BY trace, owner, time_ns
ORDER BY trace, owner, time_ns
