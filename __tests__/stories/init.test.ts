import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseCodexConfig } from '../../src/codex/codex-config.ts';
import { checkoutProject } from '../support/project.ts';
import { codex, token, useStory } from '../support/story.ts';
import { typeCommand } from '../support/terminal.ts';

const { github, host } = await useStory();
const widgets = await host('widgets', { 'docs/a.md': 'a\n' });
// As a clone has it.
await widgets.git('remote', 'set-head', 'origin', 'main');
const env = { GITHUB_TOKEN: token };
const init = (...words: string[]) => typeCommand(['init', ...words], { github, directory: widgets.directory, env });
const read = (path: string) => readFile(join(widgets.directory, path), 'utf8');

test('finds the codex, writes a configuration, and what it says next works', async () => {
  const run = await init();
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.stdout).toContain('Written (1)\n  .fractary/codex.yaml\nNext\n  1. Check the planned changes');
  expect(await read('.fractary/codex.yaml')).toContain('organization: acme\ncodex_repo: codex.acme.com\n');
  const looked = await typeCommand(['sync-project', '--dry-run'], { github, directory: widgets.directory, env });
  expect(looked).toMatchObject({ exitCode: 0, stderr: '' });
  expect(looked.stdout).toContain('1 added, 0 modified, 0 deleted would be published to test');
});

test('overwrites nothing without being told, and writes the workflows where they are wanted', async () => {
  const before = await read('.fractary/codex.yaml');
  const refused = await init('--workflows', '--project', 'other');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '', requests: [] });
  expect(refused.stderr).toBe(
    'Error: .fractary/codex.yaml already exists, so nothing was written. Pass "--force" to overwrite.\n',
  );
  expect(await read('.fractary/codex.yaml')).toBe(before);
  await expect(read('.github/workflows/codex-test.yml')).rejects.toThrow('ENOENT');

  const said = ['--codex-repository', codex, '--project', 'other', '--include', 'guides/**', '--workflows', '--force'];
  const forced = await init(...said);
  expect(forced).toMatchObject({ exitCode: 0, requests: [] });
  expect(forced.stdout).toContain(
    'Store a token that may write to acme/codex.acme.com, but not to its branch main, as',
  );
  expect(forced.stdout).toContain('limit it to main and tags');
  expect(forced.stdout).toContain('gh secret set CODEX_PRODUCTION_TOKEN --env production\n');
  expect(await read('.fractary/codex.yaml')).toContain('project_name: other\n');
  expect(await read('.fractary/codex.yaml')).toContain('sync_patterns:\n  - "guides/**"\n');
  expect(await read('.github/workflows/codex-release.yml')).toContain('codex-repository: acme/codex.acme.com\n');
});

test('what it cannot know has to be said', async () => {
  await rm(join(widgets.directory, '.fractary'), { recursive: true });
  await github.createRepository('acme/codex.next', { visibility: 'public' });
  const several = await init();
  expect(several.exitCode).toBe(2);
  expect(several.stderr).toContain(
    'Cannot determine the codex: several repositories could be it: acme/codex.acme.com, acme/codex.next. Pass "--codex-repository',
  );
  const { stderr } = await typeCommand(['init'], { github, directory: widgets.directory, programs: { gh: 'exit 1' } });
  expect(stderr).toContain('There is no token for');
  const nowhere = await typeCommand(['init'], { github, directory: await github.scratch('nowhere'), env });
  expect(nowhere.stderr).toContain('no remote "origin" names the organization.');
});

