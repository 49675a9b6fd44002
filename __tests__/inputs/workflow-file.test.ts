import { expect, test } from '@jest/globals';
import { parseWorkflow } from '../../src/inputs/workflow-file.ts';

const step = (text: string) => `jobs: { a: { steps: [${text}] } }\n`;
const ours = step('{ uses: fractary/codex-sync@v1 }');
const usual = ['opened', 'synchronize', 'reopened'];

test.each([
  ['on: pull_request\n', usual],
  ['on: [push, pull_request_target]\n', usual],
  ['on: { pull_request: }\n', usual],
  ['on: { pull_request: { types: closed } }\n', ['closed']],
  ['on: { pull_request: { types: [closed, opened] }, push: }\n', ['closed', 'opened']],
  ['on: { pull_request: { types: [closed] }, pull_request_target: }\n', ['closed', ...usual]],
  ['on: push\n', undefined],
  ['', undefined],
])('%j: pull requests of the types %j', (on, types) => {
  expect(parseWorkflow(on + ours)).toEqual({ publishes: true, pullRequestTypes: types });
});

test.each([
  ['{ uses: fractary/codex-sync@v1 }', true],
  ['{ uses: Acme/codex-sync@0123456, with: { env: test } }', true],
  ['{ uses: fractary/codex-sync@v1, with: { mode: sync-project, direction: bidirectional } }', true],
  ['{ uses: fractary/codex-sync@v1, with: { mode: fetch } }', false],
  [`{ uses: fractary/codex-sync@v1, with: { mode: "${'$'}{{ inputs.mode }}" } }`, false],
  ['{ uses: fractary/codex-sync@v1, with: { direction: from-codex } }', false],
  ['{ uses: fractary/codex-sync/fetch@v1 }', false],
  ['{ uses: actions/checkout@v6 }', false],
  ['{ run: npm test }', false],
  ['5', false],
])('%s publishes: %s', (text, publishes) => {
  expect(parseWorkflow(step(text))?.publishes).toBe(publishes);
});

test.each(['', 'on: push\n', 'jobs: 5\n', 'a: [\n', '- a\n'])('%j is no workflow', (text) => {
  expect(parseWorkflow(text)).toBeUndefined();
});
