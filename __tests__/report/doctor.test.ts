import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { writeDoctorLog } from '../../src/report/doctor.ts';
import { rulesChecks, writeCheck } from '../../src/report/doctor-push-words.ts';
import {
  branchChecks,
  cacheCheck,
  cacheDirectoryCheck,
  codexChecks,
  configurationChecks,
  failed,
  gitCheck,
  projectChecks,
} from '../../src/report/doctor-words.ts';
import { DEFAULT_CONFIG } from '../../src/request/config.ts';
import { parseDoctor } from '../../src/request/doctor.ts';
import { parseInputs } from '../../src/request/inputs.ts';
import { PUSH } from '../support/trigger.ts';

type Found = Parameters<typeof parseDoctor>[1];

function request(words: Record<string, string> = {}, found?: Found) {
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex', ...words });
  return parseDoctor(inputs, found, '/workspace', PUSH);
}

const told = { notices: ['A notice.'], warnings: ['A warning.'] };
const environments = { default: 'staging', branches: { ...DEFAULT_CONFIG.environments.branches, staging: 'stage' } };
const FOUND: Found = { config: { environments }, file: '.fractary/codex.yaml', inside: true, ...told };
const FACTS = { fullName: 'acme/codex', visibility: 'private', archived: false, defaultBranch: 'main' } as const;
const TOKEN = { who: 'token in "token"', isApp: false, advice: 'Give it.' };
const OPEN = { isProtected: false, isClassic: false, checks: [] };

const linesOf = (checks: ReturnType<typeof configurationChecks>) =>
  checks.map(({ state, says, remedy }) => [state, says, remedy]);

describe('the words of a run', () => {
  test('are joined as in every mode: input, then configuration, then default', () => {
    expect(request()).toMatchObject({
      codex: 'acme/codex',
      environment: { name: 'test' },
      file: undefined,
      useCache: true,
    });
    expect(request({}, FOUND)).toMatchObject({
      environment: { branch: 'stage' },
      file: '.fractary/codex.yaml',
      ...told,
    });
    expect(request({ INPUT_ENV: 'prod' }, FOUND)).toMatchObject({ environment: { branch: 'main', production: true } });
    expect(() => request({ 'INPUT_CODEX-REPOSITORY': '' })).toThrow('Which repository is the codex?');
    expect(() => request({ 'INPUT_CACHE-DIR': '../elsewhere' })).toThrow('"cache-dir" is "../elsewhere"');
  });
});

describe('an error as a check', () => {
  test.each([
    ['It is wrong. Mend it. Or not.', 'It is wrong.', 'Mend it. Or not.'],
    [
      'GitHub refused it (403: Blocked. Contact us). Give it codex.acme.com.',
      'GitHub refused it (403: Blocked. Contact us).',
      'Give it codex.acme.com.',
    ],
    ['acme/codex.acme.com is away', 'acme/codex.acme.com is away', ''],
    ['An odd (one. Which never closes', 'An odd (one. Which never closes', ''],
  ])('%s', (message, says, remedy) => {
    expect(failed('codex', message)).toEqual({ check: 'codex', state: 'failed', says, remedy });
  });
});

test('a git that does not tell its version is there all the same', () => {
  expect([gitCheck('2.50.1').says, gitCheck('').says]).toEqual([
    'Version 2.50.1.',
    'It is there, and does not tell its version.',
  ]);
});

test('the configuration says where the environment comes from, and each of its warnings is one', () => {
  expect(linesOf(configurationChecks(request({}, FOUND)))).toEqual([
    [
      'ok',
      '.fractary/codex.yaml is read. The environment is staging (branch stage), as its environments.default says.',
      '',
    ],
    ['ok', 'A notice.', ''],
    ['warning', 'A warning.', 'Correct the key, or remove it.'],
  ]);
  expect(configurationChecks(request({ INPUT_ENV: 'prod' }))[0]?.says).toBe(
    'There is none, so inputs and defaults count. The environment is prod (branch main), as "env" says.',
  );
});

test('a codex that is archived, or is called otherwise now, is a warning', () => {
  expect(codexChecks(request(), FACTS).map(({ state }) => state)).toEqual(['ok']);
  expect(codexChecks(request(), { ...FACTS, fullName: 'Acme/Codex' }).map(({ state }) => state)).toEqual(['ok']);
  const old = codexChecks(request(), { ...FACTS, fullName: 'acme/docs', archived: true });
  expect(linesOf(old).slice(1)).toEqual([
    ['warning', 'acme/codex is called acme/docs now.', expect.stringContaining('present name')],
    ['warning', expect.stringContaining('acme/docs is archived'), expect.stringContaining('Unarchive it')],
  ]);
});

