import { expect, test } from '@jest/globals';
import type { CodexEntry } from '../../src/codex/changes.ts';
import { planRetirement } from '../../src/promote/retire.ts';
import { blobId } from '../../src/text/ids.ts';
import { blobIds } from '../support/ids.ts';

function plan(standing: Record<string, string | undefined>, owned: Record<string, string>, most = 50) {
  const entries = new Map<string, CodexEntry>(
    Object.entries(standing).map(([path, id]) => [
      path,
      { document: id === undefined ? undefined : { id: blobId(id), executable: false } },
    ]),
  );
  const preview = {
    commit: 'b'.repeat(40),
    date: undefined,
    documents: blobIds({ p: 'p1', b: null }),
  };
  const manifest = {
    documents: blobIds(owned),
    previews: new Map([['1', preview] as const]),
    source: undefined,
  };
  return planRetirement({ project: 'widgets', environment: 'prod', manifest, entries }, most);
}

test('what was published goes, previews too; edits, links and what nobody owns stay', () => {
  const standing = { a: 'a1', b: 'again', e: 'edited', l: undefined, p: 'p1', x: 'x' };
  const { changes, drifted, skippedInCodex, ...rest } = plan(standing, {
    a: 'a1',
    b: 'b1',
    e: 'e1',
    gone: 'g',
    l: 'l1',
  });
  expect(changes.map(({ path, action }) => [path, action])).toEqual([
    ['a', 'delete'],
    ['p', 'delete'],
  ]);
  expect(drifted).toEqual(['b', 'e']);
  expect(skippedInCodex).toEqual(['l']);
  expect(rest).toMatchObject({ conflicts: [], withheld: [], unowned: [], documents: new Map() });
});

test.each([
  [6, 5],
  [51, 50],
])('%i documents are refused where %i are allowed, and pass when they are named', (number, most) => {
  const many = Object.fromEntries(Array.from({ length: number }, (_, index) => [`docs/${index}`, `${index}`]));
  const said = `Retiring widgets would delete ${number} documents of prod, more than ${most}. If that is meant, confirm the number: `;
  const failure = { code: 'refused-by-guard', message: `${said}"deletion-threshold: ${number}".` };
  expect(() => plan(many, many, most)).toThrow(expect.objectContaining(failure));
  expect(plan(many, many, number).changes).toHaveLength(number);
});
