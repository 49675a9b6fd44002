import { expect, test } from '@jest/globals';
import { spellInput, spellMode, spellRun } from '../../src/report/changes.ts';
import { PUSH, TYPED } from '../support/trigger.ts';

const [typed, workflow] = [TYPED, PUSH];
const inputs = { from: 'prod@1', 'allow-older': 'true' };

test('in a workflow, as YAML', () => {
  expect(spellInput(workflow, 'dry-run')).toBe('dry-run');
  expect(spellInput(workflow, 'env', 'prod')).toBe('env: prod');
  expect(spellMode(workflow, 'promote')).toBe('mode: promote');
  expect(spellRun(workflow, 'promote', ['a', '1e3'], inputs).join('\n')).toBe(
    'mode: promote\nproject: |\n  a\n  1e3\nfrom: prod@1\nallow-older: true',
  );
  expect(spellRun(workflow, 'promote', [], inputs)[1]).toBe('from: prod@1');
});

test('at a terminal, as it is typed', () => {
  expect(spellInput(typed, 'dry-run')).toBe('--dry-run');
  expect(spellInput(typed, 'env', 'prod')).toBe('--env prod');
  expect(spellMode(typed, 'promote')).toBe('codex-sync promote');
  expect(spellRun(typed, 'promote', ['a', 'b'], inputs)).toEqual([
    'codex-sync promote a b --from prod@1 --allow-older',
  ]);
});
