import { expect, test } from '@jest/globals';
import type { Environment } from '../../src/request/environment.ts';
import { checkTrigger } from '../../src/request/guards.ts';
import { parseTrigger } from '../../src/request/trigger.ts';

const PROD: Environment = { name: 'prod', branch: 'main', production: true, productionBranch: 'main', origin: 'input' };
const RUN = {
  actor: 'octocat',
  repository: 'acme/widgets',
  commit: 'c'.repeat(40),
  runId: '7',
  serverUrl: 'https://github.com',
  apiUrl: 'https://api.github.com',
};

/** A run that follows another one; it always runs on the default branch. */
function follows(event: string, head_branch: string) {
  const upstream = { event, head_branch, head_repository: { full_name: 'acme/widgets' } };
  const payload = { repository: { default_branch: 'main', private: true }, workflow_run: upstream };
  return parseTrigger({ ...RUN, event: 'workflow_run', ref: 'refs/heads/main', payload });
}

test('production follows a run of the default branch', () => {
  expect(() => checkTrigger(follows('push', 'main'), PROD, [])).not.toThrow();
});

test('production does not follow a run of another branch, unless production-refs names it', () => {
  expect(() => checkTrigger(follows('push', 'feature'), PROD, [])).toThrow('not published from refs/heads/feature');
  expect(() => checkTrigger(follows('push', 'release/1'), PROD, ['refs/heads/release/*'])).not.toThrow();
});

test('production follows the run of a release, which has a tag', () => {
  expect(() => checkTrigger(follows('release', 'v2.0'), PROD, [])).not.toThrow();
});

test('of a push the payload does not tell a tag from a branch: the message says what is followed', () => {
  expect(() => checkTrigger(follows('push', 'v2.0'), PROD, [])).toThrow(
    /not published from refs\/heads\/v2\.0, which this workflow_run follows\..*production-refs/,
  );
  expect(() => checkTrigger(follows('push', 'v2.0'), PROD, ['refs/heads/v*'])).not.toThrow();
});

test('production does not follow a run that followed another one, since nothing tells what started that', () => {
  expect(() => checkTrigger(follows('workflow_run', 'main'), PROD, [])).toThrow('workflow_run started');
});

test.each(['deployment', 'deployment_status'])('%s names no workflow run and may name no ref', (event) => {
  const payload = { repository: { default_branch: 'main', visibility: null }, pull_request: null, workflow_run: null };
  const trigger = parseTrigger({ ...RUN, event, ref: '', payload });
  expect(trigger).toMatchObject({ pullRequest: undefined, upstream: undefined, visibility: undefined });
});
