import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FetchRecord, fetchedFinder, recordPlaces } from '../../src/documents/never-published.ts';
import { type CachedDocument, pathOnDisk, renderIndex } from '../../src/fetch/cache-index.ts';
import { blobId } from '../../src/text/ids.ts';
import { runs } from '../support/runs.ts';

const id = blobId('a'.repeat(40));
function cached(organization: string, project: string, environment: string, path: string): CachedDocument {
  const origin = { codex: 'acme/codex.acme.com', organization, project, environment, branch: environment };
  return { ...origin, path, commit: id, blob: id, cachedAt: '2026-11-24T06:00:00Z', ttl: 1, size: 1 };
}

const index = (...documents: CachedDocument[]) => renderIndex(documents);
const GUIDE = index(cached('acme', 'widgets', 'test', 'docs/guide.md'));
const OLD = JSON.stringify({ version: '3.0', entries: [{ path: 'acme/widgets/docs/guide.md' }] });

/** Of these paths those that a fetch wrote, when `docs/x` holds an index of this text. */
function fetchedOf(text: string | undefined, paths: readonly string[], name = '.cache-index.json'): string[] {
  return paths.filter(fetchedFinder([{ path: `docs/x/${name}`, text }]));
}

describe('a folder with an index of the cache is a cache directory', () => {
  const own = ['docs/x/readme.md', 'docs/x/api/v1/users.md', 'docs/guide.md', 'docs/acme/widgets/test/a.md', 'x'];

  test.each<[string, string[]]>([
    ['what it lists', ['docs/x/acme/widgets/test/docs/guide.md']],
    ['what an earlier run fetched and it does not list', ['docs/x/acme/gadgets/prod/a.md']],
    ['the spelling of a disk that folds case', ['docs/x/ACME/widgets/test/a.md']],
    ['the index itself and the files beside it', ['docs/x/.cache-index.json', 'docs/x/.gitignore']],
    ['the index that the earlier tool left', ['docs/x/.cache-index-3.0.json']],
  ])('%s was fetched', (_, paths) => {
    expect(fetchedOf(GUIDE, [...paths, ...own])).toEqual(paths);
  });

  test("the project's own deep folders are none of it, where the index names whose documents it holds", () => {
    expect(fetchedOf(GUIDE, ['docs/x/api/v1/users/get.md', 'docs/x/acme/notes/a.md'])).toEqual([]);
  });

  test.each<[string, string | undefined]>([
    ['cannot be read', undefined],
    ['is no JSON', '{"version":"4.0","ent'],
    ['is no object', '[]'],
    ['names nothing', '{"version":"4.0","entries":[]}'],
    ['has no list', '{"version":"4.0"}'],
    ['is of a later version', '{"version":"5.0","entries":[{"place":"acme"}]}'],
    ['has one damaged entry', JSON.stringify({ version: '4.0', entries: [{ path: 'acme/a/test/x' }, { path: 7 }] })],
    ['has an entry of no document', JSON.stringify({ version: '4.0', entries: [{ path: '/etc/passwd' }, null] })],
  ])('where it %s, every folder of its shape was fetched', (_, text) => {
    const paths = ['docs/x/acme/widgets/test/a.md', 'docs/x/other/gadgets/prod/deep/a.md', 'docs/x/.cache-index.json'];
    expect(fetchedOf(text, [...paths, ...own])).toEqual(paths);
  });

  test.each(['{}', '{"version":3,"files":[]}'])("a file of another tool's with that name is none: %s", (text) => {
    expect(fetchedOf(text, ['docs/x/acme/widgets/test/a.md', 'docs/x/.cache-index.json'])).toEqual([]);
  });

  test.each(['.cache-index.json', '.cache-index-3.0.json'])(
    "the earlier tool's layout knows no environment: %s",
    (name) => {
      const paths = ['docs/x/acme/widgets/README.md', 'docs/x/acme/widgets/docs/guide.md'];
      expect(fetchedOf(OLD, [...paths, 'docs/x/acme/a.md', 'docs/x/api/v1/users.md'], name)).toEqual(paths);
    },
  );

  test("one that is the project's directory, or above it, takes nothing but what was fetched there", () => {
    const records = [{ path: '.cache-index.json', text: index(cached('acme', 'widgets', 'test', 'a.md')) }];
    expect(['docs/a/b/c/d.md', 'acme/own/deep/c.md', 'acme/widgets/test/b.md'].filter(fetchedFinder(records))).toEqual([
      'acme/widgets/test/b.md',
    ]);
    expect(['docs/a.md', 'test/b.md'].filter(fetchedFinder(records, 'acme/widgets/'))).toEqual(['test/b.md']);
  });
});

