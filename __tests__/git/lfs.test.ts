import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { gitText } from '../support/git.ts';
import { everything, published, selectCheckout } from '../support/selections.ts';

const someone = ['-c', 'user.name=A', '-c', 'user.email=a@acme.com', '-c', 'init.defaultBranch=main'];
const PICTURE = Buffer.from('\x89PNG\r\n\x1a\n picture');
const POINTER = pointerOf(PICTURE);
let place: string;
let directory: string;
const at = (path: string) => join(directory, path);
const git = (...args: string[]) => gitText(directory, [...someone, ...args]);
const idOf = (input: string | Buffer) => gitText(directory, ['hash-object', '--stdin'], { input });

function pointerOf(content: Buffer, size = content.length): string {
  const oid = createHash('sha256').update(content).digest('hex');
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'lfs-'));
});
afterAll(() => rm(place, { recursive: true }));

/** A checkout with `lfs: true`, of a commit with pointers. */
beforeEach(async () => {
  directory = await mkdtemp(join(place, 'checkout-'));
  await git('init', '--quiet');
  await mkdir(at('docs'));
  await writeFile(at('.gitattributes'), '*.png filter=lfs diff=lfs merge=lfs -text\n');
  await writeFile(at('docs/a.md'), 'A\n');
  for (const path of ['docs/a.png', 'docs/b.png']) await writeFile(at(path), POINTER);
  await symlink('a.png', at('docs/link.png'));
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'First');
  await git('config', 'filter.lfs.smudge', 'false');
  await git('config', 'filter.lfs.required', 'true');
  await pull('docs/a.png', PICTURE);
});

/** What `git lfs pull` does: git has the pointer, and knows the file with the content by its times. */
async function pull(path: string, content: Buffer, pointer = pointerOf(content)): Promise<void> {
  const file = join(await mkdtemp(join(place, 'pointer-')), 'pointer');
  await writeFile(file, pointer);
  await git('config', 'filter.lfs.clean', `cat '${file}'`);
  await writeFile(at(path), content);
  await git('add', path);
}

async function select({ includeLfs = true } = {}) {
  const patterns = everything({ include: ['docs/**'] });
  const { selection, store } = await selectCheckout(directory, place, patterns, { includeLfs });
  const { 'docs/a.png': a, 'docs/b.png': b, 'docs/link.png': link, 'docs/new.png': added } = published(selection);
  return { selection, store, a, b, link, added };
}

test('a picture that is on disk is published as its content, with a link to it, and counts as committed', async () => {
  const { selection, store, a, b, link } = await select();
  const content = `100644 ${await idOf(PICTURE)}`;
  expect([a, b, link]).toEqual([content, `100644 ${await idOf(POINTER)}`, content]);
  expect([selection.skipped.size, selection.uncommittedDocuments.size, selection.untracked.size]).toEqual([0, 0, 0]);
  expect(await gitText(store.directory, ['cat-file', '-s', await idOf(PICTURE)])).toBe(`${PICTURE.length}`);
});

test('only where it is asked for', async () => {
  const { a, link } = await select({ includeLfs: false });
  expect([a, link]).toEqual(Array(2).fill(`100644 ${await idOf(POINTER)}`));
});

test('however old the checkout is, and whether or not Git LFS is installed', async () => {
  const content = `100644 ${await idOf(PICTURE)}`;
  await utimes(at('.git/index'), 1e9, 1e9);
  expect(await select()).toMatchObject({ a: content, selection: { uncommittedDocuments: new Set() } });
  await utimes(at('docs/a.png'), 1e9, 1e9);
  expect(await select()).toMatchObject({ a: content, link: content, selection: { uncommittedDocuments: new Set() } });
  await git('config', '--remove-section', 'filter.lfs');
  expect(await select()).toMatchObject({ a: content, link: content, selection: { uncommittedDocuments: new Set() } });
});

test('a picture that the job changed, or made, is published and in no commit', async () => {
  const changed = Buffer.concat([PICTURE, Buffer.from('more')]);
  await writeFile(at('docs/a.png'), changed);
  await writeFile(at('docs/new.png'), PICTURE);
  const { selection, a, link, added } = await select();
  const [now, same] = [`100644 ${await idOf(changed)}`, `100644 ${await idOf(PICTURE)}`];
  expect([a, link, added]).toEqual([now, now, same]);
  expect([...selection.uncommittedDocuments].sort()).toEqual(['docs/a.png', 'docs/link.png', 'docs/new.png']);
});

test('one whose bit alone the job changed is in no commit', async () => {
  await chmod(at('docs/a.png'), 0o755);
  const { selection, a } = await select();
  expect(a).toBe(`100755 ${await idOf(PICTURE)}`);
  expect([...selection.uncommittedDocuments].sort()).toContain('docs/a.png');
});

test('what the commit does not name is no content of it, though git takes the file for unchanged', async () => {
  for (const wrong of [pointerOf(PICTURE, PICTURE.length - 1), pointerOf(Buffer.from(PICTURE).fill('x', 8))]) {
    await pull('docs/b.png', PICTURE, wrong);
    expect((await select()).b).toBe(`100644 ${await idOf(wrong)}`);
  }
});

test('a picture of more than 100 MB ends the run', async () => {
  await writeFile(at('docs/new.png'), '');
  await truncate(at('docs/new.png'), 100 * 1024 * 1024 + 1);
  await expect(select()).rejects.toThrow('"docs/new.png" has 101 MB');
  await rm(at('docs/new.png'));
  await pull('docs/b.png', Buffer.alloc(100 * 1024 * 1024 + 1));
  await expect(select()).rejects.toThrow('"docs/b.png" has 101 MB');
});
