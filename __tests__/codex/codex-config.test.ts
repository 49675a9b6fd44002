import { describe, expect, test } from '@jest/globals';
import { findListing, ownsListed, parseCodexConfig, placeEnvironment } from '../../src/codex/codex-config.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { type Environments, resolveEnvironment } from '../../src/inputs/environment.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';

const CODEX = { fullName: 'acme/codex', defaultBranch: branchName('main') };
const parse = (text: string) => parseCodexConfig(text, CODEX.fullName);
const branches = (mapping: string) => parse(`environments: { branches: ${mapping} }`);
const project = (written: Record<string, string>): Environments => ({
  branches: { ...DEFAULT_CONFIG.environments.branches, ...branchNames(written) },
  written: Object.keys(written),
});
const asked = (name: string | undefined, written?: Record<string, string>) =>
  resolveEnvironment(name, written ? project(written) : DEFAULT_CONFIG.environments, '.fractary/config.json');

describe('the branch of an environment', () => {
  test.each([
    ['is the project’s where the codex says nothing', undefined],
    ['is the project’s where the codex only lists projects', parse('projects: { widgets: acme/widgets }')],
  ])('%s', (_, config) => {
    const environment = asked('staging', { staging: 'stage' });
    expect(placeEnvironment(environment, config, CODEX)).toBe(environment);
  });

  test('leaves no room for one below it, in the configuration of the codex either', () => {
    expect(() => branches('{ prod: main, staging: test/staging }')).toThrow(
      'acme/codex:.fractary/codex.yaml:1: environments.branches.staging is "test/staging", but environments.branches.test is "test" by default',
    );
  });

  test('is the one that the codex says', () => {
    const placed = placeEnvironment(asked('test'), branches('{ test: qa, prod: main }'), CODEX);
    expect(placed).toMatchObject({ name: 'test', branch: 'qa', production: false, productionBranch: 'main' });
  });

  test('is production where the codex maps it there, whatever the project thinks', () => {
    const live = { ...CODEX, defaultBranch: branchName('live') };
    const config = branches('{ test: live, prod: live }');
    expect(placeEnvironment(asked('test'), config, live)).toMatchObject({ branch: 'live', production: true });
    expect(placeEnvironment(asked('prod'), config, live)).toMatchObject({ branch: 'live', productionBranch: 'live' });
  });

  test('is written down by both alike', () => {
    const config = branches('{ staging: stage, prod: main }');
    expect(placeEnvironment(asked('staging', { staging: 'stage', prod: 'main' }), config, CODEX).branch).toBe('stage');
  });

  test('is an error where the codex lacks the name', () => {
    expect(() => placeEnvironment(asked('staging', { staging: 'stage' }), branches('{ prod: main }'), CODEX)).toThrow(
      'Environment "staging" is mapped in .fractary/config.json, but not under environments.branches in acme/codex:.fractary/codex.yaml. ' +
        'Use one of: test, prod, production; or add it in acme/codex:.fractary/codex.yaml.',
    );
  });

  test.each([
    [
      'test',
      { test: 'qa' },
      '{ prod: main }',
      'Environment test is branch "qa" in .fractary/config.json, but branch "test" in',
    ],
    [
      'test',
      { prod: 'live' },
      '{ prod: main }',
      'Environment prod is branch "live" in .fractary/config.json, but branch "main" in',
    ],
    ['production', { production: 'live' }, '{ prod: main }', 'Environment prod is branch "live" in'],
  ])('is an error where both write down %s differently: %j', (name, written, mapping, said) => {
    const own: Environments = project({ ...written });
    const environments = { ...own, written: Object.keys(written).map((one) => (one === 'production' ? 'prod' : one)) };
    if ('production' in written) environments.branches.prod = branchName('live');
    const environment = resolveEnvironment(name, environments, '.fractary/config.json');
    expect(() => placeEnvironment(environment, branches(mapping), CODEX)).toThrow(said);
  });

  test.each([
    ['environments: { branches: { test: main, prod: live } }', 'live'],
    ['projects: { widgets: acme/widgets }', 'main'],
  ])('is an error where the codex says it on another branch than production: %s', (text, production) => {
    expect(() =>
      placeEnvironment(asked('test'), parse(text), { ...CODEX, defaultBranch: branchName('develop') }),
    ).toThrow(
      `acme/codex:.fractary/codex.yaml is on develop, the default branch of acme/codex, and production is branch ${production}.`,
    );
  });

  test('a file that cannot be read is an error that names codex and line', () => {
    expect(() => parse('projects:\n  widgets: nobody\n')).toThrow(
      'acme/codex:.fractary/codex.yaml:2: projects.widgets is',
    );
  });
});

describe('who may have a project', () => {
  const listed = parse(
    'projects: { Billing: acme/billing, gears: { repository: acme/mono, directory: packages/gears } }',
  );
  const closed = parse('projects: { billing: acme/billing }\nunlisted: refuse');

  test.each([
    [undefined, 'billing', { kind: 'free' }],
    [listed, 'widgets', { kind: 'free' }],
    [listed, 'billing', { kind: 'listed', name: 'Billing', owner: { repository: 'acme/billing', directory: '.' } }],
    [
      listed,
      'GEARS',
      { kind: 'listed', name: 'gears', owner: { repository: 'acme/mono', directory: 'packages/gears' } },
    ],
    [listed, 'constructor', { kind: 'free' }],
    [closed, 'widgets', { kind: 'unlisted', file: 'acme/codex:.fractary/codex.yaml' }],
    [closed, 'BILLING', { kind: 'listed', name: 'billing' }],
    [parse('unlisted: refuse'), 'widgets', { kind: 'unlisted' }],
  ])('%#: %s', (config, name, expected) => {
    expect(findListing(config, name)).toMatchObject(expected);
  });

  const owner = { repository: 'acme/mono', directory: 'packages/gears' };
  test.each([
    [{ repository: 'acme/mono', directory: 'packages/gears' }, 'yes'],
    [{ repository: 'ACME/Mono', directory: 'packages/gears' }, 'yes'],
    [{ repository: 'acme/other', directory: 'packages/gears' }, 'if renamed'],
    [{ repository: 'acme/mono', directory: '.' }, 'no'],
  ])('%j: %s', (ours, expected) => {
    expect(ownsListed(owner, ours)).toBe(expected);
  });
});
