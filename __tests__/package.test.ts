import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { checkNode } from '../src/terminal/arguments.ts';
import { codex, token, useStory } from './support/story.ts';
import { typeCommand } from './support/terminal.ts';

const MAX_PACKED = 1024 ** 2;
const MAX_UNPACKED = 5 * 1024 ** 2;
// npm prepares a git dependency, with everything that development needs, where it finds a script of one of these names.
const PREPARING = ['build', 'prepare', 'prepack', 'install', 'preinstall', 'postinstall'];
const NAME = '@fractary/codex-sync';

const story = await useStory();
const description = JSON.parse(await readFile('package.json', 'utf8'));
let place: string;
let packed: { filename: string; size: number; unpackedSize: number; files: { path: string }[] };

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'codex-sync-package-'));
  const { stdout } = npm(process.cwd(), ['pack', '--json', '--pack-destination', place]);
  [packed] = Object.values(JSON.parse(stdout)) as [typeof packed];
});

afterAll(() => rm(place, { recursive: true }));

/** Runs npm with an empty cache and without a network. */
function npm(directory: string, args: readonly string[], program = 'npm') {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: directory,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      npm_config_cache: join(place, `cache-${program}-${args[0]}`),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  expect({ args, status, stderr }).toMatchObject({ status: 0 });
  return { stdout, stderr };
}

describe('the package', () => {
  test('contains the bundle with its licenses, the schema and the documents', () => {
    const kinds = packed.files.map(({ path }) =>
      path.replace(/[^/]+(?=\.(?:js|md|json)$)/, (name) => (path.includes('/') ? '*' : name)),
    );
    expect([...new Set(kinds)].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'action.yml',
      'dist/*.js',
      'dist/chunks/*.js',
      'dist/licenses.txt',
      'docs/*.md',
      'package.json',
      'schema/*.json',
    ]);
  });

  test('is small', () => {
    expect(packed.size).toBeLessThan(MAX_PACKED);
    expect(packed.unpackedSize).toBeLessThan(MAX_UNPACKED);
  });

  test('needs no other package, and nothing is run or prepared to install it', () => {
    const needs = Object.keys(description).filter((key) => /dependencies$|^workspaces$/i.test(key));
    expect(needs).toEqual(['devDependencies']);
    expect(Object.keys(description.scripts).filter((name) => PREPARING.includes(name))).toEqual([]);
  });

  test('is public, and says who published it', () => {
    expect(description).toMatchObject({ name: NAME, publishConfig: { access: 'public', provenance: true } });
    expect(description.private).toBeUndefined();
  });

  test('runs on each Node that it names, and says so on any other', () => {
    const [, oldest = ''] = /^>=(\d+)$/.exec(description.engines.node) ?? [];
    expect(() => checkNode(`${oldest}.0.0`)).not.toThrow();
    expect(() => checkNode(`${Number(oldest) - 1}.99.0`)).toThrow(`needs Node ${oldest} or newer`);
  });
});

describe('without a network, from an empty cache', () => {
  test('npm installs one package, whose command publishes', async () => {
    const prefix = join(place, 'prefix');
    await mkdir(prefix);
    npm(prefix, ['install', '--no-audit', '--no-fund', join(place, packed.filename)]);
    const modules = join(prefix, 'node_modules');
    const installed = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    expect([installed, await readdir(join(modules, '@fractary'))]).toEqual([['@fractary'], ['codex-sync']]);
    expect(await readdir(join(modules, NAME))).not.toContain('node_modules');

    const { github } = story;
    const { directory } = await story.host('widgets', { 'docs/a.md': 'a\n' });
    github.addToken(token, { [codex]: 'write', 'acme/widgets': 'read' });
    const command = join(modules, '.bin/codex-sync');
    const type = (line: string) =>
      typeCommand(line.split(' '), { github, directory, command, env: { GITHUB_TOKEN: token } });
    expect((await type('--version')).stdout).toBe(`${description.version}\n`);
    const run = await type(`sync-project --codex-repository ${codex}`);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('Published to test (branch test): 1 added');
  });

  test('npx runs the command', async () => {
    const directory = join(place, 'npx');
    await mkdir(directory);
    const { stdout } = npm(
      directory,
      ['--yes', '--package', join(place, packed.filename), 'codex-sync', 'help'],
      'npx',
    );
    expect(stdout).toContain('Usage: codex-sync ');
  });
});

test('the release workflow publishes it by its identity, with a provenance, and when the action is out', async () => {
  const { on, jobs } = parse(await readFile('.github/workflows/release.yml', 'utf8'));
  expect(Object.keys(on.push)).toEqual(['tags']);
  const { steps, permissions, needs } = jobs.npm;
  expect(permissions['id-token']).toBe('write');
  expect(needs).toEqual(['release']);
  expect(jobs.release.needs).toContain('ci');
  expect(steps.at(-1).run).toContain('npm publish');
  // npm's own exchange of identities: a token would be used in its place.
  expect(JSON.stringify(jobs.npm)).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/);
});

test('Dependabot proposes what is bundled apart from what only tests and tools use', async () => {
  const { updates } = parse(await readFile('.github/dependabot.yml', 'utf8'));
  const [bundled, other] = Object.entries(updates[0].groups);
  const listed = await readFile('dist/licenses.txt', 'utf8');
  const names = Object.keys(description.devDependencies).filter((name) => listed.includes(`\n${name} `));
  expect(bundled).toEqual(['bundled', { patterns: names }]);
  expect(other).toEqual(['development', { patterns: ['*'] }]);
});
