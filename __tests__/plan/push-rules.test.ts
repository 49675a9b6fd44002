import { expect, test } from '@jest/globals';
import { planRefusals } from '../../src/plan/push-rules.ts';

const refusing = (types: readonly string[], exists: boolean) =>
  planRefusals(
    types.map((type) => ({ type, id: 1, source: 'acme' })),
    exists,
  ).map(({ type }) => type);

test('an ordinary push breaks no rule against deleting, forcing or merging', () => {
  expect(refusing(['deletion', 'non_fast_forward', 'required_linear_history', 'tag_name_pattern'], true)).toEqual([]);
});

test.each([
  'pull_request',
  'update',
  'required_status_checks',
  'required_signatures',
  'required_deployments',
  'merge_queue',
  'workflows',
  'code_scanning',
  'commit_message_pattern',
  'commit_author_email_pattern',
  'committer_email_pattern',
  'file_path_restriction',
  'a_rule_of_next_year',
])('%s may refuse one, whether the branch is there or not', (type) => {
  expect([refusing([type], true), refusing([type], false)]).toEqual([[type], [type]]);
});

test.each(['creation', 'branch_name_pattern'])('%s matters only where the branch has to be created', (type) => {
  expect([refusing([type], true), refusing([type], false)]).toEqual([[], [type]]);
});
