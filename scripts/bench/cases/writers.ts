import type { HostedProject } from '../../../__tests__/support/stage.ts';
import { expectEnded, type Stage, type Started } from '../stage.ts';
import { ACTION, type Case, SPARSE } from './case.ts';
import { documentsOf, expectPublished, variablesOf } from './widgets.ts';

const WRITERS = 16;
/** Sixteen meters that look often would be measured themselves. */
const INTERVAL = 250;

async function race(stage: Stage, write: (project: HostedProject, name: string, how: Started) => Promise<unknown>) {
  const names = Array.from({ length: WRITERS }, (_, index) => `writer-${index + 1}`);
  const projects: HostedProject[] = [];
  for (const [index, name] of names.entries()) {
    projects.push(await stage.host(name, documentsOf(name, 5, -10_000 - 10 * index)));
  }
  const figures = await stage.measure(
    (how) => Promise.all(projects.map((project, index) => write(project, names[index] ?? '', how))),
    INTERVAL,
  );
  for (const name of names) await expectPublished(stage, name, 'test');
  return figures;
}

export const writers: Case = {
  name: 'writers',
  title: `${WRITERS} projects of 5 documents publish at the same moment`,
  codexes: [20_000],
  rounds: (asked) => Math.min(asked, 3),
  contestants: {
    [ACTION]: (stage) => race(stage, (project, _, how) => expectEnded(project.publish({}, how), 'published')),
    [SPARSE]: (stage) =>
      race(stage, ({ directory }, name, how) =>
        stage.byHand('publish.sh', variablesOf('sparse', directory, name, 'test'), how),
      ),
  },
};
