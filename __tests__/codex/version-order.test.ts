import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { orderVersions, type VersionOrder } from '../../src/codex/commit-order.ts';

const OPPOSITE = { higher: 'lower', lower: 'higher', same: 'same' } as const;
const order = (one: string, other: string) => orderVersions(`refs/tags/${one}`, `refs/tags/${other}`);

test.each<[string, string, VersionOrder]>([
  ['v2.2.0', 'v2.1.1', 'higher'],
  ['v2.10.0', 'v2.9.0', 'higher'],
  ['v1.0.0', '1.0.0', undefined],
  ['gears-v1.0.1', 'gears-v1.0.0', 'higher'],
  ['gears-v1.0.1', 'wheels-v1.0.0', undefined],
  ['@acme/gears@1.10.0', '@acme/gears@1.9.0', 'higher'],
  ['s3-v10.0.0', 's3-v9.0.0', 'higher'],
  ['s3-v1.0.0', 's4-v1.0.0', undefined],
  ['s3-v10.0', 's3-v9.0', 'higher'],
  ['v2026.11.3', 'v2026.9.30', 'higher'],
  ['v1.0.0', 'v1.0.0-rc.1', 'higher'],
  ['v1.0.0-rc.10', 'v1.0.0-rc.9', 'higher'],
  ['v1.0.0-rc.1.1', 'v1.0.0-rc.1', 'higher'],
  ['v1.0.0-beta', 'v1.0.0-alpha.beta', 'higher'],
  ['v1.0.0-alpha.beta', 'v1.0.0-alpha.1', 'higher'],
  ['v1.0.1-rc.1', 'v1.0.0', 'higher'],
  ['v1.0.0', 'v1.0.0', 'same'],
  ['v1.0.0-rc.1', 'v1.0.0-rc.1', 'same'],
  // Of one precedence, but not one version: the commits tell.
  ['v1.0.0+build.2', 'v1.0.0+build.1', undefined],
  ['v1.02.0', 'v1.2.0', undefined],
  ['v2.0', 'v1.9', 'higher'],
  ['v2.1', 'v2.0.9', 'higher'],
  ['v2', 'v1.9.9', 'higher'],
  // Tags that may move to each of their releases.
  ['v2', 'v2.3.0', undefined],
  ['v2.3', 'v2.3.1', undefined],
  ['v2.3', 'v2.3', undefined],
  ['v2', 'v2', undefined],
  ['latest', 'v1.0.0', undefined],
  ['v1.0.0', 'release', undefined],
])('%s against %s: %s', (one, other, expected) => {
  expect(order(one, other)).toBe(expected);
  expect(order(other, one)).toBe(expected && OPPOSITE[expected]);
});

test.each(['refs/heads/v1.0.0', 'v1.0.0', ''])('%j is no tag', (ref) => {
  expect(orderVersions(ref, ref)).toBeUndefined();
  expect(orderVersions('refs/tags/v2.0.0', ref)).toBeUndefined();
});

describe('for any versions of one prefix', () => {
  const number = fc.bigInt({ min: 0n, max: 10n ** 30n });
  const numbers = fc.tuple(number, number, number);
  const small = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2));
  const identifier = fc.oneof(fc.nat(12).map(String), fc.stringMatching(/^[a-z][0-9a-z-]{0,3}$/));
  const version = fc
    .tuple(small, fc.array(identifier, { maxLength: 2 }))
    .map(([parts, pre]) => `v${parts.join('.')}${pre.length > 0 ? `-${pre.join('.')}` : ''}`);

  test('numbers are compared as numbers, however large', () => {
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const index = one.findIndex((part, at) => part !== other[at]);
        const expected = index === -1 ? 'same' : (one[index] ?? 0n) > (other[index] ?? 0n) ? 'higher' : 'lower';
        expect(order(`v${one.join('.')}`, `v${other.join('.')}`)).toBe(expected);
      }),
    );
  });

  test('the order is total: one way only, and in a chain', () => {
    fc.assert(
      fc.property(version, version, version, (one, two, three) => {
        const [first, second] = [order(one, two), order(two, three)];
        expect(order(two, one)).toBe(first && OPPOSITE[first]);
        expect(first === 'same').toBe(one === two);
        if (first === 'higher' && second !== 'lower') expect(order(one, three)).toBe('higher');
      }),
    );
  });
});
