import { describe, expect, test } from '@jest/globals';
import type { ChangePlan } from '../../src/codex/changes.ts';
import { branchKey, pullRequestKey } from '../../src/codex/overlay.ts';
import { OUTPUTS } from '../../src/report/outputs.ts';
import { renderSummary } from '../../src/report/summary.ts';
import { renderSyncOutputs, replacedTexts, reportSync, type SyncProjectResult } from '../../src/sync/report.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { logOf } from '../support/console.ts';
import { CHANGES, CODEX, COMMIT, changes, EARLIER, PARENT, plan, RUN, result } from '../support/sync-result.ts';

const DRY = { 'INPUT_DRY-RUN': 'true' };
const WITHHELD = plan({ withheld: ['docs/1.md', 'docs/2.md'] });
const unchanged = result({ plan: plan(), publication: undefined, commit: undefined });
const published = result();
const withheld = result({ plan: { ...CHANGES, withheld: WITHHELD.withheld } });
const onlyWithheld = result({ plan: WITHHELD, publication: undefined, commit: undefined });
const superseded = result({ plan: undefined, publication: undefined, commit: undefined });
const PLANNED = { commit: undefined, attempts: 0 };
const planned = result(PLANNED, DRY);
const nothingPlanned = result({ plan: plan(), publication: undefined, commit: undefined }, DRY);
const plannedWithheld = result({ plan: WITHHELD, publication: undefined, commit: undefined }, DRY);
const recorded = result({ plan: plan() });

describe('conclusion, sentence and next step', () => {
  test.each<[string, SyncProjectResult, string, string]>([
    ['published', published, 'published', 'Published to test (branch test): 2 added, 1 modified, 1 deleted.'],
    ['only the manifest', recorded, 'published', 'no document changed, only the manifest (.codex-sync.json)'],
    [
      'previews that ended',
      result({ plan: plan(), closed: [pullRequestKey(7), branchKey(branchName('next'))] }),
      'published',
      'Published to test (branch test): no document changed; closed the previews of #7, next.',
    ],
    [
      'a preview that would end',
      result({ ...PLANNED, closed: [pullRequestKey(7)] }, DRY),
      'dry-run',
      '1 deleted would be published to test (branch test); would close the preview of #7. Nothing was written.',
    ],
    [
      'unchanged',
      unchanged,
      'unchanged',
      `Nothing to publish: test (branch test) has the documents of commit ${RUN.slice(0, 12)}`,
    ],
    ['withheld whenever deletions were', withheld, 'withheld', '1 deleted; 2 deletions withheld.'],
    [
      'withheld, and nothing else',
      onlyWithheld,
      'withheld',
      'Nothing published to test (branch test); 2 deletions withheld.',
    ],
    ['superseded', superseded, 'superseded', `newer commit of refs/heads/main (${EARLIER.slice(0, 12)}) is published`],
    [
      'dry-run',
      planned,
      'dry-run',
      '2 added, 1 modified, 1 deleted would be published to test (branch test). Nothing was written.',
    ],
    [
      'dry-run with nothing to say',
      nothingPlanned,
      'dry-run',
      'test (branch test) is up to date. Nothing was written.',
    ],
    [
      'dry-run that would only withhold deletions',
      plannedWithheld,
      'dry-run',
      'nothing would be published to test (branch test); 2 deletions would be withheld. Nothing was written.',
    ],
    [
      'dry-run that would keep an edit',
      result({ plan: plan({ drifted: ['docs/a.md'] }), publication: undefined, commit: undefined }, DRY),
      'dry-run',
      'nothing would be published to test (branch test): documents that differ there are kept as they are. Nothing was written.',
    ],
  ])('%s', (_, ended, conclusion, sentence) => {
    expect(renderSyncOutputs(ended).conclusion).toBe(conclusion);
    expect(reportSync(ended).conclusion).toContain(sentence);
  });

  test.each<[string, SyncProjectResult, RegExp | undefined]>([
    ['after test comes production', published, /"env: prod"/],
    ['after test nothing where no document changed', recorded, undefined],
    ['after production nothing', result({}, { INPUT_ENV: 'prod' }), undefined],
    ['after a dry run the run', planned, /without "dry-run"/],
    ['withheld deletions want a look', withheld, /higher threshold/],
    ['nothing happened', unchanged, undefined],
    ['a newer run was there', superseded, undefined],
    ['a dry run that found nothing to publish', nothingPlanned, undefined],
    ['deletions that would be withheld want a look', plannedWithheld, /higher threshold/],
    [
      'a preview of a branch',
      result({ preview: 'heads/x' }),
      /^The preview is closed when the branch is merged or deleted/,
    ],
    [
      'a preview of what is in no commit',
      result({ preview: 'heads/main', because: 'docs/a.md has uncommitted changes' }),
      /^Once that is committed and merged, the next run of the default branch closes the preview\./,
    ],
  ])('next step: %s', (_, ended, next) => {
    if (next) expect(reportSync(ended).next).toMatch(next);
    else expect(reportSync(ended).next).toBeUndefined();
  });
});

