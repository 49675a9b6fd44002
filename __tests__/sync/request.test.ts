import { describe, expect, test } from '@jest/globals';
import { type Config, DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import type { FoundConfig } from '../../src/inputs/request.ts';
import { parseTrigger } from '../../src/inputs/trigger.ts';
import { parseSyncProject } from '../../src/sync/request.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';
import { CONTEXT } from '../support/trigger.ts';

const TRIGGER = parseTrigger({
  ...CONTEXT,
  ref: 'refs/heads/feature',
  payload: { repository: { default_branch: 'main' } },
});

function found(config: Partial<Config> = {}, inside = true): FoundConfig {
  const codex = { organization: 'acme', codexRepo: 'codex.acme.com' };
  return { config: { ...DEFAULT_CONFIG, ...codex, ...config }, file: '.fractary/codex.yaml', inside };
}

function parse(words: Record<string, string> = {}, config: FoundConfig | undefined = found(), directory = '.') {
  const inputs = Object.entries(words).map(([name, word]) => [`INPUT_${name.toUpperCase()}`, word]);
  return parseSyncProject(
    parseInputs({ INPUT_TOKEN: 'tok', ...Object.fromEntries(inputs) }),
    config,
    directory,
    TRIGGER,
  );
}

describe('precedence: input, then configuration, then default', () => {
  const configured = found({
    projectName: 'gadgets',
    syncPatterns: ['guide/**'],
    excludePatterns: ['guide/x/**'],
    deletionThreshold: 7,
    deletionThresholdPercent: 8,
    environments: {
      default: 'staging',
      branches: branchNames({ ...DEFAULT_CONFIG.environments.branches, staging: 'stage' }),
    },
  });

  test.each([
    ['environment', {}, found(), { environment: { name: 'test', branch: branchName('test'), origin: 'default' } }],
    [
      'environment',
      {},
      configured,
      { environment: { name: 'staging', branch: branchName('stage'), origin: 'config' } },
    ],
    [
      'environment',
      { env: 'test' },
      configured,
      { environment: { name: 'test', branch: branchName('test'), origin: 'input' } },
    ],
    ['codex', {}, configured, { codex: 'acme/codex.acme.com' }],
    ['codex', { 'codex-repository': 'umbrella/codex' }, configured, { codex: 'umbrella/codex' }],
    ['project', {}, found(), { project: 'widgets' }],
    ['project', {}, configured, { project: 'gadgets' }],
    ['project', { project: 'gizmos' }, configured, { project: 'gizmos' }],
    ['direction', {}, found(), { direction: 'to-codex' }],
    ['include', {}, found(), { patterns: { include: ['docs/**', 'README.md', 'CLAUDE.md', '.claude/**'] } }],
    ['include', {}, configured, { patterns: { include: ['guide/**'] } }],
    ['include', { include: 'a\nb' }, configured, { patterns: { include: ['a', 'b'] } }],
    ['exclude', {}, found(), { patterns: { exclude: ['**/node_modules/**', '**/*.log'] } }],
    ['exclude', {}, configured, { patterns: { exclude: ['guide/x/**'] } }],
    ['exclude', { exclude: 'a' }, configured, { patterns: { exclude: ['a'] } }],
    ['thresholds', {}, found(), { threshold: { count: 50, percent: 20 } }],
    ['thresholds', {}, configured, { threshold: { count: 7, percent: 8 } }],
    [
      'thresholds',
      { 'deletion-threshold': '0', 'deletion-threshold-percent': '0' },
      configured,
      { threshold: { count: 0, percent: 0 } },
    ],
    ['the subject names the project', {}, found(), { subject: 'sync: Update docs from widgets' }],
    [
      'the subject names the project, each time',
      { 'commit-message': '<project>: docs of <project>', project: 'a.b' },
      found(),
      { subject: 'a.b: docs of a.b' },
    ],
  ])('%s %j', (_, words, config, expected) => {
    expect(parse(words, config)).toMatchObject(expected);
  });

  test('what only an input can say is passed on', () => {
    const words = { 'dry-run': 'true', adopt: 'true', 'allow-older': 'true', 'on-conflict': 'fail' };
    expect(parse(words)).toMatchObject({ dryRun: true, adopt: true, allowOlder: true, onConflict: 'fail' });
    expect(parse()).toMatchObject({ dryRun: false, adopt: false, allowOlder: false, onConflict: 'project' });
  });
});

describe('which codex', () => {
  test('no configuration at all is fine if codex-repository is given', () => {
    expect(
      parseSyncProject(parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'a/b' }), undefined, '.', TRIGGER),
    ).toMatchObject({ codex: 'a/b', project: 'widgets', environment: { name: 'test' } });
  });

  test.each<[string, FoundConfig | undefined, string]>([
    ['no configuration', undefined, 'there is no configuration'],
    [
      'a configuration without organization',
      { ...found(), config: { ...DEFAULT_CONFIG, codexRepo: 'x' } },
      '.fractary/codex.yaml',
    ],
    [
      'a configuration without codex_repo',
      { ...found(), config: { ...DEFAULT_CONFIG, organization: 'x' } },
      '.fractary/codex.yaml',
    ],
  ])('is an error that names the input where nothing says it: %s', (_, config, named) => {
    const run = () => parseSyncProject(parseInputs({ INPUT_TOKEN: 't' }), config, '.', TRIGGER);
    expect(run).toThrow(expect.objectContaining({ code: 'bad-input' }));
    for (const word of ['codex-repository', 'owner/name', named]) expect(run).toThrow(word);
  });
});

