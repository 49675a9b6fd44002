import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commits, readTree } from '../support/codex.ts';
import { type LocalGitHub, startGitHub } from '../support/github.ts';
import { createProject } from '../support/project.ts';
import { runAction } from '../support/runner.ts';

const CODEX = 'acme/codex.acme.com';
const WRITERS = 8;

let github: LocalGitHub;

beforeAll(async () => {
  github = await startGitHub();
  await github.createRepository(CODEX, { files: { 'README.md': '# Codex\n' } });
  github.addToken('pat', { [CODEX]: 'write' });
});

afterAll(async () => {
  expect({ violations: github.violations, undocumented: github.undocumented }).toEqual({
    violations: [],
    undocumented: [],
  });
  await github.close();
});

test(`${WRITERS} projects publish at the same moment: one commit each, nothing lost, the branch created once`, async () => {
  const names = Array.from({ length: WRITERS }, (_, index) => `project-${index}`);
  const projects = await Promise.all(
    names.map((name) =>
      createProject(github, `acme/${name}`, { 'docs/a.md': `${name}\n`, 'README.md': `# ${name}\n` }),
    ),
  );

  const runs = await Promise.all(
    projects.map(({ directory, fullName }) =>
      runAction({
        github,
        workspace: directory,
        repository: fullName,
        inputs: { token: 'pat', 'codex-repository': CODEX },
        timeout: 300_000,
      }),
    ),
  );

  expect(runs.map(({ outputs }) => outputs.conclusion)).toEqual(names.map(() => 'published'));
  expect(runs.filter(({ outputs }) => outputs['branch-created'] === 'true')).toHaveLength(1);
  const history = await commits(github, CODEX, 'test');
  expect(
    history
      .slice(0, -1)
      .map(({ sha }) => sha)
      .sort(),
  ).toEqual(runs.map(({ outputs }) => outputs['commit-sha']).sort());
  const tree = await readTree(github, CODEX, 'test');
  const expected = names.flatMap((name) =>
    ['.codex-sync.json', 'README.md', 'docs/a.md'].map((path) => `projects/${name}/${path}`),
  );
  expect(Object.keys(tree).sort()).toEqual(['README.md', ...expected].sort());
}, 300_000);
