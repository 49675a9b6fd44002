import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Consumer, cacheDir, cached, indexOf, isExecutable, useConsumers } from '../support/consumer.ts';
import { codex, expectRefused, messages, QUESTION } from '../support/story.ts';

const startConsumer = useConsumers();
const without = { 'use-cache': 'false' };
const widgets = (env: string, path: string) => `acme/widgets/${env}/${path}`;

async function put(directory: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

describe('a consumer gets the documents of its environment', () => {
  test.concurrent('test by default, production where it is said, side by side in one job', async () => {
    const { fetch } = await startConsumer();
    const first = await fetch(without);
    const second = await fetch({ ...without, env: 'prod' }, { workspace: first.directory });
    expect(first).toMatchObject({ exitCode: 0, outputs: { conclusion: 'fetched', env: 'test', branch: 'test' } });
    expect(second).toMatchObject({ exitCode: 0, outputs: { conclusion: 'fetched', env: 'prod', branch: 'main' } });
    expect(second.documents).toEqual({
      [widgets('test', 'docs/guide.md')]: 'Guide, under test\r\n\u0000',
      [widgets('prod', 'docs/guide.md')]: 'Guide, released\n',
    });
    expect(first.log).toContain(
      '🎯 STARTING: Fetch\nProject: widgets\nCodex: codex.acme.com\nEnvironment: test (branch: test)\n',
    );
    expect((await indexOf(first.directory)).entries.map(({ env, branch }) => [env, branch])).toEqual([
      ['prod', 'main'],
      ['test', 'test'],
    ]);
  });

  test.concurrent('by globs, by both forms, of several projects in the requests of one', async () => {
    const { fetch, tip } = await startConsumer();
    const references = [
      '@codex/widgets/docs/** # all',
      '# and',
      'codex://acme/gadgets/README.md',
      '@codex/widgets/docs/run.sh',
    ];
    const run = await fetch({ ...without, references: references.join('\n') });
    expect(run.documents).toEqual({
      'acme/gadgets/test/README.md': 'Gadgets, under test\n',
      [widgets('test', 'docs/deep/more.md')]: 'More\n',
      [widgets('test', 'docs/guide.md')]: 'Guide, under test\r\n\u0000',
      [widgets('test', 'docs/run.sh')]: '#!/bin/sh\n',
    });
    expect(await isExecutable(join(run.directory, cacheDir, widgets('test', 'docs/run.sh')))).toBe(true);
    expect(await isExecutable(join(run.directory, cacheDir, widgets('test', 'docs/guide.md')))).toBe(false);
    // Links are no documents, and manifests are nothing at all.
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/docs\/link\.md is a link/)]);
    expect(run.requests.length).toBeLessThanOrEqual(10);
    const documents: { reference: string; path: string; blob: string }[] = JSON.parse(run.outputs.documents ?? '');
    expect(documents.map(({ reference }) => reference).sort()).toEqual([
      '@codex/gadgets/README.md',
      '@codex/widgets/docs/deep/more.md',
      '@codex/widgets/docs/guide.md',
      '@codex/widgets/docs/run.sh',
    ]);
    for (const { path } of documents) await readFile(join(run.directory, path));
    expect(JSON.parse(run.outputs.result ?? '').documents).toEqual(documents);
    expect((await indexOf(run.directory)).entries.every((entry) => entry.commit === undefined)).toBe(false);
    expect(run.summary).toContain(`/commit/${await tip()}`);
  });

  test.concurrent('named by path in the one question, and by git what that does not bring', async () => {
    const { fetch, edit } = await startConsumer();
    const large = 'ü'.repeat(300_000);
    await edit({ 'projects/widgets/docs/large.md': large, 'projects/widgets/docs/[id].md': 'Brackets\n' });
    const small = await fetch({ ...without, references: '@codex/gadgets/README.md\n@codex/widgets/docs/run.sh' });
    expect(small.documents).toEqual({
      'acme/gadgets/test/README.md': 'Gadgets, under test\n',
      [widgets('test', 'docs/run.sh')]: '#!/bin/sh\n',
    });
    expect(await isExecutable(join(small.directory, cacheDir, widgets('test', 'docs/run.sh')))).toBe(true);
    expect(small.requests).toHaveLength(1);

    // A binary document, and one of which GitHub shows the beginning: two requests of git.
    const names = ['@codex/widgets/docs/guide.md', '@codex/widgets/docs/large.md', '@codex/widgets/docs/run.sh'];
    const odd = await fetch({ ...without, references: names.join('\n') });
    expect(odd.documents).toEqual({
      [widgets('test', 'docs/guide.md')]: 'Guide, under test\r\n\u0000',
      [widgets('test', 'docs/large.md')]: large,
      [widgets('test', 'docs/run.sh')]: '#!/bin/sh\n',
    });
    expect(odd.requests).toHaveLength(3);

    // Only the list of the folder tells whether this is a name.
    const brackets = await fetch({ ...without, references: '@codex/widgets/docs/[id].md' });
    expect(brackets.documents).toEqual({ [widgets('test', 'docs/[id].md')]: 'Brackets\n' });
  });

  test.concurrent('where it says, below the workspace', async () => {
    const { fetch } = await startConsumer();
    const run = await fetch({ ...without, 'cache-dir': 'build/./codex/' });
    expect(run.outputs['cache-dir']).toBe('build/codex');
    expect(Object.keys(await cached(run.directory, 'build/codex'))).toEqual([widgets('test', 'docs/guide.md')]);
  });

  test.concurrent('whatever git is configured to make of line ends and filters', async () => {
    const { github, fetch } = await startConsumer();
    const home = await github.scratch('home');
    await writeFile(join(home, 'attributes'), '* text eol=crlf\n');
    await writeFile(join(home, '.gitconfig'), `[core]\n\tautocrlf = true\n\tattributesFile = ${home}/attributes\n`);
    const run = await fetch({ ...without, references: '@codex/widgets/docs/**' }, { env: { HOME: home } });
    expect(run.documents[widgets('test', 'docs/deep/more.md')]).toBe('More\n');
    expect(run.documents[widgets('test', 'docs/guide.md')]).toBe('Guide, under test\r\n\u0000');
  });

  test.concurrent('and the next run has what is there then: changed, and without what is gone', async () => {
    const { fetch, edit } = await startConsumer();
    const references = '@codex/widgets/docs/**';
    const first = await fetch({ ...without, references });
    await put(first.directory, `${cacheDir}/acme/widgets/test/own.txt`, 'of the consumer\n');
    await edit({ 'projects/widgets/docs/guide.md': 'Guide 2\n', 'projects/widgets/docs/deep/more.md': null });
    const second = await fetch({ ...without, references }, { workspace: first.directory });
    expect(second.documents).toEqual({
      [widgets('test', 'docs/guide.md')]: 'Guide 2\n',
      [widgets('test', 'docs/run.sh')]: '#!/bin/sh\n',
      [widgets('test', 'own.txt')]: 'of the consumer\n',
    });
    expect(second.log).toContain('Removed, no longer in the codex (1)');
    expect((await indexOf(first.directory)).entries).toHaveLength(2);
  });
});

