import { posix } from 'node:path';

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
