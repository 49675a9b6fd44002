import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { type CodexConfig, parseCodexConfig } from '../../src/codex/codex-config.ts';
import {
  branchChecks,
  cacheCheck,
  cacheDirectoryCheck,
  checkoutCheck,
  codexChecks,
  codexConfigChecks,
  configurationChecks,
  failed,
  folderCheck,
  gitCheck,
  look,
  patternsChecks,
  projectChecks,
  workflowsCheck,
} from '../../src/doctor/checks.ts';
import {
  ALL_TAGS,
  type BranchesOfEntry,
  branchesOfEntryCheck,
  environmentsCheck,
  previewsCheck,
  productionTokenCheck,
  releaseListCheck,
  rulesChecks,
  tagsCheck,
  writeCheck,
} from '../../src/doctor/release-checks.ts';
import { reportDoctor } from '../../src/doctor/report.ts';
import { isUnknown, parseDoctor } from '../../src/doctor/request.ts';
import type { UnmatchedPattern } from '../../src/documents/unmatched-patterns.ts';
import { CodexSyncError } from '../../src/errors.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import type { Environment } from '../../src/inputs/environment.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { branchName } from '../../src/text/ids.ts';
import { logOf } from '../support/console.ts';
import { branchNames } from '../support/ids.ts';
import { PUSH } from '../support/trigger.ts';

type Found = Parameters<typeof parseDoctor>[1];

function request(words: Record<string, string> = {}, found?: Found) {
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex', ...words });
  return parseDoctor(inputs, found, { workspace: '/workspace', directory: '.' }, PUSH);
}

const told = { notices: ['A notice.'], warnings: ['A warning.'] };
const environments = {
  default: 'staging',
  branches: branchNames({ ...DEFAULT_CONFIG.environments.branches, staging: 'stage' }),
};
const FOUND: Found = { config: { environments }, file: '.fractary/codex.yaml', inside: true, ...told };
const FACTS = {
  fullName: 'acme/codex',
  visibility: 'private',
  archived: false,
  defaultBranch: branchName('main'),
} as const;
const TOKEN = { who: 'token in "token"', isApp: false, advice: 'Give it.' };
const OPEN = { isProtected: false, isClassic: false, checks: [] };

function environmentOf({ environment }: ReturnType<typeof request>): Environment {
  if (isUnknown(environment)) throw new Error(environment.unknown);
  return environment;
}

function refsOf({ productionRefs }: ReturnType<typeof request>): readonly string[] {
  if (isUnknown(productionRefs)) throw new Error(productionRefs.unknown);
  return productionRefs;
}

const linesOf = (checks: ReturnType<typeof configurationChecks>) =>
  checks.map(({ state, message, hint }) => [state, message, hint]);

describe('the words of a run', () => {
  test('are joined as in every mode: input, then configuration, then default', () => {
    expect(request()).toMatchObject({
      codex: 'acme/codex',
      environment: { name: 'test' },
      file: undefined,
      useCache: true,
    });
    expect(request({}, FOUND)).toMatchObject({
      environment: { branch: branchName('stage') },
      file: '.fractary/codex.yaml',
      ...told,
    });
    expect(request({ INPUT_ENV: 'prod' }, FOUND)).toMatchObject({ environment: { branch: 'main', production: true } });
  });
});

describe('an error as a check', () => {
  test.each([
    ['with a hint', new CodexSyncError('not-found', 'It is gone. Twice.', 'Mend it. Or not.'), 'Mend it. Or not.'],
    ['without one', new CodexSyncError('not-found', 'It is gone. Twice.'), ''],
  ])('%s', (_, error, hint) => {
    expect(failed('codex', error)).toEqual({ check: 'codex', state: 'failed', message: 'It is gone. Twice.', hint });
  });

  test('of a configuration: each problem is one, with what is accepted', async () => {
    const text = 'environments:\n  default: live\nsync_patterns: 1\n';
    const checks = await look('codex-configuration', async () => {
      parseCodexConfig(text, 'acme/codex.acme.com');
      return [];
    });
    const file = 'acme/codex.acme.com:.fractary/codex.yaml';
    expect(linesOf(checks)).toEqual([
      [
        'failed',
        `${file}:2: environments.default is "live", which is not configured.`,
        'Use one of: test, prod, production.',
      ],
      ['failed', `${file}:3: sync_patterns is 1.`, 'Use a list of at least one glob pattern.'],
    ]);
  });
});

test('a git that does not tell its version is there all the same', () => {
  expect([gitCheck('2.50.1').message, gitCheck('').message]).toEqual([
    'Version 2.50.1.',
    'Git is installed, but its version is unknown.',
  ]);
});