test('a configuration of another name would win, and a link leads nowhere', async () => {
  await widgets.write('.fractary/plugins/codex/config.json', '{}');
  const other = await init('--codex-repository', codex, '--force');
  expect(other.stderr).toContain(
    '.fractary/plugins/codex/config.json already exists, so nothing was written. Edit it, or remove it to start again',
  );
  await widgets.write('.fractary/codex.yaml', '{}');
  expect((await init('--codex-repository', codex)).stderr).toContain(
    'config.json and .fractary/codex.yaml already exist, so nothing was written. Edit them, or remove them to start again',
  );
  await rm(join(widgets.directory, '.fractary'), { recursive: true });
  const elsewhere = await github.scratch('elsewhere');
  await mkdir(join(elsewhere, 'here'));
  await symlink(join(elsewhere, 'here'), join(widgets.directory, '.fractary'));
  const led = await init('--codex-repository', codex);
  expect(led.exitCode).toBe(1);
  expect(led.stderr).toContain('leads out of this repository through a symbolic link');

  // The second file has no place: the first is not written either, and no folder is made elsewhere.
  await rm(join(widgets.directory, '.fractary'));
  await rm(join(widgets.directory, '.github'), { recursive: true, force: true });
  await symlink(elsewhere, join(widgets.directory, '.github'));
  const half = await init('--codex-repository', codex, '--workflows');
  expect(half.stderr).toContain('".github/workflows/codex-test.yml" leads out of this repository');
  expect(await readdir(elsewhere)).toEqual(['here']);
  expect(await readdir(widgets.directory)).not.toContain('.fractary');
  await writeFile(join(widgets.directory, '.fractary'), '');
  expect((await init('--codex-repository', codex)).stderr).toContain(
    'cannot be written, since .fractary is in the way.',
  );
  await rm(join(widgets.directory, '.fractary'));

  await widgets.git('config', 'core.worktree', elsewhere);
  expect((await init('--codex-repository', codex)).stderr).toContain('"core.worktree" in the configuration');
  expect(await readdir(elsewhere)).toEqual(['here']);
});

test('keeps the configuration of Fractary, writes the workflows beside it, and takes a file of other tools for none', async () => {
  const shared = '.fractary/config.yaml';
  const tools = 'logs: {}\n';
  const text = `${tools}codex:\n  organization: acme\n  codex_repo: codex.acme.com\n  project: machines\n`;
  // By its name it could be a codex, but its configuration names another one.
  const { directory, git } = await host('codex', { 'docs/a.md': 'a\n', [shared]: text });
  await git('remote', 'set-head', 'origin', 'main');
  const type = (...words: string[]) => typeCommand(words, { github, directory, env });

  const kept = await type('init');
  expect(kept).toMatchObject({ exitCode: 0, stderr: '', requests: [] });
  expect(kept.stdout).toContain('Kept (1)\n  .fractary/config.yaml (its codex section)\nNext\n  1. Check the planned');
  expect(kept.stdout).not.toContain('Written');
  const refused = await type('init', '--project', 'other', '--include', 'x/**');
  expect(refused).toMatchObject({ exitCode: 2, requests: [] });
  expect(refused.stderr).toContain(
    '.fractary/config.yaml configures this project already (its codex section), and is kept, so nothing was written. --project, --include would change nothing',
  );
  expect((await type('init', '--workflows')).stdout).toContain('Written (2)\n  .github/workflows/codex-test.yml\n');
  expect(await readFile(join(directory, '.github/workflows/codex-test.yml'), 'utf8')).toContain(
    'codex-repository: acme/codex.acme.com\n',
  );
  expect((await git('status', '--porcelain')).trim()).toBe('?? .github/');
  expect((await type('sync-project', '--dry-run')).stdout).toContain('Project: machines\n');

  await writeFile(join(directory, shared), tools);
  const beside = await type('init', '--project', 'machines', '--codex-repository', codex);
  expect(beside).toMatchObject({ exitCode: 0, stderr: '' });
  expect(beside.stdout).toContain('Written (1)\n  .fractary/codex.yaml\n');
});