describe('a package of a monorepo must say which project it is', () => {
  test('by the input', () => {
    expect(parse({ project: 'a' }, found({}, false), 'packages/a')).toMatchObject({
      project: 'a',
      directory: 'packages/a',
    });
  });

  test('by a configuration inside it', () => {
    expect(parse({}, found({ projectName: 'a' }), 'packages/a')).toMatchObject({ project: 'a' });
  });

  test.each([
    ['the configuration of the repository does not count', found({ projectName: 'widgets' }, false)],
    ['a configuration inside it that does not say it', found()],
  ])('else it is an error: %s', (_, config) => {
    const run = () => parse({}, config, 'packages/a');
    expect(run).toThrow(expect.objectContaining({ code: 'bad-input' }));
    for (const word of ['packages/a', '"project"', 'project_name']) expect(run).toThrow(word);
  });
});

describe('the environment is checked before anything else', () => {
  test.each<[string, Record<string, string>, FoundConfig | undefined, string]>([
    ['no codex', { env: 'staging' }, { ...found(), config: DEFAULT_CONFIG }, '.'],
    ['no project', { env: 'staging' }, found(), 'packages/a'],
  ])('%s', (_, words, config, directory) => {
    expect(() => parse(words, config, directory)).toThrow(
      'Environment "staging" is not configured. Use one of: test, prod',
    );
  });
});

test('a pattern that leaves the project is refused', () => {
  expect(() => parse({ include: '../x' })).toThrow(expect.objectContaining({ code: 'bad-input' }));
});

test('the guards come after the banner, which says which environment was meant', () => {
  const request = parse({ env: 'prod', 'production-refs': 'refs/heads/feat*' });
  expect(request).toMatchObject({ environment: { production: true }, refs: { production: ['refs/heads/feat*'] } });
});

describe('a codex that is a project too', () => {
  const codex = { 'codex-repository': 'acme/codex' };
  const own = (words: Record<string, string>, directory?: string) => {
    const { isOfOtherProjects, selects } = parse({ include: '**', ...words }, undefined, directory).patterns;
    return ['projects/a.md', 'projects.md', 'docs/projects/a.md'].filter((path) => {
      expect(selects(path)).toBe(!isOfOtherProjects(path));
      return isOfOtherProjects(path);
    });
  };

  test.each<[string, Record<string, string>, string | undefined, string[]]>([
    ['is told by its name, in any case', { 'codex-repository': 'Acme/Widgets' }, undefined, ['projects/a.md']],
    ['is told by what is checked out', { ...codex, 'project-repository': 'acme/codex' }, undefined, ['projects/a.md']],
    [
      'is not told by what the workflow is of',
      { 'codex-repository': 'acme/widgets', 'project-repository': 'acme/gears' },
      undefined,
      [],
    ],
    ['is another one mostly', codex, undefined, []],
    ['has its projects in its root alone', { 'codex-repository': 'acme/widgets', project: 'x' }, 'docs', []],
    [
      'has nothing of its own in one of them',
      { 'codex-repository': 'acme/widgets', project: 'x' },
      'projects/x',
      ['projects/a.md', 'projects.md', 'docs/projects/a.md'],
    ],
  ])('%s', (_, words, directory, paths) => {
    expect(own(words, directory)).toEqual(paths);
  });
});

test('a pattern is for this project alone where an input or its configuration has it, and no default', () => {
  expect(parse().patterns.ownInclude).toEqual([]);
  expect(parse({ include: 'docs/**' }).patterns.ownInclude).toEqual(['docs/**']);
  const defaults = [...parse().patterns.include];
  expect(parse({}, found({ syncPatterns: defaults })).patterns.ownInclude).toEqual([]);
  expect(parse({}, found({ syncPatterns: ['guide/**', ...defaults] })).patterns.ownInclude).toEqual(['guide/**']);
  expect(parse({}, found({ syncPatterns: ['guide/**'] })).patterns.ownInclude).toEqual(['guide/**']);
  // As init writes it where the README file has another name.
  const written = defaults.map((glob) => (glob === 'README.md' ? 'readme.rst' : glob));
  expect(parse({}, found({ syncPatterns: written })).patterns.ownInclude).toEqual([]);
  expect(parse({}, found({ syncPatterns: ['readme.rst'] })).patterns.ownInclude).toEqual(['readme.rst']);
});
