import { describe, expect, test } from '@jest/globals';
import { planLinks, resolveLinks } from '../../src/documents/links.ts';
import { parsePatterns } from '../../src/documents/patterns.ts';
import {
  type CheckoutListing,
  filesToStage,
  type IndexEntry,
  leftOut,
  type OnDisk,
  planCandidates,
  planSelection,
  withoutFetched,
  withoutUnpublishable,
  withUnknown,
} from '../../src/documents/select.ts';
import { blobId } from '../../src/text/ids.ts';

const [ONE, TWO] = [blobId('1'.repeat(40)), blobId('2'.repeat(40))];
const FILE = { mode: '100644', id: ONE };
const PLAIN = { id: ONE, executable: false };
const DOCS = parsePatterns({ include: ['docs/**'], exclude: ['docs/drafts/**'], includeIgnored: ['docs/build/**'] });

interface Files {
  readonly index?: Record<string, IndexEntry>;
  readonly changed?: string[];
  readonly deleted?: string[];
  readonly unmerged?: string[];
  readonly untracked?: string[];
  readonly nested?: string[];
  readonly nestedIgnored?: string[];
  readonly nestedSelected?: string[];
  readonly ignored?: string[];
  readonly undecodable?: string[];
  readonly filtered?: Record<string, string>;
}

function listing({
  index = {},
  changed,
  deleted,
  unmerged,
  untracked,
  filtered = {},
  nestedSelected,
  ...others
}: Files): CheckoutListing {
  return {
    index: new Map(Object.entries(index)),
    changed: new Set(changed),
    bitAlone: new Map(),
    deleted: new Set(deleted),
    unmerged: new Set(unmerged),
    untracked: untracked ?? [],
    nested: [],
    nestedIgnored: [],
    filtered: new Map(Object.entries(filtered)),
    nestedSelected: new Set(nestedSelected),
    ignored: [],
    undecodable: [],
    ...others,
  };
}

