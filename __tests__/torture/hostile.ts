import { blobId } from '../support/codex.ts';
import type { Story } from '../support/stage.ts';
import { createHostile, createTraps } from '../support/traps.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const ODD = [
  'a b.md',
  '-rf.md',
  '%0A::error::x.md',
  '::stop-commands::x.md',
  'new\nline.md',
  '\u001b[31mred.md',
  '\u202egnp.md',
  '$(touch x).md',
  '`touch x`.md',
  '@octocat fixes #1.md',
  '</code><img src=x>.md',
  'aux.md',
  `${'deep/'.repeat(60)}x.md`,
];

/**
 * Checkouts that configure whatever makes git run a program publish at once, in both directions, names that try to break out
 * among their documents. What springs a trap is a leak.
 */
export async function hostileCheckouts(story: Story, count: number): Promise<Tally> {
  const { github } = story;
  const traps = await createTraps(github);
  const names = Array.from({ length: count }, (_, index) => `hostile-${index + 1}`);
  const projects = [];
  for (const name of names) {
    const project = await createHostile(story, name, traps);
    for (const [index, odd] of ODD.entries()) await project.write(`docs/${odd}`, `odd ${index}\n`);
    projects.push(project);
  }
  const runs = await Promise.all(projects.map(({ publish }) => publish()));
  const wrong = unlessEnded(runs, 'published');
  for (const name of names) await story.edit({ [`projects/${name}/docs/b.md`]: 'edited\n' });
  const both = await Promise.all(projects.map(({ publish }) => publish({ direction: 'bidirectional' })));
  wrong.push(...unlessEnded(both, 'unchanged'));
  const forged = [...runs, ...both].flatMap(({ annotations }) =>
    annotations.map(({ message }) => `an annotation: ${message}`),
  );

  const expected: Record<string, string> = {};
  for (const name of names) {
    expected[`projects/${name}/docs/b.md`] = blobId('edited\n');
    for (const [index, odd] of ODD.entries()) expected[`projects/${name}/docs/${odd}`] = blobId(`odd ${index}\n`);
  }
  const tally = await takeTally(story, {
    runs: [...runs, ...both],
    faults: count * ODD.length,
    expected: { test: expected },
    edited: names.map((name) => `projects/${name}/docs/b.md`),
    wrong: [...wrong, ...forged],
  });
  const sprung = await traps.sprung();
  return { ...tally, leaked: [...tally.leaked, ...sprung.map((trap) => `${trap} was run`)] };
}
