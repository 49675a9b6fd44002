import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CodexEntry, EnvironmentState } from '../../src/codex/changes.ts';
import { EMPTY_MANIFEST, type Manifest, type Source } from '../../src/codex/manifest.ts';
import {
  asksForOrder,
  checkOrder,
  chooseProjects,
  lineProblem,
  listUnmatched,
  planPromotion,
} from '../../src/promote/plan.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';

const source: Source = { repository: 'acme/widgets', directory: '.', commit: 'a'.repeat(40) };
type Texts = Record<string, string>;

const entriesOf = (texts: Texts, executable = false): Map<string, CodexEntry> =>
  new Map(Object.entries(texts).map(([path, id]) => [path, { document: { id: blobId(id), executable } }]));

/** What stands, what the manifest says, and a preview laid over it. */
function side(
  environment: string,
  texts: Texts,
  owned: Texts = texts,
  preview?: Record<string, string | null>,
): EnvironmentState {
  const one = { commit: 'b'.repeat(40), date: undefined, documents: blobIds(preview ?? {}) };
  const previews: Manifest['previews'] = preview ? new Map([['12', one]]) : new Map();
  const manifest = { documents: blobIds(owned), previews, source };
  return { environment, branch: branchName(`${environment}-branch`), manifest, entries: entriesOf(texts) };
}

function plan(from: EnvironmentState, to: EnvironmentState, more: Partial<Parameters<typeof planPromotion>[0]> = {}) {
  const threshold = { count: 1000, percent: 100 };
  const usual = { onConflict: 'project', threshold, allowEmpty: false, production: true, releaseEdits: false } as const;
  return planPromotion({ project: 'widgets', from, to, ...usual, ...more });
}

/** The target once the plan is carried out. */
function texts({ overlayPlan: { steps } }: ReturnType<typeof plan>, to: EnvironmentState): Texts {
  const after = new Map(to.entries);
  for (const { path, document } of steps.at(-1)?.changes ?? []) {
    if (document) after.set(path, { document });
    else after.delete(path);
  }
  return Object.fromEntries([...after].map(([path, entry]) => [path, entry.document?.id ?? '']));
}

test('of two spellings that a source owns one is promoted, the same one again', () => {
  const from = side('test', { 'a.md': 'p' }, { 'A.md': '2', 'a.md': '1' }, { 'a.md': 'p' });
  const to = side('prod', { 'a.md': '1' });
  const first = plan(from, to);
  expect(first.skippedDocuments.get('a.md')).toContain('only in case');
  const after = { ...to, manifest: first.manifest, entries: entriesOf(texts(first, to)) };
  expect(Object.keys(texts(first, to))).toHaveLength(1);
  const second = plan(from, after);
  expect([second.overlayPlan.steps, second.manifest]).toEqual([[], first.manifest]);
});

test('deletions that a promotion withheld are withheld by the next one, whatever the first one added', () => {
  const from = side('test', {
    k: 'k',
    ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`n${index}`, `${index}`])),
  });
  const to = side('prod', { k: 'k', a: 'a', b: 'b' });
  const threshold = { count: 1000, percent: 20 };
  const first = plan(from, to, { threshold });
  expect(first.overlayPlan.plan.withheld).toEqual(['a', 'b']);
  const after = { ...to, manifest: first.manifest, entries: entriesOf(texts(first, to)) };
  // Two of twelve are 17 per cent.
  expect(after.manifest).toMatchObject({ withheldOf: 3 });
  const second = plan(from, after, { threshold });
  expect(second.overlayPlan.plan.withheld).toEqual(['a', 'b']);
  expect(second.manifest).toBe(first.manifest);
});

