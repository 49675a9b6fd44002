import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { hashBlob } from '../../src/text/bytes.ts';
import { seedCodex } from '../support/codex.ts';
import { costOf, stepsOf, telling } from '../support/cost.ts';
import { checkoutProject } from '../support/project.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, type HostedProject, token, useStory } from '../support/story.ts';

const DOCUMENTS = 100;
const LARGE = codex;
const SMALL = 'acme/small-codex';
const SIZES = {
  [SMALL]: { projects: 20, documentsPerProject: 20 },
  [LARGE]: { projects: 2000, documentsPerProject: 20 },
};
/** Bytes of the list of one project in the tree of all, at most; ids do not compress. */
const LISTED = 40;
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
  for (const [where, size] of Object.entries(SIZES)) await seedCodex(github, where, size);
  github.addToken(token, { [SMALL]: 'write', [LARGE]: 'write' });
}, 120_000);

// A fetch or a push of git is two requests: what is there, and then what is wanted or brought.
const FETCH = ['GET upload-pack', 'POST upload-pack'];
const PUSH = ['GET receive-pack', 'POST receive-pack'];
/** Codex, its configuration, tip, root, folder and manifest; the folder's id shows that it is what the manifest says. */
const QUESTION = 'POST graphql';
/** The list of projects, together with the commit that the next one builds on. */
const BASE = FETCH;

describe('the cost of a run follows the project, never the codex', () => {
  type Step = 'created' | 'again' | 'changed' | 'planned';
  const runs: Record<string, Record<Step, ActionRun>> = {};

  beforeAll(async () => {
    for (const where of [SMALL, LARGE]) {
      const inputs = { 'codex-repository': where };
      const publish = () => widgets.publish(inputs, { env: telling });
      const created = await publish();
      const again = await publish();
      await widgets.write('docs/0/page-0.md', `# Changed for ${where}\n`);
      await widgets.commit(`Change for ${where}`);
      await widgets.push();
      // A checkout of one commit does not know the published one: GitHub has to compare them.
      const next = await checkoutProject(github, widgets.fullName);
      const planned = await story.publish(next, { ...inputs, 'dry-run': 'true' }, { env: telling });
      const changed = await story.publish(next, inputs, { env: telling });
      runs[where] = { created, again, planned, changed };
    }
  }, 120_000);

  const of = (where: string) => runs[where] as Record<Step, ActionRun>;
  const sorted = (steps: readonly string[]) => [...steps].sort();

  test('100 documents into 40,000 files, branch and folder new: 11 requests', async () => {
    const { created } = of(LARGE);
    expect(created.outputs).toMatchObject({ conclusion: 'published', 'files-added': '100', 'branch-created': 'true' });
    expect(Object.keys(await documents())).toHaveLength(DOCUMENTS);
    // Production is what the branch is made of; that the folder is new, the list of projects has to show. Whether the branch was
    // there before is asked of one that was created alone.
    const begun = ['POST git/refs', 'GET activity'];
    const production = ['GET branches/test', 'GET branches/main', 'GET contents/projects/widgets', 'GET git/trees/…'];
    expect(sorted(stepsOf(created))).toEqual(sorted([QUESTION, ...production, ...BASE, ...begun, ...PUSH]));
  });

  test('one of them changed: 6 requests', () => {
    const { changed } = of(LARGE);
    expect(changed.outputs).toMatchObject({ conclusion: 'published', 'files-modified': '1' });
    const compared = stepsOf(changed).filter((step) => step.startsWith('GET compare/'));
    expect(compared).toHaveLength(1);
    expect(sorted(stepsOf(changed))).toEqual(sorted([QUESTION, ...compared, ...BASE, ...PUSH]));
  });

  test('nothing to say: 1 request, and for a dry run one more, none of them for the list of projects', () => {
    const { again, planned } = of(LARGE);
    expect(again.outputs.conclusion).toBe('unchanged');
    expect(stepsOf(again)).toEqual([QUESTION]);
    expect(planned.outputs).toMatchObject({ conclusion: 'dry-run', 'files-modified': '1' });
    const compared = stepsOf(planned).filter((step) => step.startsWith('GET compare/'));
    expect(sorted(stepsOf(planned))).toEqual(sorted([QUESTION, ...compared]));
  });

  test.each(['created', 'again', 'changed', 'planned'] as const)(
    '%s: as many requests and calls of git in a codex of 400 files',
    (step) => {
      const [small, large] = [SMALL, LARGE].map((where) => of(where)[step] as ActionRun);
      expect(sorted(stepsOf(small as ActionRun))).toEqual(sorted(stepsOf(large as ActionRun)));
      expect(costOf(small as ActionRun).calls).toBe(costOf(large as ActionRun).calls);
    },
  );

  test('bytes: the folder, the manifest and the documents; only what is built on the codex brings its list of projects', () => {
    const [small, large] = [of(SMALL), of(LARGE)];
    // 100 documents are 12 KB of manifest and 4 KB of trees, and both come packed.
    for (const step of ['again', 'planned'] as const) {
      expect(costOf(large[step]).down).toBeLessThan(20_000);
      expect(Math.abs(costOf(large[step]).down - costOf(small[step]).down)).toBeLessThan(200);
    }
    const more = (SIZES[LARGE]?.projects ?? 0) - (SIZES[SMALL]?.projects ?? 0);
    for (const step of ['created', 'changed'] as const) {
      const grown = costOf(large[step]).down - costOf(small[step]).down;
      expect(grown).toBeLessThan(more * LISTED);
      // It must be there: a commit without it would remove every other project.
      expect(grown).toBeGreaterThan(more * 20);
    }
  });

  test('processes: each call of git does what no other can', () => {
    const { created, again, changed } = of(LARGE);
    // Version; rev-parse, configuration and HEAD; what is in the checkout, and what is staged.
    expect(costOf(again).calls).toBe(6);
    // Sizes and beginnings of new documents; fetch and list of projects; sizes and texts of what is pushed, and whether git
    // is configured to connect in its own way. All else (manifest, trees, commit, pack, push) is done in process.
    expect(costOf(created).calls).toBe(6 + 2 + 2 + 3);
    // The same, and whether the published commit is older, either way.
    expect(costOf(changed).calls).toBe(6 + 2 + 2 + 3 + 2);
  });
});

