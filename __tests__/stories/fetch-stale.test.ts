import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Consumer, cacheDir, useConsumers } from '../support/consumer.ts';
import type { Fault } from '../support/github-faults.ts';
import { codex, expectRefused, messages, QUESTION, token } from '../support/story.ts';

const startConsumer = useConsumers();
const guide = 'acme/widgets/test/docs/guide.md';
const TEXT = 'Guide, under test\r\n\u0000';

/** Final at once, so that tests need not wait for what passes. */
const limited = (): Omit<Fault, 'match'> => ({
  status: 403,
  body: { message: 'API rate limit exceeded for user ID 1.' },
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(Date.now() / 1000) + 3600}` },
});

function takeDown({ github }: Consumer, fault: Omit<Fault, 'match'> = limited(), repository = codex): void {
  github.fault({ match: new RegExp(`/repos/${repository}|${QUESTION.source}`), times: 1000, ...fault });
}

describe('while the codex cannot be reached', () => {
  test.concurrent.each<[string, () => Omit<Fault, 'match'>]>([
    ['a rate limit', limited],
    ['a 503', () => ({ status: 503 })],
    ['a dropped connection', () => ({ drop: true })],
  ])('the newest copy of the Actions cache stands in, with a warning: %s', async (_, fault) => {
    const consumer = await startConsumer();
    const { fetch, edit, tip } = consumer;
    await fetch();
    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n' });
    const commit = await tip();
    const fresh = await fetch();
    takeDown(consumer, fault());

    const run = await fetch();

    expect(run).toMatchObject({ exitCode: 0, documents: { [guide]: 'Guide 2\n' } });
    expect(run.outputs).toMatchObject({ conclusion: 'fetched', stale: 'true', 'cache-hit': 'false' });
    expect(run.outputs).toMatchObject({
      'cache-primary-key': '',
      'cache-matched-key': fresh.outputs['cache-primary-key'],
    });
    expect(messages(run, 'error')).toEqual([]);
    expect(messages(run, 'warning')).toEqual([
      expect.stringMatching(new RegExp(`used instead.*${commit.slice(0, 12)}`)),
    ]);
    expect(run.log).toContain('from copies, since the codex could not be reached');
  });

  test.concurrent('so does the copy in the cache directory, without the Actions cache too', async () => {
    const consumer = await startConsumer();
    const first = await consumer.fetch();
    takeDown(consumer);
    const run = await consumer.fetch({ 'use-cache': 'false' }, { workspace: first.directory });
    expect(run).toMatchObject({ exitCode: 0, outputs: { stale: 'true' }, documents: { [guide]: TEXT } });
  });

  test.concurrent('the newest copy of what was asked for, wherever it is, and whatever else is older', async () => {
    const consumer = await startConsumer();
    const { fetch, edit, tip } = consumer;
    const { directory } = await fetch({ 'use-cache': 'false', references: '@codex/widgets/docs/deep/more.md' });
    await fetch();
    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n' });
    await fetch({ 'use-cache': 'false' }, { workspace: directory });
    const commit = await tip();
    takeDown(consumer);
    for (const useCache of ['true', 'false']) {
      const run = await fetch({ 'use-cache': useCache }, { workspace: directory });
      expect(run.documents[guide]).toBe('Guide 2\n');
      expect(messages(run, 'warning')).toEqual([expect.stringContaining(commit.slice(0, 12))]);
    }
  });

  test.concurrent('a blob that git does not hand over counts as unreachable too', async () => {
    const consumer = await startConsumer();
    await consumer.fetch();
    // Its place comes with GitHub's answer, but a binary text does not.
    await consumer.edit({ 'projects/widgets/docs/guide.md': 'Guide 2\u0000\n' });
    consumer.github.fault({ match: /POST .*git-upload-pack/, status: 500, times: 1000 });
    const run = await consumer.fetch();
    expect(run).toMatchObject({ exitCode: 0, outputs: { stale: 'true' }, documents: { [guide]: TEXT } });
  });

  test.concurrent('every document named by its path must be in the copy; a glob has what the copy holds', async () => {
    const consumer = await startConsumer();
    const { fetch } = consumer;
    await fetch({ references: '@codex/widgets/docs/deep/**\n@codex/widgets/docs/run.sh' });
    takeDown(consumer);
    const served = await fetch({ references: '@codex/widgets/docs/**' });
    expect(Object.keys(served.documents).sort()).toEqual([
      'acme/widgets/test/docs/deep/more.md',
      'acme/widgets/test/docs/run.sh',
    ]);
    expect(messages(served, 'warning')).toEqual([expect.stringContaining('A glob matches only documents in the copy')]);
    expectRefused(await fetch(), 'No copy of environment test (branch test) can replace @codex/widgets/docs/guide.md');
    expectRefused(await fetch({ references: '@codex/widgets/none/**' }), 'No copy of environment test');
    const more = await fetch({ references: '@codex/widgets/docs/run.sh\n@codex/gadgets/README.md' });
    expectRefused(more, 'can replace @codex/gadgets/README.md');
    expect(more.documents).toEqual({});
  });
});

test.concurrent('fail-on-cache-miss counts the Actions cache alone, whatever the directory holds', async () => {
  const consumer = await startConsumer();
  const { directory } = await consumer.fetch({ 'use-cache': 'false' });
  takeDown(consumer);
  const run = await consumer.fetch({ 'fail-on-cache-miss': 'true' }, { workspace: directory });
  expectRefused(run, 'The Actions cache has nothing for codex/acme/widgets/test/');
});

test.concurrent('a name with brackets is not taken for a glob that another document matches', async () => {
  const consumer = await startConsumer();
  await consumer.edit({ 'projects/widgets/docs/[id].md': 'Id\n', 'projects/widgets/docs/i.md': 'I\n' });
  const { directory } = await consumer.fetch({ references: '@codex/widgets/docs/i.md' });
  takeDown(consumer);
  const asked = { references: '@codex/widgets/docs/[id].md' };
  expectRefused(await consumer.fetch(asked, { workspace: directory }), 'No copy of environment test');
});

describe('a copy never stands in for', () => {
  const refused = 'No copy of environment';

  test.concurrent('another environment, whichever has one', async () => {
    const consumer = await startConsumer();
    const first = await consumer.fetch();
    takeDown(consumer);
    expectRefused(await consumer.fetch({ env: 'prod' }), `${refused} prod (branch main)`);
    const inPlace = await consumer.fetch({ env: 'prod' }, { workspace: first.directory });
    expectRefused(inPlace, `${refused} prod (branch main)`);
    expect(inPlace.documents).toEqual({ [guide]: TEXT });
  });

  test.concurrent('another branch of the same environment', async () => {
    const consumer = await startConsumer();
    const { directory } = await consumer.fetch();
    takeDown(consumer);
    await writeFile(join(directory, 'codex.json'), '{"environments":{"branches":{"test":"qa"}}}');
    const run = await consumer.fetch({ config: 'codex.json' }, { workspace: directory });
    expectRefused(run, `${refused} test (branch qa)`);
  });

  test.concurrent('another codex of the same organization', async () => {
    const consumer = await startConsumer();
    const { directory } = await consumer.fetch();
    // Whether the token may fetch from it is asked before a copy stands in.
    await consumer.github.createRepository('acme/codex2', { files: { 'README.md': '# Codex 2\n' } });
    consumer.github.addToken(token, { [codex]: 'write', 'acme/codex2': 'read' });
    takeDown(consumer, limited(), 'acme/codex2');
    const run = await consumer.fetch({ 'codex-repository': 'acme/codex2' }, { workspace: directory });
    expectRefused(run, `${refused} test`);
  });

  test.concurrent('what is not what it says, in the cache directory or in the entry', async () => {
    const consumer = await startConsumer();
    const first = await consumer.fetch();
    await writeFile(join(first.directory, cacheDir, guide), 'Of somebody else\n');
    const { cache, entry } = consumer;
    const prod = await consumer.fetch({ env: 'prod' });
    const theirs = await cache.archive(entry(prod.outputs['cache-primary-key']));
    await cache.replaceArchive(entry(first.outputs['cache-primary-key']), theirs);
    takeDown(consumer);
    expectRefused(await consumer.fetch({}, { workspace: first.directory }), refused);
  });
});

test.concurrent('what a checkout says was fetched in the future is not believed', async () => {
  const consumer = await startConsumer();
  const { directory } = await consumer.fetch({ 'use-cache': 'false' });
  const file = join(directory, cacheDir, '.cache-index.json');
  const index = await readFile(file, 'utf8');
  const dated = (ahead: number) => `"cached_at": "${new Date(Date.now() + ahead).toISOString()}"`;
  takeDown(consumer);
  const fetch = async (ahead: number) => {
    await writeFile(file, index.replace(/"cached_at": "[^"]*"/, dated(ahead)));
    return consumer.fetch({ 'use-cache': 'false' }, { workspace: directory });
  };
  expectRefused(await fetch(3_600_000), 'No copy of environment test');
  const listed = await consumer.fetch({ mode: 'cache-list', references: '' }, { workspace: directory });
  expect(listed.log).toContain('0 fresh, 1 expired');
  // Clocks differ.
  expect((await fetch(60_000)).outputs.stale).toBe('true');
});

describe('no copy is asked for', () => {
  test.concurrent('with fallback-to-stale: false, said by the input or by the configuration', async () => {
    const consumer = await startConsumer();
    const { directory } = await consumer.fetch();
    takeDown(consumer);
    const run = await consumer.fetch({ 'fallback-to-stale': 'false' }, { workspace: directory });
    expectRefused(run, 'rate limit');
    await writeFile(join(directory, 'codex.json'), '{"cache":{"fallback_to_stale":false}}');
    const config = { config: 'codex.json' };
    expectRefused(await consumer.fetch(config, { workspace: directory }), 'rate limit');
    const said = await consumer.fetch({ ...config, 'fallback-to-stale': 'true' }, { workspace: directory });
    expect(said.outputs.stale).toBe('true');
  });

  test.concurrent.each<[string, Record<string, string>, RegExp]>([
    ['a token that GitHub does not know (401)', { token: 'ghp_wrong' }, /401/],
    ['a codex that the token may not see (404)', { token: 'ghp_nothing' }, /404/],
    ['a reference to nothing', { references: '@codex/widgets/docs/gone.md' }, /did you mean/],
  ])('for %s', async (_, inputs, words) => {
    const consumer = await startConsumer();
    consumer.github.addToken('ghp_nothing', {});
    const { directory } = await consumer.fetch({ references: '@codex/widgets/docs/**' });
    const run = await consumer.fetch(inputs, { workspace: directory });
    expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed', stale: 'false' } });
    expect(messages(run, 'error')).toEqual([expect.stringMatching(words)]);
  });

  test.concurrent('for a look-up, which cannot know what it looks for', async () => {
    const consumer = await startConsumer();
    await consumer.fetch();
    takeDown(consumer);
    expectRefused(await consumer.fetch({ 'lookup-only': 'true' }), 'rate limit');
  });
});

test.concurrent.each([
  [401, 'does not accept the token'],
  [403, 'may not fetch from'],
  [404, 'may not fetch from'],
])('a %i that git gets is no outage', async (status, words) => {
  const consumer = await startConsumer();
  const { directory } = await consumer.fetch();
  await consumer.edit({ 'projects/widgets/docs/guide.md': 'Guide 2\u0000\n' });
  consumer.github.fault({ match: /git-upload-pack/, status, times: 100 });
  const run = await consumer.fetch({ 'use-cache': 'false' }, { workspace: directory });
  expectRefused(run, words);
});
