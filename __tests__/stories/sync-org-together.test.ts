import type { ChildProcess } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { found } from '../support/organization.ts';
import { codex, pushes, QUESTION, useStories } from '../support/story.ts';

const startStory = useStories();

describe('shards of one organization', () => {
  test('run at once into one branch that is missing: every project lands exactly once, and nothing twice', async () => {
    const { addMany, syncOrg, unlike, subjects } = await found(await startStory());
    const names = await addMany('doc', 24);
    const runs = await Promise.all([1, 2, 3].map((index) => syncOrg({ shard: `${index}/3` })));
    for (const run of runs)
      expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published', failed: '0' } });
    const shares = runs.map(({ outputs }) => Number(outputs.succeeded));
    expect(shares.reduce((sum, share) => sum + share)).toBe(24);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(await unlike(names)).toEqual([]);
    expect((await subjects()).sort()).toEqual(names.map((name) => `sync: Update docs from ${name}`));
    expect(runs.filter(({ outputs }) => outputs['branch-created'] === 'true')).toHaveLength(1);
    expect(runs[1]?.log).toContain(`${shares[1]} repositories to publish, ${25 - (shares[1] ?? 0)} in the shards of`);
  });
});

describe('a lost race', () => {
  test('plans the batch again on the new tip, and fetches nothing of the repositories again', async () => {
    const { add, addMany, syncOrg, edit, github, unlike, read } = await found(await startStory());
    const names = await addMany('doc', 5);
    expect((await syncOrg()).exitCode).toBe(0);
    for (const name of names) await add(`more-${name}`, { 'docs/a.md': `of ${name}\n` });
    github.fault({
      match: /info\/refs\?service=git-receive-pack/,
      meanwhile: () => edit({ 'projects/elsewhere/docs/x.md': 'theirs\n', 'projects/doc-002/docs/1.md': 'edited\n' }),
    });
    const run = await syncOrg();
    expect(run.outputs).toMatchObject({ conclusion: 'published', attempts: '2', 'files-added': '5' });
    // The first one names the exact old value, so git sees that it lost before it sends anything.
    expect(pushes(run).length).toBe(1);
    expect(await read('projects/elsewhere/docs/x.md')).toBe('theirs\n');
    // What somebody edited meanwhile is left alone, and said.
    expect(await read('projects/doc-002/docs/1.md')).toBe('edited\n');
    expect(await unlike([...names, ...names.map((name) => `more-${name}`)])).toEqual(['doc-002', 'elsewhere']);
    const fetched = run.requests.filter(
      ({ path, service }) => service === 'upload-pack' && path.startsWith('/acme/more'),
    );
    expect(new Set(fetched.map(({ path }) => path)).size).toBe(fetched.length / 2);
  });
});

describe('a run that is killed', () => {
  test('at any moment leaves whole projects or nothing of them, and the next one completes', async () => {
    const { addMany, syncOrg, unlike, subjects, github } = await found(await startStory());
    const names = await addMany('doc', 41, 3);
    const whole = async () => {
      const standing = await readTree(github, codex, 'test', 'projects').catch(() => ({}));
      const landed = names.filter((name) => Object.keys(standing).some((path) => path.startsWith(`${name}/`)));
      expect(Object.keys(standing).length).toBe(landed.length * 4);
      if (landed.length > 0) expect(await unlike(landed)).toEqual([]);
      return landed.length;
    };
    const seen: number[] = [];
    // Before anything, while repositories are read, in a push, between two pushes, behind the last one. The question about the
    // second batch is the third of a run.
    for (const [match, skip] of [
      [/orgs\/acme\/repos/, 0],
      [/doc-003\/git-upload-pack/, 0],
      [/POST .*git-receive-pack/, 0],
      [QUESTION, 2],
      [/POST .*git-receive-pack/, 1],
    ] as const) {
      const started: ChildProcess[] = [];
      github.clearFaults();
      github.fault({ match, skip, meanwhile: async () => void started[0]?.kill('SIGKILL') });
      const run = await syncOrg({}, { onStart: (child) => started.push(child) });
      expect(run.signal).toBe('SIGKILL');
      seen.push(await whole());
    }
    github.clearFaults();
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect((await syncOrg()).outputs).toMatchObject({ failed: '0' });
    expect(await whole()).toBe(41);
    expect((await subjects()).sort()).toEqual(names.map((name) => `sync: Update docs from ${name}`));
  });
});
