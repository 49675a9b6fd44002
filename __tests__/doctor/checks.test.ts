import { afterEach, describe, expect, test } from '@jest/globals';
import {
  exposedChecks,
  folderCheck,
  leftoverPreviewsCheck,
  patternsChecks,
  workflowsCheck,
} from '../../src/doctor/checks.ts';
import type { Check } from '../../src/doctor/report.ts';
import { spellAsFlags, spellAsInputs } from '../../src/text/spell-inputs.ts';

afterEach(spellAsInputs);

const briefly = (checks: readonly Check[]) =>
  checks.map(({ check, state, message }) => `${check} ${state}: ${message}`);

test.each([
  [0, ['patterns warning: They select no document: docs/**.']],
  [1, ['patterns ok: They select 1 document.']],
  [2, ['patterns ok: They select 2 documents.']],
])('patterns that select %i documents', (documents, lines) => {
  expect(briefly(patternsChecks(['docs/**'], documents, []))).toEqual(lines);
});

describe('a cache directory', () => {
  const committed = expect.stringMatching(/^cache warning: 1 file of cache is committed: cache\/a\.md\.$/);
  const open = expect.stringMatching(
    /^cache warning: Git does not ignore cache, so a commit may contain fetched docum/,
  );
  test.each([
    [[], [], true, []],
    [['cache/a.md'], [], true, [committed]],
    [[], ['cache/b.md'], true, [open]],
    [[], [], false, [open]],
    [['cache/a.md'], ['cache/b.md'], false, [committed, open]],
  ])('committed %j, not ignored %j, ignored in general: %s', (files, unignored, isIgnored, lines) => {
    expect(briefly(exposedChecks('cache', { committed: files, unignored, isIgnored }))).toEqual(lines);
  });
});

describe('workflows', () => {
  const usual = ['opened', 'synchronize', 'reopened'];
  const flow = (publishes: boolean, pullRequestTypes: string[] | undefined) => ({ publishes, pullRequestTypes });
  test.each([
    [[], undefined],
    [[flow(false, usual)], undefined],
    [[flow(true, undefined)], undefined],
    [[flow(true, usual)], 'warning'],
    [[flow(true, [...usual, 'closed'])], 'ok'],
    [[flow(true, usual), flow(true, ['closed'])], 'ok'],
    [[flow(true, usual), flow(false, ['closed'])], 'warning'],
    [[flow(true, usual), flow(true, undefined)], 'warning'],
  ])('%j: %s', (flows, state) => {
    expect(workflowsCheck(new Map(flows.map((one, index) => [`${index}.yml`, one])))?.state).toBe(state);
  });
});

describe('the folder of a project', () => {
  const ours = { repository: 'acme/widgets', directory: '.' };
  const commit = 'abcdefabcdefabcd';
  test.each([
    [undefined, true, 'ok: Nothing was published to projects/w in test yet, as far as a manifest there says.'],
    [{ ...ours, commit }, true, 'ok: projects/w in test belongs to acme/widgets (commit abcdefabcdef).'],
    [ours, true, 'ok: projects/w in test belongs to acme/widgets (previews only).'],
    [
      { repository: 'acme/gears', directory: 'docs' },
      false,
      'warning: projects/w in test belongs to acme/gears (directory docs), and this is acme/widgets: publishing to it is refused.',
    ],
  ])('%j', (source, isOurs, line) => {
    const { state, message } = folderCheck('w', 'test', { source }, ours, isOurs, false);
    expect(`${state}: ${message}`).toBe(line);
  });
});

test('previews that nothing ended', () => {
  expect(leftoverPreviewsCheck('test', new Map())).toEqual([]);
  expect(
    briefly(
      leftoverPreviewsCheck(
        'test',
        new Map([
          ['12', 'merged'],
          ['heads/a', 'its branch is gone'],
        ]),
      ),
    ),
  ).toEqual(['previews warning: test has 2 previews that nothing ended: #12 (merged), a (its branch is gone).']);
});

test.each<[string, () => void, string[]]>([
  ['in a workflow', spellAsInputs, ['"include"', '"project"', '"adopt: true"', '"mode: retire" and "preview"']],
  ['at a terminal', () => spellAsFlags(), ['--include', '--project', '"--adopt"', '"codex-sync retire" and --preview']],
])('remedies name inputs as they are given %s', (_, spell, names) => {
  spell();
  const [ours, theirs] = ['widgets', 'gears'].map((name) => ({ repository: `acme/${name}`, directory: '.' }));
  const hints = [
    ...patternsChecks(['docs/**'], 0, []),
    folderCheck('w', 'test', { source: theirs }, ours ?? { repository: '', directory: '.' }, false, false),
    ...leftoverPreviewsCheck('test', new Map([['12', 'merged']])),
  ].map(({ hint }) => hint);
  for (const name of names) expect(hints.join('\n')).toContain(name);
});
