import type { Fault } from '../support/github-faults.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, messages, type Story } from '../support/stage.ts';
import { auditBranch, documentsOf } from './audit.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

/** What a network does to a request. */
export const troubles = [
  'drop',
  'lose the answer',
  'status 500',
  'status 502',
  'status 503',
  'slow',
  'secondary limit',
] as const;

export interface Trouble {
  readonly kind: (typeof troubles)[number];
  /** How many requests pass before it strikes. */
  readonly after: number;
  readonly times: number;
}

const LIMIT = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' };
const FAULTS: Record<Trouble['kind'], Omit<Fault, 'match'>> = {
  drop: { drop: true },
  'lose the answer': { loseAnswer: true },
  'status 500': { status: 500 },
  'status 502': { status: 502 },
  'status 503': { status: 503 },
  slow: { delay: 2000 },
  'secondary limit': { status: 403, body: LIMIT, headers: { 'Retry-After': '1' } },
};

/** The longest that a run may take, in milliseconds: five minutes of patience, and what the first and last question take. */
const LONGEST_RUN = 400_000;

/**
 * A project publishes a change over a network that lies, again and again. A run lands, or ends with one sentence, in bounded time;
 * the next one over a good line completes it; each change is one commit, whoever made it.
 */
export async function network(story: Story, nights: readonly (readonly Trouble[])[]): Promise<Tally> {
  const { github } = story;
  const project = await story.host('abroad', { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  const runs: ActionRun[] = [await story.begin(project)];
  const wrong: string[] = [];
  let faults = 0;
  for (const [night, all] of nights.entries()) {
    await project.write('docs/a.md', `night ${night}\n`);
    await project.commit('Change');
    await project.push();
    const count = async () => Number(await github.git(codex, 'rev-list', '--count', 'test'));
    const before = await count();
    for (const { kind, after, times } of all) github.fault({ match: /^/, skip: after, times, ...FAULTS[kind] });
    const run = await project.publish({}, { timeout: LONGEST_RUN });
    const where = `night ${night}, ${JSON.stringify(all)}`;
    faults += github.clearFaults();
    const sentences = messages(run, 'error');
    const isTold = run.exitCode === 1 && sentences.length === 1 && !/\n\s+at /.test(run.log);
    if (!isTold) wrong.push(...unlessEnded([run], 'published', 'unchanged').map((one) => `${where}: ${one}`));
    if (isTold && !sentences[0]?.includes(codex)) wrong.push(`${where}: ${sentences[0]}`);
    const landed = (await count()) - before;
    if (landed > 1 || (run.exitCode === 0 && landed === 0)) wrong.push(`${where}: ${landed} commits`);
    if (run.exitCode === 0 && run.outputs['commit-sha'] !== (await story.tip())) wrong.push(`${where}: another commit`);
    const next = await project.publish();
    wrong.push(...unlessEnded([next], 'published', 'unchanged').map((one) => `${where}, then: ${one}`));
    if ((await count()) !== before + 1) wrong.push(`${where}, then: ${(await count()) - before} commits`);
    wrong.push(...(await auditBranch(github, 'test')).wrong.map((one) => `${where}: ${one}`));
    runs.push(run, next);
  }
  return takeTally(story, { runs, faults, expected: { test: await documentsOf(github, 'abroad') }, wrong });
}