test('in a codex it writes what holds for all projects, and that is understood', async () => {
  const place = await checkoutProject(github, codex);
  const run = await typeCommand(['init'], { github, directory: place.directory, env });
  expect(run).toMatchObject({ exitCode: 0, stderr: '', requests: [] });
  expect(run.stdout).toContain('Next\n  1. List the repositories that own projects here.');
  const text = await readFile(join(place.directory, '.fractary/codex.yaml'), 'utf8');
  expect(parseCodexConfig(text, codex)).toMatchObject({
    config: { environments: { branches: { test: 'test', prod: 'main' } } },
    warnings: [],
  });
  // The examples in its comments too.
  const shown = text.replace(/^# (?=projects:|unlisted:| {2}\w)/gm, '');
  expect(parseCodexConfig(shown, codex).config).toMatchObject({
    projects: {
      widgets: { repository: 'acme/widgets', directory: '.' },
      gears: { repository: 'acme/machines', directory: 'packages/gears' },
    },
    unlisted: 'refuse',
  });
  const asProject = await typeCommand(['init', '--project', 'handbook', '--codex-repository', codex, '--force'], {
    ...{ github, directory: place.directory, env },
  });
  expect(asProject).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readFile(join(place.directory, '.fractary/codex.yaml'), 'utf8')).toContain('project_name: handbook');
});

test('proposes the README file that exists, in its own spelling', async () => {
  const { directory, git } = await host('gears', { 'readme.md': '# Gears\n' });
  await git('remote', 'set-head', 'origin', 'main');
  const type = (...words: string[]) => typeCommand(words, { github, directory, env });
  expect(await type('init', '--codex-repository', codex)).toMatchObject({ exitCode: 0, stderr: '' });
  const text = await readFile(join(directory, '.fractary/codex.yaml'), 'utf8');
  expect(text).toContain('sync_patterns:\n  - "docs/**"\n  - "readme.md"\n  - "CLAUDE.md"\n');
  const looked = await type('sync-project', '--dry-run');
  // The list is still that of the tool: no warning that the rest of it selects nothing.
  expect(looked).toMatchObject({ exitCode: 0, stderr: '' });
  expect(looked.stdout).toContain('added    readme.md\n');
});

test('before its configuration is pushed, it counts at a commit of the default branch alone, whatever branch has that', async () => {
  const { directory, git, commit } = await host('gadgets', { 'README.md': '# Gadgets\n' });
  await git('remote', 'set-head', 'origin', 'main');
  const type = (...words: string[]) => typeCommand(words, { github, directory, env: { GITHUB_TOKEN: 'ghp_gadgets' } });
  github.addToken('ghp_gadgets', { [codex]: 'write', 'acme/gadgets': 'read' });
  const written = await type('init', '--codex-repository', codex);
  expect(written.stdout).toContain('  2. Commit the configuration and push it to main: ');
  const dryRun = async () => (await type('sync-project', '--dry-run')).stdout.replace(/ at \w+ /, ' ');
  const onMain = await dryRun();
  expect(onMain).toContain('acme/gadgets (refs/heads/main): 1 document selected\n');
  await git('checkout', '--quiet', '-b', 'feature');
  const onFeature = await type('sync-project', '--dry-run');
  expect(onFeature).toMatchObject({ exitCode: 0, stderr: '' });
  expect(onFeature.stdout).toMatch(/acme\/gadgets at \w+ \(refs\/heads\/main, checked out as feature\): 1 document/);
  expect(onFeature.stdout).not.toContain('Publishes: preview');
  // Only in a commit that is not merged: a preview, and why.
  await commit('Configure');
  const ahead = await type('sync-project', '--dry-run');
  expect(ahead.stderr).toContain('Note: There is no configuration in branch main.');
  expect(ahead.stdout).toContain('Publishes: preview of branch feature');
  // A tag of that commit is stable, and its configuration is not merged.
  await git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1');
  const tagged = await type('sync-project', '--dry-run');
  expect(tagged.stderr).toContain(
    'Error: .fractary/codex.yaml is not on branch main of acme/gadgets yet, so only previews are published, and this run would publish the documents of refs/tags/v1. ' +
      'Commit it and push it there, then run this again.\n',
  );
});
