import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findPlaces } from '../../src/git/checkout-files.ts';
import { blobId } from '../../src/text/ids.ts';
import { gitText } from '../support/git.ts';
import { published, selectCheckout } from '../support/selections.ts';

const someone = ['-c', 'user.name=A', '-c', 'user.email=a@acme.com', '-c', 'init.defaultBranch=main'];
let place: string;
let origin: string;
let directory: string;
const at = (path: string) => join(directory, path);
const git = (...args: string[]) => gitText(directory, [...someone, ...args]);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'unchanged-'));
});
afterAll(() => rm(place, { recursive: true }));
beforeEach(async () => {
  const folder = await mkdtemp(join(place, 'test-'));
  [origin, directory] = [join(folder, 'origin'), join(folder, 'checkout')];
});

/** A repository whose blobs hold just these bytes, whatever its attributes make of them. */
async function commit(files: Readonly<Record<string, string | Buffer>>, format = 'sha1'): Promise<void> {
  await mkdir(origin, { recursive: true });
  const run = (args: string[], input?: string | Buffer) =>
    gitText(origin, [...someone, ...args], { ...(input && { input }) });
  await run(['init', '--quiet', `--object-format=${format}`]);
  for (const [path, content] of Object.entries(files)) {
    const id = await run(['hash-object', '-w', '--no-filters', '--stdin'], content);
    await run(['update-index', '--add', '--cacheinfo', `100644,${id},${path}`]);
  }
  await run(['commit', '--quiet', '-m', 'First']);
}

/** How a checkout comes to its times, and whether git then has to look into the files. */
const AGES: Record<string, () => Promise<void>> = {
  'as young as its index': () => setIndexAge(0),
  'older than its index': () => setIndexAge(60),
  'with times of the commits': async () => {
    await setIndexAge(60);
    for (const path of (await git('ls-files', '-z')).split('\0').filter(Boolean)) await utimes(at(path), 1e9, 1e9);
  },
};

async function setIndexAge(seconds: number): Promise<void> {
  const when = Date.now() / 1000 + seconds - (seconds === 0 ? 60 : 0);
  await utimes(at('.git/index'), when, when);
}

async function clone(...settings: string[]): Promise<void> {
  const asked = settings.flatMap((setting) => ['-c', setting]);
  await gitText(place, [...someone, 'clone', '--quiet', ...asked, origin, directory]);
}

async function committed(): Promise<Record<string, string>> {
  const lines = (await git('ls-tree', '-r', '-z', 'HEAD')).split('\0').filter(Boolean);
  const entries = lines.map((line) => [line.split('\t')[1] ?? '', line.replace(/ blob (\w+)\t.*/s, ' $1')]);
  return Object.fromEntries(entries.filter(([path]) => path !== '.gitattributes').sort());
}

const CRLF = 'One\r\nTwo\r\n';
const MIXED = 'One\r\nTwo\nThree\n';
/** Attributes, and a text that git would commit otherwise under them. */
const CASES: [attributes: string, content: string | Buffer, settings?: string[]][] = [
  ['*.md text', CRLF],
  ['*.md text eol=lf', CRLF],
  ['*.md text eol=crlf', CRLF],
  ['*.md text eol=crlf', MIXED],
  ['*.md text eol=crlf', 'One\nTwo\n'],
  ['*.md text', MIXED, ['core.eol=crlf']],
  ['*.md text=auto', MIXED, ['core.autocrlf=true']],
  ['*.md ident', 'About $Id: 0123456789 $ and $Id$\n'],
  ['*.md ident', 'About $Id: by another tool, 2024 $\n'],
  ['*.md ident text eol=crlf', 'About $Id: 0123456789 $\r\nTwo\n'],
  ['*.md text working-tree-encoding=UTF-16LE eol=crlf', `Gr\u00fc\u00dfe\r\nTwo\n`],
  ['*.md working-tree-encoding=UTF-16', '\ufeffGr\u00fc\u00dfe\n'],
  ['*.md working-tree-encoding=UTF-16', Buffer.from([0x61, 0xff, 0xfe, 0x0a])],
];

