import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EndedProcess } from './runner-process.ts';

/** The parts of a record, in the order of the file. */
export const PARTS = ['exit', 'outputs', 'summary', 'log'] as const;

export type Part = (typeof PARTS)[number];

export type Parts = Readonly<Record<Part, string>>;

export interface Run {
  readonly name: string;
  readonly parts: Parts;
}

/**
 * What differs between two runs of the same code, in the order of replacement: the reason, what to replace, and by what.
 * Markdown writes a colon as `&#58;`.
 */
const NORMALIZATIONS: readonly (readonly [reason: string, pattern: RegExp, replacement: string])[] = [
  ['A test has its own directories', /(?:(?:\/[\w.-]+)*\/local-github-\w{6}|\.\.)\/([\w-]+)-\w{6}(?![\w-])/g, '<$1>'],
  ['A server listens on a free port', /((?:127\.0\.0\.1|localhost)(?::|&#58;))\d+/g, '$1<port>'],
  ['Tests commit now', /\b\d{4}-\d\d-\d\d[T ]\d\d(?:(?::|&#58;)\d\d){1,2}(?:\.\d+)?Z?/g, '<time>'],
  ['A cache is compressed with times in it', /\d+(?=,"createdAt":)|[\d.]+ K?B(?=(?: \| | {2})<time>)/g, '<size>'],
  ['A note says how old something is', /(?<=<time> \()\d+ \w+(?=\))|(?<="age-seconds":)\d+/g, '<age>'],
  ['A cell of a table says it too', /\d+ (?:second|minute|hour|day)s?(?= \| | {2})/g, '<age>'],
  ['A column is as wide as the longest of these', /(\bCommit of|\bAge|<age>\)?) {2,}/g, '$1  '],
  ['The key of a cache that is saved again has the time', /(\/[\da-f]{32}-[\da-f]{32}-)\w{8}\b/g, '$1<time>'],
  ['Tokens, keys of Apps and signatures of caches are random', /^::add-mask::(?=.{20})\S+$/gm, '::add-mask::<secret>'],
  ['A stack names files and functions of the bundle', /(?:^ +at .+\n?)+/gm, '<stack>\n'],
  ['A run shows its progress where it takes long', /^\d+ of \d+ repositories done in .+\n/gm, ''],
  ['A rate limit ends on a full second', /\bwaiting \d+ seconds\b/g, 'waiting <seconds>'],
  ['A debug line has the number and the time of a request', / with id \w+ in \d+ms\b/g, ''],
];

/** Ids of commits, trees and keys. A word of digits alone is a number, unless it has the length that reports cut ids to. */
const ID = /(?<![0-9a-z])(?:[0-9a-f]{12}|(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,64})(?![0-9a-z])/g;

/** Replaces what differs between two runs of the same code. Ids are numbered in the order in which the parts have them. */
export function normalize(parts: Parts): Parts {
  const ids: string[] = [];
  const nameId = (id: string): string => {
    const known = ids.findIndex((other) => other.startsWith(id) || id.startsWith(other));
    const at = known === -1 ? ids.push(id) - 1 : known;
    return `<id ${at + 1}${id.length < 32 ? `, ${id.length} digits` : ''}>`;
  };
  const normalizeText = (text: string): string =>
    NORMALIZATIONS.reduce((all, [, pattern, replacement]) => all.replaceAll(pattern, replacement), text);
  const texts = PARTS.map((part) => [part, sortDebugLines(normalizeText(parts[part])).replaceAll(ID, nameId)]);
  return Object.fromEntries(texts);
}

/** Debug lines come from work that is done at the same time: they follow the others, sorted, and without their ids. */
function sortDebugLines(text: string): string {
  const lines = text.split('\n');
  const debug = lines.filter((line) => line.startsWith('::debug::'));
  const others = lines.filter((line) => !line.startsWith('::debug::'));
  return [...others, ...debug.map((line) => line.replaceAll(ID, '<id>')).sort()].join('\n');
}

/** The file of a record: its name, then the parts. */
export function renderRecord(name: string, parts: Parts): string {
  return [name, ...PARTS.map((part) => `=== ${part}\n${parts[part]}`), ''].join('\n');
}

/** Reads what `renderRecord` writes. */
export function parseRecord(text: string): Run {
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
