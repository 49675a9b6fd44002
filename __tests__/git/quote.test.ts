import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { quoteName } from '../../src/git/porcelain.ts';
import { gitText } from '../support/git.ts';

const NAMES = [
  'a.md',
  'a b.md',
  'line\nbreak.md',
  'quote".md',
  '"quoted".md',
  'back\\slash.md',
  'not\\n.md',
  'é 日.md',
];

describe('quoteName', () => {
  test.each([
    ['docs/a.md', '"docs/a.md"'],
    ['a\nb', '"a\\nb"'],
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    ['a\\nb', '"a\\\\nb"'],
    ['a:b', '"a:b"'],
    ['é', '"é"'],
  ])('%j is %s', (name, quoted) => {
    expect(quoteName(name)).toBe(quoted);
  });

  describe('git reads it as the name that it is', () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'quote-'));
      await gitText(directory, ['init', '--quiet']);
      for (const name of NAMES) await writeFile(join(directory, name), `content of ${name}`);
    });
    afterAll(() => rm(directory, { recursive: true, force: true }));

    test('one name a line', async () => {
      const input = NAMES.map((name) => `${quoteName(name)}\n`).join('');
      const ids = await gitText(directory, ['hash-object', '--stdin-paths'], { input });
      const hash = (name: string) => gitText(directory, ['hash-object', '--stdin'], { input: `content of ${name}` });
      expect(ids.split('\n')).toEqual(await Promise.all(NAMES.map(hash)));
    });

    test('a folder in a list of object stores, even with a separator in its name', async () => {
      const store = join(directory, 'store:with "all" \\ of\nit');
      await gitText(directory, ['init', '--quiet', '--bare', '--', store]);
      const id = await gitText(store, ['hash-object', '-w', '--stdin'], { input: 'elsewhere' });
      const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteName(join(store, 'objects')) };
      expect(await gitText(directory, ['cat-file', 'blob', id], { env })).toBe('elsewhere');
    });
  });
});
