/** A table in Markdown; the first column is words, the others are numbers. */
export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(columns), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** Three places at most: more would promise what another machine does not keep. */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let [value, unit] = [count, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-GB');
}

export function percent(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${(share * 100).toFixed(0)}%`;
}

/** The middle one, or the later of two. */
export function middle(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