describe('a text that git would commit otherwise is as the commit has it, however old the checkout is', () => {
  test.each(CASES)('%s: %j %j', async (attributes, content, settings = []) => {
    await commit({ '.gitattributes': `${attributes}\n`, 'a.md': content, 'docs/a b é.md': content, 'b.md': 'B\n' });
    for (const [age, make] of Object.entries(AGES)) {
      await rm(directory, { recursive: true, force: true });
      await clone(...settings);
      await make();
      const { selection } = await selectCheckout(directory, place);
      expect([age, published(selection)]).toEqual([age, await committed()]);
      expect([age, [...selection.uncommitted], [...selection.uncommittedDocuments]]).toEqual([age, [], []]);
      expect([age, [...selection.untracked]]).toEqual([age, []]);
    }
  });

  test('with attributes that came behind the checkout', async () => {
    await commit({ 'a.md': CRLF, 'b.md': '$Id: x $\n' });
    await clone();
    await mkdir(at('.git/info'), { recursive: true });
    await writeFile(at('.git/info/attributes'), '* text ident\n');
    for (const make of Object.values(AGES)) {
      await make();
      const { selection } = await selectCheckout(directory, place);
      expect([published(selection), selection.uncommitted.size]).toEqual([await committed(), 0]);
    }
  });

  test('in a checkout that was one of another commit, with other attributes, a moment ago', async () => {
    for (const attributes of ['*.md text eol=crlf', '*.md ident', '*.md working-tree-encoding=UTF-16LE']) {
      await rm(directory, { recursive: true, force: true });
      await rm(origin, { recursive: true, force: true });
      await commit({ '.gitattributes': `${attributes}\n`, 'a.md': 'One\n$Id$\n', 'b.md': 'B\n' });
      await gitText(origin, [...someone, 'rm', '--quiet', '--cached', '.gitattributes']);
      await gitText(origin, [...someone, 'commit', '--quiet', '-m', 'Without attributes']);
      await gitText(place, [...someone, 'clone', '--quiet', '--no-checkout', origin, directory]);
      await git('checkout', '--quiet', '--detach', 'HEAD~1');
      await git('checkout', '--quiet', '--detach', 'origin/main');
      const { selection } = await selectCheckout(directory, place);
      expect([attributes, published(selection), selection.uncommitted.size]).toEqual([
        attributes,
        await committed(),
        0,
      ]);
      // What somebody wrote since is a change.
      await writeFile(at('a.md'), await readFile(at('a.md')));
      const { selection: edited } = await selectCheckout(directory, place);
      expect([attributes, [...edited.uncommitted]]).toEqual([attributes, ['a.md']]);
    }
  });

  test('with a filter driver: what it made of a file, and what it was not asked about', async () => {
    await commit({ '.gitattributes': '*.md filter=spell\n*.txt filter=crypt\n', 'a.md': 'word\n', 'a.txt': 'word\n' });
    for (const settings of [
      [],
      ['filter.spell.smudge=tr a-z A-Z', 'filter.spell.clean=tr A-Z a-z', 'filter.crypt.smudge=cat'],
    ])
      for (const make of Object.values(AGES)) {
        await rm(directory, { recursive: true, force: true });
        await clone(...settings);
        await make();
        const { selection } = await selectCheckout(directory, place);
        expect([published(selection), selection.skipped.size]).toEqual([await committed(), 1]);
      }
  });

  test('with a filter driver that hides, where the working tree holds what git has', async () => {
    await commit({ '.gitattributes': '*.txt filter=crypt text\n', 'a.txt': CRLF, 'link.md': 'x' });
    await clone();
    await git('config', 'filter.crypt.smudge', 'false');
    for (const make of Object.values(AGES)) {
      await make();
      const { selection } = await selectCheckout(directory, place);
      expect([published(selection), [...selection.skipped.keys()]]).toEqual([await committed(), ['.gitattributes']]);
    }
  });

  test('in a package of a monorepo, and in a linked worktree', async () => {
    await commit({ '.gitattributes': '*.md text eol=crlf\n', 'pkg/docs/a.md': MIXED });
    await clone();
    await setIndexAge(0);
    const { 'pkg/docs/a.md': expected } = await committed();
    const { selection } = await selectCheckout(at('pkg'), place);
    expect([published(selection), selection.uncommitted.size]).toEqual([{ 'docs/a.md': expected }, 0]);
    const other = await mkdtemp(join(place, 'worktree-'));
    await git('worktree', 'add', '--quiet', '--detach', other);
    await utimes(join(other, 'pkg/docs/a.md'), 1e9, 1e9);
    const { selection: there } = await selectCheckout(other, place);
    expect(published(there)).toEqual({ 'pkg/docs/a.md': expected });
  });

  test('in a repository whose ids are SHA-256', async () => {
    await commit({ '.gitattributes': '*.md text\n', 'a.md': CRLF }, 'sha256');
    await clone();
    await AGES['as young as its index']?.();
    const { selection } = await selectCheckout(directory, place);
    expect(published(selection)).toEqual(await committed());
  });
});

