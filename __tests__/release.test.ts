import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkIsNext, readArguments, releaseChangelog, setVersion } from '../scripts/release.ts';
import { cleanGitEnvironment, gitText } from './support/git.ts';

const day = new Date('2026-12-01T23:59:00Z');
const changelog = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- All.\n\n[Unreleased]: https://example.org\n';
const places: string[] = [];
afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true }))));

const packageText = (check: string) =>
  `${JSON.stringify({ name: 'codex-sync', version: '1.0.0', scripts: { check } }, null, 2)}\n`;

/** A clone of a repository with a changelog and a package, and what the one command does there. */
async function startClone() {
  const place = await mkdtemp(join(tmpdir(), 'codex-sync-release-'));
  places.push(place);
  const [origin, directory] = [join(place, 'origin.git'), join(place, 'clone')];
  await gitText(place, ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  await gitText(place, ['clone', '--quiet', origin, directory]);
  const git = (...args: string[]) => gitText(directory, ['-c', 'user.name=M', '-c', 'user.email=m@acme.com', ...args]);
  const write = (file: string, text: string) => writeFile(join(directory, file), text);
  await git('config', 'user.name', 'Mona');
  await git('config', 'user.email', 'mona@acme.com');
  await git('checkout', '--quiet', '-B', 'main');
  await write('CHANGELOG.md', changelog);
  await write('package.json', packageText('node --eval ""'));
  await write('package-lock.json', JSON.stringify({ version: '1.0.0', packages: { '': { version: '1.0.0' } } }));
  const commit = async () => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Change');
  };
  await commit();
  return {
    git,
    write,
    commit,
    read: (file: string) => readFile(join(directory, file), 'utf8'),
    inOrigin: () => gitText(origin, ['for-each-ref', '--format=%(refname)']),
    release(...args: string[]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('scripts/release.ts'), ...args], {
        cwd: directory,
        env: { ...process.env, ...cleanGitEnvironment() },
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    },
  };
}

test('one command writes version and date, commits and tags, and pushes when it is told to', async () => {
  const { git, read, release, inOrigin, write, commit } = await startClone();
  const first = release('1.0.0');
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toContain('"git push --atomic origin main v1.0.0"');
  expect(await inOrigin()).toBe('');
  expect(await git('log', '-1', '--format=%s %D')).toMatch(/^Release 1\.0\.0 .*tag: v1\.0\.0/);
  expect(await read('CHANGELOG.md')).toMatch(/## \[Unreleased\]\n\n## \[1\.0\.0\] - \d{4}-\d\d-\d\d\n/);

  expect(release('1.1.0').stderr).toMatch(/says nothing under "## \[Unreleased\]"/);
  await write('CHANGELOG.md', (await read('CHANGELOG.md')).replace('d]\n', 'd]\n\n### Fixed\n\n- More.\n'));
  await commit();
  expect(release('1.1.0', '--push')).toMatchObject({ status: 0, stdout: expect.stringContaining('release.yml') });
  expect(await inOrigin()).toBe('refs/heads/main\nrefs/tags/v1.1.0');
  expect([JSON.parse(await read('package.json')).version, await git('status', '--porcelain')]).toEqual(['1.1.0', '']);
});

test('what is refused, each in one sentence, and nothing is committed', async () => {
  const { git, write, commit, release } = await startClone();
  await git('tag', 'v1.2.0');
  const head = await git('rev-parse', 'HEAD');
  const refused = (words: RegExp, ...args: string[]) => {
    const { status, stderr } = release(...args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(words) });
    expect(stderr).not.toContain('    at ');
  };
  refused(/^Version 1\.2\.0 does not come after 1\.2\.0/, '1.2.0');
  refused(/^Say one version\. Usage/);
  await write('new.md', 'x');
  refused(/^There are changes that are not committed.*\n\?\? new\.md$/m, '1.3.0');
  await git('checkout', '--quiet', '-b', 'feature');
  refused(/^A release is made on main, and this is feature/, '1.3.0');
  await git('checkout', '--quiet', '--detach');
  refused(/this is no branch/, '1.3.0');
  expect(await git('rev-parse', 'HEAD', 'main')).toBe(`${head}\n${head}`);

  await git('checkout', '--quiet', 'main');
  await write('package.json', packageText('node --eval "process.exit(3)"'));
  await commit();
  refused(/"npm run check" failed\. Nothing is committed; "git checkout \."/, '1.3.0');
  await git('checkout', '--quiet', '.');
  await write('package.json', packageText("node --eval \"fs.writeFileSync('dist.js', '1')\""));
  await commit();
  refused(/changed more than a release does, so main is not checked: \?\? dist\.js/, '1.3.0');
  expect(await git('tag')).toBe('v1.2.0');
});

