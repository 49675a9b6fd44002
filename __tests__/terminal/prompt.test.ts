import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Environment } from '../../src/inputs/environment.ts';
import { confirmProduction } from '../../src/terminal/context.ts';
import { type InitSession, initialize } from '../../src/terminal/init.ts';
import type { InitRequest } from '../../src/terminal/init-files.ts';
import { branchName } from '../../src/text/ids.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'codex-sync-asking-'));
});
afterEach(() => rm(root, { recursive: true }));

const open: InitRequest = {
  ...{
    organization: undefined,
    codex: undefined,
    project: undefined,
    usualProject: undefined,
    workflows: undefined,
    force: false,
  },
  ...{ include: ['docs/**'], exclude: [], given: [] },
};

/** A person who gives these answers, one after the other, and what the person was asked. */
function person(...answers: string[]) {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return answers.shift() ?? '';
  };
  return { ask, asked };
}

const session = (ask: InitSession['ask'], ...found: string[]): InitSession => ({
  root,
  repository: 'acme/widgets',
  defaultBranch: branchName('main'),
  ask,
  listCodexes: async () => found.map((fullName) => ({ fullName, defaultBranch: branchName('trunk') })),
  readConfig: async () => undefined,
});

test('init asks for what it does not know, until the answer can be used', async () => {
  const { ask, asked } = person('not/an/owner', 'acme', 'other', '', 'widgets', 'n');
  const result = await initialize(open, session(ask, 'acme/codex.acme.com'));
  expect(asked).toEqual([
    'Which organization or user owns the codex? ',
    expect.stringMatching(/^"not\/an\/owner" cannot be used\. Use the name of a GitHub organization or user/),
    'Which repository is the codex? [acme/codex.acme.com] ',
    '"other" cannot be used. Use owner/name, such as acme/codex.acme.com: [acme/codex.acme.com] ',
    'Folder of this project in the codex: projects/ ',
    'Also write the two workflows? [Y/n] ',
  ]);
  expect(result).toEqual({
    kind: 'project',
    codex: 'acme/codex.acme.com',
    defaultBranch: branchName('main'),
    productionBranch: branchName('trunk'),
    written: ['.fractary/codex.yaml'],
    workflows: false,
  });
  const text = await readFile(join(root, '.fractary/codex.yaml'), 'utf8');
  expect(text).toContain('project_name: widgets\n');
  // Production is the default branch of the codex that was found.
  expect(text).toContain('prod: trunk\n');
});

test('nothing typed is what stands in brackets', async () => {
  const { ask } = person();
  const known = { ...open, organization: 'acme', usualProject: 'widgets' };
  const { written } = await initialize(known, session(ask, 'acme/codex.acme.com', 'acme/codex.next'));
  expect(written).toHaveLength(3);
  expect(await readdir(join(root, '.github/workflows'))).toEqual(['codex-release.yml', 'codex-test.yml']);
});

test('what was said is not asked', async () => {
  const { ask, asked } = person();
  await initialize(
    { ...open, codex: 'acme/codex', project: 'tools', usualProject: 'widgets', workflows: false },
    session(ask),
  );
  expect(asked).toEqual([]);
  expect(await readFile(join(root, '.fractary/codex.yaml'), 'utf8')).toContain('project_name: tools\n');
});

const production: Environment = {
  ...{
    name: 'prod',
    branch: branchName('main'),
    production: true,
    productionBranch: branchName('main'),
    origin: 'config',
  },
};

test.each(['y', 'Yes', 'YES'])('"%s" publishes to production', async (answer) => {
  const { ask, asked } = person(answer);
  await confirmProduction(production, 'config.json', ask);
  expect(asked).toEqual([
    'Production (branch main) is about to be written, and only environments.default in config.json names it. Go on? [y/N] ',
  ]);
});

test.each(['', 'n', 'no', 'yesterday', 'prod'])('"%s" does not', async (answer) => {
  await expect(confirmProduction(production, 'config.json', person(answer).ask)).rejects.toThrow(
    'Production (branch main) was not confirmed, so nothing was written.',
  );
});
