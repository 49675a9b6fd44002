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
const VERSION = 1;
const CACHE = resolve('node_modules/.cache/codex-sync-bench');

/** Documents of each project: the files of a codex are documents, apart from the manifests. */
const DOCUMENTS = 40;
export const CODEX_SIZES = [400, 20_000, 180_000, 200_000] as const;
export type CodexSize = (typeof CODEX_SIZES)[number];

/** The codex of 180,000 files has as few projects as the smallest one: what they differ in is not the list of projects. */
const PROJECTS: Readonly<Record<CodexSize, number>> = { 400: 20, 20000: 500, 180000: 20, 200000: 5000 };

/** So many publications of five documents each follow the first commit; the last of them are on `test` only. */
const PUBLICATIONS = { main: 90, test: 10 };
const CHANGED = 5;

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
  await gitText(making, ['repack', '-adbq']);
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
  const projects = PROJECTS[size];
  yield commitHead('refs/heads/main', { message: `Publish ${projects} projects`, date: firstCommitDate });
  yield 'M 100644 inline README.md\n';
  yield dataOf('# Codex\n');
  for (let index = 0; index < projects; index++) yield* projectOf(size, index, 0);
  const { main, test } = PUBLICATIONS;
  for (let number = 1; number <= main + test; number++) {
    if (number === main + 1) yield 'reset refs/heads/test\nfrom refs/heads/main\n\n';
    // Spread over the projects: a step that none of the numbers of projects can be divided by.
    const index = (number * 7) % projects;
    const date = new Date(new Date(firstCommitDate).getTime() + number * 3_600_000);
    const details = { message: `sync: Update docs from ${nameOf(index)}`, date };
    yield commitHead(number > main ? 'refs/heads/test' : 'refs/heads/main', details);
    yield* projectOf(size, index, number);
  }
  yield 'done\n';
}

/** A project as it stands behind its publication of this number; only the documents that this changed, and the manifest. */
function* projectOf(size: CodexSize, index: number, number: number): Generator<string | Buffer> {
  const name = nameOf(index);
  const count = size / PROJECTS[size];
  const documents: Record<string, string> = {};
  for (let at = 0; at < count; at++) {
    const revision = at < CHANGED ? number : 0;
    const path = pathOf(at);
    const text = writeDocument(`${path} of ${name}`, (index * DOCUMENTS + at) * 128 + revision);
    documents[path] = blobId(text);
    if (number > 0 && revision === 0) continue;
    yield `M 100644 inline ${quotePath(`projects/${name}/${path}`)}\n`;
    yield dataOf(text);
  }
  yield `M 100644 inline ${quotePath(`projects/${name}/.codex-sync.json`)}\n`;
  yield dataOf(manifestOf(documents, `acme/${name}`));
}