describe('what is released', () => {
  test.each<[string, EnvironmentState, EnvironmentState, Texts]>([
    ['what stands there', side('test', { a: '1', b: '2' }), side('prod', {}), { a: '1', b: '2' }],
    ['no edit in the codex', side('test', { a: 'edit' }, { a: '2' }), side('prod', { a: '1' }), { a: '2' }],
    ['what somebody removed in the codex', side('test', {}, { a: '2' }), side('prod', { a: '1' }), { a: '2' }],
    ['nothing that nobody owns', side('test', { a: '1', x: 'x' }, { a: '1' }), side('prod', {}), { a: '1' }],
    ['what lies beneath a preview', side('test', { a: 'p' }, { a: '1' }, { a: 'p' }), side('prod', {}), { a: '1' }],
    ['what a preview removes', side('test', {}, { a: '1' }, { a: null }), side('prod', {}), { a: '1' }],
    [
      'nothing that only a preview has',
      side('test', { a: '1', n: 'n' }, { a: '1' }, { n: 'n' }),
      side('prod', {}),
      { a: '1' },
    ],
    ['and gone from production, too', side('test', { a: '1' }), side('prod', { a: '1', b: '2' }), { a: '1' }],
    [
      'beside what only production has',
      side('test', { a: '2' }),
      side('prod', { a: '1', x: 'x' }, { a: '1' }),
      { a: '2', x: 'x' },
    ],
    ['but not over an edit in production', side('test', { a: '1' }), side('prod', { a: 'e' }, { a: '1' }), { a: 'e' }],
    ['and what someone removed there, again', side('test', { a: '1' }), side('prod', {}, { a: '1' }), { a: '1' }],
  ])('%s', (_, from, to, expected) => {
    expect(texts(plan(from, to), to)).toEqual(expected);
  });

  test('edits with release-edits, and in any other environment', () => {
    const [from, to] = [side('test', { a: 'edit' }, { a: '2', b: '2' }), side('prod', { a: '1', b: '1' })];
    for (const more of [{ releaseEdits: true }, { production: false }]) {
      const planned = plan(from, to, more);
      expect(texts(planned, to)).toEqual({ a: 'edit' });
      expect([...planned.editsReleased]).toEqual([
        ['a', 'edited'],
        ['b', 'removed'],
      ]);
      expect([...planned.editsLeft]).toEqual([]);
    }
    const { editsLeft, editsReleased } = plan(from, to);
    expect([[...editsLeft.keys()], editsReleased.size]).toEqual([['a', 'b'], 0]);
  });

  test('an edit that was released is not taken back by the next promotion', () => {
    const [from, to] = [side('test', { a: 'edit', b: '2' }, { a: '1', b: '2' }), side('prod', { a: '1', b: '1' })];
    const first = plan(from, to, { releaseEdits: true });
    const after = { ...to, manifest: first.manifest, entries: entriesOf(texts(first, to)) };
    const second = plan(from, after);
    expect(second.overlayPlan.steps).toEqual([]);
    expect(second.manifest).toBe(after.manifest);
    expect(second.skippedDocuments.size + second.editsLeft.size).toBe(0);
  });

  test('a document whose bit nobody knows has that of the target, where it stands there already', () => {
    const to = { ...side('prod', { a: '1' }), entries: entriesOf({ a: '1' }, true) };
    expect(plan(side('test', { a: 'p' }, { a: '1' }, { a: 'p' }), to).overlayPlan.steps).toEqual([]);
    expect(plan(side('test', { a: '1' }), to).overlayPlan.plan.changes).toMatchObject([{ action: 'modify' }]);
  });

  test('where nothing was published yet, what stands there counts as older, and is replaced with a link', () => {
    const to = { ...side('prod', { a: 'x' }), manifest: EMPTY_MANIFEST };
    const { changes, conflicts } = plan(side('test', { a: '1' }), to).overlayPlan.plan;
    expect({ changes, conflicts }).toMatchObject({
      changes: [{ action: 'modify', replaces: blobId('x') }],
      conflicts: [],
    });
  });

  test('what stands in the source and is owned by nobody there is no deletion', () => {
    const from = side('test', { a: '1', e: 'edit' }, { a: '1' });
    const to = side('prod', { a: '1', e: '1', gone: '1' });
    const { skippedDocuments } = plan(from, to);
    expect([...skippedDocuments]).toEqual([['e', expect.stringMatching(/^edited in test in a closed preview/)]]);
    expect(texts(plan(from, to), to)).toEqual({ a: '1', e: '1' });
  });

  test('what covers a released text is told', () => {
    const { released, beneath } = plan(
      side('test', { a: 'p', b: '2' }, { a: '1', b: '2' }, { a: 'p' }),
      side('prod', {}),
    );
    expect([...released.keys()]).toEqual(['a', 'b']);
    expect([...beneath]).toEqual([['a', '12']]);
  });
});

