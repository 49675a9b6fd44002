import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readRecipes } from './support/recipes.ts';
import { workflowErrors } from './support/workflow-parser.ts';

interface Job {
  uses?: string;
  needs?: string[];
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const FOLDER = '.github/workflows';
const names = await readdir(FOLDER);
const texts = new Map(
  await Promise.all(names.map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')] as const)),
);
const workflow = (name: string) => parse(texts.get(name) ?? '') as Workflow;
const jobs = (name: string) => Object.entries(workflow(name).jobs);

describe("GitHub's own parser", () => {
  test.each([...texts])('takes %s', async (name, text) => {
    expect(await workflowErrors(name, text)).toEqual([]);
  });

  test('takes every workflow of the papers; there is no other YAML in them but configurations', async () => {
    const recipes = await readRecipes();
    expect(recipes.length).toBeGreaterThan(15);
    for (const { title, text } of recipes) expect(await workflowErrors(title, text)).toEqual([]);
  });

  const sound = texts.get('ci.yml') ?? '';
  test.each([
    ['an unknown key', sound.replace('runs-on:', 'run-on:'), /run-on/],
    ['an unknown name in an expression', sound.replace('matrix.os', 'matrices.os'), /matrices/],
    ['an unknown event', sound.replace('pull_request:', 'pull_requests:'), /pull_requests/],
    [
      'a job that needs none that is there',
      sound.replace('other-systems:', 'other-systems:\n    needs: nobody'),
      /nobody/,
    ],
    ['a broken file', sound.replace('steps:', 'steps: ['), /./],
  ])('refuses %s', async (_, broken, words) => {
    expect(broken).not.toBe(sound);
    expect((await workflowErrors('broken.yml', broken)).join('\n')).toMatch(words);
  });
});

describe.each(names)('%s', (name) => {
  test('may read, unless a job says what more it needs', () => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
  });

  test('runs actions of others by commit, with the version beside it', () => {
    for (const line of (texts.get(name) ?? '').split('\n').filter((one) => /\buses:/.test(one))) {
      expect(line).toMatch(/uses: (?:\.\/\.github\/workflows\/[a-z-]+\.yml|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  test('ends by itself, and puts nothing of an event into a script', () => {
    for (const [, job] of jobs(name)) {
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
      for (const { run = '' } of job.steps ?? []) expect(run).not.toContain('${{');
    }
  });
});

test('three jobs may write, and what', () => {
  const written = names.flatMap((name) =>
    jobs(name).map(([job, { permissions = {} }]) => [
      `${name} ${job}`,
      Object.keys(permissions).filter((key) => permissions[key] !== 'read'),
    ]),
  );
  expect(Object.fromEntries(written.filter(([, more]) => more?.length))).toEqual({
    'codeql.yml analyze': ['security-events'],
    'release.yml codeql': ['security-events'],
    'release.yml release': ['contents', 'id-token', 'attestations'],
  });
});

test('a token stays in the checkout only where a release pushes', () => {
  for (const name of names) {
    for (const [job, { steps = [] }] of jobs(name)) {
      const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
      const kept = checkouts.filter((step) => step.with?.['persist-credentials'] !== false);
      expect([name, job, kept.length]).toEqual([name, job, name === 'release.yml' && job === 'release' ? 1 : 0]);
    }
  }
});

test('v1 moves in the last step of a job that needs all others', () => {
  const { release, ...others } = workflow('release.yml').jobs;
  expect(release?.needs?.toSorted()).toEqual(Object.keys(others).toSorted());
  expect(Object.values(others).map(({ uses }) => uses)).toContain('./.github/workflows/ci.yml');
  const moving = release?.steps?.findIndex(({ run = '' }) => run.includes('refs/tags/v1'));
  expect(moving).toBe((release?.steps?.length ?? 0) - 1);
});

test('Dependabot looks after packages, and after the actions that are named by commit', async () => {
  const { updates } = parse(await readFile('.github/dependabot.yml', 'utf8'));
  const looked = updates.map((one: Record<string, string>) => one['package-ecosystem']);
  expect(looked.sort()).toEqual(['github-actions', 'npm']);
});