describe('in any tree', () => {
  const part = fc.constantFrom('docs', 'acme', 'widgets', 'test', 'a', 'B');
  const folder = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
  const file = fc.tuple(folder, part).map(([where, name]) => posix.join(where, `${name}.md`));
  const document = fc
    .tuple(fc.constantFrom('acme', 'Other-1'), part, fc.constantFrom('test', 'prod'), file)
    .map((words) => cached(...words));
  const cacheDirectory = fc.record({
    folder,
    listed: fc.array(document, { minLength: 1, maxLength: 3 }),
    dropped: fc.array(document, { maxLength: 3 }),
    damage: fc.constantFrom('none', 'none', 'cut', 'unreadable'),
  });
  const tree = fc.record({ caches: fc.array(cacheDirectory, { maxLength: 3 }), own: fc.array(file) });
  type Tree = typeof tree extends fc.Arbitrary<infer T> ? T : never;

  function recordsOf({ caches }: Tree): FetchRecord[] {
    const byPath = new Map(
      caches.map(({ folder, listed, damage }) => {
        const whole = index(...listed);
        const text = damage === 'none' ? whole : damage === 'cut' ? whole.slice(0, whole.length / 2) : undefined;
        return [posix.join(folder, '.cache-index.json'), text] as const;
      }),
    );
    return [...byPath].map(([path, text]) => ({ path, text }));
  }

  test('all that was fetched is found, listed or not, and of the own files none that is outside of a cache directory', () => {
    let outside = 0;
    let dropped = 0;
    fc.assert(
      fc.property(tree, (given) => {
        // One index of a folder: the last that was written.
        const caches = [...new Map(given.caches.map((one) => [one.folder, one])).values()];
        const isFetched = fetchedFinder(recordsOf(given));
        for (const { folder, listed, dropped: gone, damage } of caches) {
          const known = new Set(listed.map(({ organization }) => organization));
          const left = gone.filter(
            ({ organization }) => damage !== 'none' || (folder !== '' && known.has(organization)),
          );
          dropped += left.length;
          const paths = [...listed, ...left].map((one) => posix.join(folder, pathOnDisk(one)));
          expect(paths.filter((path) => !isFetched(path))).toEqual([]);
        }
        const isOutside = (path: string) =>
          caches.every(({ folder }) => folder !== '' && !path.startsWith(`${folder}/`));
        const own = given.own.filter(isOutside);
        outside += own.length;
        expect(own.filter(isFetched)).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
    expect(Math.min(outside, dropped)).toBeGreaterThan(50);
  });

  test('only the places that are asked about need to be looked at', () => {
    let covered = 0;
    fc.assert(
      fc.property(tree, fc.constantFrom('', 'docs/', 'docs/acme/'), (given, prefix) => {
        const records = recordsOf(given);
        const fetched = given.caches.flatMap(({ folder, listed }) =>
          listed.map((one) => posix.join(folder, pathOnDisk(one))),
        );
        const beside = records.map(({ path }) => path);
        const inside = [...given.own, ...fetched, ...beside].filter((path) => path.startsWith(prefix));
        const paths = inside.map((path) => path.slice(prefix.length));
        const places = new Set(recordPlaces(paths, prefix));
        const near = records.filter(({ path }) => places.has(path));
        const found = paths.filter(fetchedFinder(records, prefix));
        covered += found.length;
        expect(paths.filter(fetchedFinder(near, prefix))).toEqual(found);
      }),
      { numRuns: runs(500) },
    );
    expect(covered).toBeGreaterThan(50);
  });

  test('the usual documents are near their root, where there is little to look at', () => {
    expect(recordPlaces(['README.md', 'docs/a.md', '.claude/b.md'])).toEqual([]);
    expect(recordPlaces(['docs/a/b/c.md'])).toEqual([
      ...['.cache-index.json', '.cache-index-3.0.json'],
      ...['docs/.cache-index.json', 'docs/.cache-index-3.0.json'],
    ]);
  });
});
