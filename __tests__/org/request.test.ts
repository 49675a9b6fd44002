import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import type { WorkflowTrigger } from '../../src/inputs/trigger.ts';
import { parseSyncOrg, projectRequest } from '../../src/org/request.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';

const trigger: WorkflowTrigger = {
  kind: 'workflow',
  event: 'pull_request',
  actor: 'mona',
  ref: 'refs/pull/7/merge',
  commit: 'f'.repeat(40),
  repository: 'acme/codex.acme.com',
  defaultBranch: branchName('trunk'),
  visibility: 'private',
  pullRequest: {
    ...{ number: 7, headCommit: 'e'.repeat(40), headRepository: 'acme/codex.acme.com' },
    ...{
      headBranch: branchName('feature'),
      baseBranch: branchName('trunk'),
      baseCommit: undefined,
      closed: false,
      merged: false,
    },
  },
  subject: { kind: 'pull request', number: 7, head: undefined },
  deletedBranch: undefined,
  upstream: undefined,
  serverUrl: 'https://github.com',
  apiUrl: 'https://api.github.com',
  runUrl: 'https://github.com/acme/codex.acme.com/actions/runs/1',
  workflow: '.github/workflows/docs.yml',
};
const source = {
  repository: 'acme/widgets',
  defaultBranch: branchName('main'),
  visibility: 'public',
  commit: 'c'.repeat(40),
  ref: 'refs/heads/main',
} as const;

function parse(words: Record<string, string> = {}, text?: object) {
  const given = { token: 'tok', 'codex-repository': 'acme/codex.acme.com', ...words };
  const variables = Object.fromEntries(
    Object.entries(given).map(([name, word]) => [`INPUT_${name.toUpperCase()}`, word]),
  );
  const found = text && { ...configOf(text), file: 'config.json', inside: true };
  return parseSyncOrg(parseInputs(variables), found, trigger);
}

function configOf(text: object) {
  return parseConfig({ text: JSON.stringify(text), file: 'config.json' });
}

const limits = (limit: object) => ({ handlers: { sync: { options: { github: limit } } } });

describe('a run for an organization', () => {
  test('without a word: the whole organization of the codex, its default branches, to test', () => {
    expect(parse()).toMatchObject({
      organization: 'acme',
      repositories: [],
      excluded: [],
      sourceRef: 'default-branch',
      parallel: 5,
      shard: { index: 1, count: 1 },
      include: ['docs/**', 'README.md', 'CLAUDE.md', '.claude/**'],
      threshold: { count: 50, percent: 20 },
      environment: { name: 'test', branch: branchName('test') },
    });
  });

  test('inputs come before the configuration, and that before the defaults', () => {
    const text = {
      organization: 'globex',
      sync_patterns: ['handbook/**'],
      ...limits({ parallel_repos: 9, deletion_threshold: 7 }),
    };
    expect(parse({}, text)).toMatchObject({
      organization: 'globex',
      parallel: 9,
      include: ['handbook/**'],
      threshold: { count: 7 },
    });
    const words = { organization: 'acme', parallel: '2', include: 'docs/**', 'deletion-threshold': '3' };
    expect(parse(words, text)).toMatchObject({
      organization: 'acme',
      parallel: 2,
      include: ['docs/**'],
      threshold: { count: 3 },
    });
  });

  test('production only with a source that is said, wherever production comes from', () => {
    const text = { environments: { default: 'prod' } };
    expect(() => parse({ env: 'prod' })).toThrow(
      /^Input "source-ref" is not given, .* for production \(branch main\)\. .*default-branch, latest-release\.$/,
    );
    expect(() => parse({}, text)).toThrow('"source-ref" is not given');
    expect(parse({ 'source-ref': 'latest-release' }, text)).toMatchObject({
      sourceRef: 'latest-release',
      environment: { name: 'prod' },
    });
  });

  test.each([
    [{ project: 'widgets' }, '"repositories"'],
    [{ direction: 'from-codex' }, 'no checkout'],
    [{ 'on-conflict': 'fail' }, '"on-conflict: fail" is for one project'],
    [{ adopt: 'true' }, '"adopt: true" is for one project'],
    [{ 'include-lfs': 'true' }, 'has no checkout with the contents of Git LFS'],
    [{ 'allow-older': 'true' }, '"allow-older: true" is for one project'],
    [{ adopt: 'true', 'allow-older': 'true' }, '"adopt: true", "allow-older: true" is for one project'],
  ])('words of another mode are an error: %j', (words, expected) => {
    expect(() => parse(words)).toThrow(expected);
  });
});

