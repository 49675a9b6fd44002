import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_MANIFEST, type Manifest, type Source } from '../../src/codex/manifest.ts';
import type { Overlay } from '../../src/codex/overlay.ts';
import {
  checkOwner,
  checkSelected,
  countChanges,
  isEmptyManifest,
  planManifest,
  renderCommitMessage,
} from '../../src/codex/publication.ts';
import { parsePatterns } from '../../src/documents/patterns.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { type BlobId, blobId, branchName } from '../../src/text/ids.ts';

const [OLD, NEW, COMMIT] = [blobId('a'.repeat(40)), blobId('b'.repeat(40)), 'c'.repeat(40)];
const MINE = { repository: 'acme/widgets', directory: '.', commit: COMMIT, ref: 'refs/heads/main' } satisfies Source;
const EARLIER: Source = { ...MINE, commit: OLD };

describe('checkOwner: the folder belongs to one repository and directory', () => {
  test.each<[string, Source | undefined]>([
    ['nobody published there yet', undefined],
    ['this repository did', EARLIER],
    ['GitHub does not tell upper from lower case', { ...EARLIER, repository: 'Acme/Widgets' }],
  ])('%s: it is ours', (_, published) => {
    expect(checkOwner(published, MINE, 'widgets', false)).toBe(false);
    expect(checkOwner(published, MINE, 'widgets', true)).toBe(false);
  });

  test.each<[string, Source, string]>([
    ['another repository', { ...EARLIER, repository: 'acme/gadgets' }, 'acme/gadgets'],
    ['the same name elsewhere', { ...EARLIER, repository: 'evil/widgets' }, 'evil/widgets'],
    [
      'a package of the same repository',
      { ...EARLIER, directory: 'packages/a' },
      'acme/widgets (directory packages/a)',
    ],
    ['a directory that differs in case', { ...EARLIER, directory: 'Docs' }, 'acme/widgets (directory Docs)'],
  ])('%s: an error naming both, unless "adopt"', (_, published, named) => {
    const run = () => checkOwner(published, MINE, 'widgets', false);
    expect(run).toThrow(CodexSyncError);
    expect(run).toThrow(expect.objectContaining({ code: 'not-owner' }));
    for (const word of ['projects/widgets', named, 'this is acme/widgets', 'adopt']) expect(run).toThrow(word);
    expect(checkOwner(published, MINE, 'widgets', true)).toBe(true);
  });

  test('what a manifest says cannot forge a line of the log', () => {
    const hostile = { ...EARLIER, repository: 'evil/x\n::error::\u001b[2J' };
    expect(() => checkOwner(hostile, MINE, 'widgets', false)).toThrow(/^\P{Cc}*$/u);
  });
});

