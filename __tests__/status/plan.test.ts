import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CodexEntry } from '../../src/codex/changes.ts';
import type { Manifest, Source } from '../../src/codex/manifest.ts';
import { countChanges } from '../../src/codex/publication.ts';
import type { RepositoryAnswer } from '../../src/github/codex-api.ts';
import { planPromotion } from '../../src/promote/plan.ts';
import {
  inStep,
  PROJECT_STATES,
  type ProjectSide,
  planStatus,
  sortStatuses,
  sourceRepository,
  sourceState,
} from '../../src/status/plan.ts';
import { blobId, branchName } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';
import { keyOf } from '../support/layered-codex.ts';

type Texts = Readonly<Record<string, string>>;
const commit = (letter: string) => letter.repeat(40);
const origin: Source = { repository: 'acme/x', directory: '.', commit: commit('a'), date: '2026-02-01T00:00:00Z' };

/** What stands in the folder, and what was published; `link` is no document, `id+` is executable. */
function side(
  stands: Texts,
  published: Texts = stands,
  { source = origin, previews = {} }: { source?: Source | undefined; previews?: Record<string, Texts> } = {},
) {
  const entries = Object.entries(stands).map(([path, id]): [string, CodexEntry] => {
    const document = id === 'link' ? undefined : { id: blobId(id.replace('+', '')), executable: id.endsWith('+') };
    return [path, { document }];
  });
  const overlay = Object.entries(previews).map(([name, documents]) => {
    const preview = { commit: commit('9'), date: undefined, documents: blobIds(documents) };
    return [keyOf(name), preview] as const;
  });
  const manifest: Manifest = {
    documents: new Map(Object.entries(published).map(([path, id]) => [path, blobId(id.replace('+', ''))])),
    source,
    previews: new Map(overlay),
  };
  return { environment: 'env', branch: branchName('any'), entries: new Map(entries), manifest };
}

const HOW = { production: true, now: new Date('2026-11-30T00:00:00Z') };
const nothing: ProjectSide = {
  environment: 'none',
  branch: branchName('none'),
  entries: new Map(),
  manifest: undefined,
};
const older: Source = { ...origin, commit: commit('b'), date: '2026-01-01T00:00:00Z' };
const newer: Source = { ...origin, commit: commit('c'), date: '2026-03-01T00:00:00Z' };

