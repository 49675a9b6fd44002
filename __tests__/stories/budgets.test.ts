import { beforeAll, describe, expect, test } from '@jest/globals';
import { seedCodex } from '../support/codex.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, type HostedProject, pushes, token, useStory } from '../support/story.ts';

const DOCUMENTS = 100;
const LARGE = codex;
const SMALL = 'acme/small-codex';
const story = await useStory({});
const { github, host, documents } = story;
let widgets: HostedProject;

beforeAll(async () => {
  const files = Array.from({ length: DOCUMENTS }, (_, index) => [
    `docs/${index % 7}/page-${index}.md`,
    `# Page ${index}\n\n${'Words of a page. '.repeat(20 + index)}\n`,
  ]);
  widgets = await host('widgets', Object.fromEntries(files));
  await github.createRepository(SMALL);
  await seedCodex(github, SMALL, { projects: 20, documentsPerProject: 20 });
  await seedCodex(github, LARGE, { projects: 2000, documentsPerProject: 20 });
  github.addToken(token, { [SMALL]: 'write', [LARGE]: 'write' });
}, 120_000);

function cost(run: ActionRun) {
  const { requests } = run;
  return {
    requests: requests.length,
    down: requests.reduce((sum, { sent }) => sum + sent, 0),
    pushes: pushes(run).length,
  };
}

/** What each step of a run asks, so that a budget that breaks says which step grew. */
function kinds({ requests }: ActionRun): string[] {
  return requests.map(({ method, path, service }) => `${method} ${service ?? path.replace(/[0-9a-f]{40}.*/, '…')}`);
}

describe('the cost of a run follows the project, never the codex', () => {
  const runs: Record<string, { created: ActionRun; again: ActionRun; changed: ActionRun }> = {};

  beforeAll(async () => {
    for (const where of [SMALL, LARGE]) {
      const publish = () => widgets.publish({ 'codex-repository': where });
      const created = await publish();
      const again = await publish();
      await widgets.write('docs/0/page-0.md', `# Changed for ${where}\n`);
      await widgets.commit(`Change for ${where}`);
      await widgets.push();
      // A checkout of one commit does not know the published one: GitHub has to compare them.
      const next = await checkoutProject(github, widgets.fullName);
      const changed = await story.publish(next, { 'codex-repository': where });
      runs[where] = { created, again, changed };
    }
  }, 120_000);

  const of = (where: string) => runs[where] as (typeof runs)[string];

  test('100 documents into 40,000 files of 2,000 projects, with the branch: at most 14 requests and 80 KB', async () => {
    const { created } = of(LARGE);
    expect(created.outputs).toMatchObject({ conclusion: 'published', 'files-added': '100', 'branch-created': 'true' });
    expect(Object.keys(await documents())).toHaveLength(DOCUMENTS);
    expect(cost(created).requests).toBeLessThanOrEqual(14);
    expect(cost(created).down).toBeLessThan(80_000);
    expect(cost(created).pushes).toBe(1);
  });

  test('into a branch that exists: at most 12 requests and 80 KB', () => {
    const { changed } = of(LARGE);
    // Against the small codex's change and its own: two documents at most.
    expect(changed.outputs.conclusion).toBe('published');
    expect(kinds(changed)).toContainEqual(expect.stringContaining('/compare/'));
    expect(cost(changed).requests).toBeLessThanOrEqual(12);
    expect(cost(changed).down).toBeLessThan(80_000);
  });

  test('nothing to say: at most 10 requests, and no push', () => {
    const { again } = of(LARGE);
    expect(again.outputs.conclusion).toBe('unchanged');
    expect(cost(again).requests).toBeLessThanOrEqual(10);
    expect(cost(again).pushes).toBe(0);
  });

  test('the same requests into a codex of 400 files', () => {
    for (const run of ['created', 'again', 'changed'] as const) {
      const normal = (where: string) => kinds(of(where)[run]).map((kind) => kind.replace(where, 'codex'));
      expect(normal(SMALL)).toEqual(normal(LARGE));
    }
  });
});

describe('the cost of a fetch follows the documents, never the codex', () => {
  const runs: Record<string, ActionRun> = {};
  const big = Array.from({ length: 500 }, (_, index) => [`projects/big/docs/${index}.md`, `# Page ${index}\n`]);

  beforeAll(async () => {
    await story.edit(Object.fromEntries(big), 'main');
    const consumer = await host('consumer', { 'README.md': '# Consumer\n' });
    const fetch = (references: string) =>
      consumer.publish({ mode: 'fetch', env: 'prod', 'use-cache': 'false', references });
    runs.one = await fetch('@codex/project-1000/docs/document-0007.md');
    runs.many = await fetch('@codex/big/docs/**');
    runs.projects = await fetch('@codex/big/docs/1.md\n@codex/project-0001/docs/**\n@codex/project-2000/docs/**');
  }, 120_000);

  // Repository and branch (2), then root, projects, folders and blobs (2 each): 10.
  test.each([
    ['one document of 40,000', 'one', 1],
    ['500 documents', 'many', 500],
    ['documents of three projects', 'projects', 41],
  ])('%s: at most 12 requests, as many as for one, and 200 KB', (_, which, number) => {
    const run = runs[which] as ActionRun;
    expect(run.outputs.conclusion).toBe('fetched');
    expect(JSON.parse(run.outputs.documents ?? '')).toHaveLength(number);
    expect(cost(run).requests).toBeLessThanOrEqual(12);
    expect(cost(run).requests).toBe(cost(runs.one as ActionRun).requests);
    expect(cost(run).down).toBeLessThan(200_000);
  });
});
