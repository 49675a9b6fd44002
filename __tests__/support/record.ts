import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EndedProcess } from './runner-process.ts';

/** The parts of a record, in the order of the file. */
export const PARTS = ['exit', 'outputs', 'summary', 'log'] as const;

export type Part = (typeof PARTS)[number];

export type Parts = Readonly<Record<Part, string>>;

interface Normalization {
  readonly reason: string;
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** What differs between two runs of the same code, in the order in which it is replaced. */
const NORMALIZATIONS: readonly Normalization[] = [
  {
    reason: 'Each test has directories of its own',
    pattern: /(?:\/[\w.-]+)*\/local-github-\w{6}\/([\w.-]+)-\w{6}(?![\w-])/g,
    replacement: '<$1>',
  },
  { reason: 'Servers listen on a free port', pattern: /(127\.0\.0\.1|localhost):\d+/g, replacement: '$1:<port>' },
  {
    reason: 'Commits, caches and reports have the time of the run',
    pattern: /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g,
    replacement: '<time>',
  },
];

/** Ids of commits, trees and keys. A word of digits alone is a number, unless it has the length that reports cut ids to. */
const ID = /(?<![0-9a-z])(?:[0-9a-f]{12}|(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64})(?![0-9a-z])/g;

/** Replaces what differs between two runs of the same code. Ids are numbered in the order in which the parts have them. */
export function normalize(parts: Parts): Parts {
  const ids: string[] = [];
  const nameId = (id: string): string => {
    const known = ids.findIndex((other) => other.startsWith(id) || id.startsWith(other));
    const at = known === -1 ? ids.push(id) - 1 : known;
    if (id.length > (ids[at] ?? '').length) ids[at] = id;
    return `<id ${at + 1}${id.length < 32 ? `, ${id.length} digits` : ''}>`;
  };
  const normalizeText = (text: string): string =>
    NORMALIZATIONS.reduce((all, { pattern, replacement }) => all.replaceAll(pattern, replacement), text).replaceAll(
      ID,
      nameId,
    );
  return Object.fromEntries(PARTS.map((part) => [part, normalizeText(parts[part])])) as Parts;
}

/** The file of a record: its name, then the parts. */
export function renderRecord(name: string, parts: Parts): string {
  return [name, ...PARTS.map((part) => `=== ${part}\n${parts[part]}`), ''].join('\n');
}

/** Reads what `renderRecord` writes. */
export function parseRecord(text: string): { readonly name: string; readonly parts: Parts } {
  const [name = '', ...rest] = text.slice(0, -1).split(/\n=== (?:exit|outputs|summary|log)\n/);
  return { name, parts: Object.fromEntries(PARTS.map((part, at) => [part, rest[at] ?? ''])) as Parts };
}

const tests = fileURLToPath(new URL('..', import.meta.url));
const ordinals = new Map<string, number>();

interface TestState {
  readonly testPath?: string;
  readonly currentTestName?: string;
  /** The test that asks, among those that run at the same time. */
  readonly currentConcurrentTestName?: () => string | undefined;
}

/** What the action writes for others to read. */
interface Written {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/**
 * Starts the record of a run, in the directory that `CODEX_SYNC_RECORD` names. Standard output is the output of a command
 * of the terminal, and part of the log of the action.
 */
export function startRecord(): (ended: EndedProcess, written?: Written) => Promise<void> {
  const directory = process.env.CODEX_SYNC_RECORD;
  // Scripts run the bundle outside of Jest.
  const state = (globalThis as { expect?: { getState(): TestState } }).expect?.getState();
  if (!directory || !state?.testPath) return async () => {};
  const file = relative(tests, state.testPath).replace(/\.test\.ts$/, '');
  const title = state.currentConcurrentTestName?.() ?? state.currentTestName ?? 'before all tests';
  const name = `${file}: ${title}`;
  // Counted at the start: runs at the same time end in any order.
  const ordinal = (ordinals.get(name) ?? 0) + 1;
  ordinals.set(name, ordinal);
  return async ({ exitCode, signal, stdout, stderr }, written) => {
    const outputs = written && Object.entries(written.outputs).map(([key, value]) => `${key}=${value}`);
    const parts = normalize({
      exit: `${exitCode ?? signal}`,
      outputs: outputs?.join('\n') ?? stdout,
      summary: written?.summary ?? '',
      log: written ? `${stdout}\n${stderr}` : stderr,
    });
    const path = join(directory, file, fileName(title, ordinal));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, renderRecord(`${name} (run ${ordinal})`, parts));
  };
}

/** A title can be too long for a file name, and can differ from another one in punctuation only. */
function fileName(title: string, ordinal: number): string {
  const slug = title.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80);
  const hash = createHash('sha256').update(title).digest('hex').slice(0, 8);
  return `${slug}-${hash}-${ordinal}.txt`;
}
