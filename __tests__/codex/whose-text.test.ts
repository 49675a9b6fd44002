import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LINES, type Line } from '../../src/codex/manifest.ts';
import type { PreviewKey } from '../../src/codex/overlay.ts';
import { planDocuments } from '../../src/codex/plan-documents.ts';
import { ALL_COMMITTED, type CheckoutState } from '../../src/codex/pull-plan.ts';
import {
  comparedText,
  type DocumentsText,
  decideWhoseText,
  type HeadFacts,
  lineAfter,
  type NamedCommit,
  narrowText,
  type PullRequestFacts,
  productionProblem,
  promotedText,
  sourceOfDocuments,
  type TerminalHeadFacts,
  type TextFacts,
  textOfStableRef,
  type WhoseText,
  type WorkflowHeadFacts,
} from '../../src/codex/whose-text.ts';
import type { Selection } from '../../src/documents/select.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { documentsText, PUSH_FACTS } from '../support/documents-text.ts';
import { blobIds } from '../support/ids.ts';
import { codexOf } from '../support/layered-codex.ts';
import { runs } from '../support/runs.ts';

const [HEAD, OTHER, PULL_HEAD] = ['c'.repeat(40), 'd'.repeat(40), 'e'.repeat(40)];
const MAIN = { ref: 'refs/heads/main', line: 'release' } as const;
const DEVELOP = { ref: 'refs/heads/develop', line: 'stable' } as const;
const FEATURE = { ref: 'refs/heads/feature', line: undefined };
const TAG = { ref: 'refs/tags/v1', line: 'release' } as const;

const PULL: PullRequestFacts = {
  kind: 'pull request',
  event: 'pull_request',
  pullRequest: { number: 7, headCommit: PULL_HEAD },
  head: PULL_HEAD,
  isItsHead: true,
  uncommitted: new Set(),
  run: { commit: PULL_HEAD, date: undefined, ref: 'refs/pull/7/merge' },
};
const TERMINAL: TerminalHeadFacts = { ...PUSH_FACTS, event: undefined, atTerminal: true };

function selectionOf(texts: Record<string, string>): Selection & CheckoutState {
  const documents = new Map(Object.entries(texts).map(([path, id]) => [path, { id: blobId(id), executable: false }]));
  return { documents, skipped: new Map(), ...ALL_COMMITTED };
}
const SELECTION = selectionOf({ a: '1', b: '2' });

/** A push, but for what is said; `named` is what it names besides the commit. */
function headFacts({
  named,
  ...more
}: Partial<Omit<WorkflowHeadFacts, 'named'>> & { named?: Partial<HeadFacts['named']> }) {
  return { ...PUSH_FACTS, ...more, named: { ...PUSH_FACTS.named, ...named } } satisfies HeadFacts;
}

/** The verdict in a word: `documents of <ref> (<line>)`, `preview <key> of <changes>`, `superseded`, or the refusal. */
function verdict(facts: TextFacts, codex: Record<string, string> = { a: '1', b: '2' }): string {
  try {
    const decided = decideWhoseText(facts, SELECTION, codexOf(codex));
    if (decided.kind === 'superseded') return decided.kind;
    if (decided.kind === 'preview') return `preview ${decided.key} of what changed ${decided.changes}`;
    return `documents of ${decided.run.ref} (${decided.text.line})`;
  } catch (error) {
    expect(error).toMatchObject({ code: 'refused-by-guard' });
    return `refused: ${(error as Error).message}`;
  }
}

const SINCE_BASE = 'of what changed since its base';
const WORKING_TREE = 'of what changed uncommitted';