describe('planManifest', () => {
  const before: Manifest = {
    documents: new Map([['docs/a.md', OLD]]),
    source: EARLIER,
    previews: new Map([['12', { commit: MINE.commit, date: undefined, documents: new Map([['docs/b.md', NEW]]) }]]),
  };
  const overlay = (more: Partial<Overlay> = {}): Overlay => ({
    documents: new Map(before.documents),
    previews: new Map([...before.previews].map(([key, one]) => [key, { ...one, documents: new Map(one.documents) }])),
    ...more,
  });

  test('with nothing to say it is the very same object', () => {
    expect(planManifest(before, overlay(), MINE, undefined)).toBe(before);
  });

  test.each([
    ['a changed document', [['docs/a.md', NEW]]],
    [
      'another document',
      [
        ['docs/a.md', OLD],
        ['docs/b.md', NEW],
      ],
    ],
    ['a document in place of another', [['docs/b.md', OLD]]],
    ['no document any more', []],
  ])('source moves with documents: %s', (_, entries) => {
    const documents = new Map(entries as [string, BlobId][]);
    const next = planManifest(before, overlay({ documents }), MINE, undefined);
    expect(next).toEqual({ documents, source: MINE, previews: before.previews });
  });

  test.each<[string, Overlay['previews']]>([
    ['another head', new Map([['12', { commit: OLD, date: undefined, documents: new Map([['docs/b.md', NEW]]) }]])],
    [
      'another document',
      new Map([['12', { commit: MINE.commit, date: undefined, documents: new Map([['docs/b.md', null]]) }]]),
    ],
    ['another preview', new Map([['13', { commit: MINE.commit, date: undefined, documents: new Map() }]])],
    ['none any more', new Map()],
  ])('source stays where only previews move: %s', (_, previews) => {
    expect(planManifest(before, overlay({ previews }), MINE, undefined)).toEqual({ ...before, previews });
  });

  test('the first manifest that a preview makes has the source it is given', () => {
    const owner = { repository: 'acme/widgets', directory: '.' };
    const { previews } = before;
    expect(planManifest(EMPTY_MANIFEST, { documents: new Map(), previews }, owner, undefined)).toEqual({
      documents: new Map(),
      previews,
      source: owner,
    });
  });

  test('source moves when the folder is adopted, previews and documents stay', () => {
    expect(planManifest(before, overlay(), MINE, MINE)).toEqual({ ...before, source: MINE });
  });

  const released: Source = { ...MINE, line: 'release' };
  const withSource = (more: Partial<Source>): Manifest => ({ ...before, source: { ...EARLIER, ...more } });

  test.each<[string, Partial<Source>]>([
    ['is missing', {}],
    ['is stable', { line: 'stable' }],
    ['is missing, though the ref is a tag', { ref: 'refs/tags/v1' }],
  ])('source moves with equal documents where a run on the release line finds that the line %s', (_, more) => {
    const next = planManifest(withSource(more), overlay(), released, undefined);
    expect(next).toEqual({ ...before, source: released });
  });

  test.each<[string, Manifest, Source]>([
    ['a run on the release line finds it released', withSource({ line: 'release' }), released],
    ['a run on another stable ref finds it stable', withSource({ line: 'stable' }), { ...MINE, line: 'stable' }],
    ['a run on another stable ref finds it released', withSource({ line: 'release' }), { ...MINE, line: 'stable' }],
    ['a run on another stable ref finds no line', withSource({}), { ...MINE, line: 'stable' }],
    ['a run without a line', withSource({}), MINE],
  ])('source stays with equal documents where %s', (_, found, ours) => {
    expect(planManifest(found, overlay(), ours, undefined)).toBe(found);
  });

  test('a run on the release line without documents does not make a first manifest of previews a published one', () => {
    const { previews } = before;
    const found: Manifest = { documents: new Map(), previews, source: { repository: 'acme/widgets', directory: '.' } };
    expect(planManifest(found, { documents: new Map(), previews }, released, undefined)).toBe(found);
  });

  test('a preview that becomes local, or is so no more, is another one; the time when it became so is not', () => {
    const of = (local?: string): Overlay['previews'] => {
      const [[key, preview] = []] = before.previews;
      if (key === undefined || preview === undefined) throw new Error('There is a preview');
      return new Map([[key, { ...preview, ...(local !== undefined && { local }) }]]);
    };
    const [early, late] = ['2026-11-22T10:00:00Z', '2026-11-23T10:00:00Z'];
    expect(planManifest(before, overlay({ previews: of(early) }), MINE, undefined).previews).toEqual(of(early));
    const local: Manifest = { ...before, previews: of(early) };
    expect(planManifest(local, overlay({ previews: of(late) }), MINE, undefined)).toBe(local);
    expect(planManifest(local, overlay({ previews: of() }), MINE, undefined).previews).toEqual(of());
  });

  test('what is held stays, whatever moves', () => {
    const held = { commit: COMMIT, documents: new Map([['docs/a.md', NEW]]), since: '2026-11-22T10:00:00Z' };
    const documents = new Map([['docs/a.md', NEW]]);
    expect(planManifest({ ...before, held }, overlay({ documents }), MINE, undefined).held).toBe(held);
    expect(planManifest({ ...before, held }, overlay({ previews: new Map() }), MINE, undefined).held).toBe(held);
  });

  test('a project that publishes nothing yet gets no manifest', () => {
    const nothing = { documents: new Map(), previews: new Map() };
    expect(planManifest(EMPTY_MANIFEST, nothing, MINE, undefined)).toBe(EMPTY_MANIFEST);
  });
});