describe('references to nothing', () => {
  test.concurrent('are one error that lists all of them with the nearest path, and nothing is written', async () => {
    const { fetch } = await startConsumer();
    const references = [
      '@codex/widgets/docs/gide.md',
      '@codex/widgets/none/**',
      '@codex/widgts/x.md',
      '@codex/gadgets/README.md',
      '@codex/widgets/docs/link.md (is a link or a submodule)',
      '@codex/widgets/.codex-sync.json',
    ];
    const run = await fetch({ ...without, references: references.join('\n') });
    expectRefused(
      run,
      `Not in ${codex}, environment test (branch test): `,
      '@codex/widgets/docs/gide.md (did you mean docs/guide.md?)',
      '@codex/widgets/none/** (no document matches)',
      '@codex/widgts/x.md (no project widgts; did you mean widgets?)',
      '@codex/widgets/docs/link.md',
      '@codex/widgets/.codex-sync.json',
    );
    expect(run.annotations[0]?.message).not.toContain('gadgets');
    expect(run.documents).toEqual({});
  });

  test.concurrent('are all of them while nothing was published to the environment', async () => {
    const { github, fetch } = await startConsumer();
    await github.git(codex, 'branch', '-D', 'test');
    const run = await fetch(without);
    expectRefused(run, 'Branch test of', 'nothing was published there yet');
    expect(await github.git(codex, 'for-each-ref', '--format=%(refname:lstrip=2)')).toBe('main');
  });
});

