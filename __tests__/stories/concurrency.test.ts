import { expect, test } from '@jest/globals';
import { commits, readTree } from '../support/codex.ts';
import { codex, useStory } from '../support/story.ts';

const WRITERS = 8;

const { github, host } = await useStory();

test(`${WRITERS} projects publish at the same moment: one commit each, nothing lost, the branch created once`, async () => {
  const names = Array.from({ length: WRITERS }, (_, index) => `project-${index}`);
  const projects = await Promise.all(
    names.map((name) => host(name, { 'docs/a.md': `${name}\n`, 'README.md': `# ${name}\n` })),
  );

  const runs = await Promise.all(projects.map(({ publish }) => publish({}, { timeout: 300_000 })));

  expect(runs.map(({ outputs }) => outputs.conclusion)).toEqual(names.map(() => 'published'));
  expect(runs.filter(({ outputs }) => outputs['branch-created'] === 'true')).toHaveLength(1);
  const history = await commits(github, codex, 'test');
  expect(
    history
      .slice(0, -1)
      .map(({ sha }) => sha)
      .sort(),
  ).toEqual(runs.map(({ outputs }) => outputs['commit-sha']).sort());
  const tree = await readTree(github, codex, 'test');
  const expected = names.flatMap((name) =>
    ['.codex-sync.json', 'README.md', 'docs/a.md'].map((path) => `projects/${name}/${path}`),
  );
  expect(Object.keys(tree).sort()).toEqual(['README.md', ...expected].sort());
}, 300_000);