describe('in parts', () => {
  test('the changelog of this repository has the form that a release wants, with entries or without', async () => {
    const text = await readFile('CHANGELOG.md', 'utf8');
    const headings = text.match(/^##+ .*$/gm) ?? [];
    expect(headings[0]).toBe('## [Unreleased]');
    const known =
      /^## \[(1\.\d+\.\d+\] - \d{4}-\d\d-\d\d|Unreleased\])$|^### (Added|Changed|Deprecated|Removed|Fixed|Security)$/;
    expect(headings.filter((heading) => !known.test(heading))).toEqual([]);
    const filled = text.replace('## [Unreleased]\n', '## [Unreleased]\n\n- New.\n');
    expect(releaseChangelog(filled, '1.99.0', day)).toContain('## [1.99.0] - 2026-12-01\n\n- New.\n');
  });

  test('the changelog keeps what was released before, and links each version', () => {
    const once = releaseChangelog(changelog, '1.0.0', day);
    expect(once).toContain('## [Unreleased]\n\n## [1.0.0] - 2026-12-01\n\n### Added\n\n- ');
    const twice = releaseChangelog(once.replace('## [1.0.0]', '- New.\n\n## [1.0.0]'), '1.0.1', day);
    expect(twice).toContain('## [Unreleased]\n\n## [1.0.1] - 2026-12-01\n\n- New.\n\n## [1.0.0] - 2026-12-01\n');
    expect(twice.match(/^\[.*$/gm)).toEqual([
      '[Unreleased]: https://github.com/fractary/codex-sync/compare/v1.0.1...HEAD',
      '[1.0.1]: https://github.com/fractary/codex-sync/releases/tag/v1.0.1',
      '[1.0.0]: https://github.com/fractary/codex-sync/releases/tag/v1.0.0',
    ]);
  });

  test.each([
    ['# Changelog\n', /has no section/],
    ['## [Unreleased]\n\n## [1.0.0]\n\n- Old.\n\n[Unreleased]: x\n', /says nothing/],
    ['## [Unreleased]\n\n### Added\n\n[Unreleased]: x\n', /says nothing/],
    ['## [Unreleased]\n\n- New.\n', /has no link/],
  ])('a changelog that says too little is refused: %j', (text, words) => {
    expect(() => releaseChangelog(text, '1.0.0', day)).toThrow(words);
  });

  test.each(['1.2', 'v1.2.3', '2.0.0', '1.02.0', '1.2.0-beta.1', ''])('version %j is refused', (version) => {
    expect(() => readArguments([version])).toThrow(`Version "${version}" is not 1.<minor>.<patch>`);
  });

  test('other words are refused', () => {
    expect(() => readArguments(['1.2.0', '1.3.0'])).toThrow('Say one version');
    expect(() => readArguments(['1.2.0', '--pusch'])).toThrow('There is no option --pusch');
    expect(readArguments(['1.2.0', '--push'])).toEqual({ version: '1.2.0', push: true });
  });

  test('versions are numbers, and v1 is none', () => {
    const tags = ['', 'v1', 'v1.2.0', 'v1.10.0', 'v1.9.9', 'v1.99.0-beta'];
    for (const version of ['1.10.1', '1.11.0']) expect(() => checkIsNext(version, tags)).not.toThrow();
    for (const version of ['1.10.0', '1.9.10', '1.3.0']) expect(() => checkIsNext(version, tags)).toThrow('1.10.0');
  });

  test('only this package gets the version', () => {
    const lock = { version: '1.0.0', packages: { '': { version: '1.0.0' }, 'node_modules/a': { version: '1.0.0' } } };
    expect(JSON.parse(setVersion(JSON.stringify(lock), '1.1.0'))).toEqual({
      version: '1.1.0',
      packages: { '': { version: '1.1.0' }, 'node_modules/a': { version: '1.0.0' } },
    });
  });
});
