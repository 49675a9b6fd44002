import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient, plainToken } from '../../../src/github/client.ts';
import { type CodexApi, createCodexApi } from '../../../src/github/codex-api.ts';
import { createOrganizationApi, type OrganizationApi } from '../../../src/github/organization-api.ts';
import { createProjectApi, type ProjectApi } from '../../../src/github/project-api.ts';
import { blobId, branchName, treeId } from '../../../src/text/ids.ts';
import { type LocalGitHub, startGitHub } from '../../support/github.ts';
import { createRandom } from '../random.ts';
import { createEdge } from './edge.ts';
import { createVirtualCodexApi, createVirtualOrganizationApi, createVirtualProjectApi } from './github.ts';
import { saveRepository } from './real-objects.ts';
import * as people from './world.ts';

let github: LocalGitHub;
beforeAll(async () => {
  github = await startGitHub();
});
afterAll(() => github.close());

/** A history with branches, merges, a forced push, tags, releases and pull requests of every kind. */
async function playHistory(seed: number): Promise<people.World> {
  const random = createRandom(seed, 'github');
  const world = people.createWorld({ seed });
  const widgets = people.createProject(world, 'widgets', new Map([['README.md', 'w\n']]));
  people.createProject(world, 'gears', new Map([['README.md', 'g\n']]), { visibility: 'public' });
  people.setBranch(world, world.codex, 'main', people.commitOn(world, world.codex, undefined, { 'README.md': 'r\n' }));
  people.setBranch(world, world.codex, 'test', people.commitOn(world, world.codex, undefined, { 'other.md': 'o\n' }));
  const paths = ['docs/a.md', 'docs/b.md', 'docs/x/c.md', 'é.md', '.fractary/codex.yaml'];
  for (let turn = 0; turn < 30; turn++) {
    await world.advance(1000 * (1 + random.below(5)));
    const branch = random.pick(['main', 'feature', 'release/1']);
    const tip = widgets.branches.get('main') ?? '';
    if (!widgets.branches.has(branch)) people.setBranch(world, widgets, branch, tip);
    const text = random.chance(0.2) ? null : `${random.below(5)}\n`;
    people.commit(world, widgets, branch, { [random.pick(paths)]: text });
    const folder = random.pick(['projects/widgets', 'projects/gears']);
    people.commit(world, world.codex, random.pick(['main', 'test']), { [`${folder}/${random.pick(paths)}`]: text });
    if (random.chance(0.3)) people.openPull(world, widgets, { headBranch: random.pick(['feature', 'release/1']) });
    const pull = [...widgets.pulls.values()].at(-1);
    if (pull && random.chance(0.3)) people.mergePull(world, widgets, pull.number, random.pick(['merge', 'squash']));
    if (pull && random.chance(0.1)) people.closePull(world, widgets, pull.number);
    if (random.chance(0.2)) people.publishRelease(world, widgets, `v${turn}`, tip);
    if (random.chance(0.1)) people.setBranch(world, widgets, 'feature', tip);
  }
  people.setProtected(world, widgets, 'release/1', true);
  return world;
}

/** Puts a repository on the local GitHub, with the same objects and refs. */
async function host({ database }: people.World, repository: people.Repository): Promise<void> {
  const { name, visibility, defaultBranch } = repository;
  const hosted = await github.createRepository(name, { visibility, defaultBranch });
  const { directory } = hosted;
  await saveRepository(directory, database, repository.objects, [
    ...[...repository.branches].map(([branch, commit]) => [`refs/heads/${branch}`, commit] as const),
    ...[...repository.tags].map(([tag, commit]) => [`refs/tags/${tag}`, commit] as const),
  ]);
  for (const branch of repository.protectedBranches) github.protect(name, branch);
  for (const tag of repository.releases) await github.addRelease(name, tag);
  for (const {
    number,
    base,
    head,
    headBranch,
    state,
    updatedAt,
    closedAt,
    mergeCommit,
    merge,
  } of repository.pulls.values()) {
    const tip = repository.branches.get(base) ?? '';
    hosted.pulls.set(number, {
      ...{ number, base, head: headBranch, headRepository: hosted },
      versions: [{ base: tip, head, merge }],
      state: state === 'open' ? 'open' : 'closed',
      ...{ createdAt: new Date(updatedAt), updatedAt: new Date(updatedAt) },
      ...(closedAt !== undefined && { closedAt: new Date(closedAt) }),
      ...(mergeCommit !== undefined && { merged: { at: new Date(closedAt ?? 0), commit: mergeCommit, before: tip } }),
    });
  }
}

