import { describe, expect, test } from '@jest/globals';
import { parseRefGlobs } from '../../src/codex/stable-refs.ts';
import {
  ALL_TAGS,
  branchesOfEntry,
  exampleBranch,
  isLimitedToRelease,
  openTags,
  planRefusals,
  releaseBranches,
  releaseTags,
  rulesChecks,
} from '../../src/doctor/release-checks.ts';
import { branchName } from '../../src/text/ids.ts';

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

describe('what belongs to the release line besides the default branch', () => {
  test.each<[string[], string[]]>([
    [[], [ALL_TAGS]],
    [['refs/heads/release/*'], [ALL_TAGS]],
    [
      ['refs/tags/v*', 'refs/tags/latest'],
      ['refs/tags/v*', 'refs/tags/latest'],
    ],
    [['!refs/tags/**'], []],
    [['refs/tags/v*', '!refs/tags/v0*'], ['refs/tags/v*']],
    // A tag with a slash still belongs to it.
    [['!refs/tags/*'], [ALL_TAGS]],
    [['!refs/tags/*/*'], [ALL_TAGS]],
    [['!refs/**'], []],
    [['refs/tags/v*', '!refs/tags/v?'], ['refs/tags/v*']],
    [['refs/tags/v1.*', '!refs/tags/v*'], []],
  ])('%j: tags %j', (list, tags) => {
    expect(releaseTags(list)).toEqual(tags);
  });

  test('its branches are what names no tag, and is not taken away', () => {
    const list = ['refs/heads/stable', 'refs/tags/v*', 'refs/heads/release/*', 'refs/heads/old/*', '!refs/heads/old/*'];
    expect(releaseBranches(list)).toEqual(['refs/heads/stable', 'refs/heads/release/*']);
  });

  test.each([
    ['refs/heads/stable', 'stable'],
    ['refs/heads/release/*', 'release/codex-sync-doctor'],
    ['refs/heads/release/**', 'release/codex-sync-doctor'],
    ['refs/heads/v?.*', 'vx.codex-sync-doctor'],
    ['refs/heads/**/final', 'codex-sync-doctor/final'],
    ['refs/**', 'codex-sync-doctor'],
    ['refs/heads/release-[0-9]', undefined],
    ['refs/heads/{a,b}', undefined],
    ['refs/notes/x', undefined],
  ])('%s names, for example, branch %s', (entry, branch) => {
    expect(exampleBranch(entry)).toBe(branch);
  });

  test('branches that an entry names are told apart by their protection', () => {
    const list = ['refs/heads/release/*', '!refs/heads/release/old'];
    const branches = ['release/1', 'release/2', 'release/old', 'release/a/b', 'main'].map((name) => ({
      name,
      isProtected: name === 'release/2',
    }));
    expect(branchesOfEntry('refs/heads/release/*', parseRefGlobs(list), branches, [])).toEqual({
      ...{ entry: 'refs/heads/release/*', isGlob: true, rules: [] },
      ...{ protectedBranches: ['release/2'], unprotectedBranches: ['release/1'] },
    });
  });
});