describe('warnings: one sentence for each thing that a person has to look at', () => {
  const warnings = (more: Partial<ChangePlan>, rest: Partial<SyncProjectResult> = {}) =>
    reportSync(result({ plan: plan(more), ...rest })).warnings;

  test('nothing to look at', () => {
    expect(warnings({})).toEqual([]);
    expect(reportSync(superseded).warnings).toEqual([]);
  });

  test.each<[string, Partial<ChangePlan>, RegExp]>([
    ['drift that is kept', { drifted: ['docs/a.md'] }, /^Edited in the codex .* kept .*: docs\/a\.md\./],
    [
      'what was restored',
      { ...plan(), changes: CHANGES.changes.slice(1, 2), drifted: ['docs/back.md'] },
      /restored: docs\/back\.md\.$/,
    ],
    [
      'a conflict that the project wins',
      { conflicts: [{ path: 'a', kept: 'project' }], drifted: ['a'] },
      /project's version is published: a\.$/,
    ],
    [
      'a conflict that the codex wins',
      { conflicts: [{ path: 'a', kept: 'codex' }], drifted: ['a'] },
      /codex's version stays: a\./,
    ],
    [
      'what the first run replaced',
      { changes: changes(1, { because: 'stood there before', replaces: blobId(PARENT) }) },
      /^Was in the codex before anything was published there, and was replaced: docs\/0\.md\.$/,
    ],
    ['a link in the codex', { skippedInCodex: ['a'] }, /link or a submodule there: a\.$/],
    [
      'withheld deletions name the inputs to raise',
      WITHHELD,
      /^2 deletions withheld, more than 50 .*20 per cent.*: docs\/1\.md, docs\/2\.md\..*"deletion-threshold" and "deletion-threshold-percent"/,
    ],
  ])('%s', (_, more, sentence) => {
    const [found, ...others] = warnings(more);
    expect(others).toEqual([]);
    expect(found).toMatch(sentence);
  });

  test('what was left alone, with the reason', () => {
    const skipped = new Map([['docs/sub', 'a submodule']]);
    expect(warnings({}, { selection: { documents: new Map(), skipped } })).toEqual([
      'Skipped, not published and not deleted: docs/sub (a submodule).',
    ]);
  });

  test('a long list names the first ones and counts the others', () => {
    const drifted = Array.from({ length: 13 }, (_, index) => `docs/${index}.md`);
    const [sentence] = warnings({ drifted });
    expect(sentence).toContain('docs/9.md and 3 more.');
    expect(sentence).not.toContain('docs/10.md');
  });

  test('a path cannot forge a line of the log', () => {
    const path = 'a\n::error::x\u001b[2J';
    const skipped = new Map([[path, path]]);
    const conflicts = [{ path, kept: 'codex' }] as const;
    const all = warnings(
      { drifted: [path, `${path}2`], conflicts, withheld: [path], skippedInCodex: [path] },
      { selection: { documents: new Map(), skipped } },
    );
    expect(all).toHaveLength(5);
    for (const sentence of all) expect(sentence).not.toMatch(/\p{Cc}/u);
  });
});