describe('rule 1: a run for a pull request publishes its preview', () => {
  test.each<[string, Partial<PullRequestFacts>, string]>([
    ['its head or its merge is checked out', {}, `preview 7 ${SINCE_BASE}`],
    ['documents built on its head belong to it', { uncommitted: new Set(['a']) }, `preview 7 ${SINCE_BASE}`],
    [
      'main is checked out and the pull request is unpacked over it',
      { head: HEAD, isItsHead: false, uncommitted: new Set(['a']) },
      `preview 7 ${WORKING_TREE}`,
    ],
    ['it has another head by now, or is not open any more', { pullRequest: 'none' }, 'superseded'],
  ])('%s', (_, facts, expected) => {
    expect(verdict({ ...PULL, ...facts })).toBe(expected);
  });

  test.each<[string, Partial<PullRequestFacts>, string[]]>([
    [
      'main is checked out and the working tree changes nothing',
      { head: HEAD, isItsHead: false },
      ['#7', HEAD, PULL_HEAD, 'Check out the head of the pull request'],
    ],
    [
      'GitHub does not tell which pull request the run is for',
      { pullRequest: 'unknown', event: 'issue_comment' },
      ['issue_comment', 'pull-requests: read'],
    ],
  ])('it is refused where %s', (_, facts, words) => {
    const said = verdict({ ...PULL, ...facts });
    expect(said).toMatch(/^refused: /);
    for (const word of words) expect(said).toContain(word);
  });

  test('where something of another commit is checked out, the report says so', () => {
    const facts = { ...PULL, head: HEAD, isItsHead: false, uncommitted: new Set(['a']) };
    expect(decideWhoseText(facts, SELECTION, new Map())).toMatchObject({ because: expect.stringContaining(HEAD) });
  });
});

describe('rules 2 and 3: otherwise HEAD decides', () => {
  test.each<[string, Parameters<typeof headFacts>[0], string]>([
    ['a push to the default branch', {}, 'documents of refs/heads/main (release)'],
    ['a tag', { named: TAG }, 'documents of refs/tags/v1 (release)'],
    ['a push to a stable ref', { named: DEVELOP }, 'documents of refs/heads/develop (stable)'],
    ['an earlier commit of main', { position: 'earlier' }, 'documents of refs/heads/main (release)'],
    ['a commit that this job made on main', { position: 'made here' }, 'documents of refs/heads/main (release)'],
    ['a push to a feature branch', { named: FEATURE }, `preview heads/feature ${SINCE_BASE}`],
    [
      'a feature branch whose commit is on no stable ref, asked or not',
      { named: FEATURE, found: 'none' },
      `preview heads/feature ${SINCE_BASE}`,
    ],
    [
      'a commit that this job made on a feature branch',
      { named: FEATURE, position: 'made here' },
      `preview heads/feature ${SINCE_BASE}`,
    ],
    [
      'a feature branch whose workflow checks out an earlier commit that main has',
      { named: FEATURE, position: 'earlier', found: MAIN },
      'documents of refs/heads/main (release)',
    ],
    [
      'a feature branch whose workflow checks out main',
      { named: FEATURE, position: 'elsewhere', found: MAIN },
      'documents of refs/heads/main (release)',
    ],
    [
      'main whose workflow checks out a tag',
      { position: 'elsewhere', found: TAG },
      'documents of refs/tags/v1 (release)',
    ],
    [
      'main whose workflow checks out develop',
      { position: 'elsewhere', found: DEVELOP },
      'documents of refs/heads/develop (stable)',
    ],
  ])('%s', (_, facts, expected) => {
    expect(verdict(headFacts(facts))).toBe(expected);
  });

  test.each<[string, Parameters<typeof headFacts>[0], string[]]>([
    [
      'main is named and a feature branch is checked out',
      { position: 'elsewhere', found: 'none', event: 'repository_dispatch' },
      [HEAD, 'repository_dispatch', 'refs/heads/main', ', and no stable ref'],
    ],
    [
      'main is named, something else is checked out, and GitHub does not answer',
      { position: 'elsewhere', found: 'unknown' },
      ['it is unknown whether'],
    ],
    [
      'main is named, something else is checked out, and nothing was asked',
      { position: 'elsewhere', found: 'not asked' },
      [HEAD],
    ],
    [
      'a feature branch is named and GitHub does not tell whether a stable ref has its commit',
      { named: FEATURE, found: 'unknown' },
      [HEAD, 'refs/heads/feature'],
    ],
    ['nothing names a branch', { named: { ref: undefined, line: undefined } }, ['Check out a branch']],
    [
      'the ref is neither stable nor a branch',
      { named: { ref: 'refs/notes/x', line: undefined } },
      ['refs/notes/x', 'Check out a branch'],
    ],
    ['the tag is not of the release line', { named: { ref: 'refs/tags/rc-1', line: undefined } }, ['refs/tags/rc-1']],
  ])('it is refused where %s', (_, facts, words) => {
    const said = verdict(headFacts(facts));
    expect(said).toMatch(/^refused: /);
    for (const word of words) expect(said).toContain(word);
  });

  test.each<[HeadFacts['position'], boolean]>([
    ['same', true],
    ['earlier', true],
    ['made here', false],
    ['elsewhere', false],
  ])('what is found equal is recorded where HEAD is the named commit or in its history: %s', (position, records) => {
    const decided = decideWhoseText(headFacts({ position, found: MAIN }), SELECTION, new Map());
    expect(decided).toMatchObject({ kind: 'documents', text: { recordsEqual: records, mayBePublished: true } });
  });
});

