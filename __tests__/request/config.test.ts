import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CodexSyncError } from '../../src/errors.ts';
import { DEFAULT_CONFIG, type ParsedConfig, parseConfig } from '../../src/request/config.ts';
import { checkProjectName } from '../../src/request/names.ts';

const EXAMPLE = `{ "version": "3.0", "organization": "acme", "codex_repo": "codex.acme.com", "project_name": "widgets",
  "sync_patterns": ["docs/**"], "exclude_patterns": ["docs/drafts/**"], "sync_direction": "to-codex",
  "environments": { "default": "test", "branches": { "test": "test", "prod": "main", "production": "main" } },
  "handlers": { "sync": { "active": "github", "options": { "github": { "deletion_threshold": 50, "deletion_threshold_percent": 20, "parallel_repos": 5 } } } },
  "cache": { "default_ttl": 604800, "fallback_to_stale": true } }`;

const json = (text: string): ParsedConfig => parseConfig({ text, file: 'config.json' });
const yaml = (text: string): ParsedConfig => parseConfig({ text, file: 'codex.yaml' });
const section = (text: string) => parseConfig({ text, file: 'shared.yaml', section: 'codex' });
const branchesOf = (environments: unknown) => json(JSON.stringify({ environments })).config.environments.branches;

/** The lines of the one error that `run` throws. */
function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    expect(error.code).toBe('bad-config');
    return error.message.split('\n');
  }
  return [];
}

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
        environments: { default: 'test', branches: { test: 'test', prod: 'main', production: 'main' } },
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
  ])('%s', (_, environments, branches) => {
    expect(branchesOf(environments)).toEqual(branches);
  });

  test('the other shape is a notice that shows the documented one', () => {
    const { notices, warnings } = json('{"environments": {\n"test": {"branch": "t"},\n"qa": {"branch": "qa"}}}');
    expect(warnings).toEqual([]);
    expect(notices).toEqual([
      'config.json:2: environments.test.branch is understood. The documented way is "environments": ' +
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
      'config.json:2: environments.branches.production is "live", but environments.branches.prod is "main". ' +
        'They are one environment: use one branch for both.',
    ],
    [
      'the two shapes apart',
      '{"qa": {"branch": "a"},\n"branches": {"qa": "b"}}',
      'config.json:1: environments.qa.branch is "a", but environments.branches.qa is "b". ' +
        'They are one environment: use one branch for both.',
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

  test.each(['Test', '', 'default', 'branches', '-a', 'a b', 'a/b', '..', 'x'.repeat(65)])(
    '%j is not the name of an environment in either shape',
    (name) => {
      const documented = problems(() => branchesOf({ branches: { [name]: 'x' } }));
      expect(documented).toEqual([expect.stringContaining('is not the name of an environment. Use a name of 1 to 64')]);
      if (name === 'default' || name === 'branches') return;
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
      'config.json:12: sync_direction is "sideways". Use "to-codex".',
      'config.json:13: handlers.sync.active is "local". Use "github".',
      'config.json:14: handlers.sync.options.github.deletion_threshold is -1. Use a whole number of at least 0.',
      'config.json:14: handlers.sync.options.github.deletion_threshold_percent is 101. Use a number from 0 to 100.',
      'config.json:15: handlers.sync.options.github.parallel_repos is "5". Use a whole number from 1 to 20.',
      'config.json:16: cache.default_ttl is 0. Use a whole number of at least 1.',
      'config.json:16: cache.fallback_to_stale is "yes". Use true or false.',
      'config.json:16: version is an empty list. Use a version such as "3.0".',
    ]);
  });

  test.each([
    ['handlers: []', 'handlers is an empty list. Use a map of settings.'],
    ['environments: main', 'environments is "main". Use a map of settings.'],
    ['environments: {branches: [main]}', 'environments.branches is a list. Use a map of names to branches.'],
    ['cache: {default_ttl: .inf}', 'cache.default_ttl is Infinity. Use a whole number of at least 1.'],
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

describe('syntax', () => {
  test.each([
    ['a trailing comma', '{"organization": "acme",\n}', 1, 'not valid JSON from here on: , '],
    ['a trailing comma of a list', '{"a": [1\n,]}', 2, 'not valid JSON from here on: ,]} '],
    ['a comment', '{\n// ours\n"organization": "acme"}', 2, 'not valid JSON from here on: // ours '],
    ['a comment of YAML', '{"a": 1 # ours\n}', 1, 'not valid JSON from here on: # ours '],
    ['single quotes', "{\n\n'a': 1}", 3, "not valid JSON from here on: 'a': 1} "],
    ['a missing comma', '{"a": [1, {}],\n"b": 2\n"c": 3}', 3, 'not valid JSON from here on: "c": 3} '],
    ['a missing colon', '{"a" "b"}', 1, 'not valid JSON from here on: "b"} '],
    ['a bare word', '{"a":\n yes}', 2, 'not valid JSON from here on: yes} '],
    ['a number of YAML', '{"a": 01}', 1, 'not valid JSON from here on: 01} '],
    ['a line break in a text', '{\n"a": "b\nc"}', 2, 'not valid JSON from here on: "b '],
    ['an escape of YAML', '{"a": "\\x41"}', 1, 'not valid JSON from here on: "\\x41"} '],
    ['too much', '{"a": 1}\n}', 2, 'not valid JSON from here on: } '],
    ['too little', '{\n"a": [1,\n2\n\n\n', 3, 'the file ends before its JSON does.'],
    [
      'a repeated key',
      '{"organization": "a",\n"organization": "b"}',
      2,
      'the key "organization" stands twice in the same map.',
    ],
    ['a prototype', '{\n"__proto__": {"organization": "x"}}', 2, '__proto__ cannot be a key.'],
    ['a list', '\n[]', 2, 'the file is an empty list. Use a map of settings.'],
    ['a text', '"acme"', 1, 'the file is "acme". Use a map of settings.'],
  ])('JSON: %s', (_, text, line, problem) => {
    expect(problems(() => json(text))).toEqual([expect.stringContaining(`config.json:${line}: ${problem}`)]);
  });

  test.each([
    ['indentation by a tab', 'cache:\n\tdefault_ttl: 1', 2, 'Tabs are not allowed as indentation.'],
    ['an open quote', 'organization: "acme\n\n\n', 1, 'Missing closing "quote.'],
    ['two documents', 'version: 3\n---\nversion: 4', 2, 'a second YAML document begins here. Keep one.'],
    ['an alias without an anchor', 'version: 3\norganization: *acme', 2, '*acme has no anchor.'],
    ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(101)}]`, 2, 'too many YAML aliases.'],
    ['a prototype', 'environments:\n  branches:\n    __proto__: main', 3, '__proto__ cannot be a key. Remove it.'],
  ])('YAML: %s', (_, text, line, problem) => {
    expect(problems(() => yaml(text))).toEqual([`codex.yaml:${line}: ${problem}`]);
  });

  test('every repeated key is listed', () => {
    expect(problems(() => yaml('version: 1\nversion : 2\ncache: {}\ncache: {}'))).toEqual([
      'codex.yaml:2: the key version stands twice in the same map. Keep one.',
      'codex.yaml:4: the key cache stands twice in the same map. Keep one.',
    ]);
  });

  test.each([
    ['an empty file', '', 'codex.yaml is empty. Fill it in or remove it.'],
    ['only comments', '# later\n', 'codex.yaml is empty. Fill it in or remove it.'],
    ['only null', 'null', 'codex.yaml is empty. Fill it in or remove it.'],
    ['deep nesting', '['.repeat(50_000), 'codex.yaml is nested too deeply.'],
    ['deep nesting in blocks', '- '.repeat(40_000), 'codex.yaml is nested too deeply.'],
    ['a large file', ' '.repeat(100_001), 'codex.yaml is larger than 100 KB. Is it a configuration?'],
    [
      'a billion laughs',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]',
      'codex.yaml has too many YAML aliases.',
    ],
  ])('%s', (_, text, problem) => {
    expect(problems(() => yaml(text))).toEqual([problem]);
  });

  test('an empty JSON file is empty, not broken', () => {
    expect(problems(() => json(' \n'))).toEqual(['config.json is empty. Fill it in or remove it.']);
  });
});

describe('unknown keys', () => {
  test.each([
    ['{"sync_pattern": []}', 'sync_pattern', ' Did you mean "sync_patterns"?'],
    ['{"syncPatterns": []}', 'syncPatterns', ' Did you mean "sync_patterns"?'],
    ['{"colour": 1}', 'colour', ''],
    ['{"constructor": 1}', 'constructor', ''],
    ['{"environments": {"defualt": "prod"}}', 'environments.defualt', ' Did you mean "default"?'],
    ['{"environments": {"branchs": {"qa": "qa"}}}', 'environments.branchs', ' Did you mean "branches"?'],
    ['{"environments": {"staging": "qa"}}', 'environments.staging', ''],
    ['{"environments": {"qa": {"branch": "qa", "url": 1}}}', 'environments.qa.url', ''],
    ['{"handlers": {"sync": {"activ": "github"}}}', 'handlers.sync.activ', ' Did you mean "active"?'],
    ['{"handlers": {"sync": {"options": {"local": 1}}}}', 'handlers.sync.options.local', ''],
    ['{"handlers": {"sync": {"options": {"github": {"parallel": 1}}}}}', 'handlers.sync.options.github.parallel', ''],
    ['{"cache": {"default-ttl": 1}}', 'cache.default-ttl', ' Did you mean "default_ttl"?'],
    ['{"x\\ny": 1}', '["x\\u{a}y"]', ''],
  ])('%s is a warning', (text, key, hint) => {
    const { config, warnings } = json(`{\n"organization": "acme",\n${text.slice(1)}`);
    expect(warnings).toEqual([`config.json:3: ${key} is not a known key and is ignored.${hint}`]);
    expect(config.organization).toBe('acme');
    expect(config.environments.default).toBeUndefined();
  });

  test.each(['$schema', 'logging', 'notifications', 'sources', 'auth', 'auto_sync', 'version'])(
    '%s is known and not ours',
    (key) => {
      expect(json(`{"${key}": "x"}`)).toEqual({ config: DEFAULT_CONFIG, notices: [], warnings: [] });
    },
  );

  test('other handlers are not ours', () => {
    expect(json('{"handlers": {"storage": {"active": "local"}}}').warnings).toEqual([]);
  });
});

describe('the codex section of a shared file', () => {
  test.each([
    ['no such section', 'logs: {}'],
    ['an empty file', ''],
    ['a list', '- codex'],
  ])('%s: undefined', (_, text) => {
    expect(section(text)).toBeUndefined();
  });

  test('only the section is read', () => {
    const parsed = section(
      'name: &org acme\nwork: {organization: 1}\ncodex:\n  organization: *org\n  organisation: x\n',
    );
    expect(parsed?.config.organization).toBe('acme');
    expect(parsed?.warnings).toEqual([
      'shared.yaml:5: codex.organisation is not a known key and is ignored. Did you mean "organization"?',
    ]);
  });

  test('the section may be an alias', () => {
    expect(section('base: &base\n  organization: acme\ncodex: *base')?.config.organization).toBe('acme');
    expect(problems(() => section('base: &base\n  cache: 1\ncodex: *base'))).toEqual([
      'shared.yaml:2: codex.cache is 1. Use a map of settings.',
    ]);
  });

  test.each([
    ['codex:', 'shared.yaml:1: codex is empty. Fill it in or remove it.'],
    ['\ncodex: 5', 'shared.yaml:2: codex is 5. Use a map of settings.'],
    [
      'codex:\n  cache:\n    default_ttl: x',
      'shared.yaml:3: codex.cache.default_ttl is "x". Use a whole number of at least 1.',
    ],
  ])('%j', (text, problem) => {
    expect(problems(() => section(text))).toEqual([problem]);
  });
});

test.each(['widgets', 'a.b_c-D9', '.github', '...', 'x.git', 'x'.repeat(100)])(
  '%s is the name of a project',
  (name) => {
    expect(checkProjectName(name)).toBeUndefined();
  },
);

test.each(['', '.', '..', '.git', '.GIT', 'a/b', 'a b', 'é', 'a\n', 'x'.repeat(101)])('%j is none', (name) => {
  expect(checkProjectName(name)).toMatch(/^Use a name of .*\.$/);
});

describe('whatever stands in the file', () => {
  const word = fc.constantFrom(
    ...['environments', 'branches', 'default', 'prod', 'production', 'branch', 'sync_patterns', 'cache', 'handlers'],
    ...[
      '__proto__',
      'constructor',
      'codex',
      'main',
      '&a',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '- ',
      ': ',
      ', ',
      '"',
      "'",
      '#',
      '|',
    ],
    ...[
      '\n',
      '\n  ',
      '\t',
      '\r',
      '---\n',
      '? ',
      '!!set ',
      '<<: ',
      '1',
      'null',
      '\uFEFF',
      '\u2028',
      '\0',
      '%YAML 1.1\n',
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
  );
  const value = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.constantFrom('main', 'a..b', 5), tie('map')),
    map: fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
  })).map;

  function check(source: string, file: string, part: { section?: 'codex' }): void {
    const lines = source.split('\n').length;
    let said: string[];
    try {
      const parsed = parseConfig({ text: source, file, ...part });
      const { branches } = parsed?.config.environments ?? DEFAULT_CONFIG.environments;
      expect(branches.prod).toBe(branches.production);
      said = [...(parsed?.warnings ?? []), ...(parsed?.notices ?? [])];
    } catch (error) {
      if (!(error instanceof CodexSyncError)) throw error;
      said = error.message.split('\n');
    }
    for (const line of said) {
      expect(line).toMatch(/^config\.(json|yaml)(:[1-9]\d*:)? [^\p{Cc}]+$/u);
      expect(Number(/^[^:]+:(\d+):/.exec(line)?.[1] ?? 1)).toBeLessThanOrEqual(lines);
    }
  }

  const file = fc.constantFrom('config.json', 'config.yaml');
  const part = fc.constantFrom<{ section?: 'codex' }>({}, { section: 'codex' });

  test('nothing but a CodexSyncError is thrown, and every line named is a line of the file', () => {
    fc.assert(fc.property(text, file, part, check), { numRuns: 2000 });
    fc.assert(
      fc.property(
        value.map((map) => JSON.stringify(map, null, 1)),
        file,
        part,
        check,
      ),
      { numRuns: 1000 },
    );
  });

  test('a .json file is accepted only where JSON.parse accepts it', () => {
    const almost = fc.tuple(fc.json(), fc.nat(), word).map(([source, at, extra]) => {
      const cut = at % (source.length + 1);
      return source.slice(0, cut) + extra + source.slice(cut);
    });
    fc.assert(
      fc.property(almost, (source) => {
        const [problem] = problems(() => json(source));
        let valid = true;
        try {
          JSON.parse(source.replace(/^\uFEFF/, ''));
        } catch {
          valid = source.trim() === '';
        }
        expect(/not valid JSON|ends before its JSON/.test(problem ?? '')).toBe(!valid);
      }),
      { numRuns: 2000 },
    );
  });
});
