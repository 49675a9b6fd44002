import { posix } from 'node:path';
import { withoutSecrets } from './secrets.ts';

// Characters that could forge a line of the log or disguise a name: control and format characters (line breaks,
// escapes, bidirectional overrides, zero-width ones), lone surrogates and line separators.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Makes text from outside one harmless line: masks secrets, escapes unprintable characters as `\u{…}`, cuts at `limit`. */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const shown = withoutSecrets(text).replace(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  const characters = shown.length > limit ? [...shown] : [];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : shown;
}

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

/** Letters added, dropped or replaced, and neighbours swapped (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row++) {
    rows[row] = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      rows[row]?.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, replaced, swapped));
    }
  }
  return at(a.length, b.length);
}

/** The nearest candidate within `limit` edits; the first of equally near ones. */
function nearestWithin(name: string, candidates: readonly string[], limit: number): string | undefined {
  let [least, found]: [number, string | undefined] = [limit + 1, undefined];
  for (const candidate of candidates) {
    // The length alone excludes most candidates, and keeps a hostile, endless key cheap.
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name, candidate);
    if (distance < least) [least, found] = [distance, candidate];
  }
  return found;
}

/** Suggests a name (NFR3) within two edits and a third of its length: short names do not resemble all others. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  return nearestWithin(name, names, Math.min(2, Math.floor(name.length / 3)));
}

// Keeps a mistyped reference into a huge project cheap.
const MAX_COMPARED = 5000;

/** Suggests a path: one with the same name elsewhere, else the most similar one, if any. */
export function nearestPath(path: string, paths: readonly string[]): string | undefined {
  const name = posix.basename(path).toLowerCase();
  const namesakes = paths.filter((other) => posix.basename(other).toLowerCase() === name);
  const [candidates, limit] =
    namesakes.length > 0
      ? [namesakes, Number.POSITIVE_INFINITY]
      : [paths.slice(0, MAX_COMPARED), Math.floor(path.length / 2)];
  const found = nearestWithin(
    path.toLowerCase(),
    candidates.map((other) => other.toLowerCase()),
    limit,
  );
  return candidates.find((other) => other.toLowerCase() === found);
}
