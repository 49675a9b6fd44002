// Compares the records of test runs before and after a change: npm run compare-records -- <before> <after>. The tests write
// a record of each run into the directory that CODEX_SYNC_RECORD names. Differences of the log do not fail the comparison.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diff } from 'node:util';
import { PARTS, type Part, parseRecord } from '../__tests__/support/record.ts';

const CONTEXT = 2;
const MAX_LINES = 40;

export interface Difference {
  readonly name: string;
  readonly part: Part | 'record';
  readonly lines: readonly string[];
}

/** The differences between two directories, given as the text of each file by its path. */
export function compareRecords(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path): Difference[] => {
    const [old, current] = [before.get(path), after.get(path)];
    if (old === undefined) return [{ name: parseRecord(current ?? '').name, part: 'record', lines: ['only after'] }];
    if (current === undefined) return [{ name: parseRecord(old).name, part: 'record', lines: ['only before'] }];
    const [{ name, parts }, now] = [parseRecord(old), parseRecord(current)];
    return PARTS.filter((part) => parts[part] !== now.parts[part]).map((part) => {
      return { name, part, lines: renderDiff(parts[part], now.parts[part]) };
    });
  });
}

/** Changed lines with some around them. A long line of JSON is broken where a value ends. */
function renderDiff(before: string, after: string): string[] {
  const split = (text: string): string[] => text.split(/\n|(?<=,)(?=["{])/);
  const all = diff(split(before), split(after));
  const isNear = (at: number): boolean =>
    all.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(([op]) => op !== 0);
  // For this function the first text is the newer one.
  const marks = { '1': '-', '0': ' ', '-1': '+' } as const;
  const lines = all.flatMap(([op, line], at) => {
    if (isNear(at)) return [`${marks[op]}${line}`];
    return isNear(at + 1) ? ['…'] : [];
  });
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more lines`] : lines;
}

/** The differences that decide, then those of the log. */
export function renderDifferences(differences: readonly Difference[]): string {
  const groups = [
    ['Exit, outputs and summary', differences.filter(({ part }) => part !== 'log')],
    ['Log', differences.filter(({ part }) => part === 'log')],
  ] as const;
  return groups
    .map(([title, group]) => {
      const texts = group.map(
        ({ name, part, lines }) => `\n${name}: ${part}\n${lines.map((line) => `  ${line}\n`).join('')}`,
      );
      return `${title}: ${group.length === 0 ? 'no differences' : `${group.length} different`}\n${texts.join('')}`;
    })
    .join('\n');
}

async function readRecords(directory: string): Promise<Map<string, string>> {
  const files = (await readdir(directory, { recursive: true })).filter((path) => path.endsWith('.txt'));
  if (files.length === 0) throw new Error(`There are no records in ${directory}`);
  return new Map(
    await Promise.all(files.map(async (path) => [path, await readFile(join(directory, path), 'utf8')] as const)),
  );
}

if (import.meta.main) {
  const [before, after] = process.argv.slice(2);
  if (!before || !after) throw new Error('Use: npm run compare-records -- <before> <after>');
  const differences = compareRecords(await readRecords(before), await readRecords(after));
  process.stdout.write(renderDifferences(differences));
  process.exitCode = differences.some(({ part }) => part !== 'log') ? 1 : 0;
}
