import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cacheDir, useConsumers } from '../support/consumer.ts';
import { expectRefused, messages } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const startConsumer = useConsumers();
const list = { mode: 'cache-list', references: '' };

test('lists the documents of every environment with size, commit, age and state, and the Actions caches', async () => {
  const { fetch, tip, github } = await startConsumer();
  const { directory } = await fetch({ references: '@codex/widgets/docs/**' });
  await fetch({ env: 'prod' }, { workspace: directory });
  await rm(join(directory, cacheDir, 'acme/widgets/test/docs/run.sh'));
  await writeFile(join(directory, cacheDir, 'acme/widgets/test/docs/deep/more.md'), 'changed');
  github.clearRequests();

  const run = await fetch(list, { workspace: directory });

  expect(run).toMatchObject({
    exitCode: 0,
    annotations: [],
    outputs: { conclusion: 'listed', env: '', changed: 'false' },
  });
  expect(run.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
    expect.stringMatching(/^GET \/api\/v3\/repos\/acme\/consumer-\d+\/actions\/caches$/),
  ]);
  const commits = { test: (await tip()).slice(0, 12), prod: (await tip('main')).slice(0, 12) };
  expect(run.log).toMatch(/^📦 CODEX CACHE STATUS\n/);
  expect(run.log).toContain('Documents: 4 (');
  expect(run.log).toContain('2 fresh, 1 changed, 1 missing');
  expect(run.log).toMatch(
    new RegExp(`@codex/widgets/docs/guide\\.md +prod +16 B +${commits.prod} +\\d+ seconds? +fresh`),
  );
  expect(run.log).toMatch(
    new RegExp(`@codex/widgets/docs/guide\\.md +test +20 B +${commits.test} +\\d+ seconds? +fresh`),
  );
  expect(run.log).toMatch(/@codex\/widgets\/docs\/deep\/more\.md +test .* changed/);
  expect(run.log).toMatch(/@codex\/widgets\/docs\/run\.sh +test .* missing/);
  expect(run.log).toMatch(
    /Actions caches of this repository \(2\)\n.*codex\/acme\/widgets\/(?:test|prod)\/.*refs\/heads\/main/,
  );
  expect(readable(run.summary)).toMatch(/\| @\u200b?codex\/widgets\/docs\/guide\.md \| prod \| 16 B \|/);
  const result = JSON.parse(run.outputs.result ?? '');
  expect(result.documents).toHaveLength(4);
  expect(result.documents[0]).toMatchObject({ env: 'prod', state: 'fresh', 'size-bytes': 16 });
  expect(result.caches).toHaveLength(2);
});

test('of one environment where it is asked for', async () => {
  const { fetch } = await startConsumer();
  const { directory } = await fetch();
  await fetch({ env: 'prod' }, { workspace: directory });
  const run = await fetch({ ...list, env: 'production' }, { workspace: directory });
  expect(run.outputs).toMatchObject({ env: 'prod', branch: 'main' });
  const { documents, caches } = JSON.parse(run.outputs.result ?? '');
  expect(documents).toHaveLength(1);
  expect(caches.map(({ key }: { key: string }) => key.split('/')[3])).toEqual(['prod']);
  expectRefused(await fetch({ ...list, env: 'staging' }, { workspace: directory }), '"staging" is not configured');
});

test('expired is what is older than its time', async () => {
  const { fetch, checkout } = await startConsumer();
  const { directory } = await checkout();
  await writeFile(join(directory, 'codex.json'), '{"cache":{"default_ttl":1}}');
  await fetch({ config: 'codex.json' }, { workspace: directory });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const run = await fetch(list, { workspace: directory });
  expect(run.log).toContain('0 fresh, 1 expired');
});

test('an empty directory, one of the earlier tool, and a token that may not list', async () => {
  const { fetch, checkout } = await startConsumer();
  const { directory } = await checkout();
  const empty = await fetch({ ...list, 'project-token': '' }, { workspace: directory });
  expect(empty).toMatchObject({ exitCode: 0, annotations: [] });
  expect(empty.log).toContain('Documents: 0 (0 B): 0 fresh\nActions cache: not listed');
  await fetch({}, { workspace: directory });
  await writeFile(join(directory, cacheDir, '.cache-index.json'), '{"version":"3.0","entries":[]}');
  const old = await fetch(list, { workspace: directory });
  expect(messages(old, 'notice')).toEqual([expect.stringContaining('tool without environments')]);
  expect(old.log).toContain('Documents: 0');
});
