import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { cleanGitEnvironment } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { checkoutProject } from './project.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import { evaluate, type GivenInputs } from './runner-files.ts';
import { runTidily } from './tidy-run.ts';

type Variables = Readonly<Record<string, string>>;

export interface WorkflowStep {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: GivenInputs;
  readonly env?: Variables;
  readonly 'continue-on-error'?: boolean;
}

interface WorkflowJob {
  readonly env?: Variables;
  readonly permissions: ActionOptions['permissions'];
  readonly steps: readonly WorkflowStep[];
}

/** A job of one of our own workflows. */
export async function readJob(file: string, name: string): Promise<WorkflowJob> {
  const { permissions, jobs } = parse(await readFile(`.github/workflows/${file}`, 'utf8'));
  if (!(name in jobs)) throw new Error(`${file} has no job ${name}`);
  return { permissions, ...jobs[name] };
}

/** Whether a step runs this action: the bundle of the checkout, or the released one. */
export function runsUs({ uses = '' }: WorkflowStep): boolean {
  return uses === './' || uses.startsWith('fractary/codex-sync@');
}

/** What starts a job. */
export interface JobOccasion extends Partial<Omit<ActionOptions, 'github' | 'workspace' | 'inputs'>> {
  readonly github: LocalGitHub;
  readonly repository: string;
  readonly githubToken: string;
  /** What its expressions stand for, besides the repository, the token, and the steps that ended. */
  readonly context?: Variables;
  /** Variables of its scripts, besides those that every runner has. */
  readonly variables?: Variables;
}

export interface EndedStep {
  readonly name: string;
  readonly outcome: 'success' | 'failure' | 'skipped';
  readonly log: string;
  readonly run?: ActionRun;
}

/**
 * Runs the steps of a job one after the other, as the runner does: the checkout from the local GitHub, this action (its bundle in
 * place of a released one) with what the step says behind `with:`, and each script in bash. A step that fails skips what follows.
 */
export async function performJob(job: WorkflowJob, occasion: JobOccasion): Promise<EndedStep[]> {
  const { github, repository, githubToken, context, variables, ...options } = occasion;
  const known: Record<string, string> = {
    'github.repository': repository,
    'github.token': githubToken,
    ...context,
  };
  const say = (given: GivenInputs = {}): Variables =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, evaluate(`${value}`, known)]));
  const standard = {
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: repository.split('/')[0] ?? '',
    ...variables,
    ...say(job.env),
  };
  const ended: EndedStep[] = [];
  let workspace = await github.scratch('no-checkout');
  let failed = false;

  async function perform(step: WorkflowStep): Promise<Omit<EndedStep, 'name'>> {
    if (step.uses?.startsWith('actions/checkout@')) {
      const { ref = options.ref ?? 'main', 'persist-credentials': keeps } = say(step.with);
      const place = await checkoutProject(github, repository, { ref });
      if (keeps === 'false') await place.git('config', '--unset-all', `http.${github.serverUrl}/.extraheader`);
      workspace = place.directory;
      return { outcome: 'success', log: '' };
    }
    if (runsUs(step)) {
      const place = { github, repository, workspace, githubToken };
      const run = await runTidily({ ...options, ...place, inputs: say(step.with) });
      if (run.runnerWarnings.length > 0) throw new Error(run.runnerWarnings.join('\n'));
      return { outcome: run.exitCode === 0 ? 'success' : 'failure', log: run.log, run };
    }
    if (step.run === undefined) throw new Error(`This runner has no ${step.uses}`);
    return runScript(workspace, step.run, { ...standard, ...say(step.env) });
  }

  for (const step of job.steps) {
    const name = step.name ?? step.uses ?? '';
    if (!isDue(step.if, failed, options.action)) {
      ended.push({ name, outcome: 'skipped', log: '' });
      continue;
    }
    const end = { name, ...(await perform(step)) };
    ended.push(end);
    failed ||= end.outcome === 'failure' && step['continue-on-error'] !== true;
    if (step.id === undefined) continue;
    known[`steps.${step.id}.outcome`] = end.outcome;
    for (const [output, value] of Object.entries(end.run?.outputs ?? {}))
      known[`steps.${step.id}.outputs.${output}`] = value;
  }
  return ended;
}

/** The conditions that our workflows have. */
function isDue(condition: string | undefined, failed: boolean, action: string | undefined): boolean {
  if (condition === 'always()') return true;
  if (condition === "github.event.action != 'closed'") return !failed && action !== 'closed';
  if (condition !== undefined) throw new Error(`This runner does not know the condition ${condition}`);
  return !failed;
}

/** Runs a script as `shell: bash` does. */
async function runScript(cwd: string, script: string, variables: Variables): Promise<Omit<EndedStep, 'name'>> {
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], {
    cwd,
    env: { HOME: cwd, ...cleanGitEnvironment(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { outcome: exitCode === 0 ? 'success' : 'failure', log: out + err };
}
