import { describe, expect, test } from '@jest/globals';
import { planLinks } from '../../src/documents/links.ts';
import { type PatternLists, parsePatterns } from '../../src/documents/patterns.ts';
import { type CheckoutListing, planCandidates, planSelection } from '../../src/documents/select.ts';
import {
  explainUnmatched,
  findMissingGenerated,
  findUnmatched,
  type UnmatchedPattern,
} from '../../src/documents/unmatched-patterns.ts';
import { blobId } from '../../src/text/ids.ts';

const FILE = { mode: '100644', id: blobId('1'.repeat(40)) };

/** A project with these files. */
interface Place {
  readonly tracked?: readonly string[];
  readonly ignored?: readonly string[];
  readonly deleted?: readonly string[];
  readonly nested?: readonly string[];
  /** What git ignores, with folders as a whole. */
  readonly ignoredFolders?: readonly string[];
}

const usual = ['README.md', 'CHANGELOG.md', 'docs/a.md', 'docs/api/b.md', 'guides/start.md', 'docs/.env'];

function select(words: Partial<PatternLists>, { tracked = usual, ignored = [], deleted = [], nested = [] }: Place) {
  const include = words.include ?? ['docs/**'];
  const patterns = parsePatterns({ exclude: [], includeIgnored: [], ownInclude: include, ...words, include });
  const listing: CheckoutListing = {
    index: new Map(tracked.map((path) => [path, FILE])),
    ...{ changed: new Set(), deleted: new Set(deleted), unmerged: new Set() },
    ...{
      untracked: [],
      ignored,
      nested,
      nestedIgnored: [],
      nestedSelected: new Set(),
      filtered: new Map(),
      undecodable: [],
    },
    bitAlone: new Map(),
  };
  const candidates = planCandidates(listing, patterns);
  const staged = new Map(candidates.onDisk.map((path) => [path, { id: FILE.id, executable: false }]));
  const links = planLinks(listing, new Map(), () => undefined);
  return { listing, patterns, selection: planSelection(candidates, links, new Map(), staged) };
}

function unmatched(words: Partial<PatternLists>, place: Place = {}): UnmatchedPattern[] {
  const { listing, patterns, selection } = select(words, place);
  return explainUnmatched(findUnmatched(listing, selection, patterns), listing, place.ignoredFolders ?? []);
}

const misspelled = (meant: string, inCaseOnly = false) => ({ kind: 'misspelled', meant, inCaseOnly }) as const;
const nothing = { kind: 'nothing matches' } as const;

describe('a pattern of include that selects nothing', () => {
  test.each<[string, UnmatchedPattern['why'], Place?]>([
    ['CHANGLOG.md', misspelled('CHANGELOG.md')],
    ['changelog.md', misspelled('CHANGELOG.md', true)],
    ['Docs/**', misspelled('docs/a.md', true)],
    ['guids/**', misspelled('guides/**')],
    ['docs/apis/*.md', misspelled('docs/api/*.md')],
    ['guids/*.txt', nothing],
    ['guides', misspelled('guides/**')],
    ['guide', misspelled('guides/**')],
    ['far/away/**', nothing],
    ['docs/none-like-it.md', nothing],
    ['*.mdx', nothing],
    ['docs/drafts/**', { kind: 'excluded', path: 'docs/drafts/x.md' }, { tracked: ['docs/drafts/x.md', 'docs/a.md'] }],
    ['docs/.env*', { kind: 'left out', path: 'docs/.env', reason: 'an environment file, which usually holds secrets' }],
    ['docs/gone.md', nothing, { tracked: ['docs/gone.md', 'docs/a.md'], deleted: ['docs/gone.md'] }],
    ['vendor/docs/**', { kind: 'another repository', path: 'vendor' }, { nested: ['vendor'] }],
    ['vendor/**', { kind: 'another repository', path: 'vendor' }, { nested: ['vendor'] }],
    ['dist/api/*.md', { kind: 'ignored', path: 'dist/' }, { ignoredFolders: ['other/', 'dist/'] }],
    ['*.gen.md', { kind: 'ignored', path: 'x.gen.md' }, { ignoredFolders: ['x.gen.md'] }],
  ])('%s: %j', (glob, why, place = {}) => {
    const words = { include: ['docs/a.md', glob], exclude: ['docs/drafts/**'] };
    expect(unmatched(words, place)).toEqual([{ input: 'include', glob, why }]);
  });

  test('is none where it selects anything, where it is not of this project, and none of exclude counts', () => {
    expect(unmatched({ include: ['docs/**', 'README.md', '**/*.md'], exclude: ['none/**'] })).toEqual([]);
    expect(unmatched({ include: ['none/**', 'README.md'], ownInclude: [] })).toEqual([]);
  });

  test('is every default where nothing at all is selected, so that the error can explain them', () => {
    const defaults = { include: ['docs/**', 'README.md', 'CLAUDE.md'], ownInclude: [] };
    expect(unmatched(defaults, { tracked: ['readme.md', 'doc/a.md', 'index.js'] })).toEqual([
      { input: 'include', glob: 'docs/**', why: misspelled('doc/**') },
      { input: 'include', glob: 'README.md', why: misspelled('readme.md', true) },
      { input: 'include', glob: 'CLAUDE.md', why: nothing },
    ]);
  });

  test('is none where all that it selects is generated', () => {
    const generated = { include: ['docs/**', 'dist/**'], includeIgnored: ['dist/**'] };
    expect(unmatched(generated, { ignored: ['dist/a.md'] })).toEqual([]);
  });
});

