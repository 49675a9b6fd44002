import type { Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const LONGEST_RUN = 300_000;
const LARGEST_SUMMARY = 1024 * 1024;

/** A project of so many documents publishes, publishes again, and once more after one of them changed. */
export async function manyDocuments(story: Story, count: number): Promise<Tally> {
  const { github } = story;
  const path = (index: number) => `docs/${index % 97}/${`${index}`.padStart(6, '0')}.md`;
  const files = Object.fromEntries(Array.from({ length: count }, (_, index) => [path(index), `# Page ${index}\n`]));
  const project = await story.host('vast', files);
  const runs = [
    await project.publish({}, { timeout: LONGEST_RUN }),
    await project.publish({}, { timeout: LONGEST_RUN }),
  ];
  await project.write(path(1), 'changed\n');
  await project.commit('Change');
  await project.push();
  runs.push(await project.publish({}, { timeout: LONGEST_RUN }));
  const ended = ['published', 'unchanged', 'published'].flatMap((conclusion, index) =>
    unlessEnded(runs.slice(index, index + 1), conclusion),
  );
  const unpublishable = runs.filter(
    ({ summary, runnerWarnings }) => summary.length > LARGEST_SUMMARY || runnerWarnings.length > 0,
  );
  const added = runs.map(({ outputs }) => [outputs['files-added'], outputs['files-modified']].join('+')).join(', ');
  return takeTally(story, {
    runs,
    expected: { test: await documentsOf(github, 'vast') },
    commits: { test: { vast: 2 } },
    wrong: [
      ...ended,
      ...unpublishable.map(() => 'a summary that the runner does not take'),
      ...(added === `${count}+0, 0+0, 0+1` ? [] : [`counted ${added}`]),
    ],
  });
}
