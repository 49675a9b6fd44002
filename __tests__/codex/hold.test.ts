import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RELATIONS, type Relation } from '../../src/codex/commit-order.ts';
import {
  asksForHeld,
  decideHold,
  failsWhenHeld,
  type HoldQuestion,
  heldSentence,
  isRollBack,
  planHold,
  withHold,
} from '../../src/codex/hold.ts';
import { EMPTY_MANIFEST, type Hold, type Source } from '../../src/codex/manifest.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';
import { OF_ORGANIZATION, PUSH, TYPED } from '../support/trigger.ts';

const [V1, V2, NEXT] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)];
const [MAIN, TAG] = ['refs/heads/main', 'refs/tags/v2.0.0'];
const SINCE = '2026-11-22T10:00:00Z';
const HELD: Hold = {
  commit: V2,
  ref: TAG,
  since: SINCE,
  documents: blobIds({ a: 'bad', gone: null }),
};
const texts = (given: Record<string, string>) =>
  new Map(Object.entries(given).map(([path, id]) => [path, { id: blobId(id) }]));
const FIXED = texts({ a: 'good', gone: 'again' });
const question = (more: Partial<HoldQuestion>): HoldQuestion => ({
  held: HELD,
  ours: { commit: NEXT, ref: MAIN },
  published: V1,
  documents: blobIds({ a: 'good', gone: 'again' }),
  relation: 'contained',
  texts: FIXED,
  skipped: new Map(),
  isByName: false,
  releases: false,
  ...more,
});

describe('a run while v2 is held, and v1 is published', () => {
  test.each<[string, Partial<HoldQuestion>, ReturnType<typeof decideHold>['kind']]>([
    ['the held commit', { ours: { commit: V2, ref: TAG } }, 'held'],
    ['the held commit under another tag', { ours: { commit: V2, ref: 'refs/tags/v2.0.1' } }, 'held'],
    ['an ancestor of it', { relation: 'newer' }, 'held'],
    ['an ancestor of it under another tag', { relation: 'newer', ours: { commit: NEXT, ref: 'refs/tags/v0' } }, 'held'],
    ['what nothing can order', { relation: 'unknown' }, 'held'],
    ['a typo fixed on top of it', { texts: texts({ a: 'bad', gone: 'again', typo: 'x' }) }, 'held'],
    [
      'what leaves that document as it is, such as a second spelling of another',
      { texts: texts({ a: 'good' }), skipped: new Map([['gone', 'a second spelling']]) },
      'lifted',
    ],
    ['what removes the same document', { texts: texts({ a: 'good' }) }, 'held'],
    ['another line with its text', { relation: 'diverged', texts: texts({ a: 'bad', gone: 'x' }) }, 'held'],
    [
      'its very tag on a later commit with its text',
      { ours: { commit: NEXT, ref: TAG }, texts: texts({ a: 'bad' }) },
      'held',
    ],
    ['what is published already', { ours: { commit: V1, ref: 'refs/tags/v1.0.0' } }, 'stays'],
    ['what is published already, by name', { ours: { commit: V1, ref: MAIN }, isByName: true }, 'stays'],
    [
      'the published commit, whose workflow generates the text that was taken back',
      { ours: { commit: V1, ref: MAIN }, texts: texts({ a: 'bad', gone: 'again' }) },
      'held',
    ],
    [
      'the published commit, whose workflow no longer generates a document that was taken back in its turn',
      { ours: { commit: V1, ref: MAIN }, texts: texts({ a: 'good' }) },
      'held',
    ],
    [
      'the published commit with that text, by name',
      { ours: { commit: V1, ref: MAIN }, texts: texts({ a: 'bad', gone: 'again' }), isByName: true },
      'lifted',
    ],
    [
      'the published commit, which has that text already',
      { ours: { commit: V1, ref: MAIN }, documents: blobIds({ a: 'bad' }), texts: texts({ a: 'bad' }) },
      'stays',
    ],
    ['a commit with other texts', {}, 'lifted'],
    ['another line with other texts', { relation: 'diverged' }, 'lifted'],
    [
      'another tag, whatever its texts are',
      { ours: { commit: NEXT, ref: 'refs/tags/v2.1.0' }, texts: texts({ a: 'bad' }) },
      'lifted',
    ],
    ['a promotion by name of the held commit', { ours: { commit: V2, ref: TAG }, isByName: true }, 'lifted'],
    ['a promotion by name of what nothing can order', { relation: 'unknown', isByName: true }, 'lifted'],
    ['release-hold', { ours: { commit: V2, ref: TAG }, releases: true }, 'lifted'],
    ['release-hold with what is published already', { ours: { commit: V1, ref: MAIN }, releases: true }, 'lifted'],
  ])('%s: %j', (_, more, kind) => {
    expect(decideHold(question(more)).kind).toBe(kind);
  });

  test('an answer is asked for only where it decides', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(V1, V2, NEXT),
        fc.constantFrom(MAIN, TAG, 'refs/tags/v3.0.0'),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(...RELATIONS),
        fc.dictionary(fc.constantFrom('a', 'gone'), fc.constantFrom('bad', 'good')),
        (commit, ref, isByName, releases, relation, given) => {
          const asked = question({ ours: { commit, ref }, isByName, releases, relation, texts: texts(given) });
          if (asksForHeld(asked)) return;
          const verdicts = RELATIONS.map((one) => decideHold({ ...asked, relation: one }).kind);
          expect(new Set(verdicts).size).toBe(1);
        },
      ),
    );
  });

  test.each<[Partial<HoldQuestion>, string]>([
    [{ ours: { commit: V2, ref: TAG } }, `commit ${V2} (${TAG}) is that commit.`],
    [{ relation: 'newer' }, `commit ${NEXT} (${MAIN}) is older than that.`],
    [
      { relation: 'unknown', ours: { commit: NEXT, ref: undefined } },
      `it is unknown whether commit ${NEXT} is older than that.`,
    ],
    [{ texts: texts({ a: 'bad' }) }, `commit ${NEXT} (${MAIN}) still has its text of a.`],
    [{ texts: texts({ a: 'good' }) }, `commit ${NEXT} (${MAIN}) still lacks gone, as that did.`],
  ])('the sentence says why, and what lifts the hold: %j', (more, why) => {
    const held = { ...HELD, reason: 'wrong prices\u202e' };
    const asked = question({ ...more, held });
    const verdict = decideHold(asked);
    if (verdict.kind !== 'held') throw new Error(verdict.kind);
    const sentence = heldSentence(verdict, asked, { project: 'widgets', environment: 'prod' });
    expect(sentence).toContain(
      'projects/widgets stays as it is in prod: a roll-back of 2026-11-22T10:00:00Z holds back',
    );
    expect(sentence).toContain(`commit ${V2} (${TAG}), for the reason "wrong prices\\u{202e}", and ${why}`);
    for (const word of ['another tag', 'by its name', '"release-hold: true"']) expect(sentence).toContain(word);
  });
});

