import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joinMany } from '../../src/plan/join.ts';

test('joins as an array does, however many there are', () => {
  const texts = fc.array(fc.string({ maxLength: 2 }), { maxLength: 20 });
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom(0, 990, 1000, 1980, 2000),
      fc.constantFrom('', ',\n'),
      (some, more, separator) => {
        const all = [...some, ...Array.from({ length: more }, (_, index) => `${index}`)];
        expect(joinMany(all.values(), separator)).toBe(all.join(separator));
      },
    ),
  );
});