describe('before any request', () => {
  test.concurrent.each<[string, Record<string, string>, string[]]>([
    ['a reference that leaves its place', { references: '@codex/widgets/../x.md\n/etc/passwd' }, ['line 1', 'line 2']],
    ['no reference', { references: '' }, ['"references" names no document']],
    ['an environment that is not configured', { env: 'staging' }, ['Environment "staging" is not configured']],
    ['a cache directory elsewhere', { 'cache-dir': '../x' }, ['"cache-dir" is "../x"', 'below the workspace']],
    ['an absolute one', { 'cache-dir': '/tmp/x' }, ['"cache-dir" is "/tmp/x"']],
    ["one of git's own", { 'cache-dir': '.git/x' }, ['"cache-dir" is ".git/x"']],
    ['the workspace itself', { 'cache-dir': '.' }, ['"cache-dir" is "."']],
    ['no cache to look into', { 'use-cache': 'false', 'lookup-only': 'true' }, ['contradict']],
    ['no cache to miss', { 'use-cache': 'false', 'fail-on-cache-miss': 'true' }, ['contradict']],
    ['a dry run', { 'dry-run': 'true' }, ['"dry-run" is "true"', 'lookup-only']],
    ['an empty token', { token: '' }, ['"token" is empty']],
  ])('%s is refused', async (_, inputs, words) => {
    const { fetch } = await startConsumer();
    const run = await fetch(inputs);
    expectRefused(run, ...words);
    expect(run.requests).toEqual([]);
    expect(run.documents).toEqual({});
  });
});

describe('a link in the checkout leads nowhere', () => {
  const outside = async ({ github, checkout }: Consumer, path: string) => {
    const [project, elsewhere] = [await checkout(), await github.scratch('elsewhere')];
    await mkdir(join(project.directory, dirname(path)), { recursive: true });
    await symlink(elsewhere, join(project.directory, path));
    return { workspace: project.directory, elsewhere };
  };

  test.concurrent.each(['.fractary', cacheDir, `${cacheDir}/acme`])('%s', async (path) => {
    const consumer = await startConsumer();
    const { workspace, elsewhere } = await outside(consumer, path);
    const run = await consumer.fetch(without, { workspace });
    expectRefused(run, 'a symbolic link is on the way');
    expect(await cached(elsewhere, '')).toEqual({});
  });

  test.concurrent('nor one that appears in a folder that the index knows', async () => {
    const consumer = await startConsumer();
    const { directory } = await consumer.fetch(without);
    const elsewhere = await consumer.github.scratch('elsewhere');
    await rm(join(directory, cacheDir, widgets('test', 'docs')), { recursive: true });
    await symlink(elsewhere, join(directory, cacheDir, widgets('test', 'docs')));
    expectRefused(await consumer.fetch(without, { workspace: directory }), 'a symbolic link is on the way');
    expect(await cached(elsewhere, '')).toEqual({});
  });

  test.concurrent('a link in the place of a document is replaced by it', async () => {
    const consumer = await startConsumer();
    const project = await consumer.checkout();
    await put(project.directory, 'precious.txt', 'precious\n');
    const place = join(project.directory, cacheDir, widgets('test', 'docs/guide.md'));
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(project.directory, 'precious.txt'), place);
    const run = await consumer.fetch(without, { workspace: project.directory });
    expect(run.exitCode).toBe(0);
    expect(await readFile(place, 'utf8')).toBe('Guide, under test\r\n\u0000');
    expect(await readFile(join(project.directory, 'precious.txt'), 'utf8')).toBe('precious\n');
  });
});

