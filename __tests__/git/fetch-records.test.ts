import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readFetched } from '../../src/git/fetch-records.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';

const made: string[] = [];
afterAll(() => Promise.all(made.map((directory) => rm(directory, { recursive: true }))));

const INDEX = 'docs/shared/.cache-index.json';
const FETCHED = 'docs/shared/acme/widgets/test/a.md';
const DEEP = 'docs/shared/api/v1/users/get.md';
const whole = JSON.stringify({ version: '4.0', entries: [{ path: 'acme/widgets/test/a.md' }] });

/** What of the two paths was fetched, where `put` left something at the place of the index. */
async function fetched(
  put: (index: string) => Promise<unknown>,
  tracked: readonly string[] = [],
  committed?: string,
): Promise<string[]> {
  const top = await mkdtemp(join(tmpdir(), 'codex-sync-records-'));
  made.push(top);
  await mkdir(join(top, dirname(INDEX)), { recursive: true });
  await put(join(top, INDEX));
  const index = new Map(tracked.map((path) => [path, { mode: '100644', id: blobId('a'.repeat(40)) }]));
  const readRecords = async (ids: readonly BlobId[]) =>
    new Map(ids.flatMap((id) => (committed ? [[id, committed]] : [])));
  return [FETCHED, DEEP].filter(await readFetched({ top, prefix: '' }, [FETCHED, DEEP], index, readRecords));
}

test('an index is read', async () => {
  expect(await fetched((index) => writeFile(index, whole))).toEqual([FETCHED]);
});

test.each<[string, (index: string) => Promise<unknown>]>([
  ['that is larger than anybody reads', (index) => writeFile(index, whole + ' '.repeat(1024 * 1024))],
  ['that is a folder', (index) => mkdir(index)],
  ['that is a link, which is not followed', (index) => symlink(join(dirname(index), 'no-index'), index)],
])('one %s takes all that may have been fetched', async (_, put) => {
  expect(await fetched(put)).toEqual([FETCHED, DEEP]);
});

test('one that git tracks and a sparse checkout does not have is read as the index has it', async () => {
  expect(await fetched(() => Promise.resolve(), [INDEX], whole)).toEqual([FETCHED]);
  expect(await fetched(() => Promise.resolve(), [INDEX])).toEqual([FETCHED, DEEP]);
  expect(await fetched(() => Promise.resolve())).toEqual([]);
});
