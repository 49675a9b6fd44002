import { expect, test } from '@jest/globals';
import { lineOfRef, parseStableRefs } from '../../src/codex/stable-refs.ts';
import type { Environment } from '../../src/inputs/environment.ts';
import { checkEventAndHead } from '../../src/inputs/guards.ts';
import { namedBy, parseTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { CONTEXT } from '../support/trigger.ts';

const PROD: Environment = {
  name: 'prod',
  branch: branchName('main'),
  production: true,
  productionBranch: branchName('main'),
  origin: 'input',
};

/** A run that follows another one; it always runs on the default branch. */
function follows(event: string, head_branch: string) {
  const upstream = { event, head_branch, head_sha: 'a'.repeat(40), head_repository: { full_name: 'acme/widgets' } };
  const payload = { repository: { default_branch: 'main', private: true }, workflow_run: upstream };
  return parseTrigger({ ...CONTEXT, event: 'workflow_run', ref: 'refs/heads/main', payload });
}

/** The ref that a run is of which follows another one, and its line. */
function lineAfter(event: string, branch: string, production: string[] = [], isProtected?: boolean) {
  const trigger = follows(event, branch);
  expect(() => checkEventAndHead(trigger, PROD)).not.toThrow();
  const { ref } = namedBy(trigger);
  const refs = parseStableRefs(trigger.defaultBranch, { production, stable: [] });
  return { ref, line: lineOfRef(refs, ref, isProtected) };
}

test('production follows a run of the default branch', () => {
  expect(lineAfter('push', 'main')).toEqual({ ref: 'refs/heads/main', line: 'release' });
});

test('production does not follow a run of another branch, unless production-refs names it', () => {
  const release = ['refs/heads/release/*'];
  expect(lineAfter('push', 'feature')).toEqual({ ref: 'refs/heads/feature', line: undefined });
  expect(lineAfter('push', 'release/1', release)).toEqual({ ref: 'refs/heads/release/1', line: undefined });
  expect(lineAfter('push', 'release/1', release, true)).toEqual({ ref: 'refs/heads/release/1', line: 'release' });
  expect(lineAfter('push', 'release/1', ['refs/heads/release/1']).line).toBe('release');
});

test('production follows the run of a release, which has a tag', () => {
  expect(lineAfter('release', 'v2.0')).toEqual({ ref: 'refs/tags/v2.0', line: 'release' });
});

test('of a push the payload does not tell a tag from a branch: it counts as the branch, which may be anything', () => {
  expect(lineAfter('push', 'v2.0')).toEqual({ ref: 'refs/heads/v2.0', line: undefined });
  expect(lineAfter('push', 'v2.0', ['refs/heads/v*'], true).line).toBe('release');
});

test('production does not follow a run that followed another one, since nothing tells what started that', () => {
  expect(() => checkEventAndHead(follows('workflow_run', 'main'), PROD)).toThrow('workflow_run started');
});

test.each(['deployment', 'deployment_status'])('%s names no workflow run and may name no ref', (event) => {
  const payload = { repository: { default_branch: 'main', visibility: null }, pull_request: null, workflow_run: null };
  const trigger = parseTrigger({ ...CONTEXT, event, ref: undefined, payload });
  expect(trigger).toMatchObject({ pullRequest: undefined, upstream: undefined, visibility: undefined });
});
