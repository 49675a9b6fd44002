import type { ActionRun } from '../support/runner.ts';
import { codex, type Story } from '../support/stage.ts';
import { auditBranch } from './audit.ts';
import { unlessEnded } from './tally.ts';

/** A change that exactly one commit is to bring to a branch, whichever of two runs makes it. */
export interface Disturbance {
  readonly branch: string;
  /** What sentences about it begin with. */
  readonly where: string;
  /** Paths that somebody edited by hand. */
  readonly edited?: readonly string[];
  readonly disturbed: () => Promise<ActionRun>;
  /** What is wrong with how that run ended, which made so many commits. */
  readonly judge: (run: ActionRun, landed: number) => string[] | Promise<string[]>;
  /** The run after it, which nothing disturbs. */
  readonly next: () => Promise<ActionRun>;
}

/** Lets both runs go, and looks at the branch behind each: all of the change or nothing, then all of it, in one commit. */
export async function disturb(
  { github }: Pick<Story, 'github'>,
  { branch, where, edited = [], disturbed, judge, next }: Disturbance,
): Promise<{ runs: ActionRun[]; wrong: string[] }> {
  const count = async () => Number(await github.git(codex, 'rev-list', '--count', branch));
  const audit = async () => (await auditBranch(github, branch, edited)).wrong;
  const before = await count();
  const first = await disturbed();
  const landed = (await count()) - before;
  const wrong = [...(await judge(first, landed)), ...(await audit())];
  if (landed > 1) wrong.push(`${landed} commits`);
  const second = await next();
  const all = (await count()) - before;
  const after = [...unlessEnded([second], 'published', 'unchanged'), ...(await audit())];
  if (all !== 1) after.push(`${all} commits`);
  wrong.push(...after.map((one) => `then: ${one}`));
  return { runs: [first, second], wrong: wrong.map((one) => `${where}: ${one}`) };
}
