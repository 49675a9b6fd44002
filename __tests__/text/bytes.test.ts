import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeMany, joinMany } from '../../src/text/bytes.ts';

test('joins as an array does, however many there are', () => {
  const texts = fc.array(fc.string({ maxLength: 2 }), { maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.constantFrom(0, 990, 1000, 1980, 2000), (some, more) => {
      const all = [...some, ...Array.from({ length: more }, (_, index) => `${index}`)];
      expect(joinMany(all.values())).toBe(all.join(''));
    }),
  );
});

test('encodes as one text would be', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const render = (text: string) => `<${text}>`;
      expect(encodeMany(texts, render)).toEqual(Buffer.from(texts.map(render).join('')));
    }),
  );
});