describe('how a project in one environment stands to another', () => {
  test.each<[string, ProjectSide, ProjectSide, object]>([
    ['equal', side({ x: '1' }), side({ x: '1' }), { state: 'in-step' }],
    [
      'equal, of other commits',
      side({ x: '1' }),
      side({ x: '1' }, { x: '1' }, { source: newer }),
      { state: 'in-step' },
    ],
    [
      'added, modified and deleted',
      side({ x: '2', new: '3' }),
      side({ x: '1', old: '1' }),
      { state: 'waiting', counts: { added: 1, modified: 1, deleted: 1 } },
    ],
    ['an executable bit alone', side({ x: '1+' }), side({ x: '1' }), { state: 'waiting', counts: { modified: 1 } }],
    [
      'edited in the codex, in from: a release leaves it',
      side({ x: '2' }, { x: '1' }),
      side({ x: '1' }),
      { state: 'in-step', editsLeft: 1 },
    ],
    [
      'removed in the codex, in from: a release leaves that',
      side({}, { x: '1' }),
      side({ x: '1' }),
      { state: 'in-step', editsLeft: 1 },
    ],
    [
      'published from a branch off the release line',
      side({ x: '2' }, { x: '2' }, { source: { ...newer, line: 'stable', ref: 'refs/heads/develop' } }),
      side({ x: '1' }),
      { state: 'waiting', line: 'stable' },
    ],
    [
      'a later commit of a lower version',
      side({ x: '2' }, { x: '2' }, { source: { ...newer, ref: 'refs/tags/v1.0.1' } }),
      side({ x: '1' }, { x: '1' }, { source: { ...older, ref: 'refs/tags/v1.1.0' } }),
      { state: 'older' },
    ],
    [
      'an earlier commit of a higher version',
      side({ x: '2' }, { x: '2' }, { source: { ...older, ref: 'refs/tags/v1.1.0' } }),
      side({ x: '1' }, { x: '1' }, { source: { ...newer, ref: 'refs/tags/v1.0.1' } }),
      { state: 'waiting' },
    ],
    [
      'edited in the codex, in env: a release keeps it',
      side({ x: '1' }),
      side({ x: '2' }, { x: '1' }),
      { state: 'edited', counts: { modified: 0 }, drifted: 1, conflicts: 0 },
    ],
    [
      'removed in the codex, in env: a release restores it',
      side({ x: '1' }),
      side({}, { x: '1' }),
      { state: 'waiting', counts: { added: 1 }, drifted: 1 },
    ],
    [
      'changed in from, edited in env',
      side({ x: '3' }, { x: '3' }),
      side({ x: '2' }, { x: '1' }),
      { state: 'waiting', counts: { modified: 1 }, drifted: 1, conflicts: 1 },
    ],
    [
      'what nobody owns in env stays',
      side({ x: '1' }),
      side({ x: '1', own: '5' }, { x: '1' }),
      { state: 'in-step', counts: { deleted: 0 } },
    ],
    ['only in from', side({ x: '1', y: '2' }), nothing, { state: 'only-in-from', counts: { added: 2 } }],
    ['only in env', nothing, side({ x: '1' }), { state: 'only-in-env', counts: { deleted: 0 } }],
    ['folders without manifests', { ...nothing, entries: new Map() }, nothing, { state: 'unpublished' }],
    [
      'older than env',
      side({ x: '1' }, { x: '1' }, { source: older }),
      side({ x: '2' }, { x: '2' }, { source: newer }),
      { state: 'older', source: older, envSource: newer },
    ],
    [
      'of another owner: a release refuses that',
      side({ x: '1' }, { x: '1' }, { source: older }),
      side({ x: '2' }, { x: '2' }, { source: { ...newer, repository: 'acme/y' } }),
      { state: 'problem', problem: expect.stringContaining('adopt: true') },
    ],
    [
      'without dates nothing tells',
      side({ x: '1' }, { x: '1' }, { source: { ...older, date: 'yesterday' } }),
      side({ x: '2' }, { x: '2' }, { source: newer }),
      { state: 'waiting' },
    ],
    [
      'a preview over what is in step',
      side({ x: '2', new: '3' }, { x: '1' }, { previews: { 12: { x: '2', new: '3' }, 7: { x: '2' } } }),
      side({ x: '1' }),
      { state: 'in-step', counts: { added: 0, modified: 0 }, previews: ['7', '12'] },
    ],
    [
      'a preview over a document whose bit nobody knows',
      side({ x: '2' }, { x: '1' }, { previews: { 12: { x: '2' } } }),
      side({ x: '1+' }),
      { state: 'in-step', counts: { modified: 0 } },
    ],
    [
      'a preview alone',
      side({ new: '3' }, {}, { source: { repository: 'acme/x', directory: '.' }, previews: { 7: { new: '3' } } }),
      nothing,
      { state: 'unpublished', previews: ['7'] },
    ],
    [
      'previews in env',
      side({ x: '1' }),
      side({ x: '2' }, { x: '1' }, { previews: { 7: { x: '2' } } }),
      { state: 'in-step', drifted: 0, previews: ['7'] },
    ],
    [
      'a link in from',
      side({ x: 'link' }, { x: '1' }),
      side({ x: '1' }),
      { state: 'in-step', counts: { deleted: 0 }, skipped: 1 },
    ],
    ['a link in env', side({ x: '1' }), side({ x: 'link' }, { x: '1' }), { counts: { modified: 0 }, skipped: 1 }],
    [
      'a file where env has a folder',
      side({ x: '1' }),
      side({ 'x/y': '5', z: '1' }, { z: '1' }),
      { state: 'problem', problem: expect.stringContaining('"x" cannot be published') },
    ],
    [
      'of one commit, generated otherwise',
      side({ x: '2' }, { x: '2' }, { source: newer }),
      side({ x: '1' }, { x: '1' }, { source: { ...newer, date: '2026-04-01T00:00:00Z' } }),
      { state: 'waiting' },
    ],
    [
      'of no known commit',
      side({ x: '2' }, { x: '2' }, { source: { repository: 'acme/x', directory: '.' } }),
      side({ x: '1' }, { x: '1' }, { source: newer }),
      { state: 'waiting' },
    ],
    [
      'behind a commit of a wrong clock, which orders nothing',
      side({ x: '2' }, { x: '2' }, { source: newer }),
      side({ x: '1' }, { x: '1' }, { source: { ...older, date: '2096-01-01T00:00:00Z' } }),
      { state: 'waiting' },
    ],
    [
      'previews on both sides, branches by name and pull requests by number',
      side({ x: '1' }, { x: '1' }, { previews: { 'heads/b': {}, 100: {}, 12: {} } }),
      side({ x: '1' }, { x: '1' }, { previews: { 20: {}, 12: {}, 'heads/a': {} } }),
      { state: 'in-step', previews: ['heads/a', 'heads/b', '12', '20', '100'] },
    ],
    ['a problem in from', { problem: 'Bad.' }, side({ x: '1' }), { state: 'problem', problem: 'Bad.' }],
    ['problems in both', { problem: 'Bad.' }, { problem: 'Worse.' }, { state: 'problem', problem: 'Bad. Worse.' }],
  ])('%s', (_, from, env, expected) => {
    expect(planStatus('x', from, env, HOW)).toMatchObject(expected);
  });

  test('in step with itself but for what somebody removed; and every document waits for an empty one', () => {
    const texts = fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'e'), fc.constantFrom('1', '2', '3+'), { minKeys: 1 });
    fc.assert(
      fc.property(texts, texts, (stands, published) => {
        const one = side(stands, published);
        const status = planStatus('x', one, one, HOW);
        const removed = Object.keys(published).filter((path) => !(path in stands));
        expect(status.counts).toEqual({ added: removed.length, modified: 0, deleted: 0 });
        const alone = planStatus('x', one, nothing, HOW);
        expect(alone.counts.added).toBe(Object.keys(published).length);
      }),
    );
  });
});

