import { blobId } from '../support/codex.ts';
import type { Story } from '../support/stage.ts';
import { createHostile, createTraps } from '../support/traps.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const ODD = [
  'a b.md',
  '-rf.md',
  '%0A per cent.md',
  '\u202egnp.md',
  '$(touch x).md',
  '`touch x`.md',
  '@octocat fixes #1.md',
  '##[error]x.md',
  `${'deep/'.repeat(60)}x.md`,
];
/** What some system cannot hold is left out, and said in one warning. */
const UNHOLDABLE = [
  '%0A::error::x.md',
  '::stop-commands::x.md',
  'new\nline.md',
  '\u001b[31mred.md',
  '</code><img src=x>.md',
  'aux.md',
];
const LEFT_OUT = 'Not published, because not every system can hold it: ';

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
    for (const [index, odd] of [...ODD, ...UNHOLDABLE].entries()) await project.write(`docs/${odd}`, `odd ${index}\n`);
    projects.push(project);
  }
  const runs = await Promise.all(projects.map(({ publish }) => publish()));
  const wrong = unlessEnded(runs, 'published');
  for (const name of names) await story.edit({ [`projects/${name}/docs/b.md`]: 'edited\n' });
  const both = await Promise.all(projects.map(({ publish }) => publish({ direction: 'bidirectional' })));
  wrong.push(...unlessEnded(both, 'unchanged'));
  const forged = [...runs, ...both].flatMap(({ annotations }) =>
    annotations
      .filter(({ level, message }) => level !== 'warning' || !message.startsWith(LEFT_OUT))
      .map(({ message }) => `an annotation: ${message}`),
  );

  const expected: Record<string, string | null> = {};
  for (const name of names) {
    expected[`projects/${name}/docs/b.md`] = blobId('edited\n');
    for (const [index, odd] of ODD.entries()) expected[`projects/${name}/docs/${odd}`] = blobId(`odd ${index}\n`);
    for (const odd of UNHOLDABLE) expected[`projects/${name}/docs/${odd}`] = null;
  }
  const tally = await takeTally(story, {
    runs: [...runs, ...both],
    faults: count * (ODD.length + UNHOLDABLE.length),
    expected: { test: expected },
    edited: names.map((name) => `projects/${name}/docs/b.md`),
    wrong: [...wrong, ...forged],
  });
  const sprung = await traps.sprung();
  return { ...tally, leaked: [...tally.leaked, ...sprung.map((trap) => `${trap} was run`)] };
}
