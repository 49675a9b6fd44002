import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { RESERVED_ENVIRONMENT_NAMES } from '../../src/text/names.ts';
import { branchesOf, json, problems, yaml } from '../support/config.ts';

const EXAMPLE = `{ "version": "3.0", "organization": "acme", "codex_repo": "codex.acme.com", "project_name": "widgets",
  "sync_patterns": ["docs/**"], "exclude_patterns": ["docs/drafts/**"], "sync_direction": "to-codex",
  "environments": { "default": "test", "branches": { "test": "test", "prod": "main", "production": "main" } },
  "handlers": { "sync": { "active": "github", "options": { "github": { "deletion_threshold": 50, "deletion_threshold_percent": 20, "parallel_repos": 5 } } } },
  "cache": { "default_ttl": 604800, "fallback_to_stale": true } }`;

describe('values', () => {
  test('the example of the documentation', () => {
    expect(json(EXAMPLE)).toEqual({
      config: {
        organization: 'acme',
        codexRepo: 'codex.acme.com',
        projectName: 'widgets',
        syncPatterns: ['docs/**'],
        excludePatterns: ['docs/drafts/**'],
        syncDirection: 'to-codex',
        environments: {
          default: 'test',
          branches: { test: 'test', prod: 'main', production: 'main' },
          written: ['test', 'prod'],
        },
        deletionThreshold: 50,
        deletionThresholdPercent: 20,
        parallelRepos: 5,
        cache: { defaultTtl: 604800, fallbackToStale: true },
      },
      notices: [],
      warnings: [],
    });
  });

  test('JSON and YAML say the same', () => {
    expect(yaml(EXAMPLE)).toEqual(json(EXAMPLE));
    expect(yaml('# ours\norganization: acme\nsync_patterns:\n  - docs/**\n').config).toEqual(
      json('{"organization": "acme", "sync_patterns": ["docs/**"]}').config,
    );
  });

  test('what the file does not say is absent', () => {
    expect(json('{}').config).toStrictEqual(DEFAULT_CONFIG);
    expect(json('{"cache": {}}').config).toStrictEqual({ ...DEFAULT_CONFIG, cache: {} });
  });

  test.each([
    ['a byte order mark', '\uFEFF{"organization": "acme"}'],
    ['indentation by tabs', '{\n\t"organization":\t"acme"\n\t}'],
    ['Windows line ends', '{\r\n"organization": "acme"\r\n}\r\n'],
  ])('%s', (_, text) => {
    expect(json(text).config.organization).toBe('acme');
  });
});

