import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  branchKey,
  branchOf,
  comparePreviewKeys,
  type PreviewKey,
  parsePreviewKey,
  previewJson,
  previewLabel,
  pullRequestKey,
  pullRequestOf,
} from '../../src/codex/overlay.ts';
import { branchName } from '../../src/text/ids.ts';

const number = fc.integer({ min: 1, max: 999_999_999_999_999 });
const branch = fc
  .oneof(
    fc.constantFrom('main', '12', 'heads/x', 'feature/x', 'a\nb', '#12', 'é'),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  )
  .map(branchName);
const key: fc.Arbitrary<PreviewKey> = fc.oneof(number.map(pullRequestKey), branch.map(branchKey));

describe('parsePreviewKey', () => {
  test.each(['1', '12', '999999999999999', 'heads/x', 'heads/12', 'heads/heads/x', 'heads/a\nb'])(
    '%j is a key',
    (text) => {
      expect(parsePreviewKey(text)).toBe(text);
    },
  );

  test.each([
    ...['', '0', '012', '-1', '1.5', '1e3', ' 1', '1\n', '#1', '1000000000000000', '٣'],
    ...['heads/', 'heads', 'x', 'refs/heads/x', 'tags/v1', 'Heads/x', 'HEADS/x', '__proto__'],
  ])('%j is none', (text) => {
    expect(parsePreviewKey(text)).toBeUndefined();
  });

  test('reads what is made of a number or of a branch, and tells one from the other', () => {
    fc.assert(
      fc.property(number, branch, (one, name) => {
        const [ofPull, ofBranch] = [pullRequestKey(one), branchKey(name)];
        expect(parsePreviewKey(ofPull)).toBe(ofPull);
        expect([pullRequestOf(ofPull), branchOf(ofPull)]).toEqual([one, undefined]);
        expect(parsePreviewKey(ofBranch)).toBe(ofBranch);
        expect([pullRequestOf(ofBranch), branchOf(ofBranch)]).toEqual([undefined, name]);
      }),
    );
  });

  test('whatever text there is, a key is of a pull request or of a branch', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `heads/${text}`),
          fc.nat().map(String),
        ),
        (text) => {
          const found = parsePreviewKey(text);
          if (found === undefined) return;
          const one = pullRequestOf(found);
          expect(found).toBe(one === undefined ? branchKey(branchName(branchOf(found) ?? '')) : pullRequestKey(one));
        },
      ),
    );
  });
});

test.each<[PreviewKey, string, number | string]>([
  ['12', '#12', 12],
  ['heads/feature/x', 'feature/x', 'heads/feature/x'],
  ['heads/12', '12', 'heads/12'],
])('%s in a sentence, and in JSON', (one, label, json) => {
  expect(previewLabel(one)).toBe(label);
  expect(previewJson(one)).toBe(json);
});

test('the name of a branch cannot forge a line of the log', () => {
  fc.assert(
    fc.property(branch, (name) => {
      expect(previewLabel(branchKey(branchName(`${name}\n::error::\u001b[2J`)))).toMatch(/^[^\p{Cc}\u202e]*$/u);
    }),
  );
  expect(previewLabel(branchKey(branchName('x'.repeat(1000)))).length).toBeLessThan(120);
});

describe('which of two previews of one date decides', () => {
  test('pull requests before branches, then the higher number or the later name', () => {
    const keys: PreviewKey[] = ['heads/10', '9', 'heads/b', '10', 'heads/9', 'heads/a/b', '100', 'heads/B'];
    expect([...keys].sort(comparePreviewKeys)).toEqual([
      ...['100', '10', '9'],
      ...['heads/b', 'heads/a/b', 'heads/B', 'heads/9', 'heads/10'],
    ]);
  });

  test('is an order: the same from wherever it is looked at', () => {
    fc.assert(
      fc.property(key, key, key, (one, other, third) => {
        const compared = Math.sign(comparePreviewKeys(one, other));
        expect(compared).toBe(-Math.sign(comparePreviewKeys(other, one)) || 0);
        expect(compared === 0).toBe(one === other);
        const isBefore = (first: PreviewKey, second: PreviewKey) => comparePreviewKeys(first, second) < 0;
        if (isBefore(one, other) && isBefore(other, third)) expect(isBefore(one, third)).toBe(true);
      }),
    );
  });
});
