import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  effectiveTree,
  newestFirst,
  type Overlay,
  type Preview,
  type PreviewKey,
  withPreview,
} from '../../src/codex/overlay.ts';
import { blobIds } from '../support/ids.ts';
import { keyOf } from '../support/layered-codex.ts';

const preview = (date: string | undefined, documents: Record<string, string | null>): Preview => ({
  commit: 'c'.repeat(40),
  date,
  documents: blobIds(documents),
});
const overlay = (documents: Record<string, string>, previews: Record<string, Preview> = {}): Overlay => ({
  documents: blobIds(documents),
  previews: new Map(Object.entries(previews).map(([name, one]) => [keyOf(name), one])),
});
const [early, late] = ['2026-11-22T10:00:00Z', '2026-11-22T11:00:00Z'];

describe('what stands on the branch', () => {
  test.each<[string, Overlay, { id: string | undefined; preview: PreviewKey | undefined }]>([
    ['nothing', overlay({}), { id: undefined, preview: undefined }],
    ['what was published', overlay({ x: 'a' }), { id: 'a', preview: undefined }],
    ['a preview of it', overlay({ x: 'a' }, { 7: preview(early, { x: 'b' }) }), { id: 'b', preview: '7' }],
    ['a preview that adds it', overlay({}, { 7: preview(early, { x: 'b' }) }), { id: 'b', preview: '7' }],
    [
      'a preview that removes it',
      overlay({ x: 'a' }, { 7: preview(early, { x: null }) }),
      { id: undefined, preview: '7' },
    ],
    [
      'a preview that does not name it',
      overlay({ x: 'a' }, { 7: preview(early, { y: 'b' }) }),
      { id: 'a', preview: undefined },
    ],
    [
      'the newer of two previews',
      overlay({ x: 'a' }, { 7: preview(late, { x: 'b' }), 8: preview(early, { x: 'c' }) }),
      { id: 'b', preview: '7' },
    ],
    [
      'the newer of two, the older names it alone',
      overlay({ x: 'a' }, { 7: preview(late, {}), 8: preview(early, { x: 'c' }) }),
      { id: 'c', preview: '8' },
    ],
    [
      'the higher number of two of one moment',
      overlay({ x: 'a' }, { 9: preview(early, { x: 'b' }), 10: preview(early, { x: 'c' }) }),
      { id: 'c', preview: '10' },
    ],
    [
      "a pull request's before a branch's of one moment",
      overlay({ x: 'a' }, { 9: preview(early, { x: 'b' }), 'heads/z': preview(early, { x: 'c' }) }),
      { id: 'b', preview: '9' },
    ],
    [
      "a branch's, which is newer, before a pull request's",
      overlay({ x: 'a' }, { 9: preview(early, { x: 'b' }), 'heads/z': preview(late, { x: 'c' }) }),
      { id: 'c', preview: 'heads/z' },
    ],
    [
      'the later name of two branches of one moment',
      overlay({ x: 'a' }, { 'heads/a': preview(early, { x: 'b' }), 'heads/b': preview(early, { x: 'c' }) }),
      { id: 'c', preview: 'heads/b' },
    ],
    [
      'what lies beneath the first previews, where nothing else is',
      overlay({}, { 'heads/main': preview(undefined, { x: 'b' }), 9: preview(early, { y: 'c' }) }),
      { id: 'b', preview: 'heads/main' },
    ],
    [
      'one with a date before one without',
      overlay({ x: 'a' }, { 7: preview(early, { x: 'b' }), 8: preview(undefined, { x: 'c' }) }),
      { id: 'b', preview: '7' },
    ],
    [
      'nothing where a preview has a file in the place of its folder',
      overlay({ x: 'a' }, { 7: preview(early, { 'x/y': 'b' }) }),
      { id: undefined, preview: '7' },
    ],
    [
      'what was published, where a preview removes what was below it',
      overlay({ x: 'a' }, { 7: preview(early, { 'x/y': null }) }),
      { id: 'a', preview: undefined },
    ],
  ])('%s', (_, all, expected) => {
    expect(effectiveTree(all).at('x')).toEqual(expected);
  });

  test('nothing below a file of a preview, but what a newer one puts there', () => {
    const file = overlay({ 'x/y/z': 'a' }, { 7: preview(early, { x: 'b' }) });
    expect(effectiveTree(file).at('x/y/z')).toEqual({ id: undefined, preview: '7' });
    const removed = overlay({ 'x/y': 'a' }, { 7: preview(early, { x: null }) });
    expect(effectiveTree(removed).at('x/y')).toEqual({ id: 'a', preview: undefined });
    const newer = effectiveTree(overlay({}, { 7: preview(early, { x: 'b' }), 8: preview(late, { 'x/y': 'c' }) }));
    expect(newer.at('x/y')).toEqual({ id: 'c', preview: '8' });
    expect(newer.at('x')).toEqual({ id: undefined, preview: '8' });
  });

  test('is what one gets by laying one over the other, whatever the layers are', () => {
    const path = fc.constantFrom('a', 'b', 'c');
    const id = fc.constantFrom('1', '2', '3');
    const date = fc.option(fc.constantFrom(early, late), { nil: undefined });
    const one = fc.tuple(date, fc.dictionary(path, fc.option(id))).map(([when, documents]) => preview(when, documents));
    const all = fc.record({
      documents: fc.dictionary(path, id).map((documents) => blobIds(documents)),
      previews: fc
        .array(fc.tuple(fc.constantFrom<PreviewKey[]>('1', '2', 'heads/a', 'heads/b'), one), { maxLength: 4 })
        .map((entries) => new Map(entries)),
    });
    fc.assert(
      fc.property(all, (some) => {
        // The model: lay one over the other, oldest first.
        const model = new Map<string, string | null>(some.documents);
        for (const [, { documents }] of newestFirst(some.previews).reverse()) {
          for (const [name, what] of documents) model.set(name, what);
        }
        for (const name of ['a', 'b', 'c']) {
          expect(effectiveTree(some).at(name).id ?? null).toBe(model.get(name) ?? null);
        }
      }),
    );
  });
});

test('a preview is laid in the place of what it was, or taken away, and the others stay', () => {
  const [ours, theirs] = [preview(early, { x: 'b' }), preview(early, { y: 'c' })];
  const before = overlay({ x: 'a' }, { 7: preview(early, { x: 'old' }), 8: theirs });
  expect(withPreview(before, '7', ours)).toEqual(overlay({ x: 'a' }, { 8: theirs, 7: ours }));
  expect(withPreview(before, '7', undefined)).toEqual(overlay({ x: 'a' }, { 8: theirs }));
  expect(withPreview(before, '9', undefined)).toEqual(before);
});
