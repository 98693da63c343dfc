-- hist(x): a histogram for the eye, one line a power of two: the least and the greatest whole number of it, how many
-- values lie there, and a bar. Values are rounded down; NULL counts nowhere. It is an aggregate: GROUP BY draws several.
unnest(
  list_transform(
    [histogram(CASE WHEN x < 0 THEN -1 WHEN x < 1 THEN 0 ELSE length(bin(CAST(x - x % 1 AS HUGEINT))) END)],
    lambda counts: list_transform(
      range(list_min(map_keys(counts)), list_max(map_keys(counts)) + 1),
      lambda bits: all_traces.hist_line(bits, counts)
    )
  )[1]
)
