import { describe, expect, test } from '@jest/globals';
import { silent } from '../support/outputs.ts';
import type { ActionRun } from '../support/runner.ts';
import { useStory } from '../support/story.ts';

const { host } = await useStory();
const { publish } = await host('widgets', { 'docs/guide.md': '# Guide\n' });
/** The one error annotation of a run that ended before it asked anything, with every output set. */
function refusal(run: ActionRun, known: Readonly<Record<string, string>> = {}): string {
  const { exitCode, requests, annotations, outputs, log, summary } = run;
  const told = { ...silent, ...known, conclusion: 'failed' };
  expect(exitCode).toBe(1);
  expect(requests).toEqual([]);
  const { result, ...texts } = outputs;
  expect(texts).toEqual(told);
  const values = Object.entries(JSON.parse(result ?? '')).map(([name, value]) => [name, `${value}`]);
  expect(Object.fromEntries(values)).toMatchObject(told);
  expect(log).not.toMatch(/^ {4}at /m);
  expect(summary).toContain('failed');
  expect(annotations).toEqual([{ level: 'error', message: expect.any(String) }]);
  return annotations[0]?.message ?? '';
}

describe('an environment that is not configured', () => {
  test.each(['staging', 'dev', '../main', 'refs/heads/main', 'constructor', '__proto__'])(
    '%s ends in one sentence with the choices, before any request',
    async (env) => {
      const said = refusal(await publish({ env }));
      const words = `Environment "${env}" is not configured. Use one of: test, prod, production.`;
      expect(said.slice(0, words.length)).toBe(words);
      expect(said).not.toContain('\n');
    },
  );

  test('is suggested in its own case', async () => {
    expect(refusal(await publish({ env: 'Test' }))).toMatch(
      /^Environment "Test" is not configured\. Did you mean "test"\? Use one of: test, prod, production\./,
    );
  });

  test('cannot forge lines of the log', async () => {
    const run = await publish({ env: 'a\n::error::forged' });
    expect(refusal(run)).not.toContain('\n');
  });

  test('contradicts itself when env and environment differ', async () => {
    const said = refusal(await publish({ env: 'test', environment: 'prod' }));
    expect(said).toMatch(/"env" and "environment".*"test".*"prod"/);
  });
});

describe('a project name', () => {
  test.each(['.', '..', '.git', '.GIT', 'a/b', '../main', 'a b', 'wídgets', 'x'.repeat(101)])(
    '%j is refused before any request',
    async (name) => {
      const said = refusal(await publish({ project: name }));
      expect(said.startsWith(`Input "project" is "${name.slice(0, 100)}`)).toBe(true);
      expect(said).toContain('1 to 100');
    },
  );
});

describe('an input that nearly exists', () => {
  test.each([
    ['dry_run', 'dry-run'],
    ['enviroment', 'environment'],
    ['envs', 'env'],
    ['allow_empty', 'allow-empty'],
    ['projct', 'project'],
    ['deletion-treshold', 'deletion-threshold'],
  ])('%s is refused naming %s', async (given, meant) => {
    const said = refusal(await publish({ [given]: 'true' }));
    expect(said).toContain(`"${given}"`);
    expect(said).toContain(`"${meant}"`);
  });

  test('is no problem when it resembles nothing', async () => {
    const run = await publish({ colour: 'red', env: 'staging' });
    expect(refusal(run)).toMatch(/^Environment "staging"/);
  });
});

describe('the value of an input', () => {
  test.each([
    ['dry-run', 'yes', 'true or false'],
    ['allow-older', '1', 'true or false'],
    ['deletion-threshold', '-1', 'number'],
    ['deletion-threshold', 'many', 'number'],
    ['deletion-threshold-percent', '101', '0 to 100'],
    ['on-conflict', 'ours', 'project, codex, fail'],
    ['direction', 'sideways', 'to-codex'],
    ['mode', 'sync', 'sync-project'],
    ['codex-repository', 'codex.acme.com', 'owner/name'],
    ['production-refs', 'main', 'refs/heads/'],
    ['author', 'Mona', 'Name <email@example.com>'],
    ['commit-message', 'one\ntwo', 'one line'],
    ['include', '../secrets/**', 'working directory'],
    ['working-directory', 'nowhere', 'folder'],
    ['working-directory', '..', 'folder'],
    ['working-directory', 'docs/a.md', 'folder'],
    ['include-ignored', '/site/**', 'not absolute'],
    ['config', 'nowhere.json', 'no such file'],
  ])('%s: %j is refused saying what is accepted', async (name, value, accepted) => {
    const said = refusal(await publish({ [name]: value }));
    expect(said).toContain(value.split('\n')[0]);
    expect(said).toContain(accepted);
  });

  const long = 'a'.repeat(70_000);
  test.each([
    ['include', long, 'pattern of at most 1,000 characters'],
    ['exclude', long, 'pattern of at most 1,000 characters'],
    ['include-ignored', long, 'pattern of at most 1,000 characters'],
    ['production-refs', `refs/heads/${long}`, 'pattern of at most 1,000 characters'],
    ['config', long, 'no such file'],
    ['working-directory', long, 'folder'],
  ])('%s of 70,000 characters is refused saying what is accepted', async (name, value, accepted) => {
    const said = refusal(await publish({ [name]: value }));
    expect(said).toContain(accepted);
    expect(said.length).toBeLessThan(500);
  });

  test.each([
    ['references', { mode: 'fetch', references: `@codex/widgets/${long}` }, 'pattern of at most 1,000 characters'],
    ['cache-dir', { mode: 'cache-list', 'cache-dir': long }, 'cache-dir'],
    ['project', { mode: 'promote', env: 'prod', project: `${long}*` }, 'names of projects'],
  ])('%s of 70,000 characters too', async (_, inputs, accepted) => {
    const said = refusal(await publish(inputs));
    expect(said).toContain(accepted);
    expect(said.length).toBeLessThan(500);
  });

  test('is reported with every other problem in one annotation', async () => {
    const said = refusal(await publish({ 'dry-run': 'yes', project: '..', dry_run: 'true', token: '' }));
    for (const name of ['"dry-run"', '"project"', '"dry_run"', '"token"']) expect(said).toContain(name);
  });
});

describe('no codex', () => {
  test('is an error that names the input and the places of the configuration', async () => {
    const said = refusal(await publish({ 'codex-repository': '' }), { env: 'test', branch: 'test' });
    expect(said).toMatch(/"codex-repository".*\.fractary\/plugins\/codex\/config\.json.*\.fractary\/codex\.yaml/);
  });
});