describe('in production edits of the codex wait for "release-edits"', () => {
  test.each<[string, ProjectSide, ProjectSide, object]>([
    [
      'edited in from',
      side({ x: '2' }, { x: '1' }),
      side({ x: '1' }),
      { state: 'in-step', counts: { modified: 0 }, editsLeft: 1 },
    ],
    [
      'removed in from',
      side({}, { x: '1' }),
      side({ x: '1' }),
      { state: 'in-step', counts: { deleted: 0 }, editsLeft: 1 },
    ],
    [
      'edited in from, and changed in the project',
      side({ x: '3' }, { x: '2' }),
      side({ x: '1' }),
      { state: 'waiting', counts: { modified: 1 }, editsLeft: 1 },
    ],
    ['not edited', side({ x: '2' }), side({ x: '1' }), { state: 'waiting', editsLeft: 0 }],
  ])('%s', (_, from, env, expected) => {
    expect(planStatus('x', from, env, HOW)).toMatchObject(expected);
  });
});

test.each<[string, Source, string | undefined]>([
  ['as it is written', { ...origin, line: 'stable' }, 'stable'],
  ['by the ref, where it is not written', { ...origin, ref: 'refs/heads/main' }, 'release'],
  ['none, where only previews are', { repository: 'acme/x', directory: '.' }, undefined],
])('the line of what from has: %s', (_, source, line) => {
  expect(planStatus('x', side({ x: '1' }, { x: '1' }, { source }), nothing, HOW).line).toBe(line);
});

test('counts what a promotion would move, bits, links and previews included', () => {
  const path = fc.constantFrom('a', 'b', 'c/d', 'c');
  const texts = (...ids: string[]) => fc.dictionary(path, fc.constantFrom('1', '2', ...ids), { maxKeys: 3 });
  const sides = fc
    .tuple(texts('1+', 'link'), texts(), fc.option(texts()))
    .map(([stands, published, preview]) => side(stands, published, preview ? { previews: { 12: preview } } : {}));
  const [threshold, onConflict] = [{ count: 10, percent: 100 }, 'project' as const];
  const rules = { threshold, onConflict, allowEmpty: true, releaseEdits: false };
  fc.assert(
    fc.property(sides, sides, fc.boolean(), (from, to, production) => {
      const status = planStatus('x', from, to, { ...HOW, production });
      const promote = () => planPromotion({ project: 'x', from, to, production, ...rules });
      if (status.state === 'problem') expect(promote).toThrow(status.problem);
      else expect(countChanges(promote().overlayPlan.plan.changes)).toEqual(status.counts);
    }),
  );
});

test('those that wait come first, then by name', () => {
  const statuses = PROJECT_STATES.flatMap((state) => ['b', 'a'].map((project) => ({ ...inStep(project), state })));
  const sorted = sortStatuses([...statuses].reverse());
  expect(sorted.map(({ state }) => state)).toEqual(PROJECT_STATES.flatMap((state) => [state, state]));
  expect(sorted.slice(0, 2).map(({ project }) => project)).toEqual(['a', 'b']);
  expect(sortStatuses(sorted)).toEqual(sorted);
});

describe('source repositories', () => {
  test.each<[string, RepositoryAnswer]>([
    ['there', { kind: 'found', fullName: 'Acme/X', archived: false, visibility: 'private' }],
    ['archived', { kind: 'found', fullName: 'acme/x', archived: true, visibility: 'private' }],
    ['renamed', { kind: 'found', fullName: 'acme/y', archived: true, visibility: 'private' }],
    ['not-found', { kind: 'not-found' }],
    ['unknown', { kind: 'unknown' }],
  ])('%s', (state, seen) => {
    expect(sourceState('acme/x', seen)).toBe(state);
  });

  test('is that of from, else that of env, and never a text that is no repository', () => {
    const status = inStep('x');
    expect(sourceRepository(status)).toBeUndefined();
    expect(sourceRepository({ ...status, source: origin, envSource: newer })).toBe('acme/x');
    expect(sourceRepository({ ...status, envSource: { ...origin, repository: 'acme/z' } })).toBe('acme/z');
    expect(sourceRepository({ ...status, source: { ...origin, repository: '../..' } })).toBeUndefined();
  });
});