describe('rule 4: at a terminal', () => {
  const dirty = { ...TERMINAL, uncommitted: new Set(['a']) };

  test.each<[string, HeadFacts, Record<string, string>, string]>([
    ['HEAD on a stable ref is documents', TERMINAL, {}, 'documents of refs/heads/main (release)'],
    [
      'HEAD on the branch of a stable ref, whatever the local branch is called',
      { ...TERMINAL, branch: branchName('wip'), named: { ...TERMINAL.named, ...TAG } },
      {},
      'documents of refs/tags/v1 (release)',
    ],
    ['HEAD on no stable ref is a preview', headOn('wip'), {}, `preview heads/wip ${SINCE_BASE}`],
    ['what is uncommitted and differs from the codex', dirty, { a: '0' }, `preview heads/main ${SINCE_BASE}`],
    ['what is uncommitted and new to the codex', dirty, {}, `preview heads/main ${SINCE_BASE}`],
    [
      'a document that the working tree lacks',
      { ...TERMINAL, uncommitted: new Set(['gone']) },
      { a: '1', b: '2', gone: '3' },
      `preview heads/main ${SINCE_BASE}`,
    ],
    ['what is uncommitted and what the codex has', dirty, { a: '1' }, 'documents of refs/heads/main (release)'],
    [
      'another document that differs, but is committed',
      dirty,
      { a: '1', b: '0' },
      'documents of refs/heads/main (release)',
    ],
  ])('%s', (_, facts, codex, expected) => {
    expect(verdict(facts, codex)).toBe(expected);
  });

  test('an uncommitted document of which the codex has another executable bit differs', () => {
    const codex = codexOf({ a: '1', b: '2' }, true);
    expect(decideWhoseText(dirty, SELECTION, codex)).toMatchObject({ kind: 'preview', key: 'heads/main' });
  });

  test('what is found equal there and is in no commit is recorded by no run, ignored by git or not', () => {
    const facts = { ...TERMINAL, uncommitted: new Set(['a']) };
    const decided = decideWhoseText(facts, SELECTION, codexOf({ a: '1', b: '2' }));
    const text = documentsOf(decided);
    const overlay = { documents: blobIds({ b: '2' }), previews: new Map() };
    const rules = { selects: () => true, onConflict: 'project', threshold: { count: 50, percent: 20 } } as const;
    const plan = planDocuments({ ...rules, text, codex: codexOf({ a: '1', b: '2' }), overlay, closed: [] });
    expect([...plan.overlay.documents]).toEqual([['b', '2']]);
  });

  test('the report names the documents that are in no commit, and says how many more', () => {
    const many = Array.from({ length: 12 }, (_, index) => `docs/${index}`);
    const facts = { ...TERMINAL, uncommitted: new Set(many) };
    const texts = Object.fromEntries(many.map((path) => [path, 'x']));
    const decided = decideWhoseText(facts, selectionOf(texts), new Map());
    expect(decided).toMatchObject({
      because: expect.stringMatching(/^docs\/0, .*docs\/9 and 2 more have uncommitted changes$/),
    });
    expect(decideWhoseText(dirty, SELECTION, new Map())).toMatchObject({ because: 'a has uncommitted changes' });
  });

  test.each<[string, HeadFacts]>([
    ['a detached HEAD off the stable refs', { ...headOn('wip'), branch: undefined }],
    ['a detached HEAD on a stable ref with uncommitted documents', { ...dirty, branch: undefined }],
    ['a HEAD of which GitHub does not tell', { ...TERMINAL, position: 'elsewhere', found: 'unknown' }],
  ])('%s is refused', (_, facts) => {
    expect(verdict(facts, {})).toMatch(/^refused: /);
  });

  function headOn(branch: string): HeadFacts {
    return {
      ...TERMINAL,
      branch: branchName(branch),
      named: { commit: HEAD, ref: `refs/heads/${branch}`, line: undefined },
    };
  }
});