describe('environments', () => {
  test.each<[string, unknown, Record<string, string>]>([
    ['nothing said', {}, { test: 'test', prod: 'main', production: 'main' }],
    ['prod sets production', { branches: { prod: 'live' } }, { test: 'test', prod: 'live', production: 'live' }],
    ['production sets prod', { branches: { production: 'live' } }, { test: 'test', prod: 'live', production: 'live' }],
    [
      'both the same, and another',
      { branches: { production: 'live', prod: 'live', qa: 'qa', branch: 'b', constructor: 'c' } },
      { test: 'test', prod: 'live', production: 'live', qa: 'qa', branch: 'b', constructor: 'c' },
    ],
    [
      'the other published shape',
      { test: { branch: 't' }, production: { branch: 'live' }, qa: { branch: 'qa' } },
      { test: 't', prod: 'live', production: 'live', qa: 'qa' },
    ],
    [
      'both shapes',
      { branches: { qa: 'qa' }, prod: { branch: 'live' } },
      { test: 'test', prod: 'live', production: 'live', qa: 'qa' },
    ],
    [
      'branches that only begin alike, or below the default of an environment that has another one',
      { branches: { test: 'testing', staging: 'test/staging', qa: 'main-qa', eu: 'test/staging-eu' } },
      {
        ...{ test: 'testing', prod: 'main', production: 'main' },
        staging: 'test/staging',
        qa: 'main-qa',
        eu: 'test/staging-eu',
      },
    ],
  ])('%s', (_, environments, branches) => {
    expect(branchesOf(environments)).toEqual(branches);
  });

  test('the other shape is a notice that shows the documented one', () => {
    const { notices, warnings } = json('{"environments": {\n"test": {"branch": "t"},\n"qa": {"branch": "qa"}}}');
    expect(warnings).toEqual([]);
    expect(notices).toEqual([
      'config.json:2: environments.test.branch is accepted. The documented form is "environments": ' +
        '{"branches":{"test":"t","qa":"qa"}}.',
    ]);
  });

  test('an environment named "branch" is in the documented shape', () => {
    expect(json('{"environments": {"branches": {"branch": "b"}}}').notices).toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'prod and production apart',
      '{"branches": {"prod": "main",\n"production": "live"}}',
      'config.json:2: environments.branches.production is "live", but environments.branches.prod (line 1) is "main". ' +
        'They are one environment: use one branch for both.',
    ],
    [
      'the two shapes apart',
      '{"qa": {"branch": "a"},\n"branches": {"qa": "b"}}',
      'config.json:1: environments.qa.branch is "a", but environments.branches.qa (line 2) is "b". ' +
        'They are one environment: use one branch for both.',
    ],
    [
      'a branch below the one that test has by default',
      '{"branches": {"qa": "qa",\n"staging": "test/staging"}}',
      'config.json:2: environments.branches.staging is "test/staging", but environments.branches.test is "test" by default, and git cannot hold both branches. ' +
        'Use another name for one of them, such as "test-staging".',
    ],
    [
      'a branch above the one of another environment',
      '{"branches": {"qa": "docs",\n"staging": "docs/staging/eu"}}',
      'config.json:2: environments.branches.staging is "docs/staging/eu", but environments.branches.qa (line 1) is "docs", and git cannot hold both branches. ' +
        'Use another name for one of them, such as "docs-staging-eu".',
    ],
    [
      'a branch below production, said once for both of its names',
      '{"branches": {"prod": "live", "production": "live",\n"test": "live/test"}}',
      'config.json:2: environments.branches.test is "live/test", but environments.branches.prod (line 1) is "live", and git cannot hold both branches. ' +
        'Use another name for one of them, such as "live-test".',
    ],
    [
      'a default that is not configured',
      '{"branches": {"qa": "qa", "QA": "x"},\n"default": "staging"}',
      'config.json:2: environments.default is "staging", which is not configured. Use one of: test, prod, production, qa.',
    ],
    [
      'production written as a third shape, which must not mean main',
      '{"prod": "release"}',
      'config.json:1: environments.prod is "release". Use a map with a "branch", or a branch under environments.branches.',
    ],
    [
      'an environment without a branch',
      '{"staging":\n{"brnch": "x"}}',
      'config.json:1: environments.staging.branch is missing. ' +
        'Use a branch name that git allows, without "refs/heads/" (such as "main" or "docs/test").',
    ],
  ])('%s', (_, environments, problem) => {
    expect(problems(() => json(`{"environments": ${environments}}`))).toContain(problem);
  });

  test.each(['Test', '', ...RESERVED_ENVIRONMENT_NAMES, '-a', 'a b', 'a/b', '..', 'x'.repeat(65)])(
    '%j is not the name of an environment in either shape',
    (name) => {
      const documented = problems(() => branchesOf({ branches: { [name]: 'x' } }));
      expect(documented).toEqual([expect.stringContaining('is not the name of an environment. Use a name of 1 to 64')]);
      if (RESERVED_ENVIRONMENT_NAMES.some((reserved) => reserved === name)) return;
      expect(problems(() => branchesOf({ [name]: { branch: 'x' } }))).toEqual(
        documented.map((line) => line.replace('environments.branches', 'environments')),
      );
    },
  );
});