describe('tags that anybody who may push can create', () => {
  const ruleset = (include: string[], exclude: string[] = [], rules = ['creation']) => ({
    id: 1,
    include,
    exclude,
    rules,
  });
  test.each<[string, string[], ReturnType<typeof ruleset>[], string[]]>([
    ['no ruleset', [ALL_TAGS], [], [ALL_TAGS]],
    ['one for all tags', [ALL_TAGS, 'refs/tags/v*', 'refs/tags/v1'], [ruleset(['~ALL'])], []],
    ['the same as a pattern', [ALL_TAGS], [ruleset(['refs/tags/**/*'])], []],
    // GitHub's `*` matches no slash: `a/b` is left.
    ['one for all tags without a slash', [ALL_TAGS], [ruleset(['refs/tags/*'])], [ALL_TAGS]],
    ['one with the very pattern', ['refs/tags/v*'], [ruleset(['refs/tags/v*'])], []],
    ['one that is wider', ['refs/tags/v1.*', 'refs/tags/v*'], [ruleset(['refs/tags/v*'])], []],
    ['one for all tags without a slash, as such a list', ['refs/tags/v*'], [ruleset(['refs/tags/**'])], []],
    ['one that GitHub reads as such', [ALL_TAGS], [ruleset(['refs/tags/**'])], [ALL_TAGS]],
    ['one with the very pattern, whatever it means', ['refs/tags/v?'], [ruleset(['refs/tags/v?'])], []],
    ['one that matches the name', ['refs/tags/v1'], [ruleset(['refs/tags/v?'])], []],
    ['one that may be narrower', ['refs/tags/v*'], [ruleset(['refs/tags/v?'])], ['refs/tags/v*']],
    ['one that is narrower', ['refs/tags/v*'], [ruleset(['refs/tags/v1*'])], ['refs/tags/v*']],
    ['one that names it', ['refs/tags/v1', 'refs/tags/w1'], [ruleset(['refs/tags/v*'])], ['refs/tags/w1']],
    ['one that excludes some', [ALL_TAGS], [ruleset(['~ALL'], ['refs/tags/x'])], [ALL_TAGS]],
    ['one with another rule', [ALL_TAGS], [ruleset(['~ALL'], [], ['deletion'])], [ALL_TAGS]],
  ])('%s', (_, tags, rulesets, open) => {
    expect(openTags(tags, rulesets, 'creation')).toEqual(open);
  });

  test('creating and moving are two things', () => {
    expect(openTags([ALL_TAGS], [ruleset(['~ALL'])], 'update')).toEqual([ALL_TAGS]);
  });
});

describe('a GitHub environment is limited to the release line', () => {
  const refs = ['refs/heads/main', 'refs/tags/*'];
  test.each<[string, Parameters<typeof isLimitedToRelease>[0]['refs'], string[], boolean]>([
    ['any branch', 'any', [], false],
    ['protected branches', 'protected branches', [], true],
    ['the default branch and tags', refs, [], true],
    ['another branch besides', [...refs, 'refs/heads/feature/*'], [], false],
    ['a branch of production-refs besides', [...refs, 'refs/heads/release/*'], ['refs/heads/release/*'], true],
    ['every branch', ['refs/heads/*'], ['refs/heads/release/*'], false],
    ['more tags than belong to it', refs, ['refs/tags/v*'], false],
    ['tags of which some are taken away', refs, ['!refs/tags/beta*'], false],
    ['tags, where a branch is taken away', refs, ['!refs/heads/develop'], true],
    ['the default branch, which is taken away', refs, ['!refs/heads/main'], false],
    ['nothing at all', [], [], false],
    ['what GitHub does not tell', { unavailable: '403' }, [], false],
  ])('%s', (_, limit, list, isLimited) => {
    expect(isLimitedToRelease({ name: 'production', refs: limit }, list, branchName('main'))).toBe(isLimited);
  });
});

test.each<[string, Record<string, unknown> | undefined, string]>([
  ['required_signatures', undefined, 'commits have to be signed (required_signatures, ruleset 1 of acme)'],
  [
    'file_path_restriction',
    { restricted_file_paths: ['projects/**', '.github/**'] },
    'some paths are refused: projects/**, .github/** (file_path_restriction, ruleset 1 of acme)',
  ],
  [
    'file_extension_restriction',
    { restricted_file_extensions: ['*.pdf'] },
    'some file extensions are refused: *.pdf (file_extension_restriction, ruleset 1 of acme)',
  ],
  ['max_file_size', { max_file_size: 5 }, 'large files are refused: 5 (max_file_size, ruleset 1 of acme)'],
  [
    'commit_message_pattern',
    { name: 'x', negate: false, operator: 'starts_with', pattern: 'docs:\n' },
    'commit messages have to match a pattern: starts_with, docs:\\u{a} (commit_message_pattern, ruleset 1 of acme)',
  ],
  ['a_rule_of_next_year', { pattern: 'x' }, 'a_rule_of_next_year (ruleset 1 of acme)'],
])('%s with %j says what it refuses', (type, parameters, phrase) => {
  const actor = { who: 'token', isApp: false, advice: '' };
  const rule = { type, id: 1, source: 'acme', ...(parameters && { parameters }) };
  const [check] = rulesChecks('test', actor, undefined, [rule]);
  expect(check?.message).toBe(`Rules for test may refuse a push: ${phrase}.`);
});
