import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { resolveEnvironment } from '../../src/inputs/environment.ts';
import { checkEventAndHead, checkOffReleaseLine, skipReason } from '../../src/inputs/guards.ts';
import { namedBy, parseTrigger, type WorkflowTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { mutated } from '../support/mutations.ts';
import { at, EXAMPLES } from '../support/recorded-events.ts';
import { runs } from '../support/runs.ts';
import { CONTEXT } from '../support/trigger.ts';

const EVENTS = [
  'pull_request',
  'pull_request_target',
  'issue_comment',
  'workflow_run',
  'check_run',
  'check_suite',
  'status',
  'deployment',
  'delete',
  'push',
  'merge_group',
  'schedule',
  '',
];
const environments = ['test', 'prod'].map((name) => resolveEnvironment(name, { branches: {} }));
/** Only what a run reads: faults elsewhere would show nothing. */
const READ = {
  action: 0,
  ref: 0,
  ref_type: 0,
  issue: { number: 0, pull_request: 0 },
  check_suite: { head_sha: 0, head_branch: 0, pull_requests: 0 },
  check_run: { head_sha: 0, pull_requests: 0, check_suite: { head_sha: 0, head_branch: 0, pull_requests: 0 } },
  deployment: { sha: 0, ref: 0 },
  sha: 0,
  branches: 0,
  repository: { default_branch: 0, visibility: 0, private: 0 },
  pull_request: { number: 0, head: { sha: 0, ref: 0, repo: { full_name: 0 } }, base: { sha: 0, ref: 0 }, merged: 0 },
  workflow_run: { event: 0, head_branch: 0, head_sha: 0, head_repository: { full_name: 0 }, pull_requests: 0 },
};
function only(parts: object, json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  const known = Object.entries(parts).filter(([key]) => key in json);
  return Object.fromEntries(known.map(([key, inner]) => [key, only(inner, at(json, key))]));
}
const TOLD = [
  'pull_request',
  'workflow_run',
  'issue',
  'check_suite',
  'check_run',
  'deployment',
  'branches',
  'ref_type',
];
const told = EXAMPLES.filter(({ payload }) => TOLD.some((part) => part in payload));
const readable = fc.constantFrom(...told).map(({ payload }) => only(READ, payload));
const ofPulls = told.filter(({ payload }) => 'pull_request' in payload || 'workflow_run' in payload);
const pullOrRun = fc.constantFrom(...ofPulls).map(({ payload }) => only(READ, payload));
const payload = fc.oneof({ weight: 4, arbitrary: mutated(readable) }, fc.jsonValue());
const ref = fc.constantFrom('refs/heads/main', 'refs/heads/master', 'refs/pull/2/merge', 'refs/tags/v1', '');

/** What a run that must end says; `undefined` where it goes on. */
function said(ask: () => unknown): string | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (error instanceof CodexSyncError) return error.message;
    throw error;
  }
}

test('whatever an event says, a run goes on or ends in one line of our own', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...EVENTS), ref, payload, (event, ref, payload) => {
      const words: (string | undefined)[] = [];
      const note = (ask: () => unknown) => words.push(said(ask));
      let trigger: WorkflowTrigger | undefined;
      note(() => {
        trigger = parseTrigger({ ...CONTEXT, event, ref, payload });
      });
      const known = trigger;
      if (known !== undefined) {
        read += 1;
        words.push(skipReason(known, ''));
        for (const environment of environments) {
          note(() => checkEventAndHead(known, environment));
          note(() => checkOffReleaseLine(environment, false, branchName('main')));
        }
        // Its own, or the whole of another run's.
        const { commit, ref: named } = namedBy(known);
        const { headCommit, headBranch } = known.upstream ?? {};
        const isOwn = commit === CONTEXT.commit && named === ref;
        const isFollowed =
          commit === headCommit && [`refs/heads/${headBranch}`, `refs/tags/${headBranch}`].includes(named ?? '');
        expect(isOwn || (event === 'workflow_run' && isFollowed)).toBe(true);
      }
      for (const line of words) if (line !== undefined) expect(line).toMatch(/^[^\p{Cc}\u202e]+$/u);
    }),
    { numRuns: runs(300) },
  );
  expect(read).toBeGreaterThan(50);
});

test("a fork's head that sees our secrets is never let through by a fault in what GitHub sends", () => {
  let checked = 0;
  fc.assert(
    fc.property(mutated(pullOrRun), (payload) => {
      // Run in another repository than the recorded one, each of these comes from a fork.
      if (at(payload, 'pull_request') == null) return;
      checked += 1;
      const context = { ...CONTEXT, repository: 'acme/widgets', event: 'pull_request_target', payload };
      for (const environment of environments)
        expect(said(() => checkEventAndHead(parseTrigger(context), environment))).toBeDefined();
    }),
    { numRuns: runs(300) },
  );
  expect(checked).toBeGreaterThan(50);
});
