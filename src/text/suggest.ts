import { posix } from 'node:path';

/**
 * How many edits lie between two words: letters added, dropped, replaced, or two neighbours swapped (the optimal string
 * alignment distance).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/**
 * The word of `words` that was probably meant (NFR3): at most two edits away, and no more than a third of the length of
 * `word`, so that short words do not resemble everything. The first of equally near ones; undefined when none is near.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let limit = Math.min(2, Math.floor(name.length / 3));
  let found: string | undefined;
  for (const candidate of names) {
    // The length alone rules most words out, and keeps a hostile, endless key cheap.
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name, candidate);
    if (distance < limit || (distance === limit && found === undefined)) {
      limit = distance;
      found = candidate;
    }
  }
  return found;
}

// Distances are taken only to so many paths, so that a mistyped reference into a huge project stays cheap.
const MAX_COMPARED = 5000;

/** The path that was probably meant: of the same name elsewhere, else the most similar one if it is similar at all. */
export function nearestPath(path: string, paths: readonly string[]): string | undefined {
  const name = posix.basename(path).toLowerCase();
  const namesakes = paths.filter((other) => posix.basename(other).toLowerCase() === name);
  const candidates = namesakes.length > 0 ? namesakes : paths.slice(0, MAX_COMPARED);
  let limit = namesakes.length > 0 ? Number.POSITIVE_INFINITY : Math.floor(path.length / 2);
  let nearest: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - path.length) > limit) continue;
    const distance = editDistance(path.toLowerCase(), candidate.toLowerCase());
    if (distance < limit || (distance === limit && nearest === undefined)) [limit, nearest] = [distance, candidate];
  }
  return nearest;
}