test.each<[event: string, ref: string, fails: boolean]>([
  ['push', MAIN, false],
  ['schedule', MAIN, false],
  ['workflow_run', MAIN, false],
  ['push', TAG, true],
  ['release', TAG, true],
  ['workflow_dispatch', MAIN, true],
  ['repository_dispatch', MAIN, true],
])('held on %j of %s is an error: %j', (event, ref, fails) => {
  expect(failsWhenHeld({ ...PUSH, event }, { ref })).toBe(fails);
});

test('held at a terminal is an error, and one of many repositories is none', () => {
  expect(failsWhenHeld(TYPED, { ref: MAIN })).toBe(true);
  expect(failsWhenHeld(OF_ORGANIZATION, { ref: TAG })).toBe(false);
});

describe('a roll-back', () => {
  const published = (ref: string): Source => ({ repository: 'acme/widgets', directory: '.', commit: V2, ref });

  test.each<[Relation, allowed: boolean, restored: boolean]>([
    ['newer', true, true],
    ['unknown', true, true],
    // Another line takes its place: nothing is taken back.
    ['diverged', false, true],
    ['contained', false, false],
    ['same', false, false],
  ])(
    'the published commit is %s: with allow-older %j, from an earlier state of production %j',
    (relation, allowed, restored) => {
      expect(isRollBack(relation, published(MAIN), { commit: V1, ref: MAIN }, false)).toBe(allowed);
      expect(isRollBack(relation, published(MAIN), { commit: V1, ref: MAIN }, true)).toBe(restored);
      expect(isRollBack(relation, published(MAIN), { commit: V2, ref: MAIN }, true)).toBe(false);
      expect(isRollBack(relation, undefined, { commit: V1, ref: MAIN }, true)).toBe(false);
    },
  );

  test.each(RELATIONS)('of versions their precedence tells, whatever the commits do (%s)', (relation) => {
    expect(isRollBack(relation, published(TAG), { commit: V1, ref: 'refs/tags/v1.9.9' }, false)).toBe(true);
    expect(isRollBack(relation, published(TAG), { commit: V1, ref: 'refs/tags/v2.0.1' }, true)).toBe(false);
  });
});