test('nothing is compiled to read HTTP, which is a tenth of a second and 20 MB', async () => {
  const asked = join(await github.scratch('asked'), 'web-assembly');
  const hook = `
    import { appendFileSync } from 'node:fs';
    appendFileSync(${JSON.stringify(asked)}, 'watched');
    globalThis.WebAssembly = new Proxy(WebAssembly, {
      get(target, name) {
        appendFileSync(${JSON.stringify(asked)}, ' ' + String(name));
        return Reflect.get(target, name);
      },
    });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  const { exitCode } = await widgets.publish({}, { env });
  expect(exitCode).toBe(0);
  expect(await readFile(asked, 'utf8')).toBe('watched');
});

describe('the cost of a fetch follows the documents, never the codex', () => {
  const runs: Record<string, ActionRun> = {};
  const big = Array.from({ length: 500 }, (_, index) => [`docs/${index}.md`, `# Page ${index}\n`] as const);
  const inFolder = (project: string) => big.map(([path, text]) => [`projects/${project}/${path}`, text] as const);
  const manifest = {
    documents: Object.fromEntries(big.map(([path, text]) => [path, hashBlob(Buffer.from(text))])),
    source: { directory: '.', repository: 'acme/big' },
    version: 1,
  };

  beforeAll(async () => {
    const published = ['projects/big/.codex-sync.json', JSON.stringify(manifest)] as const;
    await story.edit(Object.fromEntries([...inFolder('big'), published, ...inFolder('by-hand')]), 'main');
    const consumer = await host('consumer', { 'README.md': '# Consumer\n' });
    const fetch = (references: string) =>
      consumer.publish({ mode: 'fetch', env: 'prod', 'use-cache': 'false', references });
    runs.one = await fetch('@codex/project-1000/docs/document-0007.md');
    const some = ['0001', '0002', '0003', '0004', '0005'].map((name) => `@codex/project-${name}/docs/document-0001.md`);
    runs.some = await fetch(some.join('\n'));
    runs.none = await fetch('@codex/project-1000/docs/document-7.md');
    runs.many = await fetch('@codex/big/docs/**');
    runs.byHand = await fetch('@codex/by-hand/docs/**');
    runs.three = await fetch('@codex/big/docs/1.md\n@codex/project-0001/docs/**\n@codex/project-2000/docs/**');
    const five = ['0001', '0002', '0003', '0004', '0005'].map((name) => `@codex/project-${name}/docs/**`);
    runs.five = await fetch(five.join('\n'));
  }, 120_000);

  // The question (1) has documents that are named by path; blobs (2), and folders unless their manifest tells (2).
  test.each([
    ['one document of 40,000: 1 request', 'one', 1, 1, 3_000],
    ['one of each of five projects: no more', 'some', 5, 1, 5_000],
    ['500 documents that were published: 3 requests', 'many', 500, 3, 60_000],
    ['500 that were written by hand: 5', 'byHand', 500, 5, 60_000],
    ['of three projects: no more', 'three', 41, 5, 45_000],
    // The list of projects (2) first.
    ['of five projects: not more for each, but the list of all projects', 'five', 100, 7, 90_000],
  ])('%s', (_, which, number, requests, bytes) => {
    const run = runs[which] as ActionRun;
    expect(run.outputs.conclusion).toBe('fetched');
    expect(JSON.parse(run.outputs.documents ?? '')).toHaveLength(number);
    expect(costOf(run).requests).toBe(requests);
    expect(costOf(run).down).toBeLessThan(bytes);
  });

  test('of a document that is not there: the folder is listed for a proposal', () => {
    const run = runs.none as ActionRun;
    expect(run.annotations[0]?.message).toContain('did you mean docs/document-0007.md?');
    expect(stepsOf(run)).toEqual([QUESTION, 'GET contents/projects/project-1000', ...FETCH]);
  });
});