describe('documents of another branch do not outlast it', () => {
  const asked = { ...without, references: '@codex/widgets/docs/**' };
  const remap = async (directory: string) => {
    await put(directory, 'codex.json', '{"environments":{"branches":{"test":"main"}}}');
    return { ...asked, config: 'codex.json' };
  };
  const remapped = { [widgets('test', 'docs/guide.md')]: 'Guide, released\n' };

  test.concurrent('after a remap, and what is written again is not called removed', async () => {
    const { fetch } = await startConsumer();
    const { directory } = await fetch(asked);
    const run = await fetch(await remap(directory), { workspace: directory });
    expect(run.documents).toEqual(remapped);
    expect(run.log).toContain('Removed, no longer in the codex (2)');
  });

  test.concurrent.each([
    ['damaged', '{"version":"4.0","ent'],
    ['lost', undefined],
  ])('where the index was %s', async (_, index) => {
    const { fetch } = await startConsumer();
    const { directory } = await fetch(asked);
    const file = join(directory, cacheDir, '.cache-index.json');
    await (index === undefined ? rm(file) : writeFile(file, index));
    expect((await fetch(await remap(directory), { workspace: directory })).documents).toEqual(remapped);
  });

  test.concurrent('where a run was killed before it had written everything', async () => {
    const { fetch, github } = await startConsumer();
    const { directory } = await fetch({ ...without, references: '@codex/gadgets/README.md' });
    let child: ChildProcess | undefined;
    // Written one after the other: a folder that cannot be entered ends the run half way.
    await put(directory, `${cacheDir}/acme/widgets/test/docs/run.sh/in-the-way`, '');
    const killed = await fetch(asked, {
      workspace: directory,
      onStart: (started) => {
        child = started;
      },
    });
    expect([killed.exitCode, child?.signalCode]).toEqual([1, null]);
    expect(Object.keys(killed.documents)).toContain(widgets('test', 'docs/deep/more.md'));
    await rm(join(directory, cacheDir, 'acme/widgets/test/docs/run.sh'), { recursive: true });
    const { [widgets('test', 'docs/guide.md')]: text, ...others } = (
      await fetch(await remap(directory), { workspace: directory })
    ).documents;
    expect([text, Object.keys(others)]).toEqual(['Guide, released\n', ['acme/gadgets/test/README.md']]);
    expect(github.violations).toEqual([]);
  });

  test.concurrent('where two runs wrote at once', async () => {
    const { fetch, github } = await startConsumer();
    const { directory } = await fetch({ ...without, references: '@codex/gadgets/README.md' });
    const other = () => fetch({ ...without, references: '@codex/widgets/docs/deep/more.md' }, { workspace: directory });
    let meanwhile: Promise<unknown> | undefined;
    github.fault({
      match: QUESTION,
      delay: 3000,
      meanwhile: async () => {
        meanwhile = other();
      },
    });
    await fetch({ ...without, references: '@codex/widgets/docs/run.sh' }, { workspace: directory });
    await meanwhile;
    const paths = (await indexOf(directory)).entries.map(({ path }) => path);
    expect(paths).toEqual([
      'acme/gadgets/test/README.md',
      widgets('test', 'docs/deep/more.md'),
      widgets('test', 'docs/run.sh'),
    ]);
  });
});

test.concurrent('a document that became a folder, and a folder that became a document, are no obstacle', async () => {
  const { fetch, edit } = await startConsumer();
  const asked = { ...without, references: '@codex/widgets/docs/**' };
  const { directory } = await fetch(asked);
  await edit({ 'projects/widgets/docs/deep/more.md': null, 'projects/widgets/docs/run.sh': null });
  await edit({ 'projects/widgets/docs/deep': 'Now a file\n', 'projects/widgets/docs/run.sh/now.md': 'Now a folder\n' });
  const run = await fetch(asked, { workspace: directory });
  expect(run.documents).toEqual({
    [widgets('test', 'docs/deep')]: 'Now a file\n',
    [widgets('test', 'docs/guide.md')]: 'Guide, under test\r\n\u0000',
    [widgets('test', 'docs/run.sh/now.md')]: 'Now a folder\n',
  });
});