describe('rule 5: text of the working tree', () => {
  const uncommitted = new Set(['a']);
  const about = (more: Partial<NamedCommit>): NamedCommit => ({
    commit: OTHER,
    line: 'none',
    preview: 'heads/feature',
    ...more,
  });

  test.each<[string, readonly NamedCommit[] | 'unknown', string]>([
    ['is documents where the run names no other commit', [], 'documents of refs/heads/main (release)'],
    [
      'is documents where every commit that the run names is on a stable ref',
      [about({ line: 'release' })],
      'documents of refs/heads/main (release)',
    ],
    [
      'is documents off the release line where one of the commits is only on another stable ref',
      [about({ line: 'release', commit: HEAD }), about({ line: 'stable' })],
      'documents of refs/heads/main (stable)',
    ],
    ['is the preview of the branch that the payload names', [about({})], `preview heads/feature ${WORKING_TREE}`],
    [
      'is the preview of the pull request that the payload names',
      [about({ preview: '7' })],
      `preview 7 ${WORKING_TREE}`,
    ],
    [
      'is that preview even where GitHub does not tell whether the commit is on a stable ref',
      [about({ line: 'unknown' })],
      `preview heads/feature ${WORKING_TREE}`,
    ],
    [
      'is that preview where one of several commits is on no stable ref',
      [about({ line: 'release', commit: HEAD }), about({ preview: '7' })],
      `preview 7 ${WORKING_TREE}`,
    ],
  ])('%s', (_, others, expected) => {
    expect(verdict(headFacts({ event: 'status', uncommitted, others }))).toBe(expected);
  });

  test('the preview is of the commit that the event is about', () => {
    const facts = headFacts({ event: 'status', uncommitted, others: [about({})] });
    expect(decideWhoseText(facts, SELECTION, new Map())).toMatchObject({
      kind: 'preview',
      run: { commit: OTHER },
      because: `event status is about commit ${OTHER}, which is on no stable ref`,
    });
  });

  test.each<[string, readonly NamedCommit[] | 'unknown', string[]]>([
    ['nothing tells what the event is about', 'unknown', ['issue_comment', 'a']],
    [
      'the commit is on no stable ref and the payload names neither branch nor pull request',
      [about({ preview: undefined })],
      [OTHER, 'a'],
    ],
  ])('it is refused where %s', (_, others, words) => {
    const said = verdict(headFacts({ event: 'issue_comment', uncommitted, others }));
    expect(said).toMatch(/^refused: /);
    for (const word of words) expect(said).toContain(word);
  });

  test.each<[string, readonly NamedCommit[] | 'unknown']>([
    ['an unknown commit', 'unknown'],
    ['a commit on no stable ref', [about({})]],
  ])('committed text of a HEAD on a stable ref is documents even on an event that is about %s', (_, others) => {
    expect(verdict(headFacts({ event: 'issue_comment', others }))).toBe('documents of refs/heads/main (release)');
  });

  test('the number of documents that are in no commit is recorded', () => {
    const decided = decideWhoseText(headFacts({ uncommitted }), SELECTION, new Map());
    expect(decided).toMatchObject({ kind: 'documents', uncommitted });
    const source = {
      repository: 'acme/widgets',
      directory: '.',
      commit: HEAD,
      line: 'stable',
      uncommitted: 3,
    } as const;
    expect(sourceOfDocuments(source, { line: 'release', otherRefs: 0 }, 1)).toEqual({
      ...source,
      line: 'release',
      uncommitted: 1,
    });
    const { uncommitted: _, ...about } = source;
    expect(sourceOfDocuments(source, { line: 'release', otherRefs: 0 }, 0)).toEqual({ ...about, line: 'release' });
    const left = { line: 'stable', otherRefs: 2 } as const;
    expect(sourceOfDocuments({ ...source, otherRefs: 7 }, left, 0)).toEqual({ ...about, ...left });
  });
});

