import { printable } from './printable.ts';

/** Maximum number of names in a sentence; the summary and `result` have them all. */
export const NAMED = 10;
export const SHORT_ID = 12;

export function count(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}

export function nameSome(names: readonly string[], limit = NAMED): string {
  const more = names.length - limit;
  const shown = names.slice(0, limit).map((name) => printable(name));
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** For example `3.2 KB`. */
export function bytes(number: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, number)) / 10));
  return `${power === 0 ? number : (number / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** A span of time in its largest unit, for example `3 days`. */
export function span(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const;
  const [size, noun] = units.find(([least]) => seconds >= least) ?? [1, 'second'];
  return count(Math.max(0, Math.floor(seconds / size)), noun);
}

export function alignColumns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = [head, ...rows];
  const widths = head.map((_, column) =>
    table.reduce((limit, row) => Math.max(limit, [...(row[column] ?? '')].length), 0),
  );
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