test('what would stand beside a twin that somebody put into production is held back', () => {
  const to = side('prod', { B: 'by hand' }, {});
  const planned = plan(side('test', { a: '1', b: '1' }), to);
  expect(texts(planned, to)).toEqual({ a: '1', B: 'by hand' });
  expect([...planned.overlayPlan.heldBack]).toEqual([
    ['b', 'differs from B in the codex only in case: rename one of them'],
  ]);
});

test('a roll-back takes no edit that stood in production then for something agreed on', () => {
  const production = side('prod', { a: 'edit' }, { a: '1' });
  expect(plan(production, production).overlayPlan.overlay).toEqual(production.manifest);
  const test = side('test', { a: 'edit' });
  expect(plan(test, production).overlayPlan.overlay.documents).toEqual(test.manifest.documents);
});

describe('what stops it', () => {
  test('a conflict under "fail" names the paths and both environments', () => {
    const [from, to] = [side('test', { a: '2' }), side('prod', { a: 'e' }, { a: '1' })];
    const said = /^Changed both in test and in prod since they last agreed: a\. .*"on-conflict: project"/;
    const failure = { code: 'conflict', message: expect.stringMatching(said) };
    expect(() => plan(from, to, { onConflict: 'fail' })).toThrow(expect.objectContaining(failure));
    expect(texts(plan(from, to, { onConflict: 'project' }), to)).toEqual({ a: '2' });
    expect(texts(plan(from, to, { onConflict: 'codex' }), to)).toEqual({ a: 'e' });
  });

  test('of many conflicts twenty are named, and without one "fail" stops nothing', () => {
    const all = (text: string) => Object.fromEntries(Array.from({ length: 22 }, (_, index) => [`${10 + index}`, text]));
    const run = (stands: string) =>
      plan(side('test', all('2')), side('prod', all(stands), all('1')), { onConflict: 'fail' });
    expect(() => run('e')).toThrow(
      ': 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 and 2 more. ',
    );
    expect(run('1').overlayPlan.plan.changes).toHaveLength(22);
  });

  test('nothing to release where something is published, unless allow-empty', () => {
    const [from, to] = [side('test', {}), side('prod', { a: '1' })];
    const said = /^projects\/widgets has no document to release in test, and 1 published in prod\. .*allow-empty/;
    const failure = { code: 'nothing-selected', message: expect.stringMatching(said) };
    expect(() => plan(from, to)).toThrow(expect.objectContaining(failure));
    expect(texts(plan(from, to, { allowEmpty: true }), to)).toEqual({});
    expect(plan(side('test', {}), side('prod', {})).overlayPlan.steps).toEqual([]);
  });

  test('another owner', () => {
    const moved = { ...source, directory: 'packages/widgets' };
    const to = side('prod', { a: '1' });
    const from = { ...side('test', { a: '1' }), manifest: { ...to.manifest, source: moved } };
    const said = 'acme/widgets (directory packages/widgets) in test, and to acme/widgets in prod';
    const failure = { code: 'not-owner', message: expect.stringContaining(said) };
    expect(() => plan(from, to)).toThrow(expect.objectContaining(failure));
  });

  test('commits that are older, another line, or unknown', () => {
    const other = { ...source, commit: 'c'.repeat(40), ref: 'refs/heads/main' };
    expect(asksForOrder(other, source)).toBe(true);
    expect(asksForOrder(source, source)).toBe(false);
    expect(asksForOrder(undefined, source)).toBe(false);
    expect(asksForOrder({ ...other, repository: 'acme/other' }, source)).toBe(false);
    const [lower, higher] = ['refs/tags/v2.1.1', 'refs/tags/v2.2.0'].map((ref, at) => ({
      ...source,
      commit: `${at}`.repeat(40),
      ref,
    }));
    expect([asksForOrder(lower, higher as Source), asksForOrder(higher, lower as Source)]).toEqual([false, false]);
    expect(() => checkOrder('same', lower as Source, higher as Source)).not.toThrow();
    expect(() => checkOrder('same', higher as Source, lower as Source)).toThrow('lower version');
    const mine = { ...source, ref: 'refs/heads/main' };
    for (const relation of ['newer', 'diverged', 'unknown'] as const) {
      expect(() => checkOrder(relation, other, mine)).toThrow(other.commit);
    }
    for (const relation of ['same', 'contained'] as const)
      expect(() => checkOrder(relation, other, mine)).not.toThrow();
  });
});