describe('planCandidates', () => {
  function candidates(files: Files) {
    const { indexed, links, onDisk, skipped, unknownBelow } = planCandidates(listing(files), DOCS);
    return {
      unknownBelow: Object.fromEntries(unknownBelow),
      indexed: Object.fromEntries(indexed),
      links: Object.fromEntries(links),
      onDisk,
      skipped: Object.fromEntries(skipped),
    };
  }
  const nothing = { indexed: {}, links: {}, onDisk: [], skipped: {}, unknownBelow: {} };

  test.each<[string, Files, Partial<ReturnType<typeof candidates>>]>([
    ['a tracked file: the id of the index', { index: { 'docs/a.md': FILE } }, { indexed: { 'docs/a.md': PLAIN } }],
    [
      'an executable file keeps its bit',
      { index: { 'docs/a.sh': { mode: '100755', id: ONE } } },
      { indexed: { 'docs/a.sh': { id: ONE, executable: true } } },
    ],
    ['a file that the patterns do not select', { index: { 'src/a.ts': FILE }, untracked: ['b.md'] }, {}],
    ['an excluded file', { index: { 'docs/drafts/a.md': FILE }, untracked: ['docs/drafts/b.md'] }, {}],
    [
      'what the working tree changed is looked at there',
      { index: { 'docs/a.md': FILE }, changed: ['docs/a.md'] },
      { onDisk: ['docs/a.md'] },
    ],
    ['an untracked file is looked at', { untracked: ['docs/new.md'] }, { onDisk: ['docs/new.md'] }],
    [
      'an ignored file counts only where asked for',
      { ignored: ['docs/x.md', 'docs/build/y.md'] },
      { onDisk: ['docs/build/y.md'] },
    ],
    ['a deleted file is gone', { index: { 'docs/a.md': FILE }, deleted: ['docs/a.md'], changed: ['docs/a.md'] }, {}],
    ['a symbolic link', { index: { 'docs/link.md': { mode: '120000', id: TWO } } }, { links: { 'docs/link.md': TWO } }],
    [
      'a submodule is left alone',
      { index: { 'docs/sub': { mode: '160000', id: ONE } } },
      { skipped: { 'docs/sub': 'a submodule' }, unknownBelow: { 'docs/sub': 'a submodule' } },
    ],
    [
      'a file in an unfinished merge is left alone',
      { index: { 'docs/a.md': FILE }, unmerged: ['docs/a.md'], changed: ['docs/a.md'] },
      { skipped: { 'docs/a.md': 'in an unfinished merge' } },
    ],
    [
      'also where the merge took it out of the working tree',
      { index: { 'docs/a.md': FILE }, unmerged: ['docs/a.md'], deleted: ['docs/a.md'] },
      { skipped: { 'docs/a.md': 'in an unfinished merge' } },
    ],
    [
      'the second of two paths that differ only in case is left alone',
      { index: { 'docs/readme.md': FILE, 'docs/README.md': FILE }, untracked: ['docs/Readme.md'] },
      {
        indexed: { 'docs/README.md': PLAIN },
        skipped: {
          'docs/Readme.md': 'differs from docs/README.md only in case',
          'docs/readme.md': 'differs from docs/README.md only in case',
        },
      },
    ],
    [
      'a twin that was deleted, or is not selected, is none',
      { index: { 'docs/A.md': FILE, 'docs/a.md': FILE, 'DOCS/a.md': FILE }, deleted: ['docs/A.md'] },
      { indexed: { 'docs/a.md': PLAIN } },
    ],
    [
      'a name that is never published is no twin',
      { index: { 'docs/.ENV': FILE, 'docs/.env': FILE } },
      {
        skipped: {
          'docs/.ENV': 'an environment file, which usually holds secrets',
          'docs/.env': 'an environment file, which usually holds secrets',
        },
      },
    ],
    [
      'a selected name that is not UTF-8 is left alone',
      { undecodable: ['docs/caf\xe9.md', 'src/caf\xe9.ts'] },
      { skipped: { 'docs/caf\\xe9.md': 'its name is not UTF-8' } },
    ],
    [
      'another repository below, where it is selected',
      { nested: ['docs/theirs', 'src/theirs'] },
      {
        skipped: { 'docs/theirs': 'another repository' },
        unknownBelow: { 'docs/theirs': 'another repository', 'src/theirs': 'another repository' },
      },
    ],
    [
      'another repository in an ignored folder, where ignored files of it are asked for',
      { nestedIgnored: ['docs/build', 'docs/theirs'] },
      {
        skipped: { 'docs/build': 'another repository' },
        unknownBelow: { 'docs/build': 'another repository', 'docs/theirs': 'another repository' },
      },
    ],
    [
      'another repository that holds a file which is selected',
      { nested: ['theirs'], nestedSelected: ['theirs'] },
      { skipped: { theirs: 'another repository' }, unknownBelow: { theirs: 'another repository' } },
    ],
    [
      'what a filter driver would have to turn into what git holds',
      { index: { 'docs/a.md': FILE }, filtered: { 'docs/a.md': 'crypt' }, changed: ['docs/a.md'] },
      { skipped: { 'docs/a.md': 'changed under the filter driver crypt, which is not run' } },
    ],
    [
      'the second of two names that differ only in case',
      { index: { 'docs/A.md': FILE, 'docs/a.md': FILE } },
      { indexed: { 'docs/A.md': PLAIN }, skipped: { 'docs/a.md': 'differs from docs/A.md only in case' } },
    ],
    [
      'the second of two names that differ only in the form of a letter',
      { index: { 'docs/e\u0301.md': FILE, 'docs/\u00e9.md': FILE } },
      {
        indexed: { 'docs/e\u0301.md': PLAIN },
        skipped: { 'docs/\u00e9.md': 'differs from docs/e\u0301.md only in the Unicode form of its letters' },
      },
    ],
  ])('%s', (_, files, expected) => {
    expect(candidates(files)).toEqual({ ...nothing, ...expected });
  });

  test('a document is not left alone because of the bytes of another one', () => {
    // The name of the first in UTF-8, of the second in Latin-1: two files.
    const { indexed, skipped } = candidates({ index: { 'docs/café.md': FILE }, undecodable: ['docs/caf\xe9.md'] });
    expect(indexed).toEqual({ 'docs/café.md': PLAIN });
    expect(Object.keys(skipped)).not.toContain('docs/café.md');
    expect(Object.values(skipped)).toEqual(['its name is not UTF-8']);
  });
});

