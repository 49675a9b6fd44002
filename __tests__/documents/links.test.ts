import { describe, expect, test } from '@jest/globals';
import { planLinks, resolveLinks } from '../../src/documents/links.ts';
import type { CheckoutListing, OnDisk } from '../../src/documents/select.ts';
import { blobId } from '../../src/text/ids.ts';

const ids = { a: blobId('1'.repeat(40)), b: blobId('2'.repeat(40)) };
const file = { mode: '100644', id: ids.a };
const link = { mode: '120000', id: ids.b };
const PLAIN = { id: ids.a, executable: false };

/** Tracked links, and the texts that they hold. */
const LINKS: Record<string, string> = {
  'docs/link.md': 'a.md',
  'docs/second.md': './link.md',
  'docs/third.md': '../docs/second.md',
  'docs/to-folder': '../shared',
  'docs/to-folder-slash': '../shared/',
  'docs/to-outside': '../../elsewhere/x.md',
  'docs/to-root': '/etc/passwd',
  'docs/to-nothing': 'nowhere.md',
  'docs/loop-1': 'loop-2',
  'docs/loop-2': 'loop-1',
  'docs/self': 'self',
  'docs/to-key': '../.env',
  'docs/changed-link.md': 'a.md',
  ...Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`chain/${index}`, index === 49 ? '../docs/a.md' : `${index + 1}`]),
  ),
};
const tree: CheckoutListing = {
  index: new Map([
    ...[
      'docs/a.md',
      'README.md',
      'shared/guide.md',
      'docs/gone.md',
      'docs/changed.md',
      'docs/merge.md',
      'docs/crypt.md',
    ].map((path) => [path, file] as const),
    ...['docs/fetched.md', '.env'].map((path) => [path, file] as const),
    ['docs/run.sh', { mode: '100755', id: ids.b }],
    ['docs/sub', { mode: '160000', id: ids.b }],
    ...Object.keys(LINKS).map((path) => [path, link] as const),
  ]),
  deleted: new Set(['docs/gone.md']),
  changed: new Set(['docs/changed.md', 'docs/changed-link.md']),
  bitAlone: new Map(),
  untracked: ['docs/new.md', 'drafts/new.md'],
  ignored: ['docs/built.md'],
  nested: ['docs/theirs'],
  nestedIgnored: ['docs/built'],
  nestedSelected: new Set(),
  unmerged: new Set(['docs/merge.md']),
  filtered: new Map([['docs/crypt.md', 'crypt']]),
  undecodable: [],
};
const disk = new Map<string, OnDisk>([
  ['docs/changed.md', { kind: 'file', size: 1 }],
  ['docs/changed-link.md', { kind: 'link', target: '../README.md' }],
  ['docs/cache.md', { kind: 'file', size: 1 }],
  ['docs/nowhere.md', { kind: 'gone' }],
  ['docs/no/where.md', { kind: 'gone' }],
  ['modules/x.md', { kind: 'file', size: 1 }],
]);
const nonDocument = (path: string) => (path === 'docs/fetched.md' ? 'fetched from the codex by this tool' : undefined);
const texts = (text: string) => new Map([...Object.entries(LINKS), ['docs/l.md', text]]);
const resolve = (text: string, known: ReadonlyMap<string, OnDisk> | undefined = disk) =>
  resolveLinks(tree, ['docs/l.md'], { texts: texts(text), disk: known });
const plan = (text: string) => planLinks(tree, resolve(text), nonDocument);