test.concurrent('what is odd in a codex keeps nobody from its other documents', async () => {
  const { fetch, edit } = await startConsumer();
  await edit({
    'projects/README.md': 'a file\n',
    'projects/widgets/.codex-sync.json': { mode: '120000', content: 'x' },
  });
  expect((await fetch(without)).exitCode).toBe(0);
  const run = await fetch({ ...without, references: '@codex/README.md/x.md\n@codex/widgets/docs/gide.md' });
  expectRefused(run, '@codex/README.md/x.md (no project README.md', '@codex/widgets/docs/gide.md (did you mean');
});

describe('the index', () => {
  test.concurrent('that is damaged is begun anew', async () => {
    const { fetch, checkout } = await startConsumer();
    const { directory } = await checkout();
    await put(directory, `${cacheDir}/.cache-index.json`, '{"version":"4.0","ent');
    const run = await fetch(without, { workspace: directory });
    expect(messages(run, 'warning')).toEqual([expect.stringContaining('index of the cache directory is damaged')]);
    expect((await indexOf(directory)).entries).toHaveLength(1);
  });

  test.concurrent('cannot make a run remove what is elsewhere', async () => {
    const { fetch, checkout } = await startConsumer();
    const { directory } = await checkout();
    const entry = {
      uri: 'codex://acme/widgets/../../../../../README.md',
      path: 'acme/widgets/test/../../../../../README.md',
      ...{ env: 'test', codex: 'acme/other', branch: 'test', commit: 'c'.repeat(40), blob: 'a'.repeat(40) },
      ...{ reference: '', cached_at: '2026-01-01T00:00:00Z', expires_at: '', ttl: 1, size_bytes: 1 },
    };
    await put(directory, `${cacheDir}/.cache-index.json`, JSON.stringify({ version: '4.0', entries: [entry] }));
    expect((await fetch(without, { workspace: directory })).exitCode).toBe(0);
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toBe('# Consumer\n');
  });

  test.concurrent('of the earlier tool is put aside once; its documents are left alone and never read', async () => {
    const { fetch, checkout, github } = await startConsumer();
    const { directory } = await checkout();
    const old = JSON.stringify({ version: '3.0', entries: [{ path: 'acme/widgets/docs/guide.md' }] });
    await put(directory, `${cacheDir}/.cache-index.json`, old);
    await put(directory, `${cacheDir}/acme/widgets/docs/guide.md`, 'Of no environment\n');
    const run = await fetch(without, { workspace: directory });
    expect(messages(run, 'notice')).toEqual([expect.stringContaining('tool without environments')]);
    expect(run.documents['acme/widgets/docs/guide.md']).toBe('Of no environment\n');
    expect(await readFile(join(directory, cacheDir, '.cache-index-3.0.json'), 'utf8')).toBe(old);
    expect(messages(await fetch(without, { workspace: directory }), 'notice')).toEqual([]);
    // Nor does it stand in for the codex.
    await put(directory, `${cacheDir}/.cache-index.json`, old);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Math.ceil(Date.now() / 1000) + 3600}` };
    github.fault({ match: /^(GET|POST) \/api\//, status: 403, headers, times: 10 });
    expect((await fetch(without, { workspace: directory })).exitCode).toBe(1);
    github.clearFaults();
  });
});

test.concurrent("a pull request's run of a fork is told that it has no token, not that it has its documents", async () => {
  const { fetch } = await startConsumer();
  const payload = { pull_request: { head: { repo: { full_name: 'mallory/consumer' } } } };
  const run = await fetch({ token: '' }, { event: 'pull_request', payload });
  expectRefused(run, '"token" is empty');
});
