import { spawn } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { gitText } from '../../__tests__/support/git.ts';
import { closePullRequest } from '../../__tests__/support/pull-request.ts';
import { addRecipeToken } from '../../__tests__/support/recipes.ts';
import { describeEvent } from '../../__tests__/support/runner.ts';
import { runnerEnvironment } from '../../__tests__/support/runner-environment.ts';
import { follow } from '../../__tests__/support/runner-process.ts';
import { type Organization, SECRETS, VARIABLES } from './organization.ts';
import { type ActRun, strangeActions } from './outcome.ts';
import { actionsOf, fillGaps, labelsOf, type Occasion, type Workflow } from './plan.ts';

const ROOT = join(import.meta.dirname, '../..');
const LONGEST_RUN = 5 * 60_000;
/** What act does not derive from the event, or derives from a checkout that is not there yet. */
const TOLD = [
  'GITHUB_SERVER_URL GITHUB_API_URL GITHUB_GRAPHQL_URL GITHUB_REPOSITORY GITHUB_REF GITHUB_WORKFLOW_REF',
  'ACTIONS_CACHE_SERVICE_V2 ACTIONS_RESULTS_URL ACTIONS_RUNTIME_TOKEN NODE_OPTIONS',
].flatMap((names) => names.split(' '));

/** Folders with the actions that workflows use: act asks no GitHub for any. */
export type Copies = Readonly<Record<string, string>>;

/**
 * Makes a folder for each action that the workflows use: what git tracks of ours, a clone of actions/checkout, and in the place of
 * any other one that does nothing.
 * @param source what to clone actions/checkout from
 */
export async function copyActions(workflows: readonly Workflow[], place: string, source: string): Promise<Copies> {
  const copies: Record<string, string> = {};
  const ours = join(place, 'codex-sync');
  for (const file of (await gitText(ROOT, ['ls-files', 'dist', '*action.yml'])).split('\n'))
    await cp(join(ROOT, file), join(ours, file));
  const standIn = join(place, 'stand-in');
  await writeText(join(standIn, 'action.yml'), STAND_IN);
  const strange = new Set(workflows.flatMap(strangeActions));
  for (const uses of new Set(workflows.flatMap(actionsOf))) {
    const [path = '', ref = ''] = uses.split('@');
    const repository = path.split('/').slice(0, 2).join('/');
    const name = `${repository}@${ref}`;
    if (name in copies) continue;
    if (strange.has(uses)) copies[name] = standIn;
    else copies[name] = repository === 'actions/checkout' ? await cloneCheckout(source, ref, place) : ours;
  }
  return copies;
}

const STAND_IN = `name: Stand-in
description: Does nothing
runs: { using: composite, steps: [{ run: 'true', shell: bash }] }
`;

async function cloneCheckout(source: string, ref: string, place: string): Promise<string> {
  const folder = join(place, `checkout-${ref}`);
  // As a person's git, with their proxy: it may go over the network.
  const env = { ...(process.env as Record<string, string>) };
  await gitText(
    place,
    ['-c', 'advice.detachedHead=false', 'clone', '--quiet', '--depth=1', `--branch=${ref}`, source, folder],
    { env },
  );
  return folder;
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Runs a workflow on act for one event. */
export async function runOnAct(
  act: string,
  { github, cache }: Organization,
  workflow: Workflow,
  { event, repository, options }: Occasion,
  copies: Copies,
): Promise<ActRun> {
  const place = await github.scratch('act');
  const [home, workspace, temp] = [join(place, 'home'), join(place, 'workspace'), join(place, 'tmp')];
  for (const folder of [home, workspace, temp]) await mkdir(folder);
  if (options.action === 'closed') await closePullRequest(github, repository, options.pullRequest ?? 0);
  const { facts, payload } = await describeEvent({ github, workspace, event, repository, ...options });
  const files = {
    workflow: join(place, 'workflow.yml'),
    event: join(place, 'event.json'),
    secrets: join(place, 'secrets.yml'),
  };
  await writeFile(files.workflow, fillGaps(workflow));
  await writeFile(files.event, JSON.stringify(payload));
  // JSON is YAML, which act takes by the file's name: a private key has many lines.
  const token = addRecipeToken(github, workflow, repository);
  await writeFile(files.secrets, JSON.stringify({ GITHUB_TOKEN: token, ...SECRETS }));
  const standard = runnerEnvironment(
    github,
    facts,
    { workspace, place, home, temp, system: temp, event: files.event },
    cache,
  );
  const told = Object.fromEntries(TOLD.map((name) => [name, standard[name] ?? '']));
  const args = [
    ...[
      event,
      '--json',
      '--no-skip-checkout',
      '--no-cache-server',
      '--use-new-action-cache',
      '--strict',
      '--concurrent-jobs=1',
    ],
    ...[`--directory=${workspace}`, `--workflows=${files.workflow}`, `--eventpath=${files.event}`],
    ...[`--secret-file=${files.secrets}`, `--action-cache-path=${join(place, 'cache')}`, `--actor=${facts.actor}`],
    // act looks for the commit under this name.
    ...pairs('--env', { ...told, SHA_REF: facts.sha }),
    ...pairs('--var', VARIABLES),
    ...pairs('--local-repository', copies),
    ...labelsOf(workflow).flatMap((label) => ['--platform', `${label}=-self-hosted`]),
  ];
  const lines: string[] = [];
  const child = spawn(act, args, {
    cwd: workspace,
    // act hands on to the steps whatever it finds here.
    env: {
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: home,
      TMPDIR: temp,
      LANG: 'C.UTF-8',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { exitCode } = await follow(child, (line) => void lines.push(line), LONGEST_RUN);
  await github.settled();
  return { exitCode, lines };
}

function pairs(option: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
}