describe('the line of what is promoted', () => {
  const of = (environment: string, about: Partial<Source>): EnvironmentState => {
    const one = side(environment, { a: '1' });
    return { ...one, manifest: { ...one.manifest, source: { ...source, ...about } } };
  };
  const problem = (about: Partial<Source>, more: { production?: boolean; to?: EnvironmentState } = {}) =>
    lineProblem(
      { project: 'widgets', from: of('test', about), to: side('prod', {}), production: true, ...more },
      about.ref === 'refs/heads/release/9',
    );

  test.each<[Partial<Source>, boolean]>([
    [{ line: 'release', ref: 'refs/heads/develop' }, true],
    [{ line: 'stable', ref: 'refs/heads/develop' }, false],
    // What another stable ref left behind.
    [{ line: 'stable', ref: 'refs/heads/main' }, false],
    [{ line: 'stable', ref: 'refs/heads/release/9' }, true],
    // What others left behind there, the name of the ref does not release.
    [{ line: 'stable', ref: 'refs/heads/release/9', otherRefs: 2 }, false],
    [{ line: 'stable' }, false],
    // Version 1 of the manifest says no line.
    [{ ref: 'refs/heads/main' }, true],
    [{ ref: 'refs/heads/master' }, true],
    [{ ref: 'refs/tags/v1' }, true],
    [{ ref: 'refs/heads/develop' }, false],
    [{ ref: 'refs/heads/release/9' }, true],
    [{}, false],
  ])('%j may enter production: %j', (about, allowed) => {
    const said = problem(about);
    if (allowed) expect(said).toBeUndefined();
    else for (const word of ['projects/widgets', 'test', 'prod', 'production-refs']) expect(said).toContain(word);
    expect(problem(about, { production: false })).toBeUndefined();
    // A roll-back: production had it before.
    expect(problem(about, { to: of('test', {}) })).toBeUndefined();
  });

  test('a project of which nothing but previews was published has no line', () => {
    const from = side('test', {});
    const bare = { repository: 'acme/widgets', directory: '.' };
    const nothing = { ...from, manifest: { ...from.manifest, source: bare } };
    expect(
      lineProblem({ project: 'widgets', from: nothing, to: side('prod', {}), production: true }, false),
    ).toBeUndefined();
  });

  test('documents that name no commit are of no release, whoever took their folder over', () => {
    const from = side('test', { a: '1' });
    const taken = { ...from, manifest: { ...from.manifest, source: { repository: 'acme/widgets', directory: '.' } } };
    const asked = { project: 'widgets', from: taken, to: side('prod', {}) };
    expect(lineProblem({ ...asked, production: true }, false)).toContain('an unknown ref');
    expect(lineProblem({ ...asked, production: false }, false)).toBeUndefined();
  });

  test('provenance and line come along, what was uncommitted too, and a hold never', () => {
    const held = { commit: 'd'.repeat(40), since: '2026-11-22T10:00:00Z', documents: blobIds({ a: '9' }) };
    const from = of('test', { line: 'release', ref: 'refs/heads/main', uncommitted: 2 });
    const holding = { ...from, manifest: { ...from.manifest, held } };
    const { manifest } = plan(holding, side('prod', { a: '0' }));
    expect(manifest.source).toEqual({ ...source, line: 'release', ref: 'refs/heads/main', uncommitted: 2 });
    expect(manifest.held).toBeUndefined();
    const to = side('prod', { a: '0' });
    expect(plan(from, { ...to, manifest: { ...to.manifest, held } }).manifest.held).toBe(held);
  });

  test('what the target keeps of another line makes it stable', () => {
    const from = of('test', { line: 'release' });
    const to = side('prod', { a: '0', b: 'left' });
    const some = { threshold: { count: 0, percent: 0 } };
    for (const [line, left] of [
      ['release', 'release'],
      ['stable', 'stable'],
    ] as const) {
      const target = { ...to, manifest: { ...to.manifest, source: { ...source, line } } };
      expect(plan(from, target, some).manifest.source?.line).toBe(left);
    }
  });

  test('an edit that goes to another environment makes it stable, so that it never enters production from there', () => {
    const edited = { ...of('test', { line: 'release' }), entries: entriesOf({ a: 'edit' }) };
    const to = { ...side('staging', {}), manifest: EMPTY_MANIFEST };
    const staging = plan(edited, to, { production: false });
    expect(staging.manifest.source?.line).toBe('stable');
    const asked = { project: 'widgets', from: { ...to, manifest: staging.manifest }, to: side('prod', {}) };
    expect(lineProblem({ ...asked, production: true }, false)).toBeDefined();
    expect(plan(edited, to, { production: false, releaseEdits: true }).manifest.source?.line).toBe('release');
  });
});