describe('problems', () => {
  test('one error lists every problem with file, line, dotted key, what was given and what is accepted', () => {
    const text = `{
      "organization": "a b",
      "codex_repo": "acme/codex.acme.com",
      "sync_patterns": ["docs/**",
        3,
        "", "a\\nb"],
      "exclude_patterns": "docs/**",
      "project_name": "..",
      "environments": { "default": 1, "branches": {
        "test": "a..b",
        "v1.2": null } },
      "sync_direction": "sideways",
      "handlers": { "sync": { "active": "local", "options": { "github": {
        "deletion_threshold": -1, "deletion_threshold_percent": 101,
        "parallel_repos": "5" } } } },
      "cache": { "default_ttl": 0, "fallback_to_stale": "yes" }, "version": []
    }`;
    const branch = 'Use a branch name that git allows, without "refs/heads/" (such as "main" or "docs/test").';
    const pattern = 'Use a glob pattern of one line that is not empty.';
    expect(problems(() => json(text))).toEqual([
      'config.json:2: organization is "a b". Use the name of a GitHub organization or user (1 to 39 letters, digits or "-").',
      'config.json:3: codex_repo is "acme/codex.acme.com". Use the name of a repository alone, without its owner and without ".git".',
      `config.json:5: sync_patterns[1] is 3. ${pattern}`,
      `config.json:6: sync_patterns[2] is "". ${pattern}`,
      `config.json:6: sync_patterns[3] is "a\\u{a}b". ${pattern}`,
      'config.json:7: exclude_patterns is "docs/**". Use a list of glob patterns.',
      'config.json:8: project_name is "..". Use a name of 1 to 100 letters, digits, ".", "_" or "-", other than ".", ".." and ".git".',
      expect.stringMatching(/^config\.json:9: environments\.default is 1\. Use a name of 1 to 64 /),
      `config.json:10: environments.branches.test is "a..b". ${branch}`,
      `config.json:11: environments.branches["v1.2"] is null. ${branch}`,
      'config.json:12: sync_direction is "sideways". Use one of: to-codex, from-codex, bidirectional.',
      'config.json:13: handlers.sync.active is "local". Use "github".',
      'config.json:14: handlers.sync.options.github.deletion_threshold is -1. Use a whole number of at least 0.',
      'config.json:14: handlers.sync.options.github.deletion_threshold_percent is 101. Use a number from 0 to 100.',
      'config.json:15: handlers.sync.options.github.parallel_repos is "5". Use a whole number from 1 to 20.',
      'config.json:16: cache.default_ttl is 0. Use a whole number from 1 to 315360000.',
      'config.json:16: cache.fallback_to_stale is "yes". Use true or false.',
      'config.json:16: version is an empty list. Use a version such as "3.0".',
    ]);
  });

  test.each([
    ['handlers: []', 'handlers is an empty list. Use a map of settings.'],
    ['environments: main', 'environments is "main". Use a map of settings.'],
    ['environments: {branches: [main]}', 'environments.branches is a list. Use a map of names to branches.'],
    ['cache: {default_ttl: .inf}', 'cache.default_ttl is Infinity. Use a whole number from 1 to 315360000.'],
    ['organization:', 'organization is null. Use the name of a GitHub organization'],
    [`organization: "${'x'.repeat(200)}"`, `organization is "${'x'.repeat(60)}…". Use`],
    ['sync_patterns: ["\\e[2J\\0"]', 'sync_patterns[0] is "\\u{1b}[2J\\u{0}". Use'],
  ])('%s', (text, problem) => {
    expect(problems(() => yaml(text))).toEqual([expect.stringContaining(`codex.yaml:1: ${problem}`)]);
  });

  test('one problem for each value', () => {
    expect(problems(() => json('{"environments": {"branches": {"Test": null}}}'))).toHaveLength(1);
    expect(
      problems(() => json('{"handlers": {"sync": {"options": {"github": {"parallel_repos": -1.5}}}}}')),
    ).toHaveLength(1);
  });

  test('a value behind an alias is reported where it stands', () => {
    expect(problems(() => yaml('logging: &globs\n  - docs/**\n  - ""\nsync_patterns: *globs'))).toEqual([
      expect.stringMatching(/^codex\.yaml:3: sync_patterns\[1\] is ""\./),
    ]);
  });
});

test('every glob that cannot match is a problem with its line and key', () => {
  const text = '{\n"sync_patterns": ["docs/**",\n"/docs/**",\n"docs/",\n"!x"],\n"exclude_patterns": ["../x"]}';
  expect(problems(() => json(text))).toEqual([
    expect.stringMatching(/^config\.json:3: sync_patterns\[1\] is "\/docs\/\*\*"\. Use a path that is not absolute/),
    expect.stringMatching(/^config\.json:4: sync_patterns\[2\] is "docs\/"\. Use "docs\/\*\*"/),
    expect.stringMatching(/^config\.json:5: sync_patterns\[3\] is "!x"\. Use a pattern without "!"/),
    expect.stringMatching(/^config\.json:6: exclude_patterns\[0\] is "\.\.\/x"\. Use a pattern without "\.\."/),
  ]);
});

