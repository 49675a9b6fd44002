import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { releaseChangelog, releaseNotes } from '../scripts/changelog.ts';
import { cleanGitEnvironment, gitText } from './support/git.ts';

const day = new Date('2026-12-01T23:59:00Z');
const changelog = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- All.\n\n[Unreleased]: https://example.org\n';
const places: string[] = [];
afterAll(() => Promise.all(places.map((place) => rm(place, { recursive: true }))));

/** A repository with our scripts, of which `check` is the given one, and what the command for a release does there. */
async function startRepository(check: string) {
  const directory = await mkdtemp(join(tmpdir(), 'codex-sync-release-'));
  places.push(directory);
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  const { release, preversion, version } = scripts;
  const write = (file: string, text: string) => writeFile(join(directory, file), text);
  const git = (...args: string[]) => gitText(directory, args);
  const text = {
    name: 'codex-sync',
    version: '1.0.0',
    type: 'module',
    scripts: { check, release, preversion, version },
  };
  await write('package.json', `${JSON.stringify(text, null, 2)}\n`);
  await write('package-lock.json', `${JSON.stringify({ version: '1.0.0', packages: { '': { version: '1.0.0' } } })}\n`);
  await write('CHANGELOG.md', changelog);
  await cp('scripts/changelog.ts', join(directory, 'scripts/changelog.ts'), { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Mona');
  await git('config', 'user.email', 'mona@acme.com');
  const commit = () => git('add', '--all').then(() => git('commit', '--quiet', '--message', 'Change'));
  await commit();
  return {
    git,
    write,
    commit,
    read: (file: string) => readFile(join(directory, file), 'utf8'),
    release(...args: string[]) {
      const { status, stderr } = spawnSync('npm', ['run', 'release', '--', ...args], {
        cwd: directory,
        // As in a clone with its packages, where npm finds the Node of this package first.
        env: {
          ...process.env,
          ...cleanGitEnvironment(),
          PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
        },
        encoding: 'utf8',
        shell: process.platform === 'win32',
      });
      return { status, stderr };
    },
  };
}

test('one command checks, writes version and changelog, commits and tags', async () => {
  const { git, read, release, write, commit } = await startRepository('node --eval ""');
  expect(release('1.0.0', '--allow-same-version')).toMatchObject({ status: 0 });
  expect(await git('log', '-1', '--format=%s %D')).toMatch(/^Release 1\.0\.0 .*tag: v1\.0\.0/);
  expect(await read('CHANGELOG.md')).toMatch(/## \[Unreleased\]\n\n## \[1\.0\.0\] - \d{4}-\d\d-\d\d\n/);

  expect(release('minor').stderr).toMatch(/needs an entry under "## \[Unreleased\]"/);
  await git('checkout', '--quiet', '.');
  await write('CHANGELOG.md', (await read('CHANGELOG.md')).replace('d]\n', 'd]\n\n### Fixed\n\n- More.\n'));
  expect(release('minor').stderr).toContain('Git working directory not clean');
  await commit();
  expect(release('minor')).toMatchObject({ status: 0 });
  expect(await git('tag')).toBe('v1.0.0\nv1.1.0');
  expect([JSON.parse(await read('package-lock.json')).version, await git('status', '--porcelain')]).toEqual([
    '1.1.0',
    '',
  ]);
});

test.each([
  ['fails', 'node --eval "process.exit(3)"'],
  ['changes something', `node --eval "fs.writeFileSync('CHANGELOG.md', '1')"`],
])('a check that %s ends it before anything is written', async (_, check) => {
  const { git, read, release } = await startRepository(check);
  expect(release('minor').status).not.toBe(0);
  expect([JSON.parse(await read('package.json')).version, await git('tag')]).toEqual(['1.0.0', '']);
});

describe('the changelog', () => {
  test('of this repository has the form that a release needs, with entries or without', async () => {
    const text = await readFile('CHANGELOG.md', 'utf8');
    const headings = text.match(/^##+ .*$/gm) ?? [];
    expect(headings[0]).toBe('## [Unreleased]');
    const known =
      /^## \[(1\.\d+\.\d+\] - \d{4}-\d\d-\d\d|Unreleased\])$|^### (Added|Changed|Deprecated|Removed|Fixed|Security)$/;
    expect(headings.filter((heading) => !known.test(heading))).toEqual([]);
    const filled = text.replace('## [Unreleased]\n', '## [Unreleased]\n\n- New.\n');
    expect(releaseChangelog(filled, '1.99.0', day)).toContain('## [1.99.0] - 2026-12-01\n\n- New.\n');
  });

  test('keeps what was released before, and links each version', () => {
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
    '# Changelog\n',
    '## [Unreleased]\n\n## [1.0.0]\n\n- Old.\n\n[Unreleased]: x\n',
    '## [Unreleased]\n\n### Added\n\n[Unreleased]: x\n',
    '## [Unreleased]\n\n- New.\n',
  ])('that says too little is refused: %j', (text) => {
    expect(() => releaseChangelog(text, '1.0.0', day)).toThrow('CHANGELOG.md needs an entry');
  });

  test.each(['2.0.0', '1.2.0-beta.1', ''])('has no version %j, to which no release listens', (version) => {
    expect(() => releaseChangelog(changelog, version, day)).toThrow(`${version} is not 1.<minor>.<patch>`);
  });

  test('has the text of each release: the entries of that version alone, each in one line, with links that lead somewhere', () => {
    const first = releaseChangelog(
      changelog.replace(
        '- All.',
        'Read\nthis.\n\n- All of\n  [the reference](docs/REFERENCE.md).\n- [More](https://example.org).',
      ),
      '1.0.0',
      day,
    );
    const both = releaseChangelog(first.replace('## [1.0.0]', '### Fixed\n\n- New.\n\n## [1.0.0]'), '1.0.1', day);
    expect(releaseNotes(both, 'v1.0.0')).toBe(
      '### Added\n\nRead this.\n\n- All of [the reference](https://github.com/fractary/codex-sync/blob/v1.0.0/docs/REFERENCE.md).\n' +
        '- [More](https://example.org).\n',
    );
    expect(releaseNotes(both, 'v1.0.1')).toBe('### Fixed\n\n- New.\n');
  });

  test.each([
    ['v1.0.2', changelog],
    ['v1.0', changelog],
    ['v1.0.0', changelog.replace('[Unreleased]\n\n### Added\n\n- All.', '[1.0.0] - 2026-12-01\n\n### Added')],
    ['', changelog],
  ])('has no text for %j, and no release is made without one', (tag, text) => {
    expect(() => releaseNotes(text, tag)).toThrow('CHANGELOG.md needs an entry under');
  });

  test('as it is here gives the whole of the next release as its text', async () => {
    const next = releaseChangelog(await readFile('CHANGELOG.md', 'utf8'), '1.99.0', day);
    const notes = releaseNotes(next, 'v1.99.0');
    const [, section = ''] = next.split(/^## \[1\.99\.0\] - .*$|^## \[1\.0\.0\]|^\[Unreleased\]: /m);
    expect(notes.match(/^- /gm)).toHaveLength(section.match(/^- /gm)?.length ?? 0);
    expect(notes).not.toMatch(/\]\((?!https:)/);
  });
});
