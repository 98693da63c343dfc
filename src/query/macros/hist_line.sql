-- hist_line(bits, counts): a line of hist: of the numbers with so many bits, -1 for those below 0. counts is a map from
-- bits to how many there are.
rtrim(
  concat(
    CASE
      WHEN bits < 0 THEN rpad('< 0', CAST(2 * length(CAST(all_traces.power(list_max(map_keys(counts))) - 1 AS VARCHAR)) + 4 AS INTEGER), ' ')
      ELSE concat(
        all_traces.right_of(all_traces.power(bits - 1), all_traces.power(list_max(map_keys(counts))) - 1),
        ' .. ',
        all_traces.right_of(all_traces.power(bits) - 1, all_traces.power(list_max(map_keys(counts))) - 1)
      )
    END,
    '  ',
    all_traces.right_of(coalesce(counts[bits], 0), list_max(map_values(counts))),
    '  ',
    bar(coalesce(counts[bits], 0), 0, list_max(map_values(counts)), 40)
  )
)