describe('branches', () => {
  const trunk = { ...FACTS, defaultBranch: 'trunk' };

  test('production beside another default branch is a warning only where nobody mapped it', () => {
    const { environment } = request();
    expect(linesOf(branchChecks(environment, true, trunk))).toEqual([
      ['ok', 'test (environment test) is there.', ''],
      ['ok', 'main (production) is there.', ''],
      [
        'warning',
        'Production is main, though trunk is the default branch of the codex.',
        expect.stringContaining('environments.branches.prod to "trunk"'),
      ],
    ]);
    const mapped = { ...environment, productionBranch: 'released' };
    expect(branchChecks(mapped, true, trunk).map(({ state }) => state)).toEqual(['ok', 'ok']);
  });

  test('of production there is one', () => {
    const { environment } = request({ INPUT_ENV: 'prod' });
    expect(branchChecks(environment, true, FACTS).map(({ says }) => says)).toEqual([
      'main (environment prod) is there.',
    ]);
  });
});

describe('who may push', () => {
  test.each([
    [true, 'ok', ''],
    [false, 'warning', 'Give it.'],
    [undefined, 'warning', 'Run it again later.'],
  ])('%s', (answer, state, remedy) => {
    expect(writeCheck('acme/codex', TOKEN, answer)).toMatchObject({ state, remedy });
  });
});

describe('rules', () => {
  test('none, or none that refuses', () => {
    expect(rulesChecks('test', TOKEN, OPEN, [])[0]).toMatchObject({
      state: 'ok',
      says: 'None refuses an ordinary push to test.',
    });
    expect(rulesChecks('test', TOKEN, { ...OPEN, isProtected: true }, [])[0]).toMatchObject({
      state: 'ok',
      says: expect.stringContaining('test is protected, but nothing'),
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
      says: 'Rules for test may refuse a push: changes come through pull requests only (pull_request, ruleset 7 of acme), constructor.',
      remedy:
        'Add the GitHub App in "app-id" to the bypass list of these rulesets, or exclude the branch there. GitHub does not tell whether that is done already.',
    });
  });

  test('a branch protection rule where GitHub lists no rulesets: both are told', () => {
    const checks = rulesChecks(
      'test',
      TOKEN,
      { isProtected: true, isClassic: true, checks: [] },
      { untold: '404: Not Found' },
    );
    expect(linesOf(checks)).toEqual([
      [
        'warning',
        'A branch protection rule covers test: it may refuse a push.',
        expect.stringContaining('the owner of the token'),
      ],
      ['not-looked-at', 'Not looked at: GitHub does not list the rulesets of the codex (404: Not Found).', ''],
    ]);
  });
});

test('the README shows the log as it is', async () => {
  const warnings = [
    '.fractary/codex.yaml:4: sync_pattern is not a known key and is ignored. Did you mean "sync_patterns"?',
  ];
  const config = { ...DEFAULT_CONFIG, environments: { branches: DEFAULT_CONFIG.environments.branches } };
  const asked = request({}, { ...FOUND, config, notices: [], warnings });
  const codex = { ...FACTS, fullName: 'acme/codex.acme.com' };
  const checks = [
    gitCheck('2.51.0'),
    ...configurationChecks(asked),
    ...codexChecks({ ...asked, codex: codex.fullName }, codex),
    writeCheck(codex.fullName, TOKEN, true),
    ...branchChecks(asked.environment, false, codex),
    ...rulesChecks('test', TOKEN, OPEN, [{ type: 'pull_request', id: 7, source: 'acme' }]),
    ...projectChecks(PUSH, { ...FACTS, fullName: 'acme/widgets' }, 'private'),
    cacheCheck(undefined),
    cacheDirectoryCheck(asked),
  ];
  const lines: string[] = [];
  const nobody = () => undefined;
  const told = {
    debug: nobody,
    notice: nobody,
    warning: nobody,
    error: nobody,
    group: nobody,
    secret: nobody,
    progress: nobody,
  };
  const console = {
    ...told,
    line: (text: string) => lines.push(text),
    output: nobody,
    summary: async () => {},
    fail: nobody,
  };
  writeDoctorLog({ request: asked, checks }, console);
  expect(lines).toHaveLength(checks.length + 3);
  expect(await readFile('README.md', 'utf8')).toContain(
    `\n\`\`\`\n${lines.slice(0, checks.length).join('\n')}\n\`\`\`\n`,
  );
});

test('of what the cache complains about the first line is told', () => {
  expect(cacheCheck('refused\nIf you are using self-hosted runners').says).toBe(
    'The Actions cache cannot be used (refused): copies are kept on disk only.',
  );
});
