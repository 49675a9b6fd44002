import { describe, expect, test } from '@jest/globals';
import { commits } from '../support/codex.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, token, useStories } from '../support/story.ts';

const rule = '───────────────────────────────────────';
const startStory = useStories();

async function organize(files: Record<string, string> = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' }) {
  const story = await startStory();
  return { ...story, ...(await story.host('widgets', files)) };
}

function levels({ annotations }: ActionRun): string[] {
  return annotations.map(({ level }) => level);
}

describe('the banner', () => {
  const toTest = 'Environment: test (branch: test)';
  const toProduction = 'Environment: prod (branch: main)';
  test.concurrent.each([
    ['to test', {}, {}, [toTest, 'Direction: to-codex']],
    ['to production', { env: 'production' }, {}, [toProduction, 'Direction: to-codex']],
    ['of a dry run', { 'dry-run': 'true' }, {}, [toTest, 'Direction: to-codex', expect.stringMatching(/dry run/i)]],
    [
      'to production by the default of the configuration',
      {},
      { default: 'prod' },
      [
        toProduction,
        expect.stringMatching(/environments\.default.*\.fractary\/plugins\/codex\/config\.json/),
        'Direction: to-codex',
      ],
    ],
  ])('%s is the one of the specification', async (_, inputs, environments, rest) => {
    const { publish, write } = await organize();
    await write('.fractary/plugins/codex/config.json', JSON.stringify({ environments }));
    const { log } = await publish(inputs);
    const lines = log.split('\n');
    const names = ['🎯 STARTING: Project Sync', 'Project: widgets', 'Codex: codex.acme.com'];
    expect(lines.slice(0, lines.indexOf(rule) + 1)).toEqual([...names, ...rest, rule]);
  });
});

describe('a run that publishes', () => {
  test.concurrent('sets every output, in result with the same names as keys', async () => {
    const { github, publish, write, tip } = await organize();
    await publish();
    await write('docs/a.md', null);
    await write('docs/b.md', 'new b\n');
    await write('docs/c.md', 'c\n');
    await write('docs/d.md', 'd\n');
    const run = await publish();
    const { result, ...texts } = run.outputs;
    const commit = await tip();
    const values = {
      conclusion: 'published',
      env: 'test',
      branch: 'test',
      changed: true,
      'commit-sha': commit,
      'commit-url': `${github.serverUrl}/${codex}/commit/${commit}`,
      'branch-created': false,
      'files-added': 2,
      'files-modified': 1,
      'files-deleted': 1,
      'deletions-withheld': 0,
      drifted: 0,
      conflicts: 0,
      pulled: 0,
      superseded: false,
      attempts: 1,
      'cache-hit': false,
      'cache-primary-key': '',
      'cache-matched-key': '',
      stale: false,
      documents: '',
      'cache-dir': '',
      succeeded: 0,
      failed: 0,
    };
    expect(texts).toEqual(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`])));
    expect(JSON.parse(result ?? '')).toMatchObject({
      ...values,
      changes: [
        { path: 'docs/a.md', action: 'delete' },
        { path: 'docs/b.md', action: 'modify' },
        { path: 'docs/c.md', action: 'add' },
        { path: 'docs/d.md', action: 'add' },
      ],
    });
    expect(run.runnerWarnings).toEqual([]);
  });

  test.concurrent('ends its log with where the documents are now', async () => {
    const { github, publish } = await organize();
    const { log, outputs, annotations } = await publish();
    const [commit, parent] = (await commits(github, codex, 'test')).map(({ sha }) => sha);
    const where = `${github.serverUrl}/${codex}`;
    for (const link of [`${where}/commit/${commit}`, `${where}/compare/${parent}...${commit}`]) {
      expect(log.split('\n').some((line) => line.endsWith(link))).toBe(true);
    }
    expect(log).toContain('▸ Changes (2)\nadded    docs/a.md\nadded    docs/b.md\n');
    expect(outputs['commit-url']).toBe(`${where}/commit/${commit}`);
    expect(annotations).toEqual([]);
  });

  test.concurrent('has a summary with counts, links to every document and the next step', async () => {
    const { github, publish } = await organize({ 'docs/a &lt;b @mona #1 _c_ `x`.md': 'a\n' });
    const { summary, outputs } = await publish();
    const where = `${github.serverUrl}/${codex}`;
    expect(summary).toMatch(/^## /);
    expect(summary).toContain('1 added, 0 modified, 0 deleted');
    expect(summary).toContain(`${where}/commit/${outputs['commit-sha']}`);
    expect(summary).toContain(`${where}/blob/${outputs['commit-sha']}/projects/widgets/docs/a%20%26lt%3Bb%20%40mona`);
    expect(summary).toMatch(/Next:.*env/);
    const text = summary.replace(/href="[^"]*"/g, '');
    for (const mark of ['&lt;b', '@mona', '#1 ', '`x`']) expect(text).not.toContain(mark);
  });

  test.concurrent('folds a long table in its summary', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`docs/${index}.md`, `${index}\n`]));
    const { summary } = await (await organize(files)).publish();
    expect(summary).toMatch(/<details><summary>.*40.*<\/summary>[\s\S]*docs\/39\.md[\s\S]*<\/details>/);
  });
});

describe('a run with nothing to say', () => {
  test.concurrent.each(['test', 'prod'])('makes no commit and pushes nothing (%s)', async (env) => {
    const { publish, commit, tip } = await organize();
    await publish({ env });
    const branch = env === 'prod' ? 'main' : 'test';
    const before = await tip(branch);
    await commit('Code only');
    const run = await publish({ env });
    expect(run).toMatchObject({
      exitCode: 0,
      outputs: { conclusion: 'unchanged', changed: 'false', 'commit-sha': '' },
    });
    expect(run.requests.filter(({ service }) => service === 'receive-pack')).toEqual([]);
    expect(await tip(branch)).toBe(before);
    expect(levels(run)).toEqual([]);
  });
});

describe('a run that fails', () => {
  test.concurrent.each([
    ['before any request', { env: 'staging' }],
    ['at the first answer', { token: 'ghp_wrong' }],
    ['at the plan', { 'on-conflict': 'fail' }],
  ])('%s has exactly one error annotation, every output and a summary', async (_, inputs) => {
    const { publish, write, edit } = await organize();
    const { outputs } = await publish();
    await edit({ 'projects/widgets/docs/a.md': 'edited\n' });
    await write('docs/a.md', 'new a\n');
    const run = await publish(inputs);
    expect(run.exitCode).toBe(1);
    expect(levels(run)).toEqual(['error']);
    expect(run.outputs).toMatchObject({ conclusion: 'failed', changed: 'false', 'commit-sha': '' });
    expect(Object.keys(run.outputs)).toEqual(Object.keys(outputs));
    expect(run.summary).toContain('failed');
  });
});

describe('a token pasted with a newline at its end', () => {
  test.concurrent('works and is masked in every form that git sends', async () => {
    const run = await (await organize()).publish({ token: `${token}\n` });
    expect(run).toMatchObject({ exitCode: 0, outputs: { conclusion: 'published' } });
    const forms = [token, ...[token, `x-access-token:${token}`].map((text) => Buffer.from(text).toString('base64'))];
    expect(run.masks).toEqual(expect.arrayContaining(forms));
  });
});
