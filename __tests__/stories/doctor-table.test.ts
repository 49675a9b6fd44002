import { expect, test } from '@jest/globals';
import { expectTold, found, stateOf } from '../support/doctor.ts';
import { checkoutProject } from '../support/project.ts';
import { codex, useStories } from '../support/story.ts';

const FILE = '.fractary/codex.yaml';
const startStory = useStories();
const story = await startStory();
const { github, host } = story;
const place = await checkoutProject(github, codex);
const widgets = await host('widgets', { 'docs/a.md': 'A\n' });
const quiet = { mode: 'doctor', 'use-cache': false, organization: 'acme' };
const configured = 'environments: { branches: { test: test } }\n';

/** A fault, the line that tells it, and the checks that it decides. */
interface Fault {
  readonly inputs?: Record<string, string | boolean>;
  /** The configuration of the project. */
  readonly own?: string;
  /** The configuration of the codex. */
  readonly rules?: string;
  readonly check: string;
  readonly line: RegExp;
  readonly behind: readonly string[];
}

const OF_CODEX = ['codex-configuration', 'organization', 'write-permission', 'branches', 'rules', 'production-token'];
const OF_ENVIRONMENT = ['organization', 'branches', 'rules', 'production-token', 'project-folder', 'previews'];
const OF_CHECKOUT = ['patterns'];

const FAULTS: Readonly<Record<string, Fault>> = {
  'the codex is not the name of a repository': {
    ...{ inputs: { 'codex-repository': 'nope' }, check: 'inputs', line: /"codex-repository" is "nope"\. -> Use/ },
    behind: ['codex', ...OF_CODEX],
  },
  'a pattern leads out of the project': {
    ...{ inputs: { include: '../x' }, check: 'inputs', line: /"include" has "\.\.\/x"\. -> Use/, behind: OF_CHECKOUT },
  },
  'an invalid entry of the release line': {
    ...{ inputs: { 'production-refs': '~!x' }, check: 'inputs', line: /"production-refs" is "~!x"\. -> Use/ },
    behind: ['release-line', 'github-environment'],
  },
  'a misspelt environment': {
    ...{
      inputs: { enviroment: 'prod' },
      check: 'inputs',
      line: /"enviroment" does not exist\. -> Did you mean "environment"\?$/,
    },
    behind: OF_ENVIRONMENT,
  },
  'an environment that is not mapped': {
    ...{ inputs: { env: 'live' }, check: 'configuration', line: /"live" is not configured\. -> Use one of/ },
    behind: OF_ENVIRONMENT,
  },
  'a folder that does not exist': {
    ...{ inputs: { 'working-directory': 'nope' }, check: 'checkout', line: /"working-directory" is "nope"\. -> Use/ },
    behind: [...OF_CHECKOUT, 'project-folder'],
  },
  'an empty token': {
    ...{ inputs: { token: '' }, check: 'token', line: /"token" is empty\. -> Check/, behind: ['codex', ...OF_CODEX] },
  },
  'a codex that is not there': {
    ...{ inputs: { 'codex-repository': 'acme/none' }, check: 'codex', line: /acme\/none does not exist, .* -> Check/ },
    behind: OF_CODEX,
  },
  'a configuration of the project that is no YAML': {
    ...{ own: 'environments: [\n', check: 'configuration', line: /codex\.yaml:1: .* -> Correct the YAML there/ },
    behind: [...OF_ENVIRONMENT, ...OF_CHECKOUT, 'release-line'],
  },
  'a configuration of the codex that is no YAML': {
    ...{ rules: 'projects: [\n', check: 'codex-configuration', line: /codex\.yaml:1: .* -> Correct the YAML there/ },
    behind: OF_ENVIRONMENT,
  },
  'a configuration of the codex on another branch than production': {
    ...{ rules: 'environments: { branches: { prod: released } }\n', check: 'codex-configuration' },
    ...{ line: / is on main, the default branch .* production is branch released\. -> Make/, behind: OF_ENVIRONMENT },
  },
  'a cache directory out of the workspace': {
    ...{ inputs: { 'cache-dir': '../x' }, check: 'cache', line: /"cache-dir" is "\.\.\/x"\. -> Use/, behind: [] },
  },
};

const ALWAYS = [
  ...['git', 'configuration', 'checkout', 'patterns', 'codex', ...OF_CODEX, 'project-token', 'release-line'],
  ...['github-environment', 'project-folder', 'previews', 'cache'],
];

let rulesNow: string | null = null;

async function examine(...faults: readonly Fault[]) {
  const rules = faults.find((one) => one.rules !== undefined)?.rules ?? null;
  if (rules !== rulesNow) {
    await place.write(FILE, rules);
    await place.commit('Rule');
    await place.push('main');
    rulesNow = rules;
  }
  await widgets.write(FILE, faults.find(({ own }) => own !== undefined)?.own ?? configured);
  const inputs = Object.assign({}, quiet, ...faults.map((one) => one.inputs ?? {}));
  return widgets.publish(inputs);
}

/** Both set the same, so only one of them can be there; and without a configuration every environment may be mapped. */
function excludes(one: Fault, other: Fault): boolean {
  const names = Object.keys(one.inputs ?? {});
  return (
    (one.inputs?.env !== undefined && other.own !== undefined) ||
    names.some((name) => name in (other.inputs ?? {})) ||
    (one.own !== undefined && other.own !== undefined) ||
    (one.rules !== undefined && other.rules !== undefined)
  );
}

const named = Object.entries(FAULTS);

test.each(named)('%s: a line with a remedy, and nothing that it decides is green', async (_, fault) => {
  const run = await examine(fault);
  expect(run).toMatchObject({ exitCode: 1, outputs: { conclusion: 'failed' } });
  expectTold(run);
  expect(found(run, fault.check)).toContainEqual(expect.stringMatching(new RegExp(`^failed: .*${fault.line.source}`)));
  const states = stateOf(run);
  expect(ALWAYS.filter((check) => states[check] === undefined)).toEqual([]);
  const green = fault.behind.filter((check) => check !== fault.check && states[check]?.join() !== 'not-looked-at');
  expect(green).toEqual([]);
  for (const check of fault.behind) expect(found(run, check).join()).toMatch(/^not-looked-at: Not checked: \S/);
});

const pairs = named.flatMap(([name, one], index) =>
  named
    .slice(index + 1)
    .filter(([, other]) => !excludes(one, other))
    .map(([second, other]) => [name, second, one, other] as const),
);

test.each(pairs)('%s, and %s: none makes a line vanish', async (_, __, one, other) => {
  const run = await examine(one, other);
  expect(run.exitCode).toBe(1);
  const states = stateOf(run);
  expect(ALWAYS.filter((check) => states[check] === undefined)).toEqual([]);
  for (const [fault, beside] of [
    [one, other],
    [other, one],
  ] as const) {
    // Only a check that the other one decides may say instead that it was not made.
    const isHidden = beside.behind.includes(fault.check) && states[fault.check]?.join() === 'not-looked-at';
    if (isHidden) continue;
    expect(found(run, fault.check)).toContainEqual(expect.stringMatching(fault.line));
    const green = fault.behind.filter((check) => states[check]?.includes('ok'));
    expect(green).toEqual([]);
  }
});
