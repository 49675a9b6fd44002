import { gather } from '../support/contributors.ts';
import { found } from '../support/organization.ts';
import { employ } from '../support/release.ts';
import type { ActionRun } from '../support/runner.ts';
import type { Story } from '../support/stage.ts';
import { documentsOf } from './audit.ts';
import { type Tally, takeTally, unlessEnded } from './tally.ts';

const BEGUN = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n' };

/**
 * All at once, on one codex: previews of a project open and close while it publishes, other projects publish, one is promoted
 * to production, and an organization is published. Then it is quiet, and every run once more has nothing left to do.
 */
export async function storm(story: Story, projects: number): Promise<Tally> {
  const { github } = story;
  const organization = await found(story);
  const releases = await employ(story);
  const widgets = await gather(story, BEGUN);
  await releases.develop('released', BEGUN);
  const runs: ActionRun[] = [await widgets.publish()];
  await widgets.propose(1, { 'docs/a.md': 'a of pull request 1\n' });
  await widgets.propose(2, { 'docs/a.md': 'a of pull request 2\n', 'docs/two.md': 'two\n' });
  await widgets.propose(3, { 'docs/three.md': 'three\n' });
  runs.push(await widgets.preview(3));
  await widgets.commit({ 'docs/b.md': 'b of main\n', 'docs/main.md': 'main\n' });
  const names = Array.from({ length: projects }, (_, index) => `gust-${index + 1}`);
  const others = await Promise.all(names.map((name) => story.host(name, BEGUN)));
  const many = await organization.addMany('org', projects, 2);

  const [closed, ...gale] = await Promise.all([
    widgets.close(3),
    widgets.preview(1),
    widgets.preview(2),
    widgets.publish(),
    releases.promote({ project: 'released' }),
    organization.syncOrg(),
    ...others.map((other) => other.publish()),
  ]);
  runs.push(...gale);
  // Any of the others may have taken the closed preview away before.
  const wrong = [...unlessEnded(runs, 'published'), ...unlessEnded([closed], 'published', 'unchanged')];
  const quiet = [
    await widgets.preview(1),
    await widgets.preview(2),
    await widgets.publish(),
    await releases.promote({ project: 'released' }),
    await organization.syncOrg(),
    await others[0]?.publish(),
  ].filter((run) => run !== undefined);
  wrong.push(...unlessEnded(quiet, 'unchanged'));

  const owned = await Promise.all([...names, ...many, 'released'].map((name) => documentsOf(github, name)));
  const texts = await widgets.texts();
  const shown = {
    'docs/a.md': 'a of pull request 2\n',
    'docs/b.md': 'b of main\n',
    'docs/main.md': 'main\n',
    'docs/two.md': 'two\n',
  };
  if (JSON.stringify(Object.entries(texts).sort()) !== JSON.stringify(Object.entries(shown).sort())) {
    wrong.push(`widgets shows ${JSON.stringify(texts)}`);
  }
  return takeTally(story, {
    runs: [...runs, closed, ...quiet],
    expected: {
      test: { ...Object.assign({}, ...owned), 'projects/widgets/docs/three.md': null },
      main: await documentsOf(github, 'released'),
    },
    commits: {
      test: Object.fromEntries([...names, ...many, 'released'].map((name) => [name, 1])),
      main: { released: 1 },
    },
    wrong,
  });
}
