import type { Fault } from '../support/github-faults.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, messages, type Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { disturb } from './disturbed.ts';
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
    for (const { kind, after, times } of all) github.fault({ match: /^/, skip: after, times, ...FAULTS[kind] });
    const ended = await disturb(story, {
      branch: 'test',
      where: `night ${night}, ${JSON.stringify(all)}`,
      async disturbed() {
        const run = await project.publish({}, { timeout: LONGEST_RUN });
        faults += github.clearFaults();
        return run;
      },
      async judge(run, landed) {
        const sentences = messages(run, 'error');
        const isTold = run.exitCode === 1 && sentences.length === 1 && !/\n\s+at /.test(run.log);
        if (isTold) return sentences.filter((sentence) => !sentence.includes(codex));
        const ends = unlessEnded([run], 'published', 'unchanged');
        const isItsOwn = run.exitCode !== 0 || (landed === 1 && run.outputs['commit-sha'] === (await story.tip()));
        return isItsOwn ? ends : [...ends, `it says ${run.outputs['commit-sha']}, and ${landed} commits are there`];
      },
      next: () => project.publish(),
    });
    runs.push(...ended.runs);
    wrong.push(...ended.wrong);
  }
  return takeTally(story, { runs, faults, expected: { test: await documentsOf(github, 'abroad') }, wrong });
}