test('the configuration says where the environment comes from, and each of its warnings is one', () => {
  expect(linesOf(configurationChecks(request({}, FOUND)))).toEqual([
    [
      'ok',
      '.fractary/codex.yaml is read. The environment is staging (branch stage), set by its environments.default.',
      '',
    ],
    ['ok', 'A notice.', ''],
    ['warning', 'A warning.', 'Correct the key, or remove it.'],
  ]);
  expect(configurationChecks(request({ INPUT_ENV: 'prod' }))[0]?.message).toBe(
    'There is none, so inputs and defaults apply. The environment is prod (branch main), set by "env".',
  );
});

test('a codex that is archived, or is called otherwise now, is a warning', () => {
  expect(codexChecks('acme/codex', FACTS).map(({ state }) => state)).toEqual(['ok']);
  expect(codexChecks('acme/codex', { ...FACTS, fullName: 'Acme/Codex' }).map(({ state }) => state)).toEqual(['ok']);
  const old = codexChecks('acme/codex', { ...FACTS, fullName: 'acme/docs', archived: true });
  expect(linesOf(old).slice(1)).toEqual([
    ['warning', 'acme/codex is called acme/docs now.', expect.stringContaining('current name')],
    ['warning', expect.stringContaining('acme/docs is archived'), expect.stringContaining('Unarchive it')],
  ]);
});

