import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';

// What the papers promise, they point at a test for: `[name](__tests__/….test.ts): title`, in the last cell of a row.
const POINTER = /\[([\w-]+)\]\((__tests__\/[\w/-]+\.test\.ts)\): (.+?) \|$/gm;

test.each([
  ['README.md', 20],
  ['SECURITY.md', 10],
])('every test that %s points at is there', async (paper, atLeast) => {
  const pointers = [...(await readFile(paper, 'utf8')).matchAll(POINTER)];
  expect(pointers.length).toBeGreaterThanOrEqual(atLeast);
  for (const [, , file = '', title = ''] of pointers) {
    expect({ file, title, isThere: (await readFile(file, 'utf8')).includes(title) }).toEqual({
      file,
      title,
      isThere: true,
    });
  }
});

test.each(['README.md', 'SECURITY.md', 'CONTRIBUTING.md'])('every file that %s links to is there', async (paper) => {
  const links = [...(await readFile(paper, 'utf8')).matchAll(/\]\(([\w./-]+)(?:#[\w-]+)?\)/g)].map(
    ([, link]) => link ?? '',
  );
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !existsSync(link))).toEqual([]);
});
