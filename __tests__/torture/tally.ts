import { dirname } from 'node:path';
import type { ActionRun } from '../support/runner.ts';
import { formsOf, leaks, printed } from '../support/secrets.ts';
import { type Story, token } from '../support/stage.ts';
import { type Audit, auditBranch } from './audit.ts';

/** What a scenario did to the product, and what came of it. */
export interface Tally {
  readonly runs: number;
  readonly faults: number;
  /** Documents that must stand in the codex at the end, and those that do. */
  readonly expected: number;
  readonly found: number;
  readonly lost: readonly string[];
  /** Tokens where nobody may see them. (What a run leaves on disk ends the scenario at once: `runTidily`.) */
  readonly leaked: readonly string[];
  /** Other promises that were broken. */
  readonly wrong: readonly string[];
  /** What a reader of the figures has to know besides. */
  readonly notes?: readonly string[];
}

/** What a scenario knows about its end. */
export interface Ending {
  readonly runs: readonly ActionRun[];
  readonly faults?: number;
  /** Branch -> documents that must stand there: path -> blob id, or `null` for what must not. */
  readonly expected: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  /** Branch -> how many commits each project must have. */
  readonly commits?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly edited?: readonly string[];
  /** What the scenario itself found wrong. */
  readonly wrong?: readonly string[];
}

/** Looks at the codex, and at everything that the runs have left. */
export async function takeTally({ github }: Pick<Story, 'github'>, ending: Ending): Promise<Tally> {
  const { runs, faults = 0, expected, commits = {}, edited = [] } = ending;
  const [lost, wrong] = [[] as string[], [...(ending.wrong ?? [])]];
  let number = 0;
  for (const [branch, documents] of Object.entries(expected)) {
    const audit = await auditBranch(github, branch, edited);
    wrong.push(...audit.wrong, ...miscounted(branch, commits[branch] ?? {}, audit));
    for (const [path, id] of Object.entries(documents)) {
      number += 1;
      const standing = audit.files[path]?.id ?? null;
      if (standing !== id) lost.push(`${branch}: ${path} is ${standing}, not ${id}`);
    }
  }
  const leaked = (await Promise.all(runs.map(leaksOf))).flat();
  return { runs: runs.length, faults, expected: number, found: number - lost.length, lost, leaked, wrong };
}

function miscounted(branch: string, wanted: Readonly<Record<string, number>>, { commits }: Audit): string[] {
  return Object.entries(wanted)
    .filter(([project, count]) => commits.get(project) !== count)
    .map(([project, count]) => `${project} has ${commits.get(project) ?? 0} commits in ${branch}, not ${count}`);
}

async function leaksOf(run: ActionRun): Promise<string[]> {
  const secrets = formsOf(token);
  const shown = [printed(run), run.summary, JSON.stringify(run.outputs)].join('\n');
  return [
    ...secrets.filter((secret) => shown.includes(secret)).map((secret) => `a run shows ${secret}`),
    ...(await leaks(dirname(run.temp), secrets)),
  ];
}

/** Sentences about runs that did not end as one of these. */
export function unlessEnded(runs: readonly ActionRun[], ...conclusions: readonly string[]): string[] {
  return runs
    .filter(({ exitCode, outputs }) => exitCode !== 0 || !conclusions.includes(outputs.conclusion ?? ''))
    .map(
      ({ exitCode, signal, outputs, log }) =>
        `a run ended ${exitCode ?? signal} ${outputs.conclusion}: ${log.slice(-600)}`,
    );
}
