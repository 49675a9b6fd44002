import { describe, expect, test } from '@jest/globals';
import { collectFaults } from '../../src/doctor/faults.ts';
import { parseDoctor } from '../../src/doctor/request.ts';
import { DEFAULT_INCLUDE } from '../../src/documents/patterns.ts';
import { DEFAULT_CONFIG, parseConfigPartly } from '../../src/inputs/config.ts';
import { parseInputs, readInputs } from '../../src/inputs/parse.ts';
import { parseTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';
import { CONTEXT } from '../support/trigger.ts';

const trigger = parseTrigger(CONTEXT);
const PLACES = { workspace: '/checkout', directory: '.' };
const inputs = (more: Record<string, string>) => parseInputs({ INPUT_TOKEN: 'tok', INPUT_MODE: 'doctor', ...more });

test('without a configuration', () => {
  const given = inputs({ 'INPUT_CODEX-REPOSITORY': 'acme/codex', 'INPUT_USE-CACHE': 'false' });
  expect(parseDoctor(given, undefined, PLACES, trigger)).toEqual({
    trigger,
    environment: expect.objectContaining({ name: 'test', branch: branchName('test'), origin: 'default' }),
    codex: 'acme/codex',
    hasCredentials: true,
    repository: 'acme/widgets',
    project: 'widgets',
    adopt: false,
    allowPublic: false,
    directory: '.',
    patterns: expect.objectContaining({ include: DEFAULT_INCLUDE }),
    leftOut: [],
    faults: [],
    productionRefs: [],
    refsFrom: 'nothing',
    file: undefined,
    unmerged: undefined,
    notices: [],
    warnings: [],
    cacheDir: '.fractary/plugins/codex/cache',
    useCache: false,
  });
});

test('with one, its warnings are lines of the list', () => {
  const branches = branchNames({ test: 'test', prod: 'main', production: 'main', staging: 'stage' });
  const config = { ...DEFAULT_CONFIG, organization: 'acme', codexRepo: 'codex', environments: { branches } };
  const found = { config, file: 'config.json', inside: true, notices: ['n'], warnings: ['w'] };
  const given = inputs({ INPUT_ENV: 'staging', 'INPUT_CACHE-DIR': '/checkout/cache' });
  expect(parseDoctor(given, found, PLACES, trigger)).toMatchObject({
    ...{ codex: 'acme/codex', file: 'config.json', notices: ['n'], warnings: ['w'], cacheDir: 'cache', useCache: true },
    environment: { branch: branchName('stage'), origin: 'input' },
  });
});

describe('a value that is not known hides no other', () => {
  const FILE = '.fractary/codex.yaml';
  /** Everything that a run of `doctor` knows from a configuration and its inputs. */
  async function read(text: string | undefined, given: Record<string, string> = {}) {
    const collector = collectFaults([]);
    const found = await collector.attempt('configuration', () => {
      if (text === undefined) return undefined;
      const parsed = parseConfigPartly({ text, file: FILE });
      collector.add('configuration', parsed?.problems ?? []);
      return parsed && { ...parsed, file: FILE, inside: true };
    });
    const {
      inputs: values,
      problems,
      credentialProblems,
      invalid,
    } = readInputs({
      ...{ INPUT_MODE: 'doctor', INPUT_TOKEN: 'tok' },
      ...given,
    });
    collector.add(
      'inputs',
      problems.filter((one) => !credentialProblems.includes(one)),
    );
    collector.add('token', credentialProblems);
    return parseDoctor(values, found, PLACES, trigger, { faults: collector.faults, invalid });
  }
  const unknown = (because: string) => ({ unknown: because });
  const codexLines = 'organization: acme\ncodex_repo: codex\n';
  const mapped = 'environments: { branches: { staging: stage } }\n';

  type Row = [string, string | undefined, Record<string, string>, object, [string, RegExp][]];
  test.each<Row>([
    ['no configuration', undefined, {}, { codex: unknown('no codex is configured') }, [['codex', /^Cannot determine/]]],
    [
      'an environment that is not mapped',
      codexLines,
      { INPUT_ENV: 'live' },
      { codex: 'acme/codex', environment: unknown('the environment is not known') },
      [['configuration', /^Environment "live" is not configured\.$/]],
    ],
    [
      'a file that is no YAML',
      'organization: [\n',
      {},
      {
        codex: unknown('the configuration cannot be read'),
        environment: unknown('the configuration cannot be read'),
        productionRefs: unknown('the configuration cannot be read'),
        patterns: unknown('the configuration cannot be read'),
      },
      [['configuration', /^\.fractary\/codex\.yaml:/]],
    ],
    [
      'the same, where inputs say the rest',
      'organization: [\n',
      {
        ...{ 'INPUT_CODEX-REPOSITORY': 'acme/other', 'INPUT_PRODUCTION-REFS': 'refs/heads/a' },
        ...{ INPUT_INCLUDE: '*.md', INPUT_EXCLUDE: 'a.md' },
      },
      {
        codex: 'acme/other',
        environment: unknown('the configuration cannot be read'),
        productionRefs: ['refs/heads/a'],
        patterns: expect.objectContaining({ include: ['*.md'] }),
      },
      [['configuration', /./]],
    ],
    [
      'an invalid key that decides on nothing else',
      `${codexLines}${mapped}handlers: { sync: { options: { github: { deletion_threshold: lots } } } }\n`,
      { INPUT_ENV: 'staging' },
      { codex: 'acme/codex', environment: expect.objectContaining({ branch: 'stage' }), leftOut: ['handlers'] },
      [['configuration', /deletion_threshold is "lots"/]],
    ],
    [
      'an invalid branch of an environment',
      `${codexLines}environments: { branches: { test: "a b" }, production_refs: [refs/heads/x] }\n`,
      {},
      {
        codex: 'acme/codex',
        environment: unknown(`environments of ${FILE} is not valid`),
        productionRefs: unknown(`environments of ${FILE} is not valid`),
      },
      [['configuration', /environments\.branches\.test is "a b"/]],
    ],
    [
      'an invalid name of the codex, and invalid patterns: each is a problem of its own',
      'organization: acme\ncodex_repo: a/b/c\nsync_patterns: 1\n',
      {},
      {
        codex: unknown(`codex_repo of ${FILE} is not valid`),
        patterns: unknown(`sync_patterns of ${FILE} is not valid`),
        environment: expect.objectContaining({ name: 'test' }),
      },
      [
        ['configuration', /codex_repo/],
        ['configuration', /sync_patterns/],
      ],
    ],
    [
      'an empty token',
      codexLines,
      { INPUT_TOKEN: ' ' },
      { codex: 'acme/codex', hasCredentials: false },
      [['token', /^Input "token" is empty\.$/]],
    ],
    [
      'a private key that is none, beside the token of the workflow',
      codexLines,
      { 'INPUT_APP-ID': '7', 'INPUT_PRIVATE-KEY': 'no', INPUT_TOKEN: 'ghs_own', 'INPUT_PROJECT-TOKEN': 'ghs_own' },
      { hasCredentials: false },
      [['token', /^Input "private-key" is not the private key of a GitHub App\.$/]],
    ],
    [
      'what an invalid or misspelt input decides is not known',
      codexLines,
      {
        ...{
          'INPUT_CODEX-REPOSITORY': 'no',
          'INPUT_USE-CACHE': 'maybe',
          'INPUT_CACHE-DIR': '../x',
          INPUT_ENVIROMENT: 'x',
        },
        ...{ INPUT_INCLUDE: '../x', 'INPUT_PRODUCTION-REFS': '~!x', INPUT_ORGANIZATION: 'a/b', INPUT_PROJECT: 'a/b' },
      },
      {
        codex: unknown('input "codex-repository" is not valid'),
        useCache: unknown('input "use-cache" is not valid'),
        environment: unknown('input "enviroment" does not exist'),
        patterns: unknown('input "include" is not valid'),
        productionRefs: unknown('input "production-refs" is not valid'),
        organization: unknown('input "organization" is not valid'),
        project: unknown('input "project" is not valid'),
        cacheDir: undefined,
      },
      [
        ['inputs', /^Input "enviroment" does not exist\.$/],
        ['inputs', /^Input "codex-repository" is "no"\.$/],
        ['inputs', /^Input "project" is "a\/b"\.$/],
        ['inputs', /^Input "include" has "\.\.\/x"\.$/],
        ['inputs', /^Input "production-refs" is "~!x"\.$/],
        ['inputs', /^Input "organization" is "a\/b"\.$/],
        ['inputs', /^Input "use-cache" is "maybe"\.$/],
        ['cache', /^Input "cache-dir" is "\.\.\/x"\.$/],
      ],
    ],
    [
      'an environment with two names that differ',
      codexLines,
      { INPUT_ENV: 'test', INPUT_ENVIRONMENT: 'prod' },
      { environment: unknown('inputs "env" and "environment" differ') },
      [['inputs', /^Inputs? "env" and "environment" are one input/]],
    ],
  ])('%s', async (_, text, given, known, faults) => {
    const asked = await read(text, given);
    expect(asked).toMatchObject(known);
    expect(asked.faults).toEqual(
      faults.map(([check, problem]) => ({
        check,
        problem: expect.objectContaining({ problem: expect.stringMatching(problem) }),
      })),
    );
  });
});