test("the virtual GitHub answers as the product's client reads the answers of a real server", async () => {
  const seed = Number(process.env.FC_SEED ?? Date.now());
  const random = createRandom(seed, 'questions');
  const world = await playHistory(seed);
  const { codex } = world;
  const widgets = world.projects.get('acme/widgets');
  if (!widgets) throw new Error('There is no project.');
  for (const repository of [codex, ...world.projects.values()]) await host(world, repository);
  github.addToken('token', { '*': 'write' });

  const edge = createEdge(world, { number: 1, killed: false, points: 0 });
  const ignore = () => undefined;
  const client = createClient(plainToken('token'), { apiUrl: github.apiUrl, debug: ignore, warn: ignore });
  const asked = { repository: codex.name, by: 'token' } as const;
  const pairs = {
    codex: [
      createVirtualCodexApi(edge, asked, ignore),
      createCodexApi(client, asked, async () => ({ kind: 'unknown' })),
    ],
    project: [createVirtualProjectApi(edge, widgets.name), createProjectApi(client, widgets.name, 'token')],
    organization: [
      createVirtualOrganizationApi(edge, 'acme'),
      createOrganizationApi(client, 'acme', 'person', 'token'),
    ],
  } as const;

  let compared = 0;
  const differences: unknown[] = [];
  async function both(what: string, question: (side: 0 | 1) => Promise<unknown>): Promise<void> {
    const outcome = (answer: Promise<unknown>) =>
      answer.catch((error: unknown) => `${error instanceof Error ? error.message : error}`);
    const ours = outcome(question(0));
    await world.settle();
    const [virtual, real] = [await ours, await outcome(question(1))];
    compared += 1;
    if (!isDeepStrictEqual(virtual, real)) differences.push({ what, virtual, real });
  }
  const askCodex = (what: string, ask: (api: CodexApi) => Promise<unknown>) =>
    both(what, (side) => ask(pairs.codex[side]));
  const askProject = (what: string, ask: (api: ProjectApi) => Promise<unknown>) =>
    both(what, (side) => ask(pairs.project[side]));
  const askOrganization = (what: string, ask: (api: OrganizationApi) => Promise<unknown>) =>
    both(what, (side) => ask(pairs.organization[side]));

  const unknown = 'e'.repeat(40);
  const [codexCommits, commits] = [codex, widgets].map(({ commits, objects }) => [
    ...[...commits.keys()].filter((id) => objects.has(id)),
    unknown,
  ]) as [string[], string[]];

  await askCodex('repository', (api) => api.readRepository());
  await askCodex('empty', (api) => api.isEmpty());
  for (const path of ['README.md', '.fractary/codex.yaml']) await askCodex(path, (api) => api.readDefaultFile(path));
  for (const name of ['main', 'test', 'none', 'main/below', 'te']) {
    const branch = branchName(name);
    await askCodex(`branch ${name}`, (api) => api.readBranch(branch));
    await askCodex(`clash ${name}`, (api) => api.findClash(branch));
  }
  for (let round = 0; round < 6; round++) {
    const [one, other] = [random.pick(codexCommits), random.pick(codexCommits)];
    await askCodex(`commit ${one}`, (api) => api.readCommit(one));
    await askCodex(`${one} contains ${other}`, (api) => api.contains(one, other));
    await askCodex(`relation ${one} ${other}`, (api) => api.tryRelation(codex.name, one, other));
    const folder = random.pick(['projects', 'projects/widgets', 'projects/gears/docs', 'README.md', 'nothing']);
    if (one === unknown) continue;
    await askCodex(`folder ${folder} at ${one}`, (api) => api.tryFolder(folder, one));
    await askCodex(`tree of ${one}`, (api) => api.tryTree(treeId(world.database.commit(one)?.tree ?? '')));
    const path = random.pick(['projects/widgets/docs/a.md', 'README.md', 'projects/gears/docs/x/c.md']);
    await askCodex(`commits of ${path} from ${one}`, (api) => api.listCommits(path, one));
  }
  await askCodex('blob', (api) => api.readText(blobId(world.database.writeBlob('1\n'))));
  for (const name of ['acme/codex', 'acme/gears', 'acme/none']) await askCodex(name, (api) => api.findRepository(name));

  await askProject('repository', (api) => api.tryRepository());
  await askProject('visibility', (api) => api.tryVisibility());
  await askProject('recent', (api) => api.tryRecentPulls());
  for (const number of [1, 2, 3, 99]) {
    await askProject(`pull ${number}`, (api) => api.tryPull(number));
    const pull = widgets.pulls.get(number);
    if (pull?.state === 'open') await askProject(`files of ${number}`, (api) => sorted(api.tryPullFiles(number, 200)));
  }
  for (const name of ['main', 'feature', 'release/1', 'none']) {
    const branch = branchName(name);
    await askProject(`branch ${name}`, (api) => api.findBranch(branch));
    await askProject(`has ${name}`, (api) => api.hasBranch(branch));
    await askProject(`pulls of ${name}`, (api) => api.tryOpenPulls(branch));
  }
  const paths = ['.fractary/codex.yaml', 'docs/a.md', 'none.md'];
  for (let round = 0; round < 6; round++) {
    const [one, other] = [random.pick(commits), random.pick(commits)];
    await askProject(`relation ${one} ${other}`, (api) => api.tryRelation(one, other));
    await askProject(`main to ${one}`, (api) => api.tryRelation('main', one));
    await askProject(`date ${one}`, (api) => api.tryCommitDate(one));
    await askProject(`has ${one}`, (api) => api.hasCommit(one));
    await askProject(`files at ${one}, ${other}`, (api) => api.tryFiles([one, other], paths));
    await askProject(`changes ${one} ${other}`, async (api) => {
      const answer = await api.tryChangesSince(one, other);
      return answer && { ...answer, paths: answer.paths?.toSorted() };
    });
  }

  await askOrganization('list', (api) => api.listRepositories());
  for (const name of ['acme/widgets', 'acme/gears', 'acme/none']) {
    await askOrganization(`visibility ${name}`, (api) => api.readVisibility(name));
    await askOrganization(`release ${name}`, (api) => api.readLatestRelease(name));
    await askOrganization(`branch ${name}`, (api) => api.readBranch(name, branchName('main')));
  }
  for (const tag of [...widgets.tags.keys(), 'none'])
    await askOrganization(`tag ${tag}`, (api) => api.readTag('acme/widgets', tag));
  expect({ seed, differences }).toEqual({ seed, differences: [] });
  expect(compared).toBeGreaterThan(100);
});

async function sorted(answer: Promise<string[] | undefined>): Promise<string[] | undefined> {
  return (await answer)?.toSorted();
}