describe('production takes documents of the release line alone', () => {
  test.each<[string, TextFacts, string | undefined]>([
    ['a push to main', PUSH_FACTS, undefined],
    ['a tag', headFacts({ named: TAG }), undefined],
    ['a run that is superseded writes nothing', { ...PULL, pullRequest: 'none' } satisfies PullRequestFacts, undefined],
    ['another stable ref', headFacts({ named: DEVELOP }), 'refs/heads/develop is not on the release line'],
    [
      'uncommitted text of an event that is about another stable ref',
      headFacts({ uncommitted: new Set(['a']), others: [{ commit: OTHER, line: 'stable', preview: undefined }] }),
      `a is uncommitted, and this run is about commit ${OTHER} too, which is not on the release line`,
    ],
    ['a branch', headFacts({ named: FEATURE }), 'refs/heads/main is not on the release line'],
    ['a pull request', PULL, 'refs/pull/7/merge is not on the release line'],
    [
      'a preview of something else says what differs',
      { ...TERMINAL, uncommitted: new Set(['a']) },
      'a has uncommitted changes',
    ],
    [
      'a preview of no ref',
      { ...PULL, run: { ...PULL.run, ref: undefined } },
      'the checked-out commit is not on the release line',
    ],
  ])('%s', (_, facts, expected) => {
    expect(productionProblem(decideWhoseText(facts, SELECTION, new Map()))).toBe(expected);
  });
});

describe('the line of the manifest that a run leaves', () => {
  const before = (line: Line | undefined, texts: Record<string, string>) => ({
    line,
    documents: blobIds(texts),
  });
  test.each<[string, Line, Record<string, string>, ReturnType<typeof before>, Line]>([
    ['is release where the run selects all', 'release', { a: '1', b: '2' }, before('stable', { a: '0' }), 'release'],
    [
      'is release where a text was there under release',
      'release',
      { a: '1', z: '9' },
      before('release', { z: '9' }),
      'release',
    ],
    ['is release where nothing is published', 'release', {}, before('stable', { z: '9' }), 'release'],
    ['is stable where a stable ref left a text', 'release', { a: '1', z: '9' }, before('stable', { z: '9' }), 'stable'],
    [
      'is stable where nothing says whose a text is',
      'release',
      { a: '1', z: '9' },
      before(undefined, { z: '9' }),
      'stable',
    ],
    [
      'is stable where the text was another one',
      'release',
      { a: '1', z: '9' },
      before('release', { z: '8' }),
      'stable',
    ],
    ['is stable where the text stood at another path', 'release', { z: '1' }, before('release', { y: '1' }), 'stable'],
    ['is stable after a run of another stable ref', 'stable', { a: '1' }, before('release', { a: '1' }), 'stable'],
    ['is stable where such a run leaves nothing', 'stable', {}, before('release', {}), 'stable'],
  ])('%s', (_, line, next, was, expected) => {
    const text = documentsText(SELECTION, { line });
    expect(lineAfter(text, blobIds(next), was, MAIN.ref).line).toBe(expected);
  });
});

