import { checkoutProject } from '../support/project.ts';
import type { Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const NAME = 'several';
const BRANCHES = { test: 'test', docs: 'docs', staging: 'staging', prod: 'main' };
const CONFIG = {
  '.fractary/plugins/codex/config.json': JSON.stringify({
    environments: { branches: { docs: 'docs', staging: 'staging' } },
  }),
};

/**
 * Jobs of one project start at the same moment: one for each of four environments; two of one commit; one of a commit and
 * one of the commit behind it. Each job has a checkout of its own.
 */
export async function oneProject(story: Story, rounds: number): Promise<Tally> {
  const { github } = story;
  const project = await story.host(NAME, { ...CONFIG, 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' });
  const checkOut = (depth?: number) => checkoutProject(github, project.fullName, depth === undefined ? {} : { depth });
  const change = async (text: string, date: string) => {
    await project.write('docs/a.md', `${text}\n`);
    await project.commit(`Say ${text}`, { date });
    await project.push();
  };

  const jobs = await Promise.all(Object.keys(BRANCHES).map(async (env) => ({ env, place: await checkOut() })));
  const everywhere = await Promise.all(jobs.map(({ env, place }) => story.publish(place, { env })));
  const runs = [...everywhere];
  const wrong = unlessEnded(everywhere, 'published');
  const first = await documentsOf(github, NAME);
  let commits = 1;
  for (let round = 1; round <= rounds; round++) {
    const date = (minute: number) => new Date(Date.UTC(2026, 5, round, 0, minute)).toISOString();
    await change(`same ${round}`, date(1));
    const twins = await Promise.all([await checkOut(), await checkOut()].map((place) => story.publish(place)));
    wrong.push(...unlessEnded(twins, 'published', 'unchanged'));
    if (twins.filter(({ outputs }) => outputs.changed === 'true').length !== 1)
      wrong.push('not exactly one of two published');
    commits += 1;

    await change(`older ${round}`, date(2));
    const older = await checkOut();
    await change(`newer ${round}`, date(3));
    const pair = await Promise.all([story.publish(older), story.publish(await checkOut(0))]);
    wrong.push(...unlessEnded(pair, 'published', 'superseded'));
    commits += pair.filter(({ outputs }) => outputs.changed === 'true').length;
    runs.push(...twins, ...pair);
  }
  return takeTally(story, {
    runs,
    expected: { test: await documentsOf(github, NAME), docs: first, staging: first, main: first },
    commits: { test: { [NAME]: commits }, docs: { [NAME]: 1 }, staging: { [NAME]: 1 }, main: { [NAME]: 1 } },
    wrong,
  });
}
