import { afterEach, expect, test } from '@jest/globals';
import type { HoldOutcome } from '../../src/codex/hold.ts';
import type { Hold } from '../../src/codex/manifest.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { renderSyncOrgOutputs, reportSyncOrg, repositoryOutcome, type SyncOrgResult } from '../../src/org/report.ts';
import { parseSyncOrg } from '../../src/org/request.ts';
import { outcome, type ReleaseResult, renderReleaseOutputs, reportRelease } from '../../src/promote/report.ts';
import { parsePromote, parseRetire } from '../../src/promote/request.ts';
import { holdJson, holdNote } from '../../src/report/changes.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { renderSyncOutputs, reportSync } from '../../src/sync/report.ts';
import { branchName } from '../../src/text/ids.ts';
import { spellAsFlags, spellAsInputs } from '../../src/text/spell-inputs.ts';
import { logOf } from '../support/console.ts';
import { blobIds } from '../support/ids.ts';
import { readable } from '../support/summary.ts';
import { COMMIT, PARENT, plan, result } from '../support/sync-result.ts';
import { PUSH } from '../support/trigger.ts';

const HOLD: Hold = {
  commit: '2'.repeat(40),
  ref: 'refs/tags/v2.0.0',
  documents: blobIds({ a: 'bad', b: null }),
  since: '2026-11-22T10:00:00Z',
  reason: 'wrong prices',
};
const HELD: HoldOutcome = { kind: 'held', hold: HOLD, sentence: 'projects/widgets stays as it is in prod.' };
const ABOUT = { INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', INPUT_ENV: 'prod' };
const NOTHING = { plan: undefined, overlayPlan: undefined, publication: undefined, commit: undefined };

afterEach(spellAsInputs);

test.each([
  ['in a workflow', spellAsInputs, 'release-hold: true'],
  ['at a terminal', () => spellAsFlags(), '--release-hold'],
])('a roll-back says how long it holds, and what lifts the hold, %s', (_, spell, input) => {
  spell();
  const made: HoldOutcome = { kind: 'made', hold: HOLD };
  const note = holdNote(made, { dryRun: false });
  for (const words of [
    'This roll-back holds: commit 222222222222 (refs/tags/v2.0.0)',
    '2 documents',
    'another tag',
    'by its name',
    input,
  ])
    expect(note).toContain(words);
  expect(holdNote(made, { dryRun: true })).toContain('This roll-back would hold: ');
  const { ref: _ref, ...bare } = HOLD;
  expect(holdNote({ kind: 'made', hold: bare }, { dryRun: false })).toContain('commit 222222222222 and older');
});

test('a hold that is lifted is named with its reason; one that holds is a warning, no note', () => {
  const said = (dryRun: boolean) => holdNote({ kind: 'lifted', hold: HOLD }, { dryRun });
  expect(said(false)).toBe(
    `The hold is lifted: a roll-back of 2026-11-22T10:00:00Z holds back commit ${HOLD.commit} (refs/tags/v2.0.0), for the reason "wrong prices".`,
  );
  expect(said(true)).toContain('The hold would be lifted: ');
  expect(holdNote(HELD, { dryRun: false })).toBeUndefined();
  expect(holdNote(undefined, { dryRun: false })).toBeUndefined();
  expect(holdJson(HELD)).toEqual({ kind: 'held', ...HOLD, documents: ['a', 'b'] });
});

test('sync-project: a held run is no superseded one', () => {
  const held = result({ ...NOTHING, hold: HELD });
  expect(renderSyncOutputs(held)).toMatchObject({ conclusion: 'held', superseded: 'false', changed: 'false' });
  expect(JSON.parse(renderSyncOutputs(held).result).holds).toEqual([holdJson(HELD)]);
  expect(reportSync(held).conclusion).toMatch(/^Held: a roll-back holds back commit aaaaaaaaaaaa in /);
  expect(reportSync(held).warnings).toEqual([HELD.kind === 'held' && HELD.sentence]);
  expect(renderSummary(reportSync(held))).toContain('## ⚠️');
  const rehearsed = result({ ...NOTHING, hold: HELD }, { 'INPUT_DRY-RUN': 'true' });
  expect(renderSyncOutputs(rehearsed).conclusion).toBe('held');
  expect(renderSyncOutputs(result(NOTHING)).conclusion).toBe('superseded');
  const made = result({ hold: { kind: 'made', hold: HOLD } });
  expect(renderSyncOutputs(made).conclusion).toBe('published');
  expect(readable(renderSummary(reportSync(made)))).toContain('This roll-back holds: ');
});

test('sync-org: what is held is neither done nor failed, and is counted', () => {
  const held = repositoryOutcome('widgets', { result: result({ ...NOTHING, hold: HELD }) });
  const idle = repositoryOutcome('idle', { result: result({ ...NOTHING, plan: plan() }) });
  const organization = (
    projects: SyncOrgResult['projects'],
    commit: string | undefined,
    words = {},
  ): SyncOrgResult => ({
    request: parseSyncOrg(parseInputs({ ...ABOUT, 'INPUT_SOURCE-REF': 'latest-release', ...words }), undefined, PUSH),
    codex: 'acme/codex.acme.com',
    choice: { chosen: [], skipped: new Map(), leftOut: [], elsewhere: 0, unmatched: [] },
    ...{ projects, commit, branch: 'found', parent: PARENT, pushes: 1, attempts: 1, stopped: undefined, warnings: [] },
  });
  const alone = organization([held], undefined);
  expect(renderSyncOrgOutputs(alone)).toMatchObject({ conclusion: 'held', succeeded: '0', failed: '0' });
  expect(reportSyncOrg(alone).conclusion).toBe(
    'Nothing was published to prod (branch main); 1 project held back by a roll-back.',
  );
  expect(reportSyncOrg(organization([held, idle], undefined)).conclusion).toBe(
    'Nothing to publish: prod (branch main) has the documents of 1 project already; 1 project held back by a roll-back.',
  );
  const rehearsal = organization([held, held], undefined, { 'INPUT_DRY-RUN': 'true' });
  expect(reportSyncOrg(rehearsal).conclusion).toContain('; 2 projects held back by roll-backs. Nothing was written.');
  const published = organization([held, repositoryOutcome('gears', { result: result() })], COMMIT);
  expect(renderSyncOrgOutputs(published)).toMatchObject({ conclusion: 'published', succeeded: '1' });
  expect(reportSyncOrg(published).conclusion).toMatch(/; 1 project held back by a roll-back\.$/);
  expect(readable(renderSummary(reportSyncOrg(alone)))).toContain('| widgets | held back by a roll-back |');
});

test('promote: what is left as it is is counted, and does not fail the run', () => {
  const about = { ...ABOUT, INPUT_MODE: 'promote', INPUT_PROJECT: '*' };
  const promoted = (projects: ReleaseResult['projects'], commit?: string): ReleaseResult => ({
    request: parsePromote(parseInputs(about), undefined, '.', PUSH),
    codex: 'acme/codex.acme.com',
    from: { environment: 'test', branch: branchName('test'), commit: COMMIT, isTip: true },
    ...{ projects, branch: 'found', parent: PARENT, commit, attempts: 1, warnings: [] },
  });
  const held = outcome('widgets', { skipped: 'held', hold: HELD, warnings: ['It is held.'] });
  const stable = outcome('gears', { skipped: 'stable', warnings: ['It is not released.'] });
  const both = promoted([held, stable]);
  expect(renderReleaseOutputs(both)).toMatchObject({ conclusion: 'held', succeeded: '0', failed: '0' });
  expect(reportRelease(both).conclusion).toBe('Nothing in prod (branch main) was changed; 2 projects skipped.');
  expect(renderReleaseOutputs(promoted([stable])).conclusion).toBe('unchanged');
  expect(logOf(reportRelease(both)).slice(0, 2)).toEqual(['widgets: held: skipped', 'gears: skipped']);
  expect(reportRelease(both).warnings).toEqual(['widgets: It is held.', 'gears: It is not released.']);
  const some = promoted([held, outcome('fans', { plan: plan(), changes: true })], COMMIT);
  expect(renderReleaseOutputs(some)).toMatchObject({ conclusion: 'published', succeeded: '1' });
  expect(reportRelease(some).conclusion).toMatch(/; 1 project skipped\.$/);
  const made = promoted([outcome('fans', { plan: plan(), changes: true, hold: { kind: 'made', hold: HOLD } })], COMMIT);
  expect(readable(renderSummary(reportRelease(made)))).toContain('### Roll-backs\n\n- fans: This roll-back holds: ');
  const { projects } = JSON.parse(renderReleaseOutputs(made).result);
  expect(projects).toMatchObject([{ hold: { kind: 'made', commit: HOLD.commit } }]);
});

test('promote: edits are named where they were left, and where they went along', () => {
  const edits = new Map([['docs/a.md', 'edited' as const]]);
  const promoted = (words: Record<string, string>, more: object): ReleaseResult => ({
    request: parsePromote(parseInputs({ ...ABOUT, INPUT_MODE: 'promote', ...words }), undefined, '.', PUSH),
    codex: 'acme/codex.acme.com',
    from: { environment: 'test', branch: branchName('test'), commit: COMMIT, isTip: true },
    projects: [outcome('widgets', { plan: plan(), ...more })],
    ...{ branch: 'found', parent: PARENT, commit: undefined, attempts: 1, warnings: [] },
  });
  const left = promoted({}, { editsLeft: edits });
  expect(reportRelease(left).warnings).toEqual([
    'widgets: changed by hand in test, and kept there: docs/a.md (edited). prod gets the published text; set "release-edits: true" to release the edits.',
  ]);
  expect(renderSummary(reportRelease(left))).toContain(`/blob/${COMMIT}/projects/widgets/docs/a.md">edit in test</a>`);
  expect(JSON.parse(renderReleaseOutputs(left).result).projects[0]['edits-left']).toEqual([
    { path: 'docs/a.md', edit: 'edited' },
  ]);
  // In production somebody asked for them.
  expect(reportRelease(promoted({ 'INPUT_RELEASE-EDITS': 'true' }, { editsReleased: edits })).warnings).toEqual([]);
  const elsewhere = promoted({ INPUT_ENV: 'test', INPUT_FROM: 'prod' }, { editsReleased: edits });
  expect(reportRelease(elsewhere).warnings).toEqual([
    expect.stringMatching(/^widgets: changed by hand in test, and promoted to test with the rest: docs\/a\.md/),
  ]);
});

test('retire: the end of one preview', () => {
  const words = { ...ABOUT, INPUT_MODE: 'retire', INPUT_ENV: 'test', INPUT_PREVIEW: 'heads/feature/x' };
  const ended: ReleaseResult = {
    request: parseRetire(parseInputs(words), undefined, '.', PUSH),
    codex: 'acme/codex.acme.com',
    from: undefined,
    projects: [outcome('widgets', { plan: plan(), changes: true })],
    ...{ branch: 'found', parent: PARENT, commit: COMMIT, attempts: 1, warnings: [] },
  };
  expect(reportRelease(ended).conclusion).toBe(
    'Closed the preview of feature/x in test (branch test): 1 project (0 added, 0 modified, 0 deleted).',
  );
  expect(logOf(reportRelease(ended))[0]).toBe('widgets: preview closed');
});
