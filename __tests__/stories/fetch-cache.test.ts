import { type ChildProcess, execFile } from 'node:child_process';
import { access, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { unreachableCacheUrl } from '../support/cache-service.ts';
import { type Fetched, gitFetches, useConsumers } from '../support/consumer.ts';
import { codex, expectRefused, messages } from '../support/story.ts';

const run = promisify(execFile);
const startConsumer = useConsumers();
const guide = 'acme/widgets/test/docs/guide.md';
const TEXT = 'Guide, under test\r\n\u0000';
/** The projects' folders, where a reference is a glob; a second fetch is for blobs. */
const TREES = 1;
/** A document that a reference names by path comes with the question, but its text does not: it is binary. */
const NO_TREES = 0;

/** Key, matched key and hit of a run, as actions/cache words them. */
const cacheOf = ({ outputs }: Fetched) => ({
  hit: outputs['cache-hit'],
  primary: outputs['cache-primary-key'],
  matched: outputs['cache-matched-key'],
});

const keysOf = ({ cache }: { cache: { entries(): { key: string; repository: string }[] } }, repository: string) =>
  cache
    .entries()
    .filter((entry) => entry.repository === repository)
    .map(({ key }) => key);

describe('the Actions cache', () => {
  test.concurrent('misses, hits without a blob from git, and has a change at once', async () => {
    const { fetch, edit } = await startConsumer();
    const miss = await fetch();
    expect(miss).toMatchObject({ exitCode: 0, annotations: [], documents: { [guide]: TEXT } });
    expect(cacheOf(miss)).toEqual({
      hit: 'false',
      primary: expect.stringMatching(/^codex\/acme\/widgets\/test\//),
      matched: '',
    });
    expect(gitFetches(miss)).toBe(NO_TREES + 1);
    expect(miss.log).toContain('Actions cache: miss, new entry saved');

    const hit = await fetch();
    expect(hit).toMatchObject({ exitCode: 0, annotations: [], documents: { [guide]: TEXT } });
    const { primary } = cacheOf(miss);
    expect(cacheOf(hit)).toEqual({ hit: 'true', primary, matched: primary });
    expect(gitFetches(hit)).toBe(NO_TREES);
    expect(hit.log).toContain('1 from the Actions cache');

    // Another project's push changes nothing for this one.
    await edit({ 'projects/gadgets/README.md': 'Gadgets 2\n' });
    expect(cacheOf(await fetch())).toEqual({ hit: 'true', primary, matched: primary });

    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n' });
    const changed = await fetch();
    expect(changed.documents).toEqual({ [guide]: 'Guide 2\n' });
    expect(cacheOf(changed)).toMatchObject({ hit: 'false', matched: primary });
    expect(changed.log).toContain('Actions cache: partial hit on an older entry, new entry saved');
    expect(cacheOf(await fetch())).toMatchObject({ hit: 'true', primary: cacheOf(changed).primary });
  });

  test.concurrent('keeps what is still right of a partial hit, and fetches the rest in one request', async () => {
    const { fetch, edit } = await startConsumer();
    const references = '@codex/widgets/docs/**\n@codex/gadgets/README.md';
    await fetch({ references });
    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n', 'projects/gadgets/README.md': 'Gadgets 2\n' });
    const run = await fetch({ references });
    expect(run.documents).toMatchObject({ [guide]: 'Guide 2\n', 'acme/gadgets/test/README.md': 'Gadgets 2\n' });
    expect(run.log).toContain('2 from the codex, 2 from the Actions cache');
    expect(gitFetches(run)).toBe(TREES + 1);
    expect(cacheOf(run).primary?.split('\n')).toHaveLength(2);
    expect(cacheOf(run).matched?.split('\n').filter(Boolean)).toHaveLength(2);
  });

  test.concurrent('never mixes environments, in one job or in two', async () => {
    const { fetch } = await startConsumer();
    await fetch();
    const prod = await fetch({ env: 'prod' });
    expect(prod.documents).toEqual({ 'acme/widgets/prod/docs/guide.md': 'Guide, released\n' });
    expect(cacheOf(prod).matched).toBe('');
    const both = await fetch({ env: 'prod' }, { workspace: (await fetch()).directory });
    expect(both.documents).toEqual({ [guide]: TEXT, 'acme/widgets/prod/docs/guide.md': 'Guide, released\n' });
    expect(cacheOf(both).hit).toBe('true');
  });

  test.concurrent('is another one for another branch of the environment, and for another codex', async () => {
    const { fetch, github, checkout } = await startConsumer();
    await fetch();
    await github.git(codex, 'branch', 'qa', 'main');
    const { directory } = await checkout();
    const config = JSON.stringify({ environments: { branches: { test: 'qa' } } });
    const remapped = await fetch({ config: await writeConfig(directory, config) }, { workspace: directory });
    expect(remapped.documents).toEqual({ [guide]: 'Guide, released\n' });
    expect(remapped.outputs).toMatchObject({ env: 'test', branch: 'qa', 'cache-hit': 'false' });

    const other = 'acme/codex2';
    await github.createRepository(other, { files: { 'projects/widgets/docs/guide.md': 'Of another codex\n' } });
    await github.git(other, 'branch', 'test', 'main');
    github.addToken('ghp_other', { [other]: 'read' });
    const elsewhere = await fetch({ 'codex-repository': other, token: 'ghp_other' });
    expect(elsewhere.documents).toEqual({ [guide]: 'Of another codex\n' });
    expect(cacheOf(elsewhere).hit).toBe('false');
    expect(elsewhere.annotations).toEqual([]);
  });

  test.concurrent('is scoped to branches, as GitHub scopes it', async () => {
    const { fetch } = await startConsumer();
    const onFeature = await fetch({}, { ref: 'refs/heads/feature' });
    expect(cacheOf(await fetch()).matched).toBe('');
    expect(cacheOf(await fetch({}, { ref: 'refs/heads/other' })).hit).toBe('true');
    expect(cacheOf(onFeature).hit).toBe('false');
  });
});

describe('a bad entry is dropped, the right document served, and a good entry saved beside it', () => {
  const damages: [string, (archive: Buffer) => Buffer][] = [
    ['one flipped bit', (archive) => flip(archive, Math.floor(archive.length / 2))],
    ['half an archive', (archive) => archive.subarray(0, archive.length / 2)],
    ['nothing', () => Buffer.alloc(0)],
  ];
  test.concurrent.each(damages)('%s', async (_, damage) => {
    const { fetch, cache, entry } = await startConsumer();
    const { primary } = cacheOf(await fetch());
    const id = entry(primary);
    await cache.replaceArchive(id, damage(await cache.archive(id)));

    const run = await fetch();
    expect(run).toMatchObject({ exitCode: 0, documents: { [guide]: TEXT } });
    expect(messages(run, 'warning')).toContainEqual(
      expect.stringContaining(`The entry ${primary} of the Actions cache could not be restored completely`),
    );
    expect(messages(run, 'error')).toEqual([]);
    expect(cacheOf(run)).toMatchObject({ hit: 'false', matched: primary });

    const next = await fetch();
    expect(next).toMatchObject({ exitCode: 0, annotations: [], documents: { [guide]: TEXT } });
    expect(cacheOf(next).matched?.startsWith(`${primary}-`)).toBe(true);
    expect(gitFetches(next)).toBe(NO_TREES);
  });

  test.concurrent('one of two, while the other is not there: it is mended all the same', async () => {
    const { fetch, cache, entry } = await startConsumer();
    const both = { references: '@codex/widgets/docs/guide.md\n@codex/gadgets/README.md' };
    const { primary } = cacheOf(await fetch());
    await cache.replaceArchive(entry(primary), Buffer.from('no archive'));
    const run = await fetch(both);
    expect(messages(run, 'warning')).toEqual([
      expect.stringContaining('could not be restored completely, or does not match its key'),
    ]);
    expect(run.log).toMatch(/widgets.*damaged entry, new entry saved[\s\S]*gadgets.*miss, new entry saved/);
    const next = await fetch(both);
    expect(next).toMatchObject({ exitCode: 0, annotations: [] });
    expect(next.log).toContain('Actions cache: hit on the replacement of a damaged entry');
    expect(next.log).toContain('2 from the Actions cache');
  });

  test.concurrent('the entry of another environment, or of other documents', async () => {
    const { fetch, cache, entry } = await startConsumer();
    const { primary: mine } = cacheOf(await fetch());
    const { primary: theirs } = cacheOf(await fetch({ env: 'prod' }));
    const { primary: others } = cacheOf(await fetch({ references: '@codex/widgets/docs/deep/more.md' }));
    for (const key of [theirs, others]) {
      await cache.replaceArchive(entry(mine), await cache.archive(entry(key)));
      const run = await fetch();
      expect(run).toMatchObject({ exitCode: 0, documents: { [guide]: TEXT } });
      expect(messages(run, 'warning')).toEqual([
        expect.stringContaining('could not be restored completely, or does not match its key'),
      ]);
      // So that the next round finds the exact entry again.
      const { matched, primary } = cacheOf(await fetch());
      if (matched !== primary) await cache.delete(entry(matched));
    }
  });
});

test.concurrent('a poisoned archive writes nothing anywhere else', async () => {
  const { fetch, cache, entry, checkout, github } = await startConsumer();
  const { primary } = cacheOf(await fetch());
  const { directory } = await checkout();
  const elsewhere = await github.scratch('elsewhere');
  const poison = await github.scratch('poison');
  const archive = join(poison, 'cache.tar.zst');
  await writeFile(archive, await cache.archive(entry(primary)));
  await run('zstd', ['-q', '-d', archive, '-o', join(poison, 'cache.tar')]);
  const hook = join(directory, '.git/hooks/post-checkout');
  await writeFile(join(poison, 'evil'), 'evil');
  await symlink(elsewhere, join(poison, 'link'));
  const add = (...args: string[]) => run('tar', ['-C', poison, '-P', ...args, '-rf', join(poison, 'cache.tar')]);
  await add('--transform', `s,^evil$,${hook},`, 'evil');
  await add('--transform', `s,^evil$,../../../../../../${elsewhere}/evil,`, 'evil');
  await add('--transform', 's,^link$,codex-sync/link,', 'link');
  await add('--transform', 's,^evil$,codex-sync/link/evil,', 'evil');
  await run('zstd', ['-q', '-f', join(poison, 'cache.tar'), '-o', archive]);
  await cache.replaceArchive(entry(primary), await readFile(archive));

  const fetched = await fetch({}, { workspace: directory });

  expect(fetched).toMatchObject({ exitCode: 0, documents: { [guide]: TEXT } });
  expect(await readdir(elsewhere)).toEqual([]);
  await expect(access(hook)).rejects.toThrow('ENOENT');
});

test.concurrent('the process of the cache knows no token of the codex, and asks the runner to hide what is secret', async () => {
  const { fetch, github } = await startConsumer();
  const [folder, notes] = [await github.scratch('spy'), await github.scratch('notes')];
  const path = process.env.PATH ?? '';
  await writeFile(join(folder, 'tar'), `#!/bin/sh\nenv > '${notes}/'$$\nPATH='${path}' exec tar "$@"\n`, {
    mode: 0o755,
  });
  const fetched = await fetch({}, { env: { PATH: `${folder}:${path}` } });
  expect(fetched.exitCode).toBe(0);
  const environments = await Promise.all((await readdir(notes)).map((name) => readFile(join(notes, name), 'utf8')));
  expect(environments.length).toBeGreaterThan(0);
  for (const environment of environments) expect(environment).not.toMatch(/^INPUT_|ghp_codex/m);
  // The signature of the address that the entry is uploaded to.
  expect(fetched.masks.some((mask) => /^[A-Za-z0-9%+/=]{40,}$/.test(mask))).toBe(true);
});

describe('what the inputs say of the cache', () => {
  test.concurrent('use-cache: false never touches it', async () => {
    const { fetch, cache, fullName } = await startConsumer();
    await fetch({ 'use-cache': 'false' });
    expect(keysOf({ cache }, fullName)).toEqual([]);
  });

  test.concurrent('lookup-only writes no documents, and restores none', async () => {
    const { fetch } = await startConsumer();
    const miss = await fetch({ 'lookup-only': 'true' });
    expect(miss).toMatchObject({ exitCode: 0, annotations: [], documents: {} });
    expect(cacheOf(miss)).toMatchObject({ hit: 'false', matched: '' });
    expect(cacheOf(await fetch()).hit).toBe('false');
    const hit = await fetch({ 'lookup-only': 'true' });
    expect(hit).toMatchObject({ exitCode: 0, annotations: [], documents: {} });
    expect(cacheOf(hit).hit).toBe('true');
    expect(hit.log).toContain('Nothing was written');
    expect(gitFetches(hit)).toBe(NO_TREES);
  });

  test.concurrent('fail-on-cache-miss fails where there is nothing to restore, and only there', async () => {
    const { fetch, edit } = await startConsumer();
    const run = await fetch({ 'fail-on-cache-miss': 'true' });
    expectRefused(run, 'The Actions cache has nothing for codex/acme/widgets/test/');
    expect(run.documents).toEqual({});
    const unreachable = await fetch(
      { 'fail-on-cache-miss': 'true' },
      { env: { ACTIONS_RESULTS_URL: unreachableCacheUrl } },
    );
    expectRefused(unreachable, 'The Actions cache has nothing for', 'did not work as expected');
    await fetch();
    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n' });
    expect((await fetch({ 'fail-on-cache-miss': 'true' })).documents).toEqual({ [guide]: 'Guide 2\n' });
  });
});

describe('a cache that is absent, slow, broken or read-only costs no job', () => {
  const fine = { exitCode: 0, outputs: { conclusion: 'fetched', 'cache-hit': 'false' }, documents: { [guide]: TEXT } };

  test.concurrent.each<[string, Record<string, string>, RegExp | undefined]>([
    ['none at all', { ACTIONS_RESULTS_URL: '' }, /this runner has none/],
    ['one that refuses connections', { ACTIONS_RESULTS_URL: unreachableCacheUrl }, /did not work as expected/],
    ['one that may not be read', { ACTIONS_CACHE_MODE: 'none' }, undefined],
    ['one that may only be read', { ACTIONS_CACHE_MODE: 'read' }, undefined],
  ])('%s', async (_, env, warning) => {
    const { fetch } = await startConsumer();
    const started = Date.now();
    const run = await fetch({}, { env });
    expect(run).toMatchObject(fine);
    expect(messages(run, 'error')).toEqual([]);
    expect(messages(run, 'warning')).toEqual(warning ? [expect.stringMatching(warning)] : []);
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(run.log).not.toContain('saved');
  });

  test.concurrent('one whose storage fails behind a look-up', async () => {
    const { fetch, edit, cache } = await startConsumer();
    await edit({ 'projects/flaky/a.md': 'A\n' });
    const asked = { references: '@codex/flaky/a.md' };
    await fetch(asked);
    cache.fault({ match: /^blob GET codex\/acme\/flaky/, status: 503, times: 10 });
    const run = await fetch(asked);
    expect(run).toMatchObject({ exitCode: 0, documents: { 'acme/flaky/test/a.md': 'A\n' } });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('could not be restored completely')]);
  });

  test.concurrent('one that is asked for by a run that is cancelled: its process ends too', async () => {
    const { fetch, edit, cache, github } = await startConsumer();
    await edit({ 'projects/endless/a.md': 'A\n' });
    const notes = await github.scratch('pids');
    let child: ChildProcess | undefined;
    const meanwhile = async () => {
      const children = await run('pgrep', ['-P', `${child?.pid}`]).then(
        ({ stdout }) => stdout,
        () => '',
      );
      await writeFile(join(notes, 'pids'), children);
      child?.kill('SIGTERM');
    };
    cache.fault({ match: /^GetCacheEntryDownloadURL codex\/acme\/endless/, hang: true, meanwhile, times: 10 });
    const cancelled = await fetch(
      { references: '@codex/endless/a.md' },
      {
        onStart: (started) => {
          child = started;
        },
      },
    );
    expect(cancelled.exitCode).toBe(143);
    const pids = (await readFile(join(notes, 'pids'), 'utf8')).split('\n').filter(Boolean);
    expect(pids.length).toBeGreaterThan(0);
    await sleep(500);
    for (const pid of pids) expect(await stateOf(pid)).toMatch(/^Z|^$/);
  });

  test.concurrent('a token that may only read', async () => {
    const { fetch, cache, fullName } = await startConsumer();
    const scopes = [{ scope: 'refs/heads/main', permission: 1 as const }];
    const env = { ACTIONS_RUNTIME_TOKEN: cache.tokenFor({ repository: fullName, scopes }) };
    const run = await fetch({}, { env });
    expect(run).toMatchObject({ ...fine, annotations: [] });
    expect(keysOf({ cache }, fullName)).toEqual([]);
  });

  test.concurrent('one that never answers: all look-ups have one deadline of 30 seconds', async () => {
    const { fetch, edit, cache, fullName } = await startConsumer();
    await edit({ 'projects/slow/a.md': 'A\n', 'projects/slower/b.md': 'B\n' });
    cache.fault({ match: /^GetCacheEntryDownloadURL codex\/acme\/slow/, hang: true, times: 10 });
    const started = Date.now();
    const run = await fetch({ references: '@codex/slow/a.md\n@codex/slower/b.md' });
    expect(Date.now() - started).toBeLessThan(45_000);
    expect(run.exitCode).toBe(0);
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('did not answer within 30 seconds')]);
    expect(Object.keys(run.documents)).toHaveLength(2);
    expect(keysOf({ cache }, fullName)).toEqual([]);
  });
});

test.concurrent('whoever may read the caches of a public repository is named where the codex is not public', async () => {
  const { fetch } = await startConsumer({ visibility: 'public' });
  const told = await fetch();
  expect(told.exitCode).toBe(0);
  expect(messages(told, 'warning')).toEqual([
    expect.stringMatching(/is public and the codex .* is private.*use-cache: false/),
  ]);
  expect(messages(await fetch({ 'use-cache': 'false' }), 'warning')).toEqual([]);
});

/** The same bytes, but for one bit. */
function flip(archive: Buffer, at: number): Buffer {
  const flipped = Buffer.from(archive);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}

async function writeConfig(directory: string, text: string): Promise<string> {
  await writeFile(join(directory, 'codex.json'), text);
  return 'codex.json';
}

/** What `ps` says of a process: nothing when it is gone, `Z` when only its parent has not noticed yet. */
async function stateOf(pid: string): Promise<string> {
  return run('ps', ['-o', 'stat=', '-p', pid]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}
