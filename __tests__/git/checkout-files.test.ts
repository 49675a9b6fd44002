import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeCheckoutFile } from '../../src/git/checkout-files.ts';

let directory: string;
let content: string;
let outside: string;

beforeEach(async () => {
  const place = await mkdtemp(join(tmpdir(), 'checkout-files-'));
  [directory, outside, content] = [join(place, 'checkout'), join(place, 'outside'), join(place, 'content')];
  for (const folder of [directory, outside, join(directory, 'docs')]) await mkdir(folder);
  await writeFile(content, 'new\n');
});
afterEach(() => rm(join(directory, '..'), { recursive: true }));

const at = (path: string) => join(directory, path);
const seen = (path: string) => lstat(at(path), { bigint: true }).catch(() => undefined);
const text = (path: string) => readFile(at(path), 'utf8');

async function writes(path: string, more: { removes?: boolean; meanwhile?: () => Promise<unknown> } = {}) {
  const found = await seen(path);
  await more.meanwhile?.();
  return writeCheckoutFile({ directory }, path, found, more.removes ? undefined : content);
}

test('a new file in new folders; nothing is left beside it', async () => {
  expect(await writes('docs/deep/er/a.md')).toBeUndefined();
  expect(await text('docs/deep/er/a.md')).toBe('new\n');
  expect(await readdir(directory, { recursive: true })).toEqual([
    'docs',
    'docs/deep',
    'docs/deep/er',
    'docs/deep/er/a.md',
  ]);
});

test('a file is replaced, not written into, and keeps its permissions', async () => {
  await writeFile(at('docs/a.md'), 'old\n');
  await chmod(at('docs/a.md'), 0o640);
  const before = await lstat(at('docs/a.md'));
  expect(await writes('docs/a.md')).toBeUndefined();
  const after = await lstat(at('docs/a.md'));
  expect([await text('docs/a.md'), after.mode, after.ino === before.ino]).toEqual(['new\n', before.mode, false]);
  expect(await readdir(at('docs'))).toEqual(['a.md']);
});

test('a removal takes the folders along that it leaves empty, and no others', async () => {
  await mkdir(at('docs/one/two'), { recursive: true });
  await writeFile(at('docs/one/two/a.md'), 'old\n');
  await writeFile(at('docs/b.md'), 'b\n');
  expect(await writes('docs/one/two/a.md', { removes: true })).toBeUndefined();
  expect(await readdir(directory, { recursive: true })).toEqual(['docs', 'docs/b.md']);
});

describe('what somebody did since it was looked at is left alone', () => {
  test.each<[string, boolean, () => Promise<unknown>, string | undefined]>([
    ['written', true, () => writeFile(at('docs/a.md'), 'work\n'), 'work\n'],
    ['written with as many bytes', true, () => writeFile(at('docs/a.md'), 'OLD\n'), 'OLD\n'],
    ['removed', true, () => rm(at('docs/a.md')), undefined],
    ['made', false, () => writeFile(at('docs/a.md'), 'work\n'), 'work\n'],
  ])('%s', async (_, exists, meanwhile, expected) => {
    for (const removes of [false, true]) {
      await rm(at('docs/a.md'), { force: true });
      if (exists) await writeFile(at('docs/a.md'), 'old\n');
      expect(await writes('docs/a.md', { removes, meanwhile })).toBe('changed during this run');
      expect(await text('docs/a.md').catch(() => undefined)).toBe(expected);
    }
  });

  test('a link where the file was', async () => {
    await writeFile(join(outside, 'x'), 'outside\n');
    await writeFile(at('docs/a.md'), 'old\n');
    const meanwhile = async () => {
      await rm(at('docs/a.md'));
      await symlink(join(outside, 'x'), at('docs/a.md'));
    };
    expect(await writes('docs/a.md', { meanwhile })).toBe('changed during this run');
    expect(await readFile(join(outside, 'x'), 'utf8')).toBe('outside\n');
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['a link on the way', () => symlink(outside, at('docs/new')), 'docs/new is a symbolic link'],
    ['a dangling one', () => symlink(join(outside, 'no'), at('docs/new')), 'docs/new is a symbolic link'],
    ['a file on the way', () => writeFile(at('docs/new'), ''), 'docs/new is a file'],
    ['another repository', () => mkdir(at('docs/new/.git'), { recursive: true }), 'docs/new is another repository'],
    ['a folder in its place', () => mkdir(at('docs/new/a.md'), { recursive: true }), 'a folder is where the file'],
  ])('%s', async (_, meanwhile, reason) => {
    expect(await writes('docs/new/a.md', { meanwhile })).toContain(reason);
    expect(await readdir(outside)).toEqual([]);
  });
});

test('a file of our own that cannot be put in place is not left behind', async () => {
  await expect(writeCheckoutFile({ directory }, 'docs/a.md', undefined, join(outside, 'no'))).rejects.toThrow('ENOENT');
  expect(await readdir(at('docs'))).toEqual([]);
});
