import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type CacheCall, type CacheClient, cacheCalls, makeCacheClient } from './cache-client.ts';
import { type CacheService, startCacheService, unreachableCacheUrl } from './cache-service.ts';
import type { CacheScope } from './cache-token.ts';

let service: CacheService;
let client: CacheClient;
// Every test has a repository of its own: an upload that was begun blocks its key for good.
let repository = '';
let serial = 0;

const main: CacheScope = { scope: 'refs/heads/main', permission: 3 };
const feature: CacheScope = { scope: 'refs/heads/feature', permission: 3 };
const { save, restore, look } = cacheCalls(['docs']);
const reading = ({ scope }: CacheScope): CacheScope => ({ scope, permission: 1 });

beforeAll(async () => {
  service = await startCacheService();
});
beforeEach(async () => {
  repository = `acme/widgets-${++serial}`;
  client = await makeCacheClient();
  await client.write('docs/a.md', 'one\n');
});
afterEach(async () => {
  await client.remove();
  service.clearFaults();
  service.clearRequests();
});
afterAll(() => service.close());

/** What the calls return to a run of this repository with these scopes. */
async function run(calls: readonly CacheCall[], scopes: readonly CacheScope[] = [main], from = repository) {
  const token = service.tokenFor({ repository: from, scopes });
  return client.call(calls, { ACTIONS_RESULTS_URL: service.url, ACTIONS_RUNTIME_TOKEN: token });
}

const mine = () => service.entries().filter((entry) => entry.repository === repository);

const mainToken = () => service.tokenFor({ repository, scopes: [main] });

