import { chmod, chown, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readTree } from '../support/codex.ts';
import { gitText } from '../support/git.ts';
import { checkoutProject, type Project } from '../support/project.ts';
import { openPullRequest } from '../support/pull-request.ts';
import { useStory } from '../support/story.ts';

const { github, host, publish, documents: published, manifest } = await useStory();
const files = {
  'README.md': '# Widgets\n',
  'docs/guide.md': 'Guide\n',
  'docs/tool.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'src/main.c': 'int main;\n',
} as const;
const documents = ['README.md', 'docs/guide.md', 'docs/tool.sh'];

beforeAll(async () => {
  await (await runOf('seed')).publish();
});

function runOf(name: string) {
  return host(name, files);
}

/** The documents as the project's branch holds them. */
async function committed(fullName: string, paths = documents) {
  const tree = await readTree(github, fullName, 'main');
  return Object.fromEntries(Object.entries(tree).filter(([path]) => paths.includes(path)));
}

interface Place {
  directory: string;
  env?: Record<string, string>;
}

const checkouts: Record<string, (project: Project) => Promise<Place>> = {
  'with one commit of history, as actions/checkout makes it': async (project) => project,
  'with its full history': async (project) => {
    await project.checkout('main', { depth: 0 });
    return project;
  },
  'with a detached HEAD': async (project) => {
    await project.checkout(await project.git('rev-parse', 'HEAD'));
    return project;
  },
  'that is a linked worktree': async (project) => {
    const directory = await github.scratch('worktree');
    await project.git('worktree', 'add', '--quiet', '--detach', directory);
    return { directory };
  },
  'whose objects come through alternates': async (project) => {
    const [reference, directory] = [await github.scratch('reference'), await github.scratch('borrower')];
    await gitText(reference, ['clone', '--quiet', '--bare', github.directory(project.fullName), '.']);
    const url = `file://${github.directory(project.fullName)}`;
    await gitText(directory, ['clone', '--quiet', '--reference', reference, url, '.']);
    expect(await gitText(directory, ['count-objects'])).toBe('0 objects, 0 kilobytes');
    return { directory };
  },
  'in a folder with blanks, a colon, quotes and more in its name': async (project) => {
    const directory = join(await github.scratch('odd'), `a b: "c" 'd' \\e;$f 文é`);
    await rename(project.directory, directory);
    return { directory };
  },
  'that git takes for another user’s': async (project) => {
    const [folder, path] = [await github.scratch('bin'), process.env.PATH ?? ''];
    const lines = ['#!/bin/sh', `PATH='${path}'`, 'GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"', ''];
    await writeFile(join(folder, 'git'), lines.join('\n'));
    await chmod(join(folder, 'git'), 0o755);
    return { directory: project.directory, env: { PATH: `${folder}:${path}` } };
  },
  // Only root can give files away, as it does in a container.
  ...(process.getuid?.() === 0 && {
    'of another user id': async (project: Project) => {
      for (const entry of ['.', ...(await readdir(project.directory, { recursive: true }))]) {
        await chown(join(project.directory, entry), 65534, 65534);
      }
      return project;
    },
  }),
};

describe('the documents are published from a checkout', () => {
  test.each(Object.keys(checkouts).map((way, index) => ({ way, name: `way-${index}` })))(
    '$way',
    async ({ way, name }) => {
      const project = await runOf(name);
      const head = await project.git('rev-parse', 'HEAD');
      const place: Place = (await checkouts[way]?.(project)) ?? project;
      const run = await publish({ ...project, ...place }, {}, { env: place.env ?? {} });
      expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
      expect(run.annotations).toEqual([]);
      // Everything is here: nothing is asked of the project's repository.
      expect(run.requests.filter(({ path }) => path.startsWith(`/${project.fullName}/`))).toEqual([]);
      expect(await published(name)).toEqual(await committed(project.fullName));
      expect((await manifest(name)).source).toMatchObject({ commit: head, directory: '.' });
      expect(await readFile(join(dirname(run.temp), 'home', '.gitconfig'), 'utf8')).toBe('');
    },
  );
});

test("of a pull request's merge commit, the head is the commit that the manifest names", async () => {
  const project = await runOf('pull');
  await project.git('checkout', '--quiet', '-b', 'feature');
  await project.write('docs/new.md', 'New\n');
  await project.commit('Add a document');
  await project.push();
  const pull = await openPullRequest(github, project.fullName, { head: 'feature' });
  const merged = await checkoutProject(github, project.fullName, { ref: pull.ref });

  const event = { event: 'pull_request', ref: pull.ref, pullRequest: pull.number };
  const run = await publish(merged, {}, event);

  expect(run.outputs).toMatchObject({ conclusion: 'published' });
  expect(await merged.git('rev-parse', 'HEAD')).toBe(pull.merge);
  expect((await manifest('pull')).previews).toMatchObject({ [pull.number]: { commit: pull.head } });
});

test('of a package of a monorepo, the paths are relative to the package', async () => {
  const mono = await host('mono', {
    'docs/root.md': 'Root\n',
    'packages/gears/README.md': '# Gears\n',
    'packages/gears/docs/gear.md': 'Gear\n',
    'packages/gears/docs/root.md': { mode: '120000', content: '../../../docs/root.md' },
  });
  await mono.write('packages/gears/docs/local.md', 'Not committed\n');

  const run = await mono.publish({ 'working-directory': 'packages/gears', project: 'gears' });

  expect(run.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('docs/root.md')]);
  expect(run.outputs).toMatchObject({ conclusion: 'published', 'files-added': '3' });
  expect(Object.keys(await published('gears'))).toEqual(['README.md', 'docs/gear.md', 'docs/local.md']);
  expect((await manifest('gears')).source).toMatchObject({ directory: 'packages/gears', repository: 'acme/mono' });
});

test('a checkout in a sub-path of the workspace is a project of its own', async () => {
  const project = await runOf('below');
  const workspace = await github.scratch('workspace');
  await rename(project.directory, join(workspace, 'source'));

  const run = await publish({ ...project, directory: workspace }, { 'working-directory': 'source' });

  expect(run.outputs).toMatchObject({ conclusion: 'published' });
  expect(await published('below')).toEqual(await committed(project.fullName));
  expect((await manifest('below')).source).toMatchObject({ directory: '.' });
});

test.each([
  {
    what: 'no checkout at all',
    words: /not in a git checkout that .* Run actions\/checkout before this step/,
    init: false,
  },
  { what: 'a checkout without commits', words: /has no commit to publish/, init: true },
])('$what is one error and no request', async ({ words, init }) => {
  const directory = join(await github.scratch('nothing'), 'workspace');
  await mkdir(directory);
  if (init) await gitText(directory, ['init', '--quiet']);

  const run = await publish({ fullName: 'acme/seed', directory });

  expect(run.exitCode).toBe(1);
  expect(run.annotations).toEqual([{ level: 'error', message: expect.stringMatching(words) }]);
  expect(run.requests).toEqual([]);
  expect(run.outputs).toMatchObject({ conclusion: 'failed' });
});