test('from any start, a fixed point is reached within two runs, and no text is lost without a link', () => {
  const id = fc.constantFrom('1', '2', '3');
  const some = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), id);
  const preview = fc.option(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(id)), { nil: undefined });
  const rule = fc.constantFrom('project' as const, 'codex' as const);
  fc.assert(
    fc.property(
      some,
      some,
      preview,
      some,
      some,
      rule,
      fc.boolean(),
      (stands, owned, above, there, mine, onConflict, releaseEdits) => {
        const from = side('test', stands, owned, above);
        /** Promotes, and looks whether what nobody had published is still there, or linked. */
        const promote = (to: EnvironmentState) => {
          const { overlayPlan, ...promotion } = plan(from, to, { onConflict, releaseEdits, allowEmpty: true });
          const now = texts({ overlayPlan, ...promotion }, to);
          for (const [path, entry] of to.entries) {
            const text = entry.document?.id;
            const isPublished = to.manifest.documents.get(path) === text;
            const isLinked = overlayPlan.plan.changes.some(
              (change) => change.path === path && change.replaces === text,
            );
            expect(now[path] === text || isPublished || isLinked).toBe(true);
          }
          const after = { ...to, entries: entriesOf(now), manifest: { ...to.manifest, ...overlayPlan.overlay } };
          return { overlayPlan, after };
        };
        // Where all that was published is gone from both sides, the second run is a first one.
        const second = promote(promote(side('prod', there, mine)).after);
        const third = promote(second.after);
        expect(third.overlayPlan.steps).toEqual([]);
        expect(third.overlayPlan.overlay).toEqual(second.overlayPlan.overlay);
      },
    ),
  );
});

test('production gets no text but what was published there or in the source, whatever people edited', () => {
  const id = fc.constantFrom('1', '2', '3', '4');
  const some = fc.dictionary(fc.constantFrom('a', 'b', 'c'), id);
  const preview = fc.option(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(id)), { nil: undefined });
  fc.assert(
    fc.property(some, some, preview, some, some, (stands, owned, above, there, mine) => {
      const [from, to] = [side('test', stands, owned, above), side('prod', there, mine)];
      const planned = plan(from, to, { allowEmpty: true });
      for (const [path, text] of planned.manifest.documents) {
        expect([owned[path], mine[path]]).toContain(text);
      }
      for (const { path, document } of planned.overlayPlan.plan.changes) {
        if (document) expect([owned[path], mine[path]]).toContain(document.id);
      }
    }),
  );
});

describe('projects', () => {
  const listed = ['alpha', 'doc-one', 'doc-two', '.github'];

  test.each([
    [['alpha'], ['alpha']],
    [['nobody'], ['nobody']],
    [
      ['doc-*', 'alpha'],
      ['alpha', 'doc-one', 'doc-two'],
    ],
    [['*'], ['.github', 'alpha', 'doc-one', 'doc-two']],
    [['doc-{one,three}'], ['doc-one']],
    [['z-*'], []],
  ])('%j are %j', (given, expected) => {
    expect(chooseProjects(given, listed)).toEqual(expected);
  });

  test('a glob that matches none is told', () => {
    expect(listUnmatched(['z-*', 'doc-*', 'nobody'], listed)).toEqual(['z-*']);
  });
});