describe('the folder of a project goes with its last preview', () => {
  const source = { repository: 'acme/widgets', directory: '.' };
  const over: Manifest = { documents: new Map(), previews: new Map(), source };
  const preview = { commit: COMMIT, date: undefined, documents: new Map([['docs/b.md', NEW]]) };

  test.each<[string, Manifest]>([
    ['only previews made it', over],
    ['nothing made it', EMPTY_MANIFEST],
  ])('where %s', (_, manifest) => {
    expect(isEmptyManifest(manifest)).toBe(true);
  });

  test.each<[string, Partial<Manifest>]>([
    ['a preview is left', { previews: new Map([['heads/x', preview]]) }],
    ['documents are left', { documents: new Map([['docs/a.md', OLD]]) }],
    ['documents were published, and are gone', { source: { ...source, commit: COMMIT } }],
    ['something is held', { held: { commit: COMMIT, documents: new Map(), since: '2026-11-22T10:00:00Z' } }],
  ])('but not where %s', (_, more) => {
    expect(isEmptyManifest({ ...over, ...more })).toBe(false);
  });
});

describe('a project that would publish nothing', () => {
  const patterns = parsePatterns({ include: ['docs/**', 'a\n::error::'], exclude: [], includeIgnored: [] });
  const request = { allowEmpty: false, directory: '.', patterns };
  const document = { id: NEW, executable: false };
  const nothing = { documents: new Map(), skipped: new Map<string, string>() };
  const failure = (message: string) => expect.objectContaining({ code: 'nothing-selected', message });
  const allow = ' or set "allow-empty: true" if the project should publish nothing.';

  test('publishes nothing where "allow-empty" says so, and is not empty with one document', () => {
    expect(() => checkSelected({ ...request, allowEmpty: true }, nothing)).not.toThrow();
    expect(() => checkSelected(request, { ...nothing, documents: new Map([['docs/a.md', document]]) })).not.toThrow();
  });

  test.each([
    ['.', 'the repository'],
    ['packages/a', 'packages/a'],
  ])('in %s is an error that names the patterns', (directory, place) => {
    const said = `The patterns select no document in ${place}: docs/**, a\\u{a}::error::. Correct "include" (sync_patterns),`;
    expect(() => checkSelected({ ...request, directory }, nothing)).toThrow(failure(said + allow));
  });

  test.each([
    [5, ''],
    [7, ' and 2 more'],
  ])('is an error that names what cannot be published, five of it at most: of %i', (count, more) => {
    const paths = Array.from({ length: count }, (_, index) => `docs/${index}.md`);
    const skipped = new Map(paths.map((path) => [path, 'a submodule']));
    const named = paths.slice(0, 5).map((path) => `${path} (a submodule)`);
    const said = `None of the files that the patterns select in the repository can be published: ${named.join(', ')}${more}. Correct that,`;
    expect(() => checkSelected(request, { ...nothing, skipped })).toThrow(failure(said + allow));
  });

  test('is an error that names what was fetched, where that is all', () => {
    const said =
      'None of the files that the patterns select in the repository can be published: docs/a.md (fetched from the codex by this tool). Correct that,';
    expect(() =>
      checkSelected(request, {
        ...nothing,
        nonDocuments: new Map([['docs/a.md', 'fetched from the codex by this tool']]),
      }),
    ).toThrow(failure(said + allow));
  });
});

test('countChanges counts additions, modifications and deletions', () => {
  const document = { id: NEW, executable: false };
  const changes = [
    { path: 'a', action: 'add', document },
    { path: 'b', action: 'modify', document },
    { path: 'c', action: 'delete', document: undefined },
    { path: 'd', action: 'delete', document: undefined },
    { path: 'e', action: 'delete', document: undefined },
    { path: 'f', action: 'modify', document },
  ] as const;
  expect(countChanges(changes)).toEqual({ added: 1, modified: 2, deleted: 3 });
});