test('words that say what this mode does anyway are no error', () => {
  expect(parse({ direction: 'to-codex', 'on-conflict': 'codex', adopt: 'false' }).mode).toBe('sync-org');
});

describe('the request of one project', () => {
  test('is of the repository and its commit, whatever started the run', () => {
    const request = projectRequest(parse({ 'commit-message': 'docs: <project>' }), source, undefined, undefined);
    expect(request).toMatchObject({
      project: 'widgets',
      directory: '.',
      direction: 'to-codex',
      onConflict: 'codex',
      subject: 'docs: widgets',
      allowOlder: false,
      adopt: false,
      includeLfs: false,
      codex: 'acme/codex.acme.com',
    });
    expect(request.trigger).toEqual({
      ...{ kind: 'organization', ...source, runUrl: trigger.runUrl, workflow: trigger.workflow },
      ...{ serverUrl: trigger.serverUrl, apiUrl: trigger.apiUrl },
    });
    expect(request.patterns.selects('docs/a.md')).toBe(true);
  });

  test('has no branch that was deleted in the repository of the workflow', () => {
    const deleted = { ...parse(), trigger: { ...trigger, event: 'delete', deletedBranch: branchName('feature') } };
    expect(projectRequest(deleted, source, undefined, undefined).trigger).not.toHaveProperty('deletedBranch');
  });

  test('takes name, patterns and thresholds from its own configuration, one by one', () => {
    const request = parse({ include: 'docs/**', exclude: '**/*.tmp', 'deletion-threshold': '10', env: 'test' });
    const own = { project_name: 'gadgets', exclude_patterns: [], ...limits({ deletion_threshold_percent: 90 }) };
    const { patterns, ...rest } = projectRequest(request, source, configOf(own).config, undefined);
    expect(rest).toMatchObject({ project: 'gadgets', threshold: { count: 10, percent: 90 } });
    expect([patterns.include, patterns.exclude]).toEqual([['docs/**'], []]);
  });

  test('is left out besides what the organization leaves out, where its configuration only adds', () => {
    const request = parse({ exclude: '**/*.tmp' });
    const own = configOf({ project: 'gears', sync: { to_codex: { include: ['a/**'] }, exclude: ['a/b/**'] } });
    const { patterns, project } = projectRequest(request, source, own.config, undefined);
    expect(project).toBe('gears');
    expect([patterns.include, patterns.exclude]).toEqual([['a/**'], ['**/*.tmp', 'a/b/**']]);
  });

  test('a repository whose name no project may have is an error', () => {
    expect(() => projectRequest(parse(), { ...source, repository: 'acme/.git' }, undefined, undefined)).toThrow(
      /^"\.git" cannot be the name of a project\. /,
    );
  });

  test('takes nothing else from it', () => {
    const own = {
      organization: 'evil',
      codex_repo: 'evil',
      sync_direction: 'bidirectional',
      environments: { default: 'prod', branches: branchNames({ test: 'main' }) },
    };
    const request = parse();
    expect(projectRequest(request, source, configOf(own).config, undefined)).toEqual({
      ...projectRequest(request, source, undefined, undefined),
      patterns: expect.anything(),
    });
  });
});
