import { describe, expect, test } from '@jest/globals';
import { checkoutProject, type Project } from '../support/project.ts';
import type { GivenInputs } from '../support/runner-files.ts';
import { codex, messages, skipped, token, useStories } from '../support/story.ts';

const startStory = useStories();
const name = 'codex.acme.com';
const everything = { include: '**/*.md' };
const reason = 'below projects/ of this codex, which holds published documents';

/** A codex with documents of its own, and a checkout of its default branch for each run. */
async function start() {
  const story = await startStory({
    files: { 'README.md': '# Codex\n', 'docs/rules.md': 'Rules\n', 'projects/widgets/docs/a.md': 'A\n' },
  });
  const { github, publish } = story;
  const run = async (inputs: GivenInputs = {}, place?: Project) =>
    publish(place ?? (await checkoutProject(github, codex)), { env: 'prod', ...everything, ...inputs });
  const published = async (branch = 'main') => Object.keys(await story.documents(name, branch));
  return { ...story, run, published };
}

describe('a codex that publishes itself', () => {
  test.concurrent('publishes its own documents, and never again what projects published there', async () => {
    const { run, published } = await start();
    const [first, second, third] = [await run(), await run(), await run()];
    expect(await published()).toEqual(['README.md', 'docs/rules.md']);
    expect([first, second, third].map(({ outputs }) => outputs.conclusion)).toEqual([
      'published',
      'unchanged',
      'unchanged',
    ]);
    expect(skipped(first)).toEqual({ 'projects/widgets/docs/a.md': reason });
    expect(messages(first, 'warning')).toEqual([
      `Not published, because it is ${reason}: projects/widgets/docs/a.md. Name "projects/**" under "exclude" (exclude_patterns).`,
    ]);
    const nested = [`projects/${name}/README.md`, `projects/${name}/docs/rules.md`, 'projects/widgets/docs/a.md'];
    expect(Object.keys(skipped(third)).sort()).toEqual(nested);
  });

  test.concurrent('removes the copies that an earlier version nested, as the guard of deletions allows', async () => {
    const { run, published, edit, read, manifest, github } = await start();
    await run();
    const copy = 'projects/widgets/docs/a.md';
    const owned = await manifest(name, 'main');
    owned.documents[copy] = await github.git(codex, 'rev-parse', `main:${copy}`);
    await edit(
      {
        [`projects/${name}/.codex-sync.json`]: JSON.stringify(owned),
        [`projects/${name}/${copy}`]: 'A\n',
        // Not owned: it stays, and comes back into no checkout.
        [`projects/${name}/projects/gears/by-hand.md`]: 'By hand\n',
      },
      'main',
    );
    const again = await run({ direction: 'bidirectional' });
    expect(JSON.parse(again.outputs.result ?? '').changes).toEqual([
      { path: copy, action: 'delete', because: 'no longer selected' },
    ]);
    expect(again.outputs).toMatchObject({ conclusion: 'published', pulled: '0' });
    expect(await published()).toEqual(['README.md', 'docs/rules.md', 'projects/gears/by-hand.md']);
    expect(await read(copy, 'main')).toBe('A\n');
  });

  test.concurrent('under a former name, in another case, or of a folder in it, does not nest either', async () => {
    const { run, published, github, documents } = await start();
    await run({ 'codex-repository': codex.toUpperCase() });
    expect(await published()).toEqual(['README.md', 'docs/rules.md']);
    const place = await checkoutProject(github, codex);
    await place.write('docs/link.md', { mode: '120000', content: '../projects/widgets/docs/a.md' });
    await place.write('packages/tool/projects/plan.md', 'Plan\n');
    await place.commit('More');
    await place.push();
    const tool = await run({ 'working-directory': 'packages/tool', project: 'tool' }, place);
    expect(tool.outputs.conclusion).toBe('published');
    expect(Object.keys(await documents('tool', 'main'))).toEqual(['projects/plan.md']);
    const copies = await run({ 'working-directory': 'projects/widgets', project: 'copies' });
    expect(messages(copies, 'error')).toEqual([expect.stringContaining(`can be published: docs/a.md (${reason})`)]);

    const renamed = 'acme/library';
    github.addToken(token, { [codex]: 'write', [renamed]: 'write' });
    github.renameRepository(codex, renamed);
    const moved = await run({ project: name }, await checkoutProject(github, renamed));
    expect(moved.outputs.conclusion).toBe('failed');
    expect(messages(moved, 'error')).toEqual([expect.stringContaining('adopt')]);
    const adopted = await run({ project: name, adopt: 'true' }, await checkoutProject(github, renamed));
    expect(skipped(adopted)).toMatchObject({
      'docs/link.md': `a symbolic link to projects/widgets/docs/a.md: ${reason}`,
      'projects/widgets/docs/a.md': reason,
    });
  });
});
