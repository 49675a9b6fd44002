import { beforeAll, describe, expect, test } from '@jest/globals';
import { blobId, seedCodex } from '../support/codex.ts';
import { costOf, stepsOf } from '../support/cost.ts';
import type { ActionRun } from '../support/runner.ts';
import { codex, type Story, useStory } from '../support/story.ts';
import { readable } from '../support/summary.ts';

const PROJECTS = 2000;
const story = await useStory({});

/** Documents and manifest of so many projects move in `test`, as a run of each would move them. */
async function change({ edit, manifest }: Story, projects: readonly string[]): Promise<void> {
  const changes = projects.map(async (project) => {
    const known = await manifest(project, 'main');
    const source = { ...known.source, commit: 'e'.repeat(40), date: '2026-02-01T00:00:00Z' };
    const { 'docs/document-0002.md': _, ...kept } = known.documents;
    const texts = { 'docs/document-0001.md': `# Changed in ${project}\n`, 'docs/new.md': `# New in ${project}\n` };
    const ids = Object.entries(texts).map(([path, text]) => [path, blobId(text)]);
    const documents = { ...kept, ...Object.fromEntries(ids) };
    return [
      ...Object.entries(texts).map(([path, text]) => [`projects/${project}/${path}`, text]),
      [`projects/${project}/docs/document-0002.md`, null],
      [`projects/${project}/.codex-sync.json`, `${JSON.stringify({ ...known, documents, source }, null, 2)}\n`],
    ] as [string, string | null][];
  });
  await edit(Object.fromEntries((await Promise.all(changes)).flat()));
}

describe(`the cost of a status follows what differs, in a codex of ${PROJECTS} projects`, () => {
  let names: string[];
  let ten: ActionRun;
  let sixty: ActionRun;

  beforeAll(async () => {
    names = (await seedCodex(story.github, codex, { projects: PROJECTS, documentsPerProject: 20, manifests: true }))
      .projects;
    await story.github.git(codex, 'branch', 'test', 'main');
    const place = { fullName: codex, directory: await story.github.scratch('empty') };
    const ask = () => story.publish(place, { mode: 'status' });
    await change(story, names.slice(0, 10));
    ten = await ask();
    await change(story, names.slice(10, 60));
    sixty = await ask();
  }, 120_000);

  const gitFetch = ['GET upload-pack', 'POST upload-pack'];

  test('10 that differ: 17 requests (at most 30), and less than 100 KB (at most 1 MB)', () => {
    expect(ten.outputs.conclusion).toBe('listed');
    const expected = [
      // Repository, its own configuration, both tips and their roots.
      'POST graphql',
      // Lists of projects, folders, manifests.
      ...[gitFetch, gitFetch, gitFetch].flat(),
      ...names.slice(0, 10).map(() => 'GET repository'),
    ];
    expect(stepsOf(ten).sort()).toEqual(expected.sort());
    expect(costOf(ten).down).toBeLessThan(100_000);
  });

  test('every project is named, those that wait first', () => {
    const rows: { project: string; state: string }[] = JSON.parse(ten.outputs.result ?? '').projects;
    expect(rows.map(({ project }) => project)).toEqual(names);
    expect(rows.map(({ state }) => state)).toEqual([
      ...Array<string>(10).fill('waiting'),
      ...Array<string>(PROJECTS - 10).fill('in-step'),
    ]);
    expect(rows[0]).toMatchObject({ added: 1, modified: 1, deleted: 1, since: '2026-02-01T00:00:00Z' });
    for (const text of [ten.log, readable(ten.summary)]) {
      expect(names.filter((name) => !text.includes(name))).toEqual([]);
      expect(text).toContain(`10 of ${PROJECTS} projects differ between test and prod`);
      expect(text).toContain('The token in "token" sees none of the 10 source repositories');
    }
    expect(ten.summary).toContain(`<details><summary><b>In step</b> (${PROJECTS - 10})</summary>`);
  });

  test('60 that differ: no more requests to git, and 50 source repositories are asked for', () => {
    expect(stepsOf(sixty).filter((step) => step.includes('upload-pack'))).toHaveLength(6);
    expect(sixty.requests).toHaveLength(1 + 6 + 50);
    expect(sixty.log).toContain('The state of 10 source repositories is unknown: a run asks about at most 50');
    expect(costOf(sixty).down).toBeLessThan(1_000_000);
  });
});
