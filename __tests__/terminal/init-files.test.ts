import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE, globProblem } from '../../src/documents/patterns.ts';
import { parseConfig } from '../../src/inputs/config.ts';
import { FIRST_CONFIG, type FirstFacts, planConfig, planWorkflows } from '../../src/terminal/init-files.ts';

const facts: FirstFacts = {
  codex: 'acme/codex.acme.com',
  productionBranch: 'main',
  project: 'widgets',
  include: DEFAULT_INCLUDE,
  exclude: DEFAULT_EXCLUDE,
  defaultBranch: 'main',
};

function configOf(given: FirstFacts) {
  const text = planConfig(given).get(FIRST_CONFIG) ?? '';
  return parseConfig({ text, file: FIRST_CONFIG });
}

test('the configuration says what it was told, without a notice or a warning', () => {
  expect(configOf(facts)).toEqual({
    notices: [],
    warnings: [],
    config: {
      organization: 'acme',
      codexRepo: 'codex.acme.com',
      projectName: 'widgets',
      syncPatterns: DEFAULT_INCLUDE,
      excludePatterns: DEFAULT_EXCLUDE,
      environments: {
        default: 'test',
        branches: { test: 'test', prod: 'main', production: 'main' },
        written: ['test', 'prod'],
      },
    },
  });
});

test('words that YAML takes for something else stay words', () => {
  const name = fc.oneof(
    fc.constantFrom('true', 'null', 'no', '1e3', '0x1f', '007', '1.5', '2026-01-01'),
    fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
  );
  const glob = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
    .filter((one) => one.trim() === one && !/\p{Cc}/u.test(one) && globProblem(one) === undefined);
  fc.assert(
    fc.property(name, name, fc.array(glob, { minLength: 1, maxLength: 3 }), (project, repo, include) => {
      const { config } = configOf({ ...facts, codex: `acme/${repo}`, project, include, productionBranch: 'release' });
      expect(config).toMatchObject({ codexRepo: repo, projectName: project, syncPatterns: include });
      expect(config.environments.branches.prod).toBe('release');
    }),
  );
});

test('the workflows are the recommended ones', async () => {
  const recipes = await readFile('docs/RECIPES.md', 'utf8');
  const workflows = planWorkflows(facts);
  expect([...workflows.keys()]).toEqual(['.github/workflows/codex-test.yml', '.github/workflows/codex-release.yml']);
  for (const [path, text] of workflows) expect(recipes).toContain(`\`\`\`yaml\n# ${path}\n${text}\`\`\``);
});

test('another default branch is the one that is published', () => {
  const [text = ''] = planWorkflows({ ...facts, defaultBranch: 'release/1' }).values();
  expect(parse(text).on.push).toEqual({ branches: ['release/1'] });
});

describe('two tokens', () => {
  const [onTest, onRelease] = [...planWorkflows(facts).values()].map((text) => parse(text));
  const PRODUCTION = 'secrets.CODEX_PRODUCTION_TOKEN';

  test('only a job of the environment "production" publishes to production, and only such a job sees its token', () => {
    const jobs = [onTest, onRelease].flatMap(({ jobs }) => Object.values<Job>(jobs));
    expect(jobs).toHaveLength(3);
    for (const { environment, steps } of jobs) {
      const [given] = steps.flatMap((step) => (step.with?.env === undefined ? [] : [step.with]));
      const isProduction = given?.env === 'prod';
      expect(environment).toBe(isProduction ? 'production' : undefined);
      expect(given?.token).toBe(`\${{ ${isProduction ? PRODUCTION : 'secrets.CODEX_TOKEN'} }}`);
    }
    expect(Object.values<Job>(onRelease.jobs).map(({ steps }) => steps.at(-1)?.with?.env)).toEqual(['prod', 'test']);
  });

  test('whatever publishes to test may ask which previews have ended, and pull requests tell when they are closed', () => {
    expect(onTest.on.pull_request.types).toEqual(['opened', 'synchronize', 'reopened', 'closed']);
    expect(onTest.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
    expect(onRelease.permissions).toEqual({ contents: 'read', 'pull-requests': 'read' });
  });
});

interface Job {
  readonly environment?: string;
  readonly steps: readonly { readonly with?: Readonly<Record<string, string>> }[];
}