describe('branches', () => {
  const trunk = { ...FACTS, defaultBranch: branchName('trunk') };

  test('production beside another default branch is a warning only where nobody mapped it', () => {
    const environment = environmentOf(request());
    expect(linesOf(branchChecks(environment, true, trunk))).toEqual([
      ['ok', 'test (environment test) exists.', ''],
      ['ok', 'main (production) exists.', ''],
      [
        'warning',
        'Production is main, though trunk is the default branch of the codex.',
        expect.stringContaining('environments.branches.prod to "trunk"'),
      ],
    ]);
    const mapped = { ...environment, productionBranch: branchName('released') };
    expect(branchChecks(mapped, true, trunk).map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  test('of test must not be the default branch, or no preview is published', () => {
    const [, , check] = linesOf(
      branchChecks(environmentOf(request()), true, { ...FACTS, defaultBranch: branchName('test') }),
    );
    expect(check).toEqual([
      'warning',
      'test is the default branch of the codex, so it counts as production for unmerged documents: no preview is published to test.',
      'Make main the default branch of the codex, or map test to another branch under environments.branches.',
    ]);
  });

  test('of production there is one', () => {
    const environment = environmentOf(request({ INPUT_ENV: 'prod' }));
    expect(branchChecks(environment, true, FACTS).map(({ message }) => message)).toEqual([
      'main (environment prod) exists.',
    ]);
  });
});

describe('who may push', () => {
  test.each([
    ['yes', 'ok', ''],
    ['no', 'warning', 'Give it.'],
    ['unknown', 'warning', 'Run it again later.'],
  ] as const)('%s', (answer, state, hint) => {
    expect(writeCheck('acme/codex', TOKEN, answer)).toMatchObject({ state, hint });
  });
});

describe('rules', () => {
  test('none, or none that refuses', () => {
    expect(rulesChecks('test', TOKEN, OPEN, [])[0]).toMatchObject({
      state: 'ok',
      message: 'None refuses an ordinary push to test.',
    });
    expect(rulesChecks('test', TOKEN, { ...OPEN, isProtected: true }, [])[0]).toMatchObject({
      state: 'ok',
      message: expect.stringContaining('test is protected, but no rule'),
    });
  });

  test('every one by name, with its ruleset, and what an App has to do', () => {
    const [check] = rulesChecks('test', { ...TOKEN, who: 'GitHub App in "app-id"', isApp: true }, undefined, [
      { type: 'pull_request', id: 7, source: 'acme' },
      { type: 'constructor', id: undefined, source: undefined },
    ]);
    expect(check).toEqual({
      check: 'rules',
      state: 'warning',
      message:
        'Rules for test may refuse a push: changes come through pull requests only (pull_request, ruleset 7 of acme), constructor.',
      hint: 'Add the GitHub App in "app-id" to the bypass list of these rulesets, or exclude the branch there. GitHub does not report whether that is done already.',
    });
  });

  test('a branch protection rule where GitHub lists no rulesets: both are told', () => {
    const checks = rulesChecks(
      'test',
      TOKEN,
      { isProtected: true, isClassic: true, checks: [] },
      { unavailable: '404: Not Found' },
    );
    expect(linesOf(checks)).toEqual([
      [
        'warning',
        'A branch protection rule covers test: it may refuse a push.',
        expect.stringContaining('the owner of the token'),
      ],
      ['not-looked-at', 'Not checked: GitHub does not list the rulesets of the codex (404: Not Found).', ''],
    ]);
  });
});

describe("the codex's own configuration", () => {
  const { environment } = request();
  const linesOfConfig = (config: CodexConfig['config'], warnings: string[] = []) =>
    linesOf(codexConfigChecks({ file: FILE, config, warnings }, FACTS, environment));
  const FILE = 'acme/codex:.fractary/codex.yaml';
  const branches = DEFAULT_CONFIG.environments.branches;

  test('need not be there', () => {
    expect(linesOf(codexConfigChecks(undefined, FACTS, environment))).toEqual([
      ['ok', expect.stringMatching(/^There is no .*on the default branch of acme\/codex: every project maps/), ''],
    ]);
  });

  test.each<[string, CodexConfig['config'], string]>([
    ['nothing', { environments: { branches } }, '0 projects are listed, and others may use a free folder.'],
    [
      'a closed list and branches',
      {
        environments: { branches, written: ['test'] },
        projects: { widgets: { repository: 'acme/widgets', directory: '.' } },
        unlisted: 'refuse',
      },
      '1 project is listed, and others are refused. Environment test is branch test there.',
    ],
  ])('says %s', (_, config, message) => {
    expect(linesOfConfig(config)).toEqual([['ok', `${FILE} is read: ${message}`, '']]);
  });

  test('has its warnings, each with what to do', () => {
    expect(linesOfConfig({ environments: { branches } }, ['A warning.'])[1]).toEqual([
      'warning',
      'A warning.',
      'Correct the key, or remove it.',
    ]);
  });
});

describe('a token that is not for production', () => {
  const facts = { branch: branchName('main'), protection: OPEN, rules: [], mayPush: 'yes' } as const;
  const rule = { type: 'pull_request', id: 7, source: 'acme' };
  const unavailable = { unavailable: '403: No' };
  test.each<[string, Partial<Parameters<typeof productionTokenCheck>[2]>, string, string | RegExp]>([
    ['may push there', {}, 'warning', /^This token, which test runs use, may push to production \(branch main\)/],
    ['may push nowhere', { mayPush: 'no' }, 'ok', /may not push to production/],
    ['may push, or not', { mayPush: 'unknown' }, 'not-looked-at', /did not report whether the token may push at all/],
    ['meets a rule there', { rules: [rule] }, 'ok', /pull requests only \(pull_request, ruleset 7 of acme\)\..*bypass/],
    [
      'meets rules that refuse no push',
      { rules: [{ ...rule, type: 'deletion' }] },
      'warning',
      /may push to production/,
    ],
    [
      'meets only one about its creation',
      { rules: [{ ...rule, type: 'creation' }] },
      'warning',
      /may push to production/,
    ],
    ['meets an older rule', { protection: { ...OPEN, isClassic: true } }, 'ok', /a branch protection rule\./],
    [
      'is untold of rules, where there are some',
      { rules: unavailable, protection: { ...OPEN, isProtected: true } },
      'not-looked-at',
      /403: No/,
    ],
    ['is untold of rules, where there are none', { rules: unavailable }, 'warning', /may push to production/],
  ])('%s', (_, more, state, message) => {
    const check = productionTokenCheck(TOKEN, 'test', { ...facts, ...more });
    expect(check).toMatchObject({ state, message: expect.stringMatching(message) });
    expect(check.hint).toMatch(state === 'warning' ? /^Use two tokens: / : /^$/);
  });

  test('is an App, too', () => {
    const { message } = productionTokenCheck({ ...TOKEN, isApp: true }, 'staging', facts);
    expect(message).toMatch(/^This App, which staging runs use, may push/);
  });
});

describe('the release line', () => {
  test.each([
    [request(), 'It is branch trunk and all tags: there is no configuration.'],
    [request({}, FOUND), 'It is branch trunk and all tags: .fractary/codex.yaml has no production_refs.'],
    [
      request({ 'INPUT_PRODUCTION-REFS': 'refs/heads/a\nrefs/heads/b' }, FOUND),
      'It follows input "production-refs": refs/heads/a, refs/heads/b.',
    ],
    [
      request({}, { ...FOUND, config: { environments: { ...environments, productionRefs: ['refs/heads/c'] } } }),
      'It follows production_refs of .fractary/codex.yaml: refs/heads/c.',
    ],
  ])('is said with what names it: %#', (asked, message) => {
    expect(releaseListCheck(refsOf(asked), asked, branchName('trunk'))).toEqual({
      check: 'release-line',
      state: 'ok',
      message,
      hint: '',
    });
  });

  const set = (...rules: string[]) => [{ id: 1, include: ['~ALL'], exclude: [], rules }];
  test.each<[string[], Parameters<typeof tagsCheck>[2], string, RegExp]>([
    [[], undefined, 'ok', /^No tag belongs to it\.$/],
    [[ALL_TAGS], set('creation', 'update'), 'ok', /restrict who may create and move/],
    [[ALL_TAGS], [], 'warning', /^Every user who may push to acme\/w can create and move tags, /],
    [[ALL_TAGS], set('creation'), 'warning', / can move tags, /],
    [['refs/tags/v*'], set('update'), 'warning', / can create tags \(refs\/tags\/v\*\), /],
    [[ALL_TAGS], { unavailable: '403: No' }, 'not-looked-at', /\(403: No\), so it is not known who may create tags/],
  ])('tags: %j, %j', (tags, rulesets, state, message) => {
    const check = tagsCheck('acme/w', tags, rulesets);
    expect(check).toMatchObject({ state, message: expect.stringMatching(message) });
    expect(check.hint.includes('"!refs/tags/**"')).toBe(state !== 'ok');
  });

  const rule = (type: string) => [{ type, id: 1, source: 'acme' }];
  const none = { entry: 'refs/heads/r/*', isGlob: true, protectedBranches: [], unprotectedBranches: [], rules: [] };
  const named = { ...none, entry: 'refs/heads/stable', isGlob: false };
  test.each<[string, BranchesOfEntry, string, RegExp]>([
    [
      'some are not protected',
      { ...none, unprotectedBranches: ['r/1'] },
      'warning',
      /^r\/\* is not protected: r\/1\. /,
    ],
    ['none is there, and no rule', none, 'warning', /^r\/\* is not protected: no such branch exists yet/],
    ['none is there, but a rule', { ...none, rules: rule('creation') }, 'ok', /^r\/\* is protected\.$/],
    [
      'a rule that refuses no push',
      { ...none, rules: rule('deletion') },
      'warning',
      /none that refuses an ordinary push/,
    ],
    [
      'some are there, and a rule keeps new ones away',
      { ...none, protectedBranches: ['r/1'], rules: rule('creation') },
      'warning',
      /none that refuses an ordinary push/,
    ],
    ['all are protected by older rules', { ...none, protectedBranches: ['r/1'] }, 'ok', /is protected/],
    ['none is there, and rules are untold', { ...none, rules: { unavailable: '404: No' } }, 'not-looked-at', /404: No/],
    ['none is there, and no example', { ...none, rules: undefined }, 'not-looked-at', /rules cannot be read/],
    [
      'by name, not protected',
      { ...named, unprotectedBranches: ['stable'] },
      'warning',
      /by its name: every user .* can publish/,
    ],
    ['by name, not there', named, 'warning', /by its name: every user .* can create it, and publish/],
    [
      'by name, guarded',
      { ...named, protectedBranches: ['stable'], rules: rule('update') },
      'ok',
      /stable is protected/,
    ],
    [
      'by name, there, with a rule about its creation alone',
      { ...named, protectedBranches: ['stable'], rules: rule('creation') },
      'warning',
      /^stable has rules, but none/,
    ],
  ])('branches: %s', (_, found, state, message) => {
    expect(branchesOfEntryCheck('acme/w', found, true)).toMatchObject({
      state,
      message: expect.stringMatching(message),
    });
  });

  test('branches: too many to know', () => {
    expect(branchesOfEntryCheck('acme/w', none, false)).toMatchObject({ state: 'not-looked-at' });
    const seen = { ...none, unprotectedBranches: ['r/1'] };
    expect(branchesOfEntryCheck('acme/w', seen, false)).toMatchObject({ state: 'warning' });
  });
});

describe('GitHub environments', () => {
  const release = { name: 'production', refs: ['refs/heads/main', 'refs/tags/v*'] };
  test.each<[string, Parameters<typeof environmentsCheck>[1], string, RegExp, RegExp]>([
    [
      'one for the release line',
      [release],
      'ok',
      /^Environment production of acme\/w is limited .*\(main, tag v\*\)/,
      /^$/,
    ],
    ['one of several', [{ name: 'any', refs: 'any' }, release], 'ok', /^Environment production/, /^$/],
    [
      'protected branches',
      [{ name: 'p', refs: 'protected branches' }],
      'advice',
      /protected branches/,
      /^Tags cannot use it/,
    ],
    ['none', [], 'advice', /\(there is none\)/, /limit it to main and tags/],
    ['another branch', [{ name: 'p', refs: ['refs/heads/x'] }], 'advice', /\(p: x\)/, /^If this repository/],
    ['no list', { unavailable: '403: No' }, 'not-looked-at', /environments of acme\/w \(403: No\)/, /"actions: read"/],
    [
      'no limits',
      [{ name: 'p', refs: { unavailable: '403: No' } }],
      'not-looked-at',
      /limits of environment p .*403/,
      /"actions: read"/,
    ],
  ])('%s', (_, environments, state, message, hint) => {
    expect(environmentsCheck('acme/w', environments, [], branchName('main'))).toEqual({
      ...{
        check: 'github-environment',
        state,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      },
    });
  });
});

test.each<[Parameters<typeof previewsCheck>[1], string]>([
  [undefined, 'ok'],
  [[], 'advice'],
  [['heads/wip'], 'advice'],
  [['heads/wip', '12'], 'warning'],
])('previews %j, where GitHub answers about pull requests or does not', (keys, state) => {
  const check = previewsCheck('test', keys);
  expect(check.state).toBe(state);
  expect(check.hint.includes('pull-requests: read')).toBe(state !== 'ok');
});

test('that the merged configuration is not known is a warning', () => {
  const asked = {
    ...request({}, FOUND),
    unmerged: { problem: 'GitHub does not tell it.', hint: 'Give the token more.' },
  };
  expect(linesOf(configurationChecks(asked))).toContainEqual([
    'warning',
    'GitHub does not tell it.',
    'Give the token more.',
  ]);
});

test('the page of the doctor shows the log as it is', async () => {
  const warnings = [
    '.fractary/codex.yaml:4: sync_pattern is not a known key and is ignored. Did you mean "sync_patterns"?',
  ];
  const config = { ...DEFAULT_CONFIG, environments: { branches: DEFAULT_CONFIG.environments.branches } };
  const asked = request({}, { ...FOUND, config, notices: [], warnings });
  const codex = { ...FACTS, fullName: 'acme/codex.acme.com' };
  const misspelled: UnmatchedPattern = {
    input: 'include',
    glob: 'CHANGLOG.md',
    why: { kind: 'misspelled', meant: 'CHANGELOG.md', inCaseOnly: false },
  };
  const pulls = { publishes: true, pullRequestTypes: ['opened', 'synchronize', 'reopened'] };
  const flows = workflowsCheck(new Map([['.github/workflows/codex-test.yml', pulls]]));
  const ours = { repository: 'acme/widgets', directory: '.' };
  const checks = [
    gitCheck('2.51.0'),
    ...configurationChecks(asked),
    checkoutCheck('3f9c1a2b4d5e'),
    ...patternsChecks(['docs/**', 'CHANGLOG.md'], 14, [misspelled]),
    ...(flows ? [flows] : []),
    ...codexChecks(codex.fullName, codex),
    ...codexConfigChecks(undefined, codex, asked.environment),
    writeCheck(codex.fullName, TOKEN, 'yes'),
    ...branchChecks(environmentOf(asked), false, codex),
    ...rulesChecks('test', TOKEN, OPEN, [{ type: 'pull_request', id: 7, source: 'acme' }]),
    productionTokenCheck(TOKEN, 'test', { branch: branchName('main'), protection: OPEN, rules: [], mayPush: 'yes' }),
    ...projectChecks('acme/widgets', { ...FACTS, fullName: 'acme/widgets' }, 'private', false),
    releaseListCheck([], asked, branchName('main')),
    tagsCheck('acme/widgets', [ALL_TAGS], []),
    environmentsCheck('acme/widgets', [], [], branchName('main')),
    folderCheck('widgets', 'test', { source: { ...ours, commit: '8d0e7c6b5a49' } }, ours, true, false),
    previewsCheck('test', ['12', '14']),
    cacheCheck(undefined),
    cacheDirectoryCheck(asked.cacheDir ?? ''),
  ];
  const lines = logOf(reportDoctor({ request: asked, checks })).filter((line) => !/^(?:error: |fail$)/.test(line));
  expect(lines).toHaveLength(checks.length + 3);
  expect(await readFile('docs/DOCTOR.md', 'utf8')).toContain(
    `\n\`\`\`\n${lines.slice(0, checks.length).join('\n')}\n\`\`\`\n`,
  );
});

test('of what the cache complains about the first line is told', () => {
  expect(cacheCheck('refused\nIf you are using self-hosted runners').message).toBe(
    'The Actions cache cannot be used (refused): copies are kept on disk only.',
  );
});
