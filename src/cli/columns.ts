type Rows = readonly (readonly string[])[];

/** Lines of a small table: the first column to the left, the others to the right, two spaces between them. */
export function alignColumns(rows: Rows): string[] {
  return align(rows, (cell, width, column) => (column === 0 ? cell.padEnd(width) : cell.padStart(width)));
}

/** The same with every column to the left. */
export function alignLeft(rows: Rows): string[] {
  return align(rows, (cell, width) => cell.padEnd(width));
}

function align(rows: Rows, pad: (cell: string, width: number, column: number) => string): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column], column))
      .join('  ')
      .trimEnd(),
  );
}