async function post(method: string, body: object, token = mainToken(), signal = AbortSignal.timeout(10_000)) {
  const url = `${service.url}twirp/github.actions.results.api.v1.CacheService/${method}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('what was saved comes back, and is known with its size', async () => {
  expect((await run([['isFeatureAvailable'], save('k-1')])).results).toEqual([true, expect.any(Number)]);
  const { length: sizeBytes } = await service.archive('k-1');
  const version = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(mine()).toMatchObject([{ key: 'k-1', version, scope: 'refs/heads/main', sizeBytes }]);
  await client.write('docs/a.md', 'two\n');
  expect((await run([restore('k-1')])).results).toEqual(['k-1']);
  expect(await readFile(join(client.directory, 'docs/a.md'), 'utf8')).toBe('one\n');
  const asked = service.requests.map(({ method, key, status }) => `${method} ${key} ${status}`);
  expect(asked).toEqual([
    'CreateCacheEntry k-1 200',
    'blob PUT k-1 201',
    'FinalizeCacheEntryUpload k-1 200',
    'GetCacheEntryDownloadURL k-1 200',
    'blob GET k-1 200',
  ]);
});

test('an exact key comes first, then the newest that begins with a key, key by key', async () => {
  await run([save('a-9'), save('a-2'), save('a-22'), save('b-1')]);
  const { results } = await run([
    look('a-2'),
    look('a-'),
    look('a-9', 'b-'),
    look('c-', 'b-', 'a-'),
    look('c-', 'a-', 'b-'),
    look('-2'),
    ['restoreCache', ['other'], 'a-2'],
  ]);
  expect(results).toEqual(['a-2', 'a-22', 'a-9', 'b-1', 'a-22', null, null]);
  expect(service.requests.at(-3)).toMatchObject({ key: 'c-', restoreKeys: ['a-', 'b-'] });
});

test('an entry is never replaced, nor an upload that somebody has begun', async () => {
  await run([save('k-1')]);
  const archive = await service.archive('k-1');
  await client.write('docs/a.md', 'two\n');
  const again = await run([save('k-1')]);
  expect(again.results).toEqual([-1]);
  expect(again.stdout).toContain('Unable to reserve cache with key k-1, another job may be creating this cache.');
  expect(again.stdout).not.toContain('::warning');
  expect(service.requests.at(-1)).toMatchObject({ method: 'CreateCacheEntry', status: 409 });
  expect(await service.archive('k-1')).toEqual(archive);
  await service.delete('k-1');
  expect((await run([save('k-1')])).results).toEqual([expect.any(Number)]);
});

test('a branch sees its own entries, then those of the default branch, which sees no others', async () => {
  await run([save('k-1'), save('k-2')]);
  const onFeature = [feature, reading(main)];
  const first = await run([look('k-2'), save('k-1'), look('k-2', 'k-')], onFeature);
  expect(first.results).toEqual(['k-2', expect.any(Number), 'k-1']);
  await run([save('k-3')], onFeature);
  expect((await run([look('k-3')], onFeature)).results).toEqual(['k-3']);
  expect((await run([look('k-3', 'k-')])).results).toEqual(['k-2']);
  expect(mine().map(({ key, scope }) => `${key} ${scope}`)).toEqual([
    'k-1 refs/heads/main',
    'k-2 refs/heads/main',
    'k-1 refs/heads/feature',
    'k-3 refs/heads/feature',
  ]);
});

test('a pull request sees those of the branch it goes into, which sees none of its own', async () => {
  const release: CacheScope = { scope: 'refs/heads/release', permission: 3 };
  await run([save('r-1')], [release]);
  const onPull: CacheScope[] = [{ scope: 'refs/pull/7/merge', permission: 3 }, reading(release), reading(main)];
  expect((await run([look('r-1'), save('p-1')], onPull)).results).toEqual(['r-1', expect.any(Number)]);
  expect((await run([look('p-1')], [release])).results).toEqual([null]);
});

test('a repository sees nothing of another', async () => {
  await run([save('k-1')]);
  const other = await run([look('k-1', 'k'), save('k-1')], [main], 'acme/gadgets');
  expect(other.results).toEqual([null, expect.any(Number)]);
});

test('a token that may only read is told so, and so is one that may only write', async () => {
  const denied = await run([save('k-1')], [reading(main)]);
  expect(denied.results).toEqual([-1]);
  expect(denied.stdout).toContain('More details: cache write denied:');
  const blind = await run([save('k-1'), restore('k-1')], [{ ...main, permission: 2 }]);
  expect(blind.results).toEqual([expect.any(Number), null]);
  expect(blind.stdout).toContain('cache read denied: token has no readable scopes');
  expect(service.requests.at(-1)).toMatchObject({ method: 'GetCacheEntryDownloadURL', status: 403 });
  const forged = mainToken().replace(/.{8}$/, 'AAAAAAAA');
  expect((await post('GetCacheEntryDownloadURL', { key: 'k-1', version: 'v' }, forged)).status).toBe(401);
});

test('lookupOnly names the key and downloads nothing', async () => {
  await run([save('k-1')]);
  await client.write('docs/a.md', 'two\n');
  service.clearRequests();
  expect((await run([look('k-2', 'k-')])).results).toEqual(['k-1']);
  expect(service.requests.map(({ method }) => method)).toEqual(['GetCacheEntryDownloadURL']);
  expect(await readFile(join(client.directory, 'docs/a.md'), 'utf8')).toBe('two\n');
});

test('what was uploaded but never finalized is not there', async () => {
  service.fault({ match: /^FinalizeCacheEntryUpload/, drop: true });
  expect((await run([save('k-1'), look('k-1')])).results).toEqual([-1, null]);
  expect(service.requests.find(({ method }) => method === 'blob PUT')).toMatchObject({ key: 'k-1', status: 201 });
  expect(mine()).toEqual([]);
  const place = { key: 'k-2', version: 'v' };
  expect(await post('CreateCacheEntry', place)).toMatchObject({ status: 200, body: { ok: true } });
  expect(await post('CreateCacheEntry', place)).toMatchObject({ status: 409, body: { code: 'already_exists' } });
  expect(await post('FinalizeCacheEntryUpload', { ...place, size_bytes: '3' })).toMatchObject({ status: 404 });
});

test('a damaged archive is a miss, with a warning', async () => {
  await run([save('k-1')]);
  const archive = await service.archive('k-1');
  await service.replaceArchive('k-1', archive.subarray(0, archive.length - 20));
  const cut = await run([restore('k-1')]);
  expect(cut.results).toEqual([null]);
  expect(cut.stdout).toContain('::warning::Failed to restore:');
});

test('faults strike methods and transfers; a service that is not there is a miss', async () => {
  await run([save('k-1')]);
  service.fault({ match: /^GetCache/, status: 429 });
  service.fault({ match: /^GetCache/, drop: true });
  service.fault({ match: /^blob GET k-1/, status: 403 });
  const { results } = await run([look('k-1'), look('k-1'), restore('k-1'), restore('k-1')]);
  expect(results).toEqual([null, null, null, 'k-1']);
  const { version = '' } = service.entries().at(-1) ?? {};
  const { body } = await post('GetCacheEntryDownloadURL', { key: 'k-1', version });
  service.fault({ match: /^blob GET/, loseAnswer: true });
  await expect(fetch(`${body.signed_download_url}`)).rejects.toThrow();
  expect((await fetch(`${body.signed_download_url}`)).status).toBe(200);
  expect(
    (
      await fetch(`${body.signed_download_url}`, {
        method: 'PUT',
        headers: { 'x-ms-blob-type': 'BlockBlob' },
        body: 'x',
      })
    ).status,
  ).toBe(403);
  const nowhere = { ACTIONS_RESULTS_URL: unreachableCacheUrl, ACTIONS_RUNTIME_TOKEN: mainToken() };
  expect((await client.call([look('k-1'), save('k-2')], nowhere)).results).toEqual([null, -1]);
});

test('a request that hangs is answered by nobody', async () => {
  service.fault({ match: /^GetCache/, hang: true });
  const asked = post('GetCacheEntryDownloadURL', { key: 'k-1', version: 'v' }, mainToken(), AbortSignal.timeout(300));
  await expect(asked).rejects.toThrow(/timeout/);
  expect(service.requests).toMatchObject([{ method: 'GetCacheEntryDownloadURL', key: 'k-1', status: 0 }]);
});