test('a file that is changed is as git would commit it, one whose bit alone is changed keeps its text', async () => {
  await commit({ '.gitattributes': '*.md text\n', 'a.md': CRLF, 'b.md': CRLF, 'c.md': 'C\n' });
  await clone();
  await setIndexAge(0);
  await writeFile(at('a.md'), `${CRLF}Three\r\n`);
  await writeFile(at('c.md'), 'C\r\n');
  await chmod(at('b.md'), 0o755);
  const { selection } = await selectCheckout(directory, place);
  const { 'a.md': before, 'b.md': kept = '', 'c.md': same } = await committed();
  const { 'a.md': after, 'b.md': now, 'c.md': still } = published(selection);
  expect(after).toBe(`100644 ${await gitText(directory, ['hash-object', '--stdin'], { input: 'One\nTwo\nThree\n' })}`);
  expect([before === after, now, still]).toEqual([false, kept.replace('100644', '100755'), same]);
  expect([...selection.uncommitted].sort()).toEqual(['a.md', 'b.md']);
  await git('config', 'core.fileMode', 'false');
  const { selection: without } = await selectCheckout(directory, place);
  expect([published(without)['b.md'], [...without.uncommitted]]).toEqual([kept, ['a.md']]);
});

test('a link to such a file is published as the commit has it', async () => {
  await commit({ '.gitattributes': '*.md text\n', 'docs/a.md': CRLF });
  await clone();
  await symlink('a.md', at('docs/link.md'));
  await setIndexAge(0);
  const { selection } = await selectCheckout(directory, place);
  const { 'docs/a.md': file, 'docs/link.md': link } = published(selection);
  expect([file, link]).toEqual([(await committed())['docs/a.md'], (await committed())['docs/a.md']]);
});

test('an empty file that is only announced to git is in no commit', async () => {
  await commit({ 'a.md': 'A\n' });
  await clone();
  await writeFile(at('new.md'), '');
  await git('add', '--intent-to-add', 'new.md');
  const { selection } = await selectCheckout(directory, place);
  expect([[...selection.uncommittedDocuments], [...selection.untracked]]).toEqual([['new.md'], ['new.md']]);
});

describe('what comes back replaces such a file', () => {
  const NEW = 'Three\n';
  const replaced = async (path: string, counted?: string) => {
    const { checkout, store, selection } = await selectCheckout(directory, place);
    const file = join(place, 'new');
    await writeFile(file, NEW);
    const id = blobId(await gitText(directory, ['hash-object', '--no-filters', file]));
    const holds = counted ? blobId(counted) : selection.documents.get(path)?.id;
    return (await findPlaces(checkout, [{ path, holds, writes: { id, file } }], store)).refused;
  };

  test.each(CASES.filter((_, index) => [0, 3, 5, 9].includes(index)))(
    '%s: %j %j',
    async (attributes, content, settings = []) => {
      await commit({ '.gitattributes': `${attributes.replace(/ ?\S*encoding=\S+/, '')}\n`, 'docs/a.md': content });
      for (const [age, make] of Object.entries(AGES)) {
        await rm(directory, { recursive: true, force: true });
        await clone(...settings);
        await make();
        for (const flag of ['--assume-unchanged', '--skip-worktree']) {
          expect([age, flag, [...(await replaced('docs/a.md'))]]).toEqual([age, flag, []]);
          await git('update-index', flag, 'docs/a.md');
        }
      }
    },
  );

  test('but not one of which the run counted on another text, though it is as git checks it out', async () => {
    await commit({ '.gitattributes': '*.md text eol=crlf\n', 'docs/a.md': MIXED });
    await clone();
    expect([...(await replaced('docs/a.md', 'e'.repeat(40)))]).toEqual([
      ['docs/a.md', expect.stringContaining('in no commit')],
    ]);
  });

  test('but not one that is changed, whatever git is told of it', async () => {
    await commit({ '.gitattributes': '*.md text\n', 'docs/a.md': CRLF });
    await clone();
    await git('update-index', '--skip-worktree', 'docs/a.md');
    await writeFile(at('docs/a.md'), 'One\nTwo\n');
    expect([...(await replaced('docs/a.md'))]).toEqual([['docs/a.md', expect.stringContaining('in no commit')]]);
    expect(await readFile(at('docs/a.md'), 'utf8')).toBe('One\nTwo\n');
  });
});