describe('refs', () => {
  test('stable_refs and production_refs are lists of full ref names and globs on them', () => {
    const { config, warnings } = yaml(
      'environments:\n  stable_refs: [refs/heads/develop]\n  production_refs: ["refs/heads/release/*", "!refs/heads/main"]\n',
    );
    expect(config.environments).toEqual({
      ...DEFAULT_CONFIG.environments,
      stableRefs: ['refs/heads/develop'],
      productionRefs: ['refs/heads/release/*', '!refs/heads/main'],
    });
    expect(warnings).toEqual([]);
  });

  test('each entry that can match no ref is a problem with its line and key', () => {
    expect(problems(() => yaml('environments:\n  stable_refs:\n    - develop\n    - refs/heads/\n    - 3\n'))).toEqual([
      expect.stringMatching(/^codex\.yaml:3: environments\.stable_refs\[0\] is "develop"\. Use full ref names/),
      expect.stringMatching(/^codex\.yaml:4: environments\.stable_refs\[1\] is "refs\/heads\/"\. Use full ref names/),
      expect.stringMatching(/^codex\.yaml:5: environments\.stable_refs\[2\] is 3\. Use a glob pattern/),
    ]);
    expect(problems(() => yaml('environments: {production_refs: main}'))).toEqual([
      'codex.yaml:1: environments.production_refs is "main". Use a list of full ref names or globs on them.',
    ]);
  });
});

describe('projects of the codex', () => {
  test('each belongs to a repository, or to a directory of one', () => {
    const { config, warnings } = yaml(
      'projects:\n  billing: acme/billing\n  gears: {repository: acme/mono, directory: packages/gears}\nunlisted: refuse\n',
    );
    expect(config).toEqual({
      ...DEFAULT_CONFIG,
      projects: {
        billing: { repository: 'acme/billing', directory: '.' },
        gears: { repository: 'acme/mono', directory: 'packages/gears' },
      },
      unlisted: 'refuse',
    });
    expect(warnings).toEqual([]);
  });

  const owner = 'Use owner/repository, or a map with just "repository" and "directory".';
  test.each([
    ['projects: [acme/x]', 'projects is a list. Use a map of projects to repositories.'],
    ['projects: {x: billing}', 'projects.x is "billing". Use owner/repository, such as acme/widgets.'],
    ['projects: {x: {repository: acme/x, directry: a}}', `projects.x is a map. ${owner}`],
    ['projects: {x: 3}', `projects.x is 3. ${owner}`],
    ['projects: {x: {directory: a}}', `projects.x is a map. ${owner}`],
    ['projects: {x: {repository: acme/x, directory: ../a}}', 'projects.x.directory is "../a". Use a directory of'],
    ['projects: {x: {repository: acme/x, directory: a/}}', 'projects.x.directory is "a/". Use a directory of'],
    ['projects: {a/b: acme/x}', 'projects["a/b"] is not the name of a project. Use a name of 1 to 100 letters'],
    [
      'projects: {x: acme/x, X: acme/y}',
      'projects.X differs from the project projects.x (line 1) only in upper and lower case. List each',
    ],
    ['unlisted: allow', 'unlisted is "allow". Use "refuse".'],
  ])('%s', (text, problem) => {
    expect(problems(() => yaml(text))).toEqual([expect.stringContaining(`codex.yaml:1: ${problem}`)]);
  });
});

test('a glob that is too long to be compiled is a problem like any other', () => {
  const long = 'a'.repeat(45_000);
  expect(problems(() => yaml(`sync_patterns:\n  - docs/**\n  - ${long}\nexclude_patterns:\n  - ${long}`))).toEqual([
    expect.stringMatching(
      /^codex\.yaml:3: sync_patterns\[1\] is "a{60}…"\. Use a pattern of at most 1,000 characters\.$/,
    ),
    expect.stringMatching(
      /^codex\.yaml:5: exclude_patterns\[0\] is "a{60}…"\. Use a pattern of at most 1,000 characters\.$/,
    ),
  ]);
});
