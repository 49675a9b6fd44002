import { expect, test } from '@jest/globals';
import { INPUTS, type InputDefinition } from '../../src/request/input-definitions.ts';
import { employApps, key, write } from '../support/acting-app.ts';
import { found, projectsOf } from '../support/organization.ts';
import { readmeJobs, type WorkflowJob } from '../support/readme.ts';
import type { ActionRun } from '../support/runner.ts';
import { evaluate } from '../support/runner-files.ts';
import { codex, useStory } from '../support/story.ts';

const jobs = await readmeJobs();
const organization = await found(await useStory());
const { github, documents } = organization;
const { register, act } = employApps(organization);
// One set of permissions for all repositories of the owner, as installations have it.
const app = register({ installations: [{ owner: 'acme', permissions: write }] });

/** Runs the one step of a job that runs this action, with what its expressions stand for. */
async function run({ steps: [step] }: WorkflowJob, more: Readonly<Record<string, string>> = {}): Promise<ActionRun> {
  const context = {
    ...{ 'github.repository': codex, 'vars.CODEX_APP_ID': `${app.id}`, 'secrets.CODEX_APP_PRIVATE_KEY': key },
    ...{ 'inputs.dry-run || false': 'false', 'inputs.dry-run': 'false', ...more },
  };
  const inputs = Object.entries(step?.with ?? {}).map(([name, value]) => [name, evaluate(`${value}`, context)]);
  const place = { fullName: codex, directory: await github.scratch('no-checkout') };
  return act(app, place, Object.fromEntries(inputs), { event: 'schedule' });
}

test('every workflow of the README says inputs and choices that there are', () => {
  const definitions: Readonly<Record<string, InputDefinition>> = INPUTS;
  const steps = jobs.flatMap((job) => job.steps);
  expect(steps.length).toBeGreaterThan(7);
  for (const { with: given } of steps) {
    expect(Object.keys(given).filter((name) => !(name in definitions))).toEqual([]);
    const chosen = Object.entries(given).filter(([name]) => definitions[name]?.choices);
    for (const [name, value] of chosen) expect(definitions[name]?.choices).toContain(value);
  }
});

test('those for a whole organization publish it: on one runner, on several, and to production', async () => {
  const [nightly, matrix, release, ...others] = jobs.filter(({ steps }) => steps[0]?.with.mode === 'sync-org');
  if (!nightly || !matrix || !release || others.length > 0) throw new Error('These are others than are tested here.');
  const names = ['gadgets', 'gears', 'gizmos', 'tools', 'widgets'];
  for (const name of names) await organization.add(name, { 'docs/a.md': `${name}\n` }, { visibility: 'private' });

  const looked = await run(nightly, { 'inputs.dry-run || false': 'true' });
  expect(looked.outputs).toMatchObject({ conclusion: 'dry-run', 'files-added': '5' });

  const shards = matrix.strategy?.matrix.shard ?? [];
  expect(shards).toEqual(shards.map((_, index) => index + 1));
  expect(matrix.steps[0]?.with.shard).toBe(`\${{ matrix.shard }}/${shards.length}`);
  const shares = await Promise.all(shards.map((shard) => run(matrix, { 'matrix.shard': `${shard}` })));
  expect(shares.flatMap(({ annotations }) => annotations)).toEqual([]);
  expect(shares.flatMap((share) => Object.keys(projectsOf(share))).sort()).toEqual(names);
  for (const name of names) expect(Object.keys(await documents(name))).toEqual(['docs/a.md']);
  expect((await run(nightly)).outputs).toMatchObject({ env: 'test', conclusion: 'unchanged', succeeded: '5' });

  await github.git('acme/gears', 'tag', 'v1', 'main');
  await github.addRelease('acme/gears', 'v1');
  const released = await run(release);
  expect(release.environment).toBeDefined();
  expect(released.outputs).toMatchObject({ env: 'prod', branch: 'main', conclusion: 'published', succeeded: '1' });
  expect(projectsOf(released)).toMatchObject({ gears: { ref: 'refs/tags/v1', changed: true } });
});
