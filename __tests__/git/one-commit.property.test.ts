import { lutimes, mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gitText } from '../support/git.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { runs } from '../support/runs.ts';
import { everything, published, selectBare, selectCheckout, selectCommit } from '../support/selections.ts';

const PROJECT = 'acme/widgets';
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
const PATHS = [
  'a.md',
  'b.txt',
  'docs/a.md',
  'docs/A.md',
  'docs/b c.txt',
  'docs/deep/c.md',
  'docs/\u00fc.md',
  'src/d.md',
];
const LINKS = ['docs/link.md', 'link.txt', 'src/linked', 'docs/deep/e.md'];
const TARGETS = [
  'a.md',
  '../a.md',
  '../b.txt',
  'deep/c.md',
  '../docs/link.md',
  'link.md',
  '../docs',
  '/etc/passwd',
  '.',
  'no',
];
const LINE_ENDS = [
  'text',
  'text=auto',
  '-text',
  'text eol=lf',
  'text eol=crlf',
  'eol=crlf',
  'ident',
  'text ident',
  'binary',
];
const OTHERS = ['working-tree-encoding=UTF-16LE', 'filter=spell', 'filter=crypt', 'filter=lfs', 'text filter=spell'];
/** How the drivers are configured that the attributes name, if they are. */
const DRIVERS: Record<string, string> = {
  'filter.spell.clean': 'tr A-Z a-z',
  'filter.spell.smudge': 'tr a-z A-Z',
  'filter.crypt.clean': 'base64',
  'filter.crypt.smudge': 'sed s/^/Clear:/',
  'filter.lfs.clean': 'sed s/^/Kept:/',
  'filter.lfs.smudge': 'sed s/^/Content:/',
  'filter.lfs.required': 'true',
};
const RECORD = 'docs/x/.cache-index.json';
const FETCHED = 'docs/x/acme/gears/test/docs/g.md';

/** Texts that git would commit otherwise under some attribute, and others. */
const CONVERTED = ['One\n', 'Two\r\n', '$Id$', '$Id: by hand $\n'];
const text = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(fc.constantFrom(...CONVERTED), { minLength: 1, maxLength: 3 }) },
    fc.array(fc.constantFrom(...CONVERTED, '\ufeff', '\u00fc\n', '\0', 'end', POINTER)),
  )
  .map((pieces) => pieces.join(''));
// What changes the attributes themselves (`* filter=…`) nobody can write down twice.
const attribute = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('*', '*.md'), fc.constantFrom('text', 'text eol=lf', 'text ident')),
  },
  fc.tuple(fc.constantFrom('*', 'docs/**', '*.md'), fc.constantFrom(...LINE_ENDS)),
  fc.tuple(fc.constantFrom('*.md', '*.txt', 'docs/**/*.md', 'a*'), fc.constantFrom(...LINE_ENDS, ...OTHERS)),
);
const attributes = fc
  .array(attribute, { minLength: 1, maxLength: 4 })
  .map((lines) => lines.map((words) => `${words.join(' ')}\n`).join(''));
const commits = fc.record({
  files: fc.dictionary(fc.constantFrom(...PATHS), fc.tuple(text, fc.boolean()), { minKeys: 2, maxKeys: 6 }),
  links: fc.dictionary(fc.constantFrom(...LINKS), fc.constantFrom(...TARGETS), { maxKeys: 3 }),
  attributes: fc.oneof(
    { weight: 4, arbitrary: fc.record({ '.gitattributes': attributes }) },
    fc.dictionary(fc.constantFrom('.gitattributes', 'docs/.gitattributes'), attributes, { maxKeys: 2 }),
  ),
  fetched: fc.constantFrom('nothing', 'acme', 'other'),
});
const checkouts = fc.record({
  settings: fc.subarray(['core.autocrlf=true', 'core.autocrlf=input', 'core.eol=crlf', 'core.fileMode=false']),
  drivers: fc.boolean(),
  age: fc.constantFrom('young', 'old', 'touched'),
  isShallow: fc.boolean(),
  sparse: fc.constantFrom(
    [],
    ['--cone', 'docs'],
    ['--cone', '--sparse-index', 'src'],
    ['--no-cone', '*.md', '/docs/deep/'],
  ),
});
type Commit = typeof commits extends fc.Arbitrary<infer Value> ? Value : never;
type Asked = typeof checkouts extends fc.Arbitrary<infer Value> ? Value : never;

