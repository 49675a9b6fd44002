import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { gather } from '../support/contributors.ts';
import { config, found, projectsOf } from '../support/organization.ts';
import { checkoutProject, type Project } from '../support/project.ts';
import { messages, useStories } from '../support/story.ts';

const startStory = useStories();
const generated = { include: 'README.md', 'include-ignored': 'dist/**' };
const files = { 'README.md': '# Widgets\n', '.gitignore': '/dist/\n/out/\n', 'docs/a.md': 'A\n' };

async function start(more: Record<string, string> = {}) {
  const story = await startStory();
  const project = await story.host('widgets', { ...files, ...more });
  const published = async () => Object.keys(await story.documents());
  const generate = async (...names: string[]) => {
    for (const name of names) await project.write(`dist/${name}.md`, `Generated ${name}\n`);
  };
  const clean = () => rm(join(project.directory, 'dist'), { recursive: true });
  return { ...story, ...project, published, generate, clean };
}

describe('a pattern that selects nothing', () => {
  test.concurrent('is named, with what was probably meant', async () => {
    const { publish, write, published } = await start({ 'CHANGELOG.md': 'C\n', 'guides/b.md': 'B\n', 'x/.env': '1\n' });
    await write('out/c.md', 'C\n');
    await write('nested/.git/HEAD', 'ref: refs/heads/main\n');
    const include = ['docs/**', 'CHANGLOG.md', 'Guides/**', 'guids/*.md', 'out/**', 'x/*', 'none/**', 'docs/*.txt'];
    const inputs = { include: include.join('\n'), exclude: 'none/**', 'include-ignored': 'dist/**', 'dry-run': 'true' };
    const dry = await publish(inputs);
    const run = await publish({ ...inputs, 'dry-run': 'false' });
    expect(await published()).toEqual(['docs/a.md']);
    const said =
      'Patterns of "include" (sync_patterns) select no document: CHANGLOG.md (did you mean CHANGELOG.md?), ' +
      'Guides/** (guides/b.md differs from it in case), guids/*.md (did you mean guides/*.md?), ' +
      'out/** (git ignores out/: name it in "include-ignored"), ' +
      'x/* (nothing that it matches is published: x/.env, an environment file, which usually holds secrets), none/**, docs/*.txt. ' +
      'Correct or remove them.';
    const generated =
      'A pattern of "include-ignored" selects no document: dist/** (no file that git ignores). Correct or remove it.';
    for (const { annotations } of [dry, run]) {
      expect(annotations.filter(({ message }) => /^(?:A pattern|Patterns) /.test(message))).toEqual([
        { level: 'warning', message: said },
        { level: 'warning', message: generated },
      ]);
    }
    expect(run.summary).toContain('CHANGLOG.md');
  });

  test.concurrent('is silent where nobody wrote it for the project, and where all do the error alone is said', async () => {
    const { publish } = await start();
    expect((await publish()).annotations).toEqual([]);
    const nothing = await publish({ include: 'doc/**', 'include-ignored': 'dist/**' });
    expect(nothing.annotations.map(({ level, message }) => [level, message.includes('select no document')])).toEqual([
      ['error', true],
    ]);
  });

  test.concurrent('is explained in the error where the defaults select nothing, and no warning where that is allowed', async () => {
    const { host, publish } = await startStory();
    const widgets = await host('widgets', { 'readme.md': '# Widgets\n' });
    const nothing = await publish(widgets);
    expect(messages(nothing, 'error')).toEqual([
      'The patterns select no document in the repository: docs/**, README.md (readme.md differs from it in case), CLAUDE.md, .claude/**. ' +
        'Correct "include" (sync_patterns), or set "allow-empty: true" if the project should publish nothing.',
    ]);
    const allowed = await publish(widgets, { 'allow-empty': 'true' });
    expect(allowed).toMatchObject({ exitCode: 0, annotations: [] });
  });

  test.concurrent('counts as selecting what it brings back from the codex', async () => {
    const { publish, edit, read } = await start();
    await publish({ include: 'docs/**' });
    await edit({ 'projects/widgets/guides/b.md': 'B\n' });
    const run = await publish({ include: 'docs/**\nguides/**\nnone/**', direction: 'bidirectional' });
    expect(run.outputs.pulled).toBe('1');
    expect(messages(run, 'warning')).toEqual([expect.stringMatching(/: none\/\*\*\. Correct/)]);
    expect(await read('projects/widgets/guides/b.md')).toBe('B\n');
  });

  test.concurrent('is named for each repository of an organization whose own configuration has it', async () => {
    const { add, syncOrg } = await found(await startStory());
    await add('own', {
      [config]: '{"sync_patterns": ["docs/**", "guides/**"]}',
      'docs/a.md': 'A\n',
      'docs/why?.md': '?\n',
    });
    await add('shared', { 'docs/b.md': 'B\n' });
    await add('other', { 'manual/c.md': 'C\n' });
    const run = await syncOrg({ include: 'docs/**\nmanual/**\nmanaul/**' });
    const of = (name: string) => JSON.stringify(projectsOf(run)[name]);
    expect(of('own')).toContain('A pattern of \\"include\\" (sync_patterns) selects no document: guides/**.');
    for (const name of ['shared', 'other']) expect(of(name)).not.toContain('select nothing');
    expect(messages(run, 'warning')).toEqual([
      'Patterns of "include" (sync_patterns) for all projects select nothing in any repository that this run read: manaul/**. Correct or remove them.',
      'Warnings in 1 repository: own.',
    ]);
    expect(projectsOf(run).own?.['left-alone']).toEqual([
      { path: 'docs/why?.md', reason: 'its path has a character that Windows does not allow' },
    ]);
    // The default of a run is none that somebody wrote, and one that matches somewhere is none to correct.
    expect(messages(await syncOrg({ include: 'docs/**\nmanual/**' }), 'warning')).toHaveLength(1);
    expect(messages(await syncOrg({ repositories: 'shared' }), 'warning')).toEqual([]);
  });
});

