import { expect, test } from '@jest/globals';
import { withoutTwins } from '../../src/plan/twins.ts';

const document = { id: 'a'.repeat(40), executable: false };
const none = new Map<never, never>();

function leftAlone(paths: string[], standing: string[], published: string[] = [], previewed: string[] = []) {
  const selection = {
    documents: new Map(paths.map((path) => [path, document])),
    leftAlone: new Map([['link', 'a link']]),
  };
  const preview = { commit: 'b'.repeat(40), date: undefined, documents: new Map(previewed.map((path) => [path, 'c'])) };
  const found = withoutTwins(selection, new Map(standing.map((path) => [path, undefined])), {
    documents: new Map(published.map((path) => [path, 'd'])),
    previews: previewed.length > 0 ? new Map([['12', preview] as const]) : none,
  });
  const { link, ...reasons } = Object.fromEntries(found.leftAlone);
  expect(link).toBe('a link');
  expect([...found.documents.keys(), ...Object.keys(reasons)].sort()).toEqual([...paths].sort());
  return reasons;
}

test.each([
  ['case', 'docs/Guide.md', 'docs/guide.md', 'case'],
  ['the form of letters', 'caf\u00e9.md', 'cafe\u0301.md', 'the Unicode form of its letters'],
])('what would stand beside a twin in %s that somebody put there is left alone', (_, theirs, mine, words) => {
  expect(leftAlone([mine, 'other.md'], [theirs])).toEqual({
    [mine]: `differs from ${theirs} in the codex only in ${words}: rename one of them`,
  });
});

test.each<[string, string[], string[], string[]]>([
  ['what stands there already', ['GUIDE.md', 'guide.md'], [], []],
  ['what takes the place of what was published', ['GUIDE.md'], ['GUIDE.md'], []],
  ['what takes the place of what a pull request brought', ['GUIDE.md'], [], ['GUIDE.md']],
  ['what has no twin', ['docs/guide.md'], [], []],
])('%s goes on', (_, standing, published, previewed) => {
  expect(leftAlone(['guide.md'], standing, published, previewed)).toEqual({});
});