describe('a link to a tracked regular file of the project is published as that file', () => {
  test.each([
    ['a.md', ['docs/a.md'], PLAIN],
    ['./a.md', ['docs/a.md'], PLAIN],
    ['.././docs//a.md', ['docs/a.md'], PLAIN],
    ['../README.md', ['README.md'], PLAIN],
    ['../docs/../README.md', ['README.md'], PLAIN],
    ['run.sh', ['docs/run.sh'], { id: ids.b, executable: true }],
    ['link.md', ['docs/link.md', 'docs/a.md'], PLAIN],
    ['third.md', ['docs/third.md', 'docs/second.md', 'docs/link.md', 'docs/a.md'], PLAIN],
    ['to-folder/guide.md', ['docs/to-folder', 'shared/guide.md'], PLAIN],
    ['to-folder-slash/../README.md', ['docs/to-folder-slash', 'README.md'], PLAIN],
    ['../chain/12', [...Array.from({ length: 38 }, (_, index) => `chain/${index + 12}`), 'docs/a.md'], PLAIN],
  ])('to %j', (text, way, document) => {
    const { targets, documents, changed, skipped, rerouted } = plan(text);
    expect(Object.fromEntries(targets)).toEqual({ 'docs/l.md': way });
    expect(Object.fromEntries(documents)).toEqual({ 'docs/l.md': document });
    expect([changed.size, skipped.size, rerouted.size]).toEqual([0, 0, 0]);
  });

  test('as the working tree has it, where that changed the file or a link on the way', () => {
    expect(plan('changed.md')).toMatchObject({ changed: new Map([['docs/l.md', 'docs/changed.md']]) });
    expect(plan('changed-link.md')).toMatchObject({
      documents: new Map([['docs/l.md', PLAIN]]),
      targets: new Map([['docs/l.md', ['docs/changed-link.md', 'README.md']]]),
      rerouted: new Set(['docs/l.md']),
    });
  });

  test.each([
    ['link.md', new Map([['docs/l.md', 'link.md']]), undefined, 'docs/link.md'],
    ['changed.md', texts('changed.md'), new Map(), 'docs/changed.md'],
    ['cache.md', texts('cache.md'), new Map(), 'docs/cache.md'],
  ])('and what is not known yet is asked for: %s', (_, known, seen, path) => {
    const ends = resolveLinks(tree, ['docs/l.md'], { texts: known, disk: seen });
    expect(ends.get('docs/l.md')).toEqual({ kind: 'unread', path });
  });
});

describe('any other is left alone, with where it leads', () => {
  test.each([
    ['../../secrets.md', 'a symbolic link out of the project'],
    ['../../project/docs/a.md', 'a symbolic link out of the project'],
    ['/a.md', 'a symbolic link out of the project'],
    ['to-outside', 'a symbolic link to a link that leads out of the project'],
    ['to-root', 'a symbolic link to a link that leads out of the project'],
    ['.', 'a symbolic link to a folder'],
    ['../shared', 'a symbolic link to a folder'],
    ['../shared/', 'a symbolic link to a folder'],
    ['..', 'a symbolic link to a folder'],
    ['../drafts', 'a symbolic link to a folder'],
    ['to-folder', 'a symbolic link to a link that leads to a folder'],
    ['to-folder/', 'a symbolic link to a link that leads to a folder'],
    ['sub', 'a symbolic link to a submodule'],
    ['sub/a.md', 'a symbolic link to a submodule'],
    ['theirs/a.md', 'a symbolic link to another repository'],
    ['built/a.md', 'a symbolic link to another repository'],
    ['new.md', 'a symbolic link to an untracked file'],
    ['built.md', 'a symbolic link to an ignored file'],
    ['cache.md', 'a symbolic link to an ignored file'],
    ['gone.md', 'a symbolic link to a deleted file'],
    ['nowhere.md', 'a symbolic link to nothing'],
    ['no/where.md', 'a symbolic link to nothing'],
    ['../modules/x.md', 'a symbolic link to an ignored file'],
    ['../modules/../../x.md', 'a symbolic link out of the project'],
    ['../.git/config', "a symbolic link to .git/config: a name of git's own"],
    ['a.md/', 'a symbolic link to nothing'],
    ['a.md/../a.md', 'a symbolic link to nothing'],
    ['to-nothing', 'a symbolic link to a link that leads to nothing'],
    ['self', 'a symbolic link to a link that leads back to itself, or through too many others'],
    ['loop-1', 'a symbolic link to a link that leads back to itself, or through too many others'],
    ['../chain/5', 'a symbolic link to a link that leads back to itself, or through too many others'],
    ['../.env', 'a symbolic link to .env: an environment file, which usually holds secrets'],
    ['to-key', 'a symbolic link to .env: an environment file, which usually holds secrets'],
    ['merge.md', 'a symbolic link to a file in an unfinished merge'],
    ['crypt.md', 'a symbolic link to docs/crypt.md, which has a filter driver'],
    ['fetched.md', 'a symbolic link to docs/fetched.md: fetched from the codex by this tool'],
  ])('to %j: %s', (text, reason) => {
    const { targets, documents, changed, skipped, folders } = plan(text);
    expect(Object.fromEntries(skipped)).toEqual({ 'docs/l.md': reason });
    expect([targets.size, documents.size, changed.size]).toEqual([0, 0, 0]);
    expect(folders.size).toBe(/folder$|submodule$|repository$/.test(reason) ? 1 : 0);
  });

  test('of a commit that is not checked out, nothing but the commit is asked', () => {
    const bare = { ...tree, untracked: [], ignored: [], nested: [], nestedIgnored: [], changed: new Set<string>() };
    const ends = resolveLinks(bare, ['docs/l.md'], { texts: texts('cache.md'), disk: undefined });
    expect(planLinks(bare, ends, nonDocument).skipped.get('docs/l.md')).toBe('a symbolic link to nothing');
  });
});