test.each<[string, string | undefined, object, Record<string, string>, number]>([
  ['those of a ref that published here before', 'refs/heads/develop', {}, { a: '1', y: '8', z: '9' }, 2],
  ['none where they are of the same ref', MAIN.ref, {}, { a: '1', z: '9' }, 0],
  ['those that the same ref did not publish either', MAIN.ref, { otherRefs: 1 }, { z: '9' }, 1],
  ['those of a manifest that names no ref', undefined, {}, { z: '9' }, 1],
])('of the documents that a run leaves, other refs left %s', (_, ref, more, left, expected) => {
  const source = { repository: 'acme/widgets', directory: '.', line: 'stable', ...(ref && { ref }), ...more } as const;
  const documents = blobIds(left);
  const text = documentsText(SELECTION, { line: 'stable' });
  expect(lineAfter(text, documents, { documents, line: 'stable', source }, MAIN.ref).otherRefs).toBe(expected);
  expect(lineAfter(text, documents, { documents, line: 'release', source }, MAIN.ref).otherRefs).toBe(0);
});

test('a text that is in no commit at a terminal, and that another stable ref published, keeps its line', () => {
  const facts = { ...TERMINAL, uncommitted: new Set(['a']) };
  const text = documentsOf(decideWhoseText(facts, SELECTION, codexOf({ a: '1', b: '2' })));
  const next = blobIds({ a: '1', b: '2' });
  expect(lineAfter(text, next, { line: 'stable', documents: next }, MAIN.ref).line).toBe('stable');
  expect(lineAfter(text, next, { line: 'release', documents: next }, MAIN.ref).line).toBe('release');
  const narrowed = narrowText(text, SELECTION);
  expect(lineAfter(narrowed, next, { line: 'stable', documents: next }, MAIN.ref).line).toBe('stable');
});

describe('texts are narrowed, promoted or compared, and never become more', () => {
  test('a text without some of its documents is of the same line and the same checkout', () => {
    const uncommitted = new Set(['a']);
    const text = documentsText(SELECTION, {
      line: 'stable',
      recordsEqual: false,
      checkout: { ...ALL_COMMITTED, uncommitted },
    });
    const fit = {
      documents: new Map([['a', { id: blobId('1'), executable: true }]]),
      skipped: new Map([['b', 'a key']]),
    };
    const narrowed = narrowText(text, fit);
    expect(narrowed).toEqual({ ...text, selection: fit });
  });

  test.each([
    ['a document that was not selected', { c: '1' }],
    ['another text at a path', { a: '2' }],
    ['the text of another path', { a: '1', c: '2' }],
  ])('narrowing does not let in %s', (_, texts) => {
    expect(() => narrowText(documentsText(SELECTION), selectionOf(texts))).toThrow('was not decided on');
  });

  const from = { documents: blobIds({ a: '1' }), source: undefined };
  test('promotion takes what the documents of the source name, on their line', () => {
    const text = promotedText(from, selectionOf({ a: '1' }), 'stable', { recordsEqual: false, releasesEdits: false });
    expect(text).toMatchObject({ line: 'stable', recordsEqual: false, mayBePublished: true, checkout: ALL_COMMITTED });
  });

  test.each([
    ['an edit', { a: '2' }],
    ['what only the codex has', { a: '1', b: '2' }],
  ])('promotion takes %s with release-edits alone', (_, texts) => {
    const promote = (releasesEdits: boolean) =>
      promotedText(from, selectionOf(texts), 'release', { recordsEqual: true, releasesEdits });
    expect(() => promote(false)).toThrow('is not what was published');
    expect([...promote(true).selection.documents.keys()]).toEqual(Object.keys(texts));
  });

  test('the commit of a stable ref that GitHub names is all committed', () => {
    const text = textOfStableRef(SELECTION, 'stable');
    expect(text).toMatchObject({ line: 'stable', recordsEqual: true, mayBePublished: true, checkout: ALL_COMMITTED });
  });

  test('texts that are only compared are never published', () => {
    const text = comparedText(SELECTION);
    expect(text).toMatchObject({ line: 'stable', recordsEqual: false, mayBePublished: false });
    const question = {
      text,
      codex: new Map(),
      overlay: { documents: new Map(), previews: new Map() },
      closed: [],
      selects: () => true,
      onConflict: 'project',
      threshold: { count: 50, percent: 20 },
    } as const;
    expect(() => planDocuments(question)).toThrow('only compared');
    expect(() => planDocuments({ ...question, direction: 'bidirectional' })).toThrow('only compared');
    expect(planDocuments({ ...question, direction: 'from-codex' }).steps).toEqual([]);
  });
});

