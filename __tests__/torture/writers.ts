import { setTimeout as sleep } from 'node:timers/promises';
import { blobId } from '../support/codex.ts';
import { codex, type Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const HAND = 'handmade';
const LONGEST_RUN = 600_000;

/** So many projects publish to a branch that is missing, all at the same moment, while somebody commits to it by hand. */
export async function writers(story: Story, count: number): Promise<Tally> {
  const names = Array.from({ length: count }, (_, index) => `writer-${index + 1}`);
  const projects = [];
  for (const name of names) {
    projects.push(await story.host(name, { 'docs/a.md': `${name}\n`, 'docs/deep/b.md': `# ${name}\n` }));
  }
  let writing = true;
  const hand = commitByHand(story, () => writing);
  const runs = await Promise.all(projects.map(({ publish }) => publish({}, { timeout: LONGEST_RUN })));
  writing = false;
  const byHand = await hand;
  const created = runs.filter(({ outputs }) => outputs['branch-created'] === 'true').length;
  const documents = await Promise.all(names.map((name) => documentsOf(story.github, name)));
  return takeTally(story, {
    runs,
    faults: Object.keys(byHand).length,
    expected: { test: { ...Object.assign({}, ...documents), ...byHand } },
    commits: { test: Object.fromEntries(names.map((name) => [name, 1])) },
    wrong: [
      ...unlessEnded(runs, 'published'),
      ...(created === 1 ? [] : [`${created} runs created the branch`]),
      ...runs.filter(({ outputs }) => !(Number(outputs.attempts) > 0)).map(() => 'a run told no attempts'),
    ],
  });
}

/** Commits to `test` again and again as soon as it is there; returns what must stand there: path -> blob id. */
async function commitByHand({ github, edit }: Story, goesOn: () => boolean): Promise<Record<string, string>> {
  const written: Record<string, string> = {};
  for (let number = 1; goesOn(); number++) {
    await sleep(1000);
    if ((await github.git(codex, 'for-each-ref', 'refs/heads/test')) === '') continue;
    const [path, text] = [`projects/${HAND}/docs/${number}.md`, `By hand ${number}\n`];
    await edit({ [path]: text });
    written[path] = blobId(text);
  }
  return written;
}
