-- right_of(number, greatest): a number at the right of a column that is wide enough for the greatest.
lpad(CAST(number AS VARCHAR), CAST(length(CAST(greatest AS VARCHAR)) AS INTEGER), ' ')