test('nothing else than these functions makes texts that may be published', () => {
  const text = documentsText(SELECTION);
  const { selection, checkout, line, recordsEqual, mayBePublished } = text;
  // @ts-expect-error what only looks like one
  const forged: DocumentsText = { selection, checkout, line, recordsEqual, mayBePublished };
  // @ts-expect-error a copy with other texts
  const copied: DocumentsText = { ...text, selection: SELECTION };
  expect([forged, copied].map((one) => one.constructor)).toEqual([Object, Object]);
  expect(text.constructor).not.toBe(Object);
});

const line = fc.constantFrom<(Line | undefined)[]>(...LINES, undefined);
const ref = fc.constantFrom('refs/heads/main', 'refs/heads/feature', 'refs/tags/v1', 'refs/pull/7/merge', undefined);
const seen = fc.record({ ref, line });
const preview = fc.constantFrom<(PreviewKey | undefined)[]>('7', 'heads/feature', undefined);
const commit = fc.constantFrom(HEAD, OTHER, PULL_HEAD);
const uncommitted = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'gone')).map((paths) => new Set(paths));
const event = fc.constantFrom('push', 'status', 'workflow_dispatch', 'issue_comment');
const run = fc.record({ commit, ref, date: fc.constant(undefined) });
const headFact: fc.Arbitrary<HeadFacts> = fc
  .record({
    kind: fc.constant('head'),
    atTerminal: fc.boolean(),
    head: commit,
    branch: fc.option(fc.constantFrom('main', 'feature').map(branchName), { nil: undefined }),
    named: fc.record({ commit, ref, line }),
    position: fc.constantFrom('same', 'earlier', 'made here', 'elsewhere'),
    found: fc.oneof(
      fc.constantFrom('none', 'unknown', 'not asked'),
      seen.map((one) => ({ ref: one.ref ?? 'refs/heads/main', line: one.line ?? 'release' })),
    ),
    others: fc.oneof(
      fc.constant('unknown' as const),
      fc.array(fc.record({ commit, line: fc.constantFrom(...LINES, 'none' as const, 'unknown' as const), preview }), {
        maxLength: 3,
      }),
    ),
    uncommitted,
    run,
  })
  .chain(
    ({ atTerminal, ...facts }): fc.Arbitrary<HeadFacts> =>
      atTerminal ? fc.constant({ ...facts, atTerminal }) : event.map((event) => ({ ...facts, atTerminal, event })),
  );
const pullFact: fc.Arbitrary<PullRequestFacts> = fc.record({
  kind: fc.constant('pull request'),
  event,
  pullRequest: fc.oneof(fc.constantFrom('none', 'unknown'), fc.record({ number: fc.constant(7), headCommit: commit })),
  head: commit,
  isItsHead: fc.boolean(),
  uncommitted,
  run,
});
const texts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'gone'), fc.constantFrom('1', '2', '3'), { maxKeys: 4 });

