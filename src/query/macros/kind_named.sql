-- kind_named(word): the name of a kind, if there is one of that name.
CASE
  WHEN list_contains(CAST(enum_range(CAST(NULL AS all_traces.event_kind)) AS VARCHAR[]), word) THEN word
  ELSE error(
    concat(
      'there is no kind ',
      word,
      '; the nearest is ',
      list_sort(
        list_transform(
          CAST(enum_range(CAST(NULL AS all_traces.event_kind)) AS VARCHAR[]),
          lambda kind: {distance: levenshtein(kind, word), kind: kind}
        )
      )[1].kind
    )
  )
END
