import { describe, expect, test } from '@jest/globals';
import {
  asksForRelation,
  planOlderRun,
  RELATIONS,
  type Relation,
  relationByDates,
} from '../../src/codex/commit-order.ts';
import type { Source } from '../../src/codex/manifest.ts';
import { CodexSyncError } from '../../src/errors.ts';

const [MAIN, TAG] = ['refs/heads/main', 'refs/tags/v1.9.0'];
const MINE = { commit: 'a'.repeat(40), date: '2026-11-22T10:00:00Z', ref: MAIN };
const THEIRS = { repository: 'acme/widgets', directory: '.', commit: 'b'.repeat(40), date: '2026-11-22T10:00:01Z' };
const SAME_REF: Source = { ...THEIRS, ref: MAIN };
const OTHER_REF: Source = { ...THEIRS, ref: TAG };

describe('planOlderRun', () => {
  type End = 'go' | 'superseded' | 'unsure' | 'error';
  test.each<[Relation, 'same ref' | 'other ref', test: End, production: End]>([
    ['same', 'same ref', 'go', 'go'],
    ['same', 'other ref', 'go', 'go'],
    ['contained', 'same ref', 'go', 'go'],
    ['contained', 'other ref', 'go', 'go'],
    ['newer', 'same ref', 'superseded', 'superseded'],
    ['newer', 'other ref', 'go', 'error'],
    ['diverged', 'same ref', 'go', 'error'],
    ['diverged', 'other ref', 'go', 'error'],
    ['unknown', 'same ref', 'unsure', 'error'],
    ['unknown', 'other ref', 'unsure', 'error'],
  ])('the published commit is %s, of the %s: %s in test, %s in production', (relation, ref, inTest, inProduction) => {
    const published = ref === 'same ref' ? SAME_REF : OTHER_REF;
    for (const [production, end] of [
      [false, inTest],
      [true, inProduction],
    ] as const) {
      const run = () => planOlderRun(relation, published, MINE, { production, allowOlder: false });
      if (end === 'error') expect(run).toThrow(expect.objectContaining({ code: 'older-commit' }));
      else expect(run()).toBe(end);
    }
  });

  test.each(RELATIONS)('allow-older lets the run go on (%s)', (relation) => {
    for (const published of [SAME_REF, OTHER_REF]) {
      for (const production of [true, false]) {
        expect(planOlderRun(relation, published, MINE, { production, allowOlder: true })).toBe('go');
      }
    }
  });

  test.each<[Relation]>([['newer'], ['diverged'], ['unknown']])(
    'the error names both commits and allow-older (%s)',
    (relation) => {
      const run = () => planOlderRun(relation, OTHER_REF, MINE, { production: true, allowOlder: false });
      expect(run).toThrow(CodexSyncError);
      for (const word of [MINE.commit, MAIN, THEIRS.commit, TAG, 'allow-older']) expect(run).toThrow(word);
      expect(run).toThrow(relation === 'unknown' ? 'It is unknown whether commit ' : ' does not contain commit ');
      if (relation === 'unknown') expect(run).toThrow('"fetch-depth: 0"');
    },
  );
});

