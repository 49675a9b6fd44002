import { describe, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { parsePromote, parseRetire, subjectOf } from '../../src/promote/request.ts';
import { branchNames } from '../support/ids.ts';
import { PUSH } from '../support/trigger.ts';

const environments = {
  default: 'prod',
  branches: branchNames({ ...DEFAULT_CONFIG.environments.branches, live: 'main', qa: 'qa' }),
};
const found = { config: { environments, projectName: 'gadgets', deletionThreshold: 7 }, file: 'c.json', inside: true };

function parse(mode: 'promote' | 'retire', words: Record<string, string>, config: typeof found | null = found) {
  const variables = Object.entries(words).map(([name, word]) => [`INPUT_${name.toUpperCase()}`, word]);
  const token = { INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex', INPUT_MODE: mode };
  const inputs = parseInputs({ ...token, ...Object.fromEntries(variables) });
  return mode === 'promote'
    ? parsePromote(inputs, config ?? undefined, '.', PUSH)
    : parseRetire(inputs, config ?? undefined, '.', PUSH);
}

describe.each(['promote', 'retire'] as const)('%s', (mode) => {
  test.each([[null], [found]])('wants to be told the environment, whatever the configuration says', (config) => {
    expect(() => parse(mode, {}, config)).toThrow(/^Input "env" is not given.*Use one of: test, prod, production/);
    expect(parse(mode, { environment: 'prod' }, config).environment).toMatchObject({ name: 'prod', origin: 'input' });
  });

  test('takes project and thresholds from the inputs, then from the configuration', () => {
    expect(parse(mode, { env: 'prod' })).toMatchObject({ projects: ['gadgets'], threshold: { count: 7, percent: 20 } });
    const said = { env: 'prod', project: 'doc-one', 'deletion-threshold': '9' };
    expect(parse(mode, said)).toMatchObject({ projects: ['doc-one'], threshold: { count: 9 } });
    expect(parse(mode, { env: 'prod' }, null)).toMatchObject({ projects: ['widgets'], threshold: { count: 50 } });
  });

  test("has a subject for each project's commit", () => {
    const request = parse(mode, { env: 'prod', 'commit-message': 'docs(<project>): move <project>' });
    expect(subjectOf(request, 'x')).toBe('docs(x): move x');
  });
});

test('a preview is ended where there are previews', () => {
  const asked = parse('retire', { env: 'qa', preview: '#12' });
  expect(asked).toMatchObject({ projects: ['gadgets'], preview: '12' });
  for (const env of ['prod', 'live']) {
    const said = /^Input "preview" is "heads\/x", and production \(branch main\) has no previews\./;
    expect(() => parse('retire', { env, preview: 'heads/x' })).toThrow(said);
  }
});

describe('promote', () => {
  test('names several projects, each once, and globs', () => {
    const request = parse('promote', { env: 'prod', project: ' doc-* \n\nwidgets\ndoc-*\n{a,b}\n' });
    expect(request.projects).toEqual(['doc-*', 'widgets', '{a,b}']);
  });

  test.each(['../x', 'a/b', 'a/*', '!x', '*\n!x', '.git', 'a b'])('project "%s" is refused', (project) => {
    expect(() => parse('promote', { env: 'prod', project })).toThrow('Input "project" has "');
  });

  test.each([
    ['test', 'test'],
    ['prod', 'production'],
    ['live', 'prod'],
  ])('env %s from %s are one branch', (env, from) => {
    expect(() => parse('promote', { env, from })).toThrow('are one branch of the codex');
    const at = `${from}@${'A'.repeat(40)}`;
    expect(parse('promote', { env, from: at })).toMatchObject({ from: { commit: 'a'.repeat(40) } });
  });

  test('comes from test unless told', () => {
    expect(parse('promote', { env: 'prod' })).toMatchObject({ from: { environment: { name: 'test' } } });
    expect(parse('promote', { env: 'prod', from: 'qa' })).toMatchObject({ from: { environment: { branch: 'qa' } } });
  });
});

test('retire names one project, no glob', () => {
  expect(() => parse('retire', { env: 'prod', project: '*' })).toThrow('Input "project" is "*"');
});
