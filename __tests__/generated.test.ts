import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { renderBundle } from '../scripts/build.ts';
import { renderGenerated } from '../scripts/generate.ts';

test('dist is the bundle of these sources', async () => {
  const bundle = await renderBundle();
  const committed = (await readdir('dist', { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(committed.map(({ parentPath, name }) => join(parentPath, name)).sort()).toEqual([...bundle.keys()].sort());
  // Compared as a whole, not shown: a difference of two megabytes says nothing but "run npm run check".
  for (const [file, content] of bundle) expect((await readFile(file)).equals(content)).toBe(true);
});

test.each([...(await renderGenerated())])('%s says what the code does', async (file, text) => {
  expect(await readFile(file, 'utf8')).toBe(text);
});