describe('outputs', () => {
  test('of a run that published', () => {
    const outputs = renderSyncOutputs(result({ branch: 'created', attempts: 3 }));
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(OUTPUTS).sort());
    expect(outputs).toMatchObject({
      conclusion: 'published',
      env: 'test',
      branch: branchName('test'),
      changed: 'true',
      'commit-sha': COMMIT,
      'commit-url': `${CODEX}/commit/${COMMIT}`,
      'branch-created': 'true',
      'files-added': '2',
      'files-modified': '1',
      'files-deleted': '1',
      'deletions-withheld': '0',
      drifted: '3',
      conflicts: '1',
      superseded: 'false',
      attempts: '3',
    });
  });

  test('of a dry run: the counts are the planned ones, changed is false', () => {
    const outputs = renderSyncOutputs({ ...planned, branch: 'would be created' });
    expect(outputs).toMatchObject({ conclusion: 'dry-run', changed: 'false', 'commit-sha': '', 'commit-url': '' });
    expect(outputs).toMatchObject({ 'files-added': '2', 'files-deleted': '1', 'branch-created': 'false' });
  });

  test('of a superseded run', () => {
    expect(renderSyncOutputs(superseded)).toMatchObject({ superseded: 'true', changed: 'false', 'files-added': '0' });
  });

  test('result says everything', () => {
    const skipped = new Map([['docs/sub', 'a submodule']]);
    const said = JSON.parse(renderSyncOutputs(result({ selection: { documents: new Map(), skipped } })).result);
    expect(said.changes.map(({ path, action, because }: Record<string, string>) => [path, action, because])).toEqual([
      ['docs/new.md', 'add', undefined],
      ['docs/back.md', 'add', 'restored'],
      ['docs/a b.md', 'modify', 'conflict'],
      ['docs/old.md', 'delete', undefined],
    ]);
    expect(JSON.stringify(said)).toContain('docs/kept.md');
    expect(JSON.stringify(said)).toContain('docs/sub');
    expect(JSON.stringify(said)).toContain(`blob/${PARENT}/projects/widgets/docs/a%20b.md`);
  });

  test.each<[string, Partial<ChangePlan>]>([
    ['what only the codex has', { unowned: ['docs/theirs.md'] }],
    ['where the codex has a link', { skippedInCodex: ['docs/theirs.md'] }],
    ['withheld deletions', { withheld: ['docs/theirs.md'] }],
  ])('result lists %s', (_, more) => {
    expect(renderSyncOutputs(result({ plan: plan(more) })).result).toContain('docs/theirs.md');
  });

  test('everything replaced is linked to the text it replaced', () => {
    expect(replacedTexts(published)).toEqual([
      { text: 'docs/a b.md', url: `${CODEX}/blob/${PARENT}/projects/widgets/docs/a%20b.md` },
    ]);
  });
});

