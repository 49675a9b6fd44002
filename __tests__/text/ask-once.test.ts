import { expect, test } from '@jest/globals';
import { askOnce } from '../../src/text/ids.ts';

test('questions with the same key share one answer, also while it is on its way', async () => {
  const asked: string[] = [];
  const read = askOnce(
    (commit: string, _hint: string) => commit,
    async (commit, hint) => {
      asked.push(`${commit} ${hint}`);
      return asked.length;
    },
  );
  expect(await Promise.all([read('a', '1'), read('a', '2'), read('b', '3')])).toEqual([1, 1, 2]);
  expect(await read('b', '4')).toBe(2);
  expect(asked).toEqual(['a 1', 'b 3']);
});
