import { expect, test } from '@jest/globals';
import { hashBlob } from '../../src/text/bytes.ts';

// As `git hash-object` says.
test.each([
  ['', 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'],
  ['hello\n', 'ce013625030ba8dba906f756967f9e9ca394464a'],
  ['é\0\r\n', 'fe6f9c566e67b92cafe2e126970881b2da7c7238'],
])('%j', (text, id) => {
  expect(hashBlob(Buffer.from(text))).toBe(id);
});
