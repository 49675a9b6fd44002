import type { LocalGitHub } from '../../__tests__/support/github.ts';
import { keptBytes, objectBytes, packCodex, shardCodex, shardOf } from './codexes.ts';
import { graftProject } from './layouts.ts';
import { measureOrganization } from './organization.ts';
import { type Cost, hostPublisher, type Publisher } from './runs.ts';
import { bytes, middle, renderTable, whole } from './table.ts';

export interface Codex {
  readonly projects: number;
  readonly name: string;
  /** A project of two documents in it. */
  readonly publisher: Publisher;
}

const DOCUMENTS = [10, 100, 1000, 10_000];

/**
 * What a run costs by the number of projects; times against the smallest codex, in turns. What a push leaves on the server
 * is told as it comes, and as it is for good, once packed.
 */
export async function measureProjects(github: LocalGitHub, codexes: readonly Codex[], rounds: number): Promise<string> {
  for (const { name } of codexes) await packCodex(github, name);
  const before = codexes.map(({ name }) => keptBytes(github, name));
  const costs = codexes.map(() => ({ changed: [] as Cost[], same: [] as Cost[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { projects, publisher }] of codexes.entries()) {
      process.stderr.write(`Round ${round} of ${rounds}: ${whole(projects)} projects\n`);
      costs[index]?.changed.push(await publisher.publishChange());
      costs[index]?.same.push(await publisher.publishNothing());
    }
  }
  for (const { name } of codexes) await packCodex(github, name);
  const of = (index: number, kind: 'changed' | 'same', what: keyof Cost) =>
    middle((costs[index]?.[kind] ?? []).map((cost) => cost[what]));
  const rows = codexes.map(({ projects, name }, index) => [
    whole(projects),
    bytes(of(index, 'changed', 'down')),
    bytes(of(index, 'changed', 'up')),
    bytes(of(index, 'changed', 'kept')),
    bytes((keptBytes(github, name) - (before[index] ?? 0)) / rounds),
    (of(index, 'changed', 'seconds') / of(0, 'changed', 'seconds')).toFixed(1),
    `${of(index, 'changed', 'critical').toFixed(1)} s`,
    bytes(of(index, 'same', 'down')),
    (of(index, 'same', 'seconds') / of(0, 'same', 'seconds')).toFixed(1),
  ]);
  const columns = ['Projects', 'Down', 'Up', 'Kept', 'Packed', 'Time', 'Critical', 'Nothing new: down', 'Its time'];
  return renderTable(columns, rows);
}

/** What a run that changes one document costs by the number of documents that its project has. */
export async function measureDocuments(github: LocalGitHub, codex: string): Promise<string> {
  const rows = [];
  for (const documents of DOCUMENTS) {
    process.stderr.write(`${whole(documents)} documents\n`);
    const publisher = await hostPublisher(github, codex, `documents-${documents}`, documents);
    const { down, up, requests } = await publisher.publishChange();
    const manifest = await objectBytes(github, codex, `test:projects/documents-${documents}/.codex-sync.json`);
    rows.push([whole(documents), bytes(manifest), bytes(down), bytes(up), `${requests}`]);
  }
  return renderTable(['Documents', 'Manifest', 'Down', 'Up', 'Requests'], rows);
}

/** The same change in `projects` as it is and in a sharded one, by git alone; times against the flat one, in turns. */
export async function measureLayouts(github: LocalGitHub, codexes: readonly Codex[], rounds: number): Promise<string> {
  const rows = [];
  const project = 'project-0001';
  const shard = shardOf(project);
  for (const { name, projects } of codexes) {
    await shardCodex(github, name);
    const layouts = [
      { title: 'flat', branch: 'test', way: ['projects', project], lists: ['test:projects'] },
      {
        title: 'two digits',
        branch: 'sharded',
        way: ['projects', shard, project],
        lists: ['sharded:projects', `sharded:projects/${shard}`],
      },
    ];
    const found = layouts.map((): Awaited<ReturnType<typeof graftProject>>[] => []);
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`Round ${round} of ${rounds}: layouts of ${whole(projects)} projects\n`);
      for (const [index, { branch, way }] of layouts.entries()) {
        found[index]?.push(await graftProject(github, name, branch, way, `Round ${round}\n`));
      }
    }
    const of = (index: number, what: 'fetches' | 'down' | 'up' | 'kept' | 'seconds') =>
      middle((found[index] ?? []).map((cost) => cost[what]));
    for (const [index, { title, lists }] of layouts.entries()) {
      const sizes = await Promise.all(lists.map((list) => objectBytes(github, name, list)));
      rows.push([
        `${whole(projects)}, ${title}`,
        bytes(Math.max(...sizes)),
        `${of(index, 'fetches')}`,
        bytes(of(index, 'down')),
        bytes(of(index, 'up')),
        bytes(of(index, 'kept')),
        (of(index, 'seconds') / of(0, 'seconds')).toFixed(2),
      ]);
    }
  }
  const columns = ['Projects', 'Largest list', 'Fetches', 'Down', 'Up', 'Kept', 'Time'];
  return renderTable(columns, rows);
}

/** Requests by kind for each project, published by itself and together with others; the only place that says them. */
export async function measureRequests(github: LocalGitHub, { name, publisher }: Codex): Promise<string> {
  process.stderr.write('An organization\n');
  const { repositories, changed, same } = await measureOrganization(github, name);
  const row = (title: string, cost: Cost, projects: number) => {
    const share = (count: number) => `${Number((count / projects).toFixed(1))}`;
    const { requests, codexApi, otherApi, fetches, pushes } = cost;
    const counts = [requests, codexApi, otherApi, fetches, pushes].map(share);
    return [title, ...counts, bytes(cost.down / projects), pushes > 0 ? `${cost.critical.toFixed(1)} s` : ''];
  };
  const columns = ['A project', 'Requests', 'API: codex', 'API: project', 'Fetches', 'Pushes', 'Down', 'Critical'];
  return renderTable(columns, [
    row('by itself, changed', await publisher.publishChange(), 1),
    row('by itself, nothing new', await publisher.publishNothing(), 1),
    row('by `sync-org`, changed', changed, repositories),
    row('by `sync-org`, nothing new', same, repositories),
  ]);
}