describe('a pattern of include-ignored that selects nothing', () => {
  test.each<[string, UnmatchedPattern['why'], Place?]>([
    ['dist/**', nothing],
    ['docs/api/**', { kind: 'not ignored', path: 'docs/api/b.md' }],
    ['dist/**', nothing, { ignoredFolders: ['dist/'] }],
    ['Dist/**', misspelled('dist/', true), { ignoredFolders: ['dist/'] }],
    ['buidl/**', misspelled('build/**'), { ignoredFolders: ['build/', 'node_modules/'] }],
    ['dist/drafts/**', { kind: 'excluded', path: 'dist/drafts/x.md' }, { ignored: ['dist/drafts/x.md'] }],
    [
      'dist/*.pfx',
      { kind: 'left out', path: 'dist/a.pfx', reason: 'named like a private key' },
      { ignored: ['dist/a.pfx'] },
    ],
    ['site/**', { kind: 'another repository', path: 'site' }, { nested: ['site'] }],
  ])('%s: %j', (glob, why, place = {}) => {
    const words = { includeIgnored: ['out/**', glob], exclude: ['dist/drafts/**'] };
    const ignored = ['out/a.md', ...(place.ignored ?? [])];
    expect(unmatched(words, { ...place, ignored })).toEqual([{ input: 'include-ignored', glob, why }]);
  });
});

describe('documents that nobody generated this time', () => {
  const published = [
    'README.md',
    'docs/a.md',
    'docs/api/b.md',
    'docs/api/gone.md',
    'dist/a.md',
    'dist/drafts/x.md',
    'dist/aux.md',
  ];

  function missing(words: Partial<PatternLists>, place: Place = {}) {
    const { patterns, selection } = select(words, place);
    const { certain, ifIgnored } = findMissingGenerated(unmatched(words, place), published, selection, patterns);
    return { certain: [...certain], ifIgnored: [...ifIgnored] };
  }

  test('are those that a pattern without files selected, whether include selects them too or not', () => {
    const dist = { includeIgnored: ['dist/**'], exclude: ['dist/drafts/**'] };
    expect(missing(dist)).toEqual({ certain: [['dist/a.md', 'dist/**']], ifIgnored: [] });
    expect(missing({ ...dist, include: ['docs/**', 'dist/**'] }).certain).toEqual([['dist/a.md', 'dist/**']]);
  });

  test('are those of a pattern all of whose files are excluded, such as the log of a generator that failed', () => {
    const dist = { includeIgnored: ['dist/**'], exclude: ['**/*.log'] };
    expect(missing(dist, { ignored: ['dist/error.log'] }).certain).toEqual([
      ['dist/a.md', 'dist/**'],
      ['dist/drafts/x.md', 'dist/**'],
    ]);
  });

  test('are asked about where committed documents are among what the pattern matches', () => {
    const api = { includeIgnored: ['docs/api/**'] };
    expect(missing(api)).toEqual({ certain: [], ifIgnored: [['docs/api/gone.md', 'docs/api/**']] });
    expect(missing({ ...api, include: ['docs/*.md'] }).certain).toEqual([
      ['docs/api/b.md', 'docs/api/**'],
      ['docs/api/gone.md', 'docs/api/**'],
    ]);
  });

  test('are none where the pattern has files, or is there no more', () => {
    const none = { certain: [], ifIgnored: [] };
    expect(missing({ includeIgnored: ['dist/**'] }, { ignored: ['dist/other.md'] })).toEqual(none);
    expect(missing({ includeIgnored: ['dist/**'] }, { ignored: ['dist/a.pfx'] })).toEqual(none);
    expect(missing({})).toEqual(none);
  });
});
