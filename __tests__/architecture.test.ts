import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';

// The arrows of the house: a file imports from its own room and from the rooms before it, never from the ones behind.
const ORDER = [
  ['errors', 'programs'],
  ['text'],
  ['documents'],
  ['inputs'],
  ['codex'],
  ['report'],
  ['git', 'github', 'cache', 'console'],
  ['publish'],
  ['previews', 'fetch'],
  ['sync', 'doctor'],
  ['org', 'promote'],
  ['status'],
  ['modes'],
  ['run'],
  ['terminal', 'action'],
  ['main', 'sub-actions', 'cli'],
];
// Each outside package enters through one room, so that it can be replaced, and understood, in one place.
const PACKAGES: Record<string, string> = {
  '@actions/cache': 'cache',
  '@actions/core': 'console',
  '@actions/exec': 'programs',
  '@actions/github': 'github',
  '@actions/http-client': 'github',
  '@actions/io': 'programs',
  '@octokit/auth-app': 'github',
  '@octokit/rest': 'github',
  commander: 'terminal',
  'minipass-fetch': 'github',
  picomatch: 'documents',
  yaml: 'inputs',
  zod: 'inputs',
};
const PURE = ['text', 'documents', 'inputs', 'codex', 'report'];
// Of a feature these files are pure: what was said, what is planned, what is told.
const PURE_NAMES = ['request', 'plan', 'report'];
const PURE_FILES = [
  ...['cache-index', 'resolve'].map((name) => `src/fetch/${name}.ts`),
  ...['checks', 'faults', 'release-checks'].map((name) => `src/doctor/${name}.ts`),
  ...['arguments', 'init-files'].map((name) => `src/terminal/${name}.ts`),
  'src/previews/plan.ts',
  'src/sync/comment.ts',
];
const isPure = ({ file, room }: { readonly file: string; readonly room: string }) =>
  PURE.includes(room) || PURE_FILES.includes(file) || PURE_NAMES.includes(basename(file, '.ts'));
const PURE_BUILTINS = ['node:path', 'node:crypto'];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
}

let imports: Import[];

beforeAll(async () => {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = files.map(async (file) => {
    const text = await readFile(file, 'utf8');
    const targets = [...text.matchAll(/^(?:import|export)\b[^;'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    return targets.map((target) => ({ file, room: roomOf(file), target }));
  });
  imports = (await Promise.all(found)).flat();
});

function roomOf(file: string): string {
  const [, first = '', second] = file.split(posix.sep);
  return second === undefined ? first.replace(/\.ts$/, '') : first;
}

function floorOf(room: string): number {
  return ORDER.findIndex((rooms) => rooms.includes(room));
}

test('every room is in the drawing', () => {
  expect(imports.length).toBeGreaterThan(100);
  expect([...new Set(imports.map(({ room }) => room))].filter((room) => floorOf(room) === -1)).toEqual([]);
});

test('arrows go one way, and the rooms of the world do not know each other', () => {
  const wrong = imports.filter(({ file, room, target }) => {
    if (!target.startsWith('.')) return false;
    const path = posix.join(dirname(file), target);
    const other = roomOf(path);
    return other !== room && floorOf(other) >= floorOf(room);
  });
  expect(wrong).toEqual([]);
});

test('files do not import in circles', () => {
  const edges = new Map<string, string[]>();
  for (const { file, target } of imports) {
    if (target.startsWith('.')) edges.set(file, [...(edges.get(file) ?? []), posix.join(dirname(file), target)]);
  }
  const done = new Set<string>();
  const circles: string[][] = [];
  const walk = (file: string, way: string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file]);
    if (way.includes(file) || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  expect(circles).toEqual([]);
});

test('each package has one room that imports it', () => {
  const outside = imports.filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'));
  const wrong = outside.filter(({ room, target }) => {
    const name = target.startsWith('@') ? target.split('/', 2).join('/') : target.split('/', 1).join('');
    return PACKAGES[name] !== room;
  });
  expect(wrong).toEqual([]);
});

test('pure rooms ask nothing of the world', async () => {
  const wrong = imports.filter(
    (one) => isPure(one) && one.target.startsWith('node:') && !PURE_BUILTINS.includes(one.target),
  );
  expect(wrong).toEqual([]);
  for (const file of new Set(imports.filter(isPure).map(({ file }) => file))) {
    expect({
      file,
      session: /\bprocess\.|\bDate\.now\(|new Date\(\)|Math\.random|\brandom[A-Z]/.exec(
        await readFile(file, 'utf8'),
      )?.[0],
    }).toEqual({ file, session: undefined });
  }
});

test('one file holds the rule of what may become documents, and one planner publishes it', async () => {
  expect(await filesWith(/^import [^;]*\bplanChanges\b/m)).toEqual(['src/codex/plan-documents.ts']);
  // Each way to make such texts has one caller, and no cast and no second class goes around them.
  const rule = 'src/codex/whose-text.ts';
  const callers = (name: string) => filesWith(new RegExp(`\\b${name}\\(`));
  expect(await callers('new AllowedText')).toEqual([rule]);
  expect(await callers('decideWhoseText')).toEqual([rule, 'src/sync/project.ts']);
  expect(await callers('textOfStableRef')).toEqual([rule, 'src/org/repository.ts']);
  expect(await callers('promotedText')).toEqual([rule, 'src/promote/plan.ts']);
  expect(await callers('comparedText')).toEqual([rule, 'src/sync/plan.ts']);
  expect(await filesWith(/\bas (?:unknown as )?(?:DocumentsText|AllowedText)\b/)).toEqual([]);
  expect(await filesWith(/\bexport [^;{]*\bclass AllowedText\b|\bexport \{[^}]*\bAllowedText\b/)).toEqual([]);
});

test('branded values are made only where an answer, a hash, an input or a file of our own is parsed', async () => {
  const makersOf = (names: string) => filesWith(new RegExp(`\\bimport [^;]*\\b(?:${names})\\b[^;]*ids\\.ts'`));
  const isOutside = (file: string) => /^src\/(?:git|github)\//.test(file);
  const ids = await makersOf('commitId|treeId|blobId');
  const branches = await makersOf('branchName');
  expect(ids.filter(isOutside).length).toBeGreaterThan(3);
  expect(ids.filter((file) => !isOutside(file))).toEqual([
    'src/codex/manifest.ts',
    'src/fetch/cache-index.ts',
    'src/text/bytes.ts',
  ]);
  expect(branches.filter((file) => !isOutside(file))).toEqual([
    'src/codex/overlay.ts',
    'src/inputs/config.ts',
    'src/inputs/environment.ts',
    'src/inputs/trigger.ts',
    'src/text/names.ts',
  ]);
  expect(await filesWith(/\bas (?:CommitId|TreeId|BlobId|BranchName)\b/)).toEqual([]);
});

/** The source files that have this in them. */
async function filesWith(text: RegExp): Promise<string[]> {
  const files = [...new Set(imports.map(({ file }) => file))];
  const found = files.map(async (file) => (text.test(await readFile(file, 'utf8')) ? [file] : []));
  return (await Promise.all(found)).flat().sort();
}
