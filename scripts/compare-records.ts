// Compares the records of test runs before and after a change: npm run compare-records -- <before> <after>. The tests write
// a record of each run into the directory that CODEX_SYNC_RECORD names. Differences of the log do not fail the comparison.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diff } from 'node:util';
import { PARTS, type Part, parseRecord, type Run } from '../__tests__/support/record.ts';

const CONTEXT = 2;
const MAX_LINES = 40;

export interface Difference {
  readonly name: string;
  readonly part: Part | 'record';
  readonly lines: readonly string[];
}

/** Texts by the path of their file. */
type Records = ReadonlyMap<string, string>;

/** The runs of each test, in their order. */
function groupByTest(records: Records) {
  const sorted = [...records].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }));
  const groups = Map.groupBy(sorted, ([path]) => path.replace(/-\d+\.txt$/, ''));
  return new Map([...groups].map(([test, runs]) => [test, runs.map(([, text]) => parseRecord(text))]));
}

/** The runs of a test match in any order: the test orders them, and it may start some at the same time. */
export function compareRecords(before: Records, after: Records): readonly Difference[] {
  const [old, current] = [groupByTest(before), groupByTest(after)];
  return [...new Set([...old.keys(), ...current.keys()])].sort().flatMap((test) => {
    const right = [...(current.get(test) ?? [])];
    const left = (old.get(test) ?? []).filter(({ parts }) => {
      const equal = right.findIndex((run) => PARTS.every((part) => run.parts[part] === parts[part]));
      if (equal !== -1) right.splice(equal, 1);
      return equal === -1;
    });
    const paired = left.slice(0, right.length).flatMap(({ name, parts }, at) => {
      const now = right[at]?.parts ?? parts;
      const changed = PARTS.filter((part) => parts[part] !== now[part]);
      return changed.map((part): Difference => ({ name, part, lines: renderDiff(parts[part], now[part]) }));
    });
    const alone = (runs: readonly Run[], side: string) =>
      runs.map(({ name }): Difference => ({ name, part: 'record', lines: [`only ${side}`] }));
    return [...paired, ...alone(left.slice(right.length), 'before'), ...alone(right.slice(left.length), 'after')];
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
