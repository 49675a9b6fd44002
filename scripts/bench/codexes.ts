import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { blobId, manifestOf } from '../../__tests__/support/codex.ts';
import { commitHead, dataOf, quotePath } from '../../__tests__/support/commit-files.ts';
import { cleanGitEnvironment, gitText } from '../../__tests__/support/git.ts';
import { firstCommitDate } from '../../__tests__/support/github-repositories.ts';
import { writeDocument } from './words.ts';

/** Goes up when other codexes are made of the same sizes. */
const VERSION = 2;
const CACHE = resolve('node_modules/.cache/codex-sync-bench');

/** Files of a codex are documents, apart from the manifests. */
export const CODEX_SIZES = [400, 20_000, 180_000, 200_000] as const;
export type CodexSize = (typeof CODEX_SIZES)[number];

/** The codex of 180,000 files has as few projects as the smallest one: what they differ in is not the list of projects. */
const PROJECTS: Readonly<Record<CodexSize, number>> = { 400: 20, 20000: 500, 180000: 20, 200000: 5000 };

/** How often each project published, a commit each: the first time all of its documents, then some. */
export const PUBLICATIONS = 4;
const CHANGED = 5;
/** So many of the last publications are on `test` only. */
const AHEAD = 10;

const nameOf = (index: number) => `project-${`${index + 1}`.padStart(4, '0')}`;
const pathOf = (index: number) => `docs/document-${`${index + 1}`.padStart(4, '0')}.md`;

/** Names of the projects of a codex; in each the same paths. */
export function projectsOf(size: CodexSize): string[] {
  return Array.from({ length: PROJECTS[size] }, (_, index) => nameOf(index));
}

/** A bare repository of so many files as a server would keep it: in one pack with a bitmap. Made once, then found again. */
export async function ensureCodex(size: CodexSize): Promise<string> {
  const directory = join(CACHE, `${VERSION}-${size}.git`);
  if (existsSync(directory)) return directory;
  process.stderr.write(`Making a codex of ${size} files; it is kept for later runs\n`);
  const making = `${directory}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  await gitText(making, ['init', '--quiet', '--bare', '--initial-branch=main', '--template=']);
  await importInto(making, streamOf(size));
  // Deltas anew: of what fast-import chains, the newest tree is the slowest to read, which would slow a sparse checkout down.
  await gitText(making, ['repack', '-adfbq']);
  await rename(making, directory);
  return directory;
}

/** Reads a codex once, so that no contestant is the first to wait for the disk. */
export async function warmCodex(size: CodexSize): Promise<void> {
  const packs = join(await ensureCodex(size), 'objects', 'pack');
  for (const name of await readdir(packs)) for await (const _ of createReadStream(join(packs, name)));
}

async function importInto(directory: string, stream: Iterable<string | Buffer>): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--done'], {
    cwd: directory,
    env: cleanGitEnvironment(),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  for (const piece of stream) if (!child.stdin.write(piece)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`git fast-import ended with exit code ${exitCode}`);
}

function* streamOf(size: CodexSize): Generator<string | Buffer> {
  const projects = projectsOf(size).map((name, index) => projectOf(name, index, size / PROJECTS[size]));
  const count = projects.length * PUBLICATIONS;
  const head = (branch: string, message: string, number: number) =>
    commitHead(`refs/heads/${branch}`, { message, date: dateOf(number - count) });
  yield head('main', 'Initial commit', 0);
  yield 'M 100644 inline README.md\n';
  yield dataOf('# Codex\n');
  for (let number = 1; number <= count; number++) {
    const isAhead = number > count - AHEAD;
    if (number === count - AHEAD + 1) yield 'reset refs/heads/test\nfrom refs/heads/main\n\n';
    // Spread over the projects: a step that none of the numbers of projects can be divided by.
    const index = (number * 7) % projects.length;
    yield head(isAhead ? 'test' : 'main', `sync: Update docs from ${nameOf(index)}`, number);
    yield* projects[index]?.next().value ?? [];
  }
  yield 'done\n';
}

/** One commit in an hour; the last one when the local GitHub begins. */
function dateOf(hours: number): Date {
  return new Date(new Date(firstCommitDate).getTime() + hours * 3_600_000);
}

/** What each publication of a project writes: the documents that it changed, and the manifest. */
function* projectOf(name: string, index: number, count: number): Generator<(string | Buffer)[]> {
  const documents: Record<string, string> = {};
  const write = (path: string, text: string) => [
    `M 100644 inline ${quotePath(`projects/${name}/${path}`)}\n`,
    dataOf(text),
  ];
  for (let publication = 0; ; publication++) {
    const changed = Array.from(
      { length: publication === 0 ? count : CHANGED },
      (_, offset) => (publication * CHANGED + offset) % count,
    );
    const pieces = changed.flatMap((at) => {
      const path = pathOf(at);
      const first = writeDocument(`${path} of ${name}`, index * count + at);
      const text = publication === 0 ? first : `${first}\nRevised, for the ${publication}. time.\n`;
      documents[path] = blobId(text);
      return write(path, text);
    });
    yield [...pieces, ...write('.codex-sync.json', manifestOf(documents, `acme/${name}`))];
  }
}
