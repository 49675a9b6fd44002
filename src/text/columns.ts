/** The lines of a table as the log shows it: every column as wide as its widest cell. */
export function alignColumns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = [head, ...rows];
  const widths = head.map((_, column) =>
    table.reduce((most, row) => Math.max(most, [...(row[column] ?? '')].length), 0),
  );
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