describe('version tags of one product', () => {
  const tag = (name: string) => `refs/tags/${name}`;
  const of = (ref: string, commit = 'c'.repeat(40)): Source => ({ ...THEIRS, commit, ref: tag(ref) });
  const ours = (ref: string) => ({ ...MINE, ref: tag(ref) });

  test.each(RELATIONS)('a higher version is newer, and nobody is asked (%s)', (relation) => {
    const run = ours('v2.2.0');
    expect(asksForRelation(of('v2.1.1'), run, true)).toBe(false);
    expect(planOlderRun(relation, of('v2.1.1'), run, { production: true, allowOlder: false })).toBe('go');
  });

  test.each(RELATIONS)('a lower version is an error, and nobody is asked (%s)', (relation) => {
    const [published, run] = [of('v2.2.0'), ours('v2.1.2')];
    expect(asksForRelation(published, run, true)).toBe(false);
    const plan = (allowOlder: boolean) => planOlderRun(relation, published, run, { production: true, allowOlder });
    for (const word of [MINE.commit, 'v2.1.2', 'lower version', 'v2.2.0', 'allow-older'])
      expect(() => plan(false)).toThrow(word);
    expect(() => plan(false)).toThrow(expect.objectContaining({ code: 'older-commit' }));
    expect(plan(true)).toBe('go');
  });

  test.each(RELATIONS)('the same version with another commit: %s', (relation) => {
    const [published, run] = [of('v2.1.1'), ours('v2.1.1')];
    expect(asksForRelation(published, run, true)).toBe(true);
    const plan = (allowOlder: boolean) => planOlderRun(relation, published, run, { production: true, allowOlder });
    // The tag was moved on, and an earlier run of it is repeated.
    if (relation === 'newer') expect(plan(false)).toBe('superseded');
    else expect(() => plan(false)).toThrow('is not the commit of that tag that is published in production');
    expect(plan(true)).toBe('go');
  });

  test.each(RELATIONS)(
    'the very commit under a lower tag, or outside of production, is no lower version (%s)',
    (relation) => {
      const here = of('v2.2.0', MINE.commit);
      expect(planOlderRun(relation, here, ours('v2.1.2'), { production: true, allowOlder: false })).toBe('go');
      expect(asksForRelation(of('v2.2.0'), ours('v2.1.2'), false)).toBe(false);
      const inTest = planOlderRun(relation, of('v2.2.0'), ours('v2.1.2'), { production: false, allowOlder: false });
      expect(inTest).toBe(relation === 'unknown' ? 'unsure' : 'go');
    },
  );

  test.each(['v2', 'v2.2', 'gears-v1.0.0'])('%s against v2.2.1: the commits tell', (ref) => {
    expect(asksForRelation(of('v2.2.1'), ours(ref), true)).toBe(true);
    const plan = (relation: Relation) =>
      planOlderRun(relation, of('v2.2.1'), ours(ref), { production: true, allowOlder: false });
    expect(plan('contained')).toBe('go');
    expect(() => plan('diverged')).toThrow('does not contain');
  });
});

describe('asksForRelation: only where an answer could stop the run', () => {
  test.each<[string, Source | undefined, test: boolean, production: boolean]>([
    ['nothing published', undefined, false, false],
    ['a manifest that names no commit', { repository: 'acme/widgets', directory: '.' }, false, false],
    ['my own commit', { ...SAME_REF, commit: MINE.commit }, false, false],
    ['another commit of the same ref', SAME_REF, true, true],
    ['another commit of another ref', OTHER_REF, false, true],
    ['another commit of an unknown ref', THEIRS, false, true],
  ])('%s', (_, published, inTest, inProduction) => {
    expect(asksForRelation(published, MINE, false)).toBe(inTest);
    expect(asksForRelation(published, MINE, true)).toBe(inProduction);
  });
});

test('the error says that the ref of the published commit is not known, where it is not', () => {
  const run = () => planOlderRun('diverged', THEIRS, MINE, { production: true, allowOlder: false });
  expect(run).toThrow(`${THEIRS.commit} (of an unknown ref), which is published in production.`);
});

describe('relationByDates', () => {
  test.each<[string, string | undefined, string | undefined, Relation]>([
    ['theirs is later', '2026-11-22T10:00:01Z', '2026-11-22T10:00:00Z', 'newer'],
    ['theirs is earlier', '2026-11-22T09:59:59Z', '2026-11-22T10:00:00Z', 'contained'],
    ['both are of one moment', '2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z', 'contained'],
    ['in other time zones', '2026-11-22T12:00:00+02:00', '2026-11-22T10:00:01Z', 'contained'],
    ['theirs is not known', undefined, '2026-11-22T10:00:00Z', 'unknown'],
    ['mine is not known', '2026-11-22T10:00:00Z', undefined, 'unknown'],
    ['theirs is nonsense', 'yesterday', '2026-11-22T10:00:00Z', 'unknown'],
    ['theirs is a day ahead of the clock', '2026-11-23T11:00:00Z', '2026-11-22T10:00:00Z', 'newer'],
    ['theirs is further ahead: a clock is wrong', '2026-11-23T11:00:01Z', '2026-11-22T10:00:00Z', 'unknown'],
    ['mine is further ahead', '2026-11-22T10:00:00Z', '2096-01-01T00:00:00Z', 'unknown'],
  ])('%s', (_, theirs, ours, relation) => {
    const { date: _date, ...undated } = SAME_REF;
    const published = theirs === undefined ? undated : { ...undated, date: theirs };
    expect(relationByDates(published, { ...MINE, date: ours }, new Date('2026-11-22T11:00:00Z'))).toBe(relation);
  });
});