describe('planSelection', () => {
  const nothing = {
    indexed: new Map(),
    links: new Map(),
    onDisk: [],
    skipped: new Map(),
    unknownBelow: new Map([['docs/theirs', 'another repository']]),
  };
  const noLinks = {
    targets: new Map(),
    documents: new Map(),
    changed: new Map(),
    rerouted: new Set<string>(),
    skipped: new Map(),
    folders: new Set<string>(),
  };
  const disk = new Map<string, OnDisk>([
    ['docs/a.md', { kind: 'file', size: 1 }],
    ['docs/run.sh', { kind: 'file', size: 1 }],
    ['docs/link.md', { kind: 'link', target: 'a.md' }],
    ['docs/pipe', { kind: 'other' }],
    ['docs/folder.md', { kind: 'gone' }],
  ]);
  const staged = new Map([
    ['docs/a.md', PLAIN],
    ['docs/run.sh', { id: TWO, executable: true }],
  ]);

  test('git is asked about regular files only', () => {
    expect(filesToStage(disk)).toEqual(['docs/a.md', 'docs/run.sh']);
  });

  test('what the working tree holds, with its executable bit', () => {
    const selection = planSelection({ ...nothing, onDisk: ['docs/a.md', 'docs/run.sh'] }, noLinks, disk, staged);
    expect(Object.fromEntries(selection.documents)).toEqual({
      'docs/a.md': PLAIN,
      'docs/run.sh': { id: TWO, executable: true },
    });
    expect(selection.skipped.size).toBe(0);
  });

  test('a link, as the file that it leads to', () => {
    const links = { ...noLinks, changed: new Map([['docs/link.md', 'docs/a.md']]) };
    const selection = planSelection({ ...nothing, onDisk: ['docs/link.md'] }, links, disk, staged);
    expect(Object.fromEntries(selection.documents)).toEqual({ 'docs/link.md': PLAIN });
    expect(selection.skipped.size).toBe(0);
  });

  test('is what the index knows, what the working tree holds and what links lead to, and says which git does not track', () => {
    const links = {
      ...noLinks,
      targets: new Map([['docs/l.md', ['docs/b.md']]]),
      documents: new Map([['docs/l.md', PLAIN]]),
      changed: new Map([['docs/link.md', 'docs/a.md']]),
      skipped: new Map([['docs/out.md', 'a symbolic link']]),
    };
    const found = {
      ...nothing,
      indexed: new Map([['docs/b.md', PLAIN]]),
      onDisk: ['docs/a.md', 'docs/pipe'],
      skipped: new Map([['docs/sub', 'a submodule']]),
    };
    const { documents, skipped, untracked, linkTargets } = planSelection(found, links, disk, staged);
    expect([...documents.keys()].sort()).toEqual(['docs/a.md', 'docs/b.md', 'docs/l.md', 'docs/link.md']);
    expect(Object.fromEntries(skipped)).toEqual({
      'docs/sub': 'a submodule',
      'docs/out.md': 'a symbolic link',
      'docs/pipe': 'not a regular file to git',
    });
    expect([...untracked]).toEqual(['docs/a.md', 'docs/link.md']);
    expect(linkTargets).toBe(links.targets);
  });

  test('a link whose way the working tree changed is not what git tracks, though the file is', () => {
    const links = {
      ...noLinks,
      targets: new Map([['docs/l.md', ['docs/m.md', 'docs/b.md']]]),
      documents: new Map([['docs/l.md', PLAIN]]),
      rerouted: new Set(['docs/l.md']),
    };
    expect([...planSelection(nothing, links, disk, staged).untracked]).toEqual(['docs/l.md']);
  });

  test('what is gone is neither published nor left alone', () => {
    const selection = planSelection({ ...nothing, onDisk: ['docs/folder.md'] }, noLinks, disk, staged);
    expect([selection.documents.size, selection.skipped.size]).toEqual([0, 0]);
  });

  test('anything else is left alone', () => {
    const selection = planSelection({ ...nothing, onDisk: ['docs/pipe', 'docs/vanished.md'] }, noLinks, disk, staged);
    expect(selection.documents.size).toBe(0);
    expect([...selection.skipped.keys()]).toEqual(['docs/pipe', 'docs/vanished.md']);
  });
});