describe('the commit message', () => {
  const about = {
    subject: 'sync: Update docs from widgets',
    environment: {
      name: 'test',
      branch: branchName('test'),
      production: false,
      productionBranch: branchName('main'),
      origin: 'default',
    },
    counts: { added: 1, modified: 2, deleted: 3 },
    source: MINE,
    runUrl: 'https://github.com/acme/widgets/actions/runs/7',
  } as const;

  /** What GitHub reads as a mention, or as an issue that a keyword could close. */
  const MARKS =
    /(?:^|[^\w/])@[\w-]|#\d|\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)[:\s]+(?:\w+\/\w+)?(?:#|GH-|https?:)/im;

  function fromRef(ref: string): string {
    return renderCommitMessage({ ...about, source: { ...MINE, ref } });
  }

  test('says subject, environment, counts and trailers', () => {
    expect(renderCommitMessage(about)).toBe(
      [
        'sync: Update docs from widgets',
        '',
        'Environment: test (branch: test)',
        'Documents: 1 added, 2 modified, 3 deleted',
        '',
        `Codex-Source: acme/widgets@${COMMIT}`,
        'Codex-Ref: refs/heads/main',
        'Codex-Run: https://github.com/acme/widgets/actions/runs/7',
        '',
      ].join('\n'),
    );
  });

  test('without a ref and a run (at a terminal) it has no empty trailers', () => {
    const { repository, directory, commit } = MINE;
    const message = renderCommitMessage({ ...about, source: { repository, directory, commit }, runUrl: undefined });
    expect(message.trimEnd().split('\n').at(-1)).toBe(`Codex-Source: acme/widgets@${COMMIT}`);
  });

  const hostile = ['@octocat', 'fixes #1', 'fixes-#12', 'closes:#3', 'Fixes: acme/widgets#4', 'x\n\nFixes #1', 'é/ü@x'];

  test.each(hostile)('a ref named %j neither mentions nor closes', (name) => {
    const message = fromRef(`refs/heads/${name}`);
    expect(message).not.toMatch(MARKS);
    expect(message.split('\n')).toHaveLength(renderCommitMessage(about).split('\n').length);
    const shown = /^Codex-Ref: (.*)$/m.exec(message)?.[1] ?? '';
    expect(decodeURIComponent(shown)).toBe(`refs/heads/${name}`);
  });

  const fromReason = (reason: string) => renderCommitMessage({ ...about, reason });

  test('has the reason as its last trailer, in its own words', () => {
    const reason = 'Preise für Größe M (v2.0.0), falsch; siehe docs/a_b-c.md';
    expect(fromReason(reason).trimEnd().split('\n').at(-1)).toBe(`Codex-Reason: ${reason}`);
  });

  test.each([
    ...hostile.filter((word) => !word.includes('\n')),
    'closes GH-12',
    'Resolves: gh-3',
    'fixes https://github.com/acme/widgets/issues/1',
    '[skip ci]',
  ])('a reason %j neither mentions nor closes', (reason) => {
    const message = fromReason(reason);
    expect(message).not.toMatch(MARKS);
    expect(message).not.toMatch(/\bGH-\d|[[\]]/i);
    const [, shown = ''] = /^Codex-Reason: (.*)$/m.exec(message) ?? [];
    expect(decodeURIComponent(shown)).toBe(reason);
  });

  test('nor does any other ref', () => {
    const word = fc.oneof(fc.constantFrom('@octocat', '#1', 'fixes', ' ', '\n', ':', 'GH-1', '/'), fc.string());
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(fromReason(words.join('').replace(/\n/g, ''))).not.toMatch(MARKS);
        const message = fromRef(`refs/heads/${words.join('')}`);
        expect(message).not.toMatch(MARKS);
        expect(message.split('\n')).toHaveLength(9);
      }),
    );
  });

  test.each(['@octocat', 'docs/@octocat', 'x/#12', 'fixes/#1'])('nor does a branch of the codex named %j', (branch) => {
    expect(
      renderCommitMessage({ ...about, environment: { ...about.environment, branch: branchName(branch) } }),
    ).not.toMatch(MARKS);
  });
});