describe('a generator that fails', () => {
  test.concurrent('deletes nothing: what include-ignored selected before is withheld and named with its pattern', async () => {
    const { publish, generate, clean, published, manifest, commit, write } = await start();
    await generate('a', 'b', 'c', 'd');
    expect((await publish(generated)).outputs).toMatchObject({ conclusion: 'published', 'files-added': '5' });
    await clean();
    const failed = await publish(generated);
    expect(failed.outputs).toMatchObject({ conclusion: 'withheld', changed: 'false', 'deletions-withheld': '4' });
    const all = ['README.md', 'dist/a.md', 'dist/b.md', 'dist/c.md', 'dist/d.md'];
    expect(await published()).toEqual(all);
    expect(Object.keys((await manifest()).documents)).toEqual(all);
    expect(messages(failed, 'warning')).toEqual([
      '4 deletions withheld, because a pattern of "include-ignored" (dist/**) selects no file that git ignores this time: ' +
        'dist/a.md, dist/b.md, dist/c.md, dist/d.md. Generate the documents before this step. To delete them, remove the pattern.',
    ]);
    expect(failed.log).toContain('Generate the documents that are missing before this step');

    // What it makes no more goes with the next run of the generator, and a moved text goes at once.
    await write('README.md', '# Changed\n');
    await write('docs/moved.md', 'Generated b\n');
    await commit('Move');
    const moved = await publish({ ...generated, include: 'README.md\ndocs/moved.md' });
    expect(moved.outputs).toMatchObject({ conclusion: 'withheld', 'files-deleted': '1', 'deletions-withheld': '3' });
    await generate('a', 'c');
    const made = await publish({ ...generated, include: 'README.md\ndocs/moved.md' });
    expect(made.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '1', 'deletions-withheld': '0' });

    await clean();
    const removed = await publish({ include: 'README.md' });
    expect(removed.outputs).toMatchObject({ conclusion: 'withheld', 'deletions-withheld': '3' });
    const meant = await publish({ include: 'README.md', 'deletion-threshold-percent': '80' });
    expect(meant.outputs).toMatchObject({ conclusion: 'published', 'files-deleted': '3' });
    expect(await published()).toEqual(['README.md']);
  });

  test.concurrent('keeps what is generated below documents that are committed, and lets those go', async () => {
    const api = { 'docs/api/README.md': 'API\n', 'docs/api/old.md': 'Old\n', '.gitignore': 'made-*\n' };
    const { publish, write, published, directory, commit } = await start(api);
    const inputs = { include: 'docs/**', 'include-ignored': 'docs/api/**' };
    await write('docs/api/made-1.md', 'Made\n');
    await publish(inputs);
    await rm(join(directory, 'docs/api/made-1.md'));
    await rm(join(directory, 'docs/api/old.md'));
    await commit('Remove the old one');
    const run = await publish({ ...inputs, direction: 'bidirectional' });
    expect(run.outputs).toMatchObject({ conclusion: 'withheld', 'files-deleted': '1', 'deletions-withheld': '1' });
    expect(await published()).toEqual(['docs/a.md', 'docs/api/README.md', 'docs/api/made-1.md']);
    expect(messages(run, 'warning').join('\n')).toContain(
      '(docs/api/**) selects no file that git ignores this time: docs/api/made-1.md.',
    );
  });

  test.concurrent('takes nothing from a preview that showed what it made', async () => {
    const story = await startStory();
    const { propose } = await gather(story, { ...files });
    const ref = 'refs/pull/1/merge';
    const generate = async (text: string, place: Project, ...names: string[]) => {
      for (const name of names) await place.write(`dist/${name}.md`, `${text} ${name}\n`);
    };
    const main = await checkoutProject(story.github, 'acme/widgets', { ref: 'main' });
    await generate('Of main', main, 'a');
    expect((await story.publish(main, generated)).outputs.conclusion).toBe('published');
    await propose(1, { 'README.md': '# Feature\n' });
    const place = await checkoutProject(story.github, 'acme/widgets', { ref, depth: 2 });
    const preview = () => story.publish(place, generated, { event: 'pull_request', ref, pullRequest: 1 });
    await generate('Of 1', place, 'a', 'new');
    expect((await preview()).outputs).toMatchObject({ 'files-added': '1', 'files-modified': '2' });
    await rm(join(place.directory, 'dist'), { recursive: true });
    const failed = await preview();
    expect(failed.outputs).toMatchObject({ conclusion: 'withheld', changed: 'false', 'deletions-withheld': '1' });
    expect(Object.keys(await story.documents())).toEqual(['README.md', 'dist/a.md', 'dist/new.md']);
    expect(await story.read('projects/widgets/dist/a.md')).toBe('Of 1 a\n');
  });
});