describe('the hold that a roll-back leaves', () => {
  const source: Source = { repository: 'acme/widgets', directory: '.', commit: V2, ref: TAG };
  const before = { documents: blobIds({ a: 'bad', new: 'n', same: 's' }), source };
  const after = blobIds({ a: 'good', gone: 'g', same: 's' });
  const about = { since: SINCE, run: 'https://github.com/acme/widgets/actions/runs/1', reason: 'wrong prices' };
  const taken = [
    ['a', 'bad'],
    ['new', 'n'],
    ['gone', null],
  ];

  test('has the commit that was taken back, and what was changed', () => {
    const held = planHold(before, after, about, 'same');
    expect(held).toEqual({ ...about, commit: V2, ref: TAG, documents: new Map(taken as [string, string][]) });
    const bare = planHold(
      { ...before, source: { ...source, ref: undefined } as never },
      after,
      { since: SINCE } as never,
      'same',
    );
    expect(Object.keys(bare ?? {}).sort()).toEqual(['commit', 'documents', 'since']);
  });

  test('is none where no document changed, or nobody knows the commit', () => {
    expect(planHold(before, before.documents, about, 'same')).toBeUndefined();
    expect(planHold({ ...before, held: HELD }, before.documents, about, 'same')).toBe(HELD);
    expect(planHold({ ...before, source: undefined }, after, about, 'same')).toBeUndefined();
  });

  test.each<[Relation, commit: string, text: string]>([
    ['newer', NEXT, 'worse'],
    ['contained', V2, 'bad'],
    ['diverged', V2, 'bad'],
    ['unknown', V2, 'bad'],
  ])(
    'where one is there, which is %s: of the commits the one that contains the other, of the documents all',
    (relation, commit, text) => {
      const there: Hold = {
        commit: NEXT,
        since: '2026-11-01T00:00:00Z',
        documents: blobIds({ a: 'worse', z: 'z' }),
      };
      const held = planHold({ ...before, held: there }, after, about, relation);
      expect(held).toMatchObject({ commit, since: commit === NEXT ? there.since : SINCE });
      expect(Object.fromEntries(held?.documents ?? [])).toEqual({ a: text, new: 'n', gone: null, z: 'z' });
    },
  );
});

test('by pushes, schedules and runs for many, nothing that was taken back is ever published again', () => {
  // A line of commits, each with a text for two paths; commit 0 is the oldest.
  const texts = fc.array(fc.record({ a: fc.constantFrom('1', '2'), b: fc.constantFrom('1', '2') }), {
    minLength: 2,
    maxLength: 6,
  });
  const steps = fc.array(fc.record({ to: fc.nat(5), back: fc.boolean() }), { maxLength: 12 });
  const idOf = (at: number) => `${at}`.repeat(40);
  fc.assert(
    fc.property(texts, steps, (line, runs) => {
      const relation = (one: number, other: number): Relation =>
        one === other ? 'same' : one > other ? 'newer' : 'contained';
      const documentsOf = (at: number) => blobIds(line[at] ?? {});
      let at = line.length - 1;
      let held: Hold | undefined;
      for (const { to, back } of runs) {
        if (to >= line.length) continue;
        const source = { repository: 'acme/widgets', directory: '.', commit: idOf(at) };
        const ours = { commit: idOf(to), ref: MAIN };
        if (back) {
          // By hand, to an earlier state.
          if (to >= at) continue;
          const there = held === undefined ? 0 : Number(held.commit[0]);
          const before = { documents: documentsOf(at), source, ...(held && { held }) };
          held = planHold(before, documentsOf(to), { since: SINCE }, relation(there, at));
          at = to;
          continue;
        }
        const question = {
          ...{ ours, published: idOf(at), isByName: false, releases: false },
          documents: documentsOf(at),
          texts: new Map([...documentsOf(to)].map(([path, id]) => [path, { id }])),
          skipped: new Map(),
        };
        const verdict = held && decideHold({ ...question, held, relation: relation(Number(held.commit[0]), to) });
        if (verdict?.kind === 'held' || (held === undefined && to < at)) continue;
        if (held && verdict?.kind === 'lifted') {
          expect(to).toBeGreaterThan(Number(held.commit[0]));
          for (const [path, id] of held.documents) expect(documentsOf(to).get(path)).not.toBe(id);
          held = undefined;
        }
        at = to;
      }
    }),
  );
});

test('a manifest changes only where its hold does', () => {
  const manifest = { ...EMPTY_MANIFEST, held: HELD };
  expect(withHold(manifest, HELD)).toBe(manifest);
  expect(withHold(EMPTY_MANIFEST, undefined)).toBe(EMPTY_MANIFEST);
  expect(withHold(manifest, undefined)).toEqual(EMPTY_MANIFEST);
  expect(Object.keys(withHold(manifest, undefined))).not.toContain('held');
  expect(withHold(EMPTY_MANIFEST, HELD)).toEqual(manifest);
});