describe('pull requests', () => {
  const pull = (more: object = {}, rest: Partial<SyncProjectResult> = {}) => {
    const found = { number: 7, headCommit: RUN, headRepository: 'acme/widgets', baseCommit: undefined };
    const branches = { headBranch: branchName('feature'), baseBranch: branchName('main') };
    const ofPull = { ...found, ...branches, closed: false, merged: false, ...more };
    return result({ preview: '7', pull: ofPull, ...rest });
  };
  const nothing = { plan: plan(), publication: undefined, commit: undefined };
  const preview = { commit: RUN, date: undefined, documents: new Map() };
  const previews = new Map([['7', preview] as const]);
  const withPreview = { overlay: { documents: new Map(), previews }, hidden: new Map(), heldBack: new Map(), kept: [] };

  test.each<[string, SyncProjectResult, string]>([
    ['published', pull(), 'Published the preview of pull request #7 to test (branch test): 2 added'],
    ['nothing to say', pull({}, nothing), 'test (branch test) already has the changes of pull request #7.'],
    ['closed', pull({ closed: true }), 'Removed the preview of pull request #7 from test'],
    ['closed, without a preview', pull({ closed: true }, nothing), 'Pull request #7 has no preview in test'],
    [
      'late',
      pull({}, { ...nothing, plan: undefined, published: undefined }),
      'Superseded: pull request #7 was closed, or has a newer head than commit aaaaaaaaaaaa.',
    ],
    [
      'merged',
      pull({ closed: true, merged: true }, { ...nothing, overlayPlan: withPreview }),
      'stays until its base is published.',
    ],
  ])('%s', (_, ended, sentence) => {
    expect(reportSync(ended).conclusion).toContain(sentence);
  });

  test('what is hidden by a newer one, and what was edited in one that ended, is told', () => {
    const overlay = { documents: new Map(), previews: new Map() };
    const overlayPlan = {
      overlay,
      hidden: new Map([['docs/a.md', '8'] as const]),
      heldBack: new Map(),
      kept: ['docs/b.md'],
    };
    expect(reportSync(pull({}, { ...nothing, overlayPlan })).warnings).toEqual([
      expect.stringMatching(/^Hidden .*newer.*: docs\/a\.md \(#8\)\.$/),
      expect.stringMatching(/kept there without an owner: docs\/b\.md\.$/),
    ]);
  });

  test('the layer is named where there are previews', () => {
    const preview = { commit: RUN, date: undefined, documents: new Map() };
    const overlay = {
      documents: new Map(),
      previews: new Map([['7', preview] as const, ['8', preview] as const]),
    };
    const overlayPlan = { overlay, hidden: new Map(), heldBack: new Map(), kept: [] };
    const layersOf = (ended: SyncProjectResult) =>
      logOf(reportSync(ended)).filter((line) => line.startsWith('Publishes: '));
    expect(layersOf(published)).toEqual([]);
    expect(layersOf(result({ overlayPlan }))).toEqual(['Publishes: documents, beneath the previews of #7, #8']);
    expect(layersOf(pull({}, { overlayPlan }))).toEqual(['Publishes: preview of pull request #7, beside those of #8']);
    expect(layersOf(pull())).toEqual(['Publishes: preview of pull request #7']);
    expect(renderSummary(reportSync(pull()))).toContain('| Publishes | preview of pull request &#35;&#8203;7 |');
  });
});

describe('the way to take a publication back', () => {
  const PRODUCTION = { INPUT_ENV: 'prod' };
  const undoOf = (more: Partial<SyncProjectResult>, words: Record<string, string> = PRODUCTION) =>
    reportSync(result(more, words)).undo;

  test('is a promotion from the commit before', () => {
    expect(undoOf({})).toEqual([
      {
        text: 'To take this back, promote with',
        inputs: ['mode: promote', 'project: |', '  widgets', `from: prod@${PARENT}`, 'env: prod', 'allow-older: true'],
      },
    ]);
  });

  test.each<[string, Partial<SyncProjectResult>, Record<string, string>?]>([
    ['outside of production', {}, {}],
    ['after a dry run', { commit: undefined }, { ...PRODUCTION, ...DRY }],
    ['of a run that only updated the manifest', { plan: plan() }],
    ['of a first publication', { published: undefined }],
    ['of a first publication below previews', { published: { repository: 'acme/widgets', directory: '.' } }],
    ['of a first commit', { parent: undefined }],
    ['of a folder of another repository', { published: { repository: 'acme/old', directory: '.', commit: EARLIER } }],
  ])('is not there %s', (_, more, words = PRODUCTION) => {
    expect(undoOf(more, words)).toEqual([]);
  });
});