test('whatever the facts, documents are texts of stable refs', () => {
  const seenKinds = new Map<string, number>();
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: headFact }, pullFact), texts, texts, (facts, project, codex) => {
      const decided = tryDecide(facts, selectionOf(project), codexOf(codex));
      seenKinds.set(decided?.kind ?? 'refused', (seenKinds.get(decided?.kind ?? 'refused') ?? 0) + 1);
      if (decided?.kind !== 'documents') {
        // Production is closed for all but these.
        if (decided?.kind === 'preview') expect(productionProblem(decided)).toEqual(expect.any(String));
        return;
      }
      if (facts.kind === 'pull request') throw new Error('A pull request published documents');
      const { named, position, found, others } = facts;
      // HEAD is the commit of a stable ref, in its history or made on it.
      const ofNamed = position !== 'elsewhere' && named.line !== undefined;
      const onStable = ofNamed ? [named, found] : [found];
      const isLine = (line: Line) => onStable.some((one) => typeof one === 'object' && one.line === line);
      expect(isLine(decided.text.line) || (decided.because !== undefined && isLine('release'))).toBe(true);
      expect(productionProblem(decided) === undefined).toBe(decided.text.line === 'release');
      for (const path of facts.uncommitted) {
        const [ours, theirs] = [project[path], codex[path]];
        if (facts.atTerminal) {
          // In no commit: then the codex has it already, and finding it there records nothing.
          expect(ours).toBe(theirs);
          expect(decided.text.checkout.uncommitted).toContain(path);
        } else {
          if (others === 'unknown') throw new Error(`${path} comes from nobody knows where`);
          const allowed: readonly string[] = decided.text.line === 'release' ? ['release'] : LINES;
          for (const { line } of others) expect(allowed).toContain(line);
        }
      }
      expect(decided.text.selection.documents).toEqual(selectionOf(project).documents);
    }),
    { numRuns: runs(3000) },
  );
  for (const kind of ['documents', 'preview', 'superseded', 'refused']) expect(seenKinds.get(kind)).toBeGreaterThan(50);
});

test('narrowing keeps documents that were decided on, and lets in no other text', () => {
  fc.assert(
    fc.property(texts, texts, (decidedOn, wanted) => {
      const text = documentsText(selectionOf(decidedOn));
      const isPart = Object.entries(wanted).every(([path, id]) => decidedOn[path] === id);
      if (!isPart) expect(() => narrowText(text, selectionOf(wanted))).toThrow();
      else expect(narrowText(text, selectionOf(wanted)).selection.documents).toEqual(selectionOf(wanted).documents);
    }),
    { numRuns: runs(500) },
  );
});

test('a line is release only where every text is of the run or was released before', () => {
  fc.assert(
    fc.property(fc.constantFrom(...LINES), texts, texts, texts, line, (ours, project, next, old, before) => {
      const text = documentsText(selectionOf(project), { line: ours });
      const after = lineAfter(
        text,
        blobIds(next),
        {
          line: before,
          documents: blobIds(old),
        },
        MAIN.ref,
      );
      const released = ([path, id]: [string, string]) =>
        project[path] === id || (before === 'release' && old[path] === id);
      expect(after.line).toBe(ours === 'release' && Object.entries(next).every(released) ? 'release' : 'stable');
    }),
    { numRuns: runs(500) },
  );
});

function tryDecide(...question: Parameters<typeof decideWhoseText>): WhoseText | undefined {
  try {
    return decideWhoseText(...question);
  } catch (error) {
    expect(error).toMatchObject({ code: 'refused-by-guard', message: expect.stringMatching(/\.$/) });
    return undefined;
  }
}

function documentsOf(decided: WhoseText): DocumentsText {
  if (decided.kind !== 'documents') throw new Error(`A ${decided.kind} is none of the documents`);
  return decided.text;
}