let place: string;
let github: LocalGitHub;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'one-commit-'));
  github = await startGitHub();
  await github.createRepository(PROJECT, { files: { 'README.md': 'A project\n' } });
  github.addToken('ghp_project', { [PROJECT]: 'read' });
});
afterAll(async () => {
  await github.close();
  await rm(place, { recursive: true });
});

/** Commits what no program would: blobs with just these bytes, whatever the attributes make of them. */
async function write({ files, links, attributes, fetched }: Commit): Promise<string> {
  const entries = [
    ...Object.entries(files).map(([path, [content, executable]]) => [executable ? '100755' : '100644', path, content]),
    ...Object.entries(links).map(([path, target]) => ['120000', path, target]),
    ...Object.entries(attributes).map(([path, content]) => ['100644', path, content]),
  ];
  const index = JSON.stringify({ version: '4.0', entries: [{ path: `${fetched}/gears/test/docs/g.md` }] });
  if (fetched !== 'nothing') entries.push(['100644', RECORD, index], ['100644', FETCHED, 'Fetched\n']);
  const lines = entries.map(([mode, path, content = '']) => {
    const bytes = Buffer.byteLength(content);
    return `M ${mode} inline ${JSON.stringify(path)}\ndata ${bytes}\n${content}\n`;
  });
  const head = 'commit refs/heads/main\ncommitter A <a@acme.com> 1700000000 +0000\ndata 1\nx\ndeleteall\n';
  const input = `${head}${lines.join('')}\ndone\n`;
  await gitText(github.directory(PROJECT), ['fast-import', '--quiet', '--force', '--done'], { input });
  return gitText(github.directory(PROJECT), ['rev-parse', 'main^{tree}']);
}

async function checkOut({ settings, drivers, age, isShallow, sparse }: Asked, directory: string): Promise<void> {
  const git = (...args: string[]) => gitText(directory, args);
  const asked = [...settings, ...(drivers ? Object.entries(DRIVERS).map((pair) => pair.join('=')) : [])];
  const options = [
    ...asked.flatMap((setting) => ['-c', setting]),
    ...(isShallow ? ['--depth=1'] : []),
    '--no-checkout',
  ];
  await mkdir(directory);
  await git('clone', '--quiet', ...options, `file://${github.directory(PROJECT)}`, '.');
  if (sparse.length > 0) await git('sparse-checkout', 'set', ...sparse);
  await git('checkout', '--quiet', 'main');
  const files = (await git('ls-files', '-z', '-t')).split('\0').filter((line) => line.startsWith('H '));
  if (age === 'touched') for (const line of files) await lutimes(join(directory, line.slice(2)), 1e9, 1e9);
  const seconds = Date.now() / 1000 + (age === 'young' ? -60 : 60);
  await utimes(join(directory, '.git/index'), seconds, seconds);
}

test('one commit is one text: of a checkout, of a bare clone, and without any', async () => {
  const settings = async () => [['http.extraHeader', 'Authorization: bearer ghp_project'] as const];
  const remote = { name: PROJECT, url: `${github.serverUrl}/${PROJECT}`, settings };
  const patterns = [everything(), everything({ include: ['docs/**', '*.md'], exclude: ['**/c.md'] })];
  let selected = 0;
  await fc.assert(
    fc.asyncProperty(commits, checkouts, fc.constantFrom(...patterns), async (commit, asked, selecting) => {
      const folder = await mkdtemp(join(place, 'run-'));
      const tree = await write(commit);
      await checkOut(asked, join(folder, 'checkout'));
      await gitText(folder, ['clone', '--quiet', '--bare', github.directory(PROJECT), 'bare']);
      const [{ selection }, fromServer, fromBare] = await Promise.all([
        selectCheckout(join(folder, 'checkout'), folder, selecting),
        selectCommit(remote, tree, folder, selecting),
        selectBare(join(folder, 'bare'), tree, folder, selecting),
      ]);
      expect(published(selection)).toEqual(published(fromServer));
      expect(published(fromBare)).toEqual(published(fromServer));
      expect([...selection.skipped].sort()).toEqual([...fromServer.skipped].sort());
      expect([selection.uncommittedDocuments.size, selection.untracked.size]).toEqual([0, 0]);
      if (Object.keys(published(selection)).length > 0) selected += 1;
      await rm(folder, { recursive: true });
    }),
    { numRuns: runs(10) },
  );
  expect(selected).toBeGreaterThan(5);
});
