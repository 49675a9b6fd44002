import { expect, test } from '@jest/globals';
import { touchedDocuments } from '../../src/previews/facts.ts';
import { blobId } from '../../src/text/ids.ts';

const document = { id: blobId('a'.repeat(40)), executable: false };
const selection = {
  documents: new Map([['docs/own.md', document]]),
  skipped: new Map([['docs/sub', 'a submodule']]),
  nonDocuments: new Map([['docs/fetched.md', 'fetched']]),
  untracked: new Set<string>(),
  linkTargets: new Map<string, readonly string[]>(),
};
const paths = ['docs/own.md', 'docs/sub', 'docs/fetched.md', 'docs/removed.md'];
const published = new Map(paths.map((path) => [path, 'b'.repeat(40)]));

test.each([
  ['it is told which paths it changes', paths],
  ['nothing tells which paths it changes', undefined],
])('a pull request neither shows nor removes what a fetch wrote, where %s', (_, changed) => {
  expect([...touchedDocuments(changed, selection, published, () => true)]).toEqual([
    ['docs/own.md', document],
    ['docs/removed.md', undefined],
  ]);
});

test('a pull request shows a link that leads through one which it changes, or to a file that it changes', () => {
  const linkTargets = new Map([['docs/own.md', ['docs/current.md', 'docs/v2.md']]]);
  for (const changed of ['docs/current.md', 'docs/v2.md'])
    expect([...touchedDocuments([changed], { ...selection, linkTargets }, new Map(), () => false).keys()]).toEqual([
      'docs/own.md',
    ]);
});