test('what a fetch wrote is neither published nor left alone, and reported beside what is left alone', () => {
  const found = planCandidates(
    listing({
      index: { 'docs/a.md': FILE, 'docs/x/a.md': FILE, 'docs/x/link.md': { mode: '120000', id: TWO } },
      untracked: ['docs/x/new.md', 'docs/x/.env'],
    }),
    DOCS,
  );
  const candidates = withoutFetched(found, (path) => path.startsWith('docs/x/'));
  const links = planLinks(
    listing({}),
    resolveLinks(listing({}), [], { texts: new Map(), disk: undefined }),
    () => undefined,
  );
  const selection = planSelection(candidates, links, new Map([['docs/x/new.md', { kind: 'other' }]]), new Map());
  expect([...selection.documents.keys()]).toEqual(['docs/a.md']);
  expect([...selection.skipped.keys()]).toEqual(['docs/x/.env']);
  expect(Object.fromEntries(leftOut(selection))).toEqual({
    'docs/x/.env': 'an environment file, which usually holds secrets',
    'docs/x/a.md': 'fetched from the codex by this tool',
    'docs/x/link.md': 'fetched from the codex by this tool',
    'docs/x/new.md': 'fetched from the codex by this tool',
  });
  expect(leftOut(withoutUnpublishable(selection, new Map([[ONE, 'holds a private key']]))).size).toBe(5);
});

test('what some system cannot hold, and what other projects published, is no document, but for what is never published', () => {
  const isOfOthers = (path: string) => path.startsWith('docs/projects/');
  const files = {
    'docs/a:b.md': FILE,
    'docs/a.md': FILE,
    'docs/projects/x/a.md': FILE,
    'docs/projects/x/.env': FILE,
    'docs/drafts/aux.md': FILE,
  };
  const found = planCandidates(listing({ index: files, untracked: ['docs/end. '] }), parsePatterns(DOCS, isOfOthers));
  const selection = planSelection(
    found,
    planLinks(listing({}), new Map(), () => undefined),
    new Map(),
    new Map(),
  );
  expect([...selection.documents.keys()]).toEqual(['docs/a.md']);
  expect([...selection.skipped.keys()]).toEqual(['docs/projects/x/.env']);
  expect(Object.fromEntries(selection.nonDocuments ?? [])).toEqual({
    'docs/a:b.md': 'its path has a part that begins with a drive letter',
    'docs/end. ': 'its path has a part that ends in a dot or a space, which Windows drops',
    'docs/projects/x/a.md': 'below projects/ of this codex, which holds published documents',
  });
});

test('withoutUnfit leaves every document of that content alone', () => {
  const documents = new Map([
    ['docs/a.md', PLAIN],
    ['docs/key', { id: TWO, executable: false }],
    ['docs/copy', { id: TWO, executable: false }],
  ]);
  const selection = withoutUnpublishable(
    { documents, skipped: new Map([['docs/sub', 'a submodule']]) },
    new Map([[TWO, 'holds a private key']]),
  );
  expect([...selection.documents.keys()]).toEqual(['docs/a.md']);
  expect(Object.fromEntries(selection.skipped)).toEqual({
    'docs/sub': 'a submodule',
    'docs/key': 'holds a private key',
    'docs/copy': 'holds a private key',
  });
});

test('withUnknown leaves alone what was published of another repository, a submodule or a link to a folder', () => {
  const documents = new Map([
    ['docs/a.md', PLAIN],
    ['docs/mixed/own.md', PLAIN],
  ]);
  const unknownBelow = new Map([
    ['docs/site', 'another repository'],
    ['docs/mixed', 'a submodule'],
    ['docs/v1', 'a symbolic link to a folder'],
  ]);
  const given = { documents, skipped: new Map<string, string>(), unknownBelow };
  const there = ['docs/a.md', 'docs/site', 'docs/site/x/a.md', 'docs/sites/a.md', 'docs/mixed/own.md', 'docs/v1/a.md'];
  expect([...withUnknown(given, there).skipped]).toEqual([
    ['docs/site/x/a.md', 'below docs/site, which is another repository'],
    ['docs/v1/a.md', 'below docs/v1, which is a symbolic link to a folder'],
  ]);
  expect(withUnknown({ ...given, unknownBelow: new Map() }, there).skipped.size).toBe(0);
});
