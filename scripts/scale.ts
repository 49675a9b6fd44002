// How a codex grows: what a run costs where the codex has 1,000 projects and 100,000, what another layout would, and when
// too many run at once. Bytes and requests are exact, times are compared with each other in turns, races are computed.
// With --write the tables go into docs/SCALE.md; --projects 1000,5000 measures fewer.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { gitText } from '../__tests__/support/git.ts';
import { startGitHub } from '../__tests__/support/github.ts';
import { hostCodex, objectBytes, shardCodex, shardOf } from './scale/codexes.ts';
import { graftProject } from './scale/layouts.ts';
import { measureOrganization } from './scale/organization.ts';
import { replaceBlock } from './scale/paper.ts';
import { renderRaces } from './scale/races.ts';
import { type Cost, hostPublisher, type Publisher } from './scale/runs.ts';
import { bytes, middle, renderTable, whole } from './scale/table.ts';

const PAPER = 'docs/SCALE.md';
const ROUNDS = 3;
const DOCUMENTS = [10, 100, 1000, 10_000];

const options = {
  write: { type: 'boolean' },
  projects: { type: 'string', default: '1000,5000,20000,100000' },
} as const;
const { values } = parseArgs({ options });
const sizes = values.projects.split(',').map(Number);
const blocks = new Map<string, string>();
const tell = (what: string) => process.stderr.write(`${what}\n`);
const github = await startGitHub();
try {
  const codexes: { size: number; codex: string; publisher: Publisher }[] = [];
  for (const size of sizes) {
    tell(`A codex of ${whole(size)} projects`);
    const codex = await hostCodex(github, size);
    codexes.push({ size, codex, publisher: await hostPublisher(github, codex, `widgets-${size}`, 2) });
  }
  blocks.set('runs', await measureSizes(codexes));
  const [smallest] = codexes;
  if (smallest) blocks.set('documents', await measureDocuments(smallest.codex));
  blocks.set('layouts', await measureLayouts(codexes));
  const middling = codexes.findLast(({ size }) => size <= 20_000);
  if (middling) blocks.set('organization', await measureBatches(middling.size, middling.codex, middling.publisher));
} finally {
  await github.close();
}
tell('Races');
blocks.set('races', await renderRaces());
const versions = `${await gitText('.', ['--version'])}, Node ${process.versions.node}`;
const date = new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
blocks.set('machine', `Measured on ${date}: ${cpus().length} cores, ${versions}, ${ROUNDS} rounds in turns.`);
for (const [name, block] of blocks) process.stdout.write(`\n${name}\n\n${block}\n`);
if (values.write) {
  let paper = await readFile(PAPER, 'utf8');
  for (const [name, block] of blocks) paper = replaceBlock(paper, name, block);
  await writeFile(PAPER, paper);
}

async function measureSizes(codexes: readonly { size: number; codex: string; publisher: Publisher }[]) {
  const costs = new Map(
    codexes.map(({ size }): [number, { changed: Cost[]; same: Cost[] }] => [size, { changed: [], same: [] }]),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { size, publisher } of codexes) {
      tell(`Round ${round} of ${ROUNDS}: ${whole(size)} projects`);
      costs.get(size)?.changed.push(await publisher.publishChange());
      costs.get(size)?.same.push(await publisher.publishNothing());
    }
  }
  const times = (measured: readonly Cost[]) => middle(measured.map(({ seconds }) => seconds));
  const [first] = costs.values();
  const rows = [];
  for (const { size, codex } of codexes) {
    const { changed = [], same = [] } = costs.get(size) ?? {};
    const of = (what: keyof Cost) => middle(changed.map((cost) => cost[what]));
    rows.push([
      whole(size),
      bytes(await objectBytes(github, codex, 'test:projects')),
      bytes(of('down')),
      bytes(of('up')),
      bytes(of('kept')),
      `${of('requests')} (${of('codexApi')} + ${of('otherApi')} API, ${of('fetches')} fetches)`,
      `${(times(changed) / times(first?.changed ?? [])).toFixed(1)}`,
      `${of('critical').toFixed(1)} s`,
      `${middle(same.map(({ requests }) => requests))}, ${bytes(middle(same.map(({ down }) => down)))}`,
      `${(times(same) / times(first?.same ?? [])).toFixed(1)}`,
    ]);
  }
  const columns = [
    'Projects',
    'The list',
    'Down',
    'Up',
    'Kept by the server',
    'Requests',
    'Time',
    'Critical',
    'Nothing to do',
    'Its time',
  ];
  return renderTable(columns, rows);
}

async function measureDocuments(codex: string): Promise<string> {
  const rows = [];
  for (const documents of DOCUMENTS) {
    tell(`${whole(documents)} documents`);
    const publisher = await hostPublisher(github, codex, `documents-${documents}`, documents);
    const { down, up, kept, requests } = await publisher.publishChange();
    const manifest = await objectBytes(github, codex, `test:projects/documents-${documents}/.codex-sync.json`);
    rows.push([whole(documents), bytes(manifest), bytes(down), bytes(up), bytes(kept), `${requests}`]);
  }
  return renderTable(['Documents', 'Manifest', 'Down', 'Up', 'Kept by the server', 'Requests'], rows);
}

async function measureLayouts(codexes: readonly { size: number; codex: string }[]): Promise<string> {
  const rows = [];
  const project = 'project-0001';
  for (const { size, codex } of codexes) {
    await shardCodex(github, codex);
    const layouts = { test: ['projects', project], sharded: ['projects', shardOf(project), project] };
    const found = {
      test: [] as Awaited<ReturnType<typeof graftProject>>[],
      sharded: [] as Awaited<ReturnType<typeof graftProject>>[],
    };
    for (let round = 1; round <= ROUNDS; round++) {
      tell(`Round ${round} of ${ROUNDS}: layouts of ${whole(size)} projects`);
      for (const branch of ['test', 'sharded'] as const) {
        found[branch].push(await graftProject(github, codex, branch, layouts[branch], `Round ${round}\n`));
      }
    }
    for (const branch of ['test', 'sharded'] as const) {
      const of = (what: 'fetches' | 'down' | 'up' | 'kept' | 'seconds') =>
        middle(found[branch].map((one) => one[what]));
      const ratio = of('seconds') / middle(found.test.map(({ seconds }) => seconds));
      const name = branch === 'test' ? 'flat' : 'two digits';
      rows.push([
        `${whole(size)}, ${name}`,
        `${of('fetches')}`,
        bytes(of('down')),
        bytes(of('up')),
        bytes(of('kept')),
        ratio.toFixed(2),
      ]);
    }
  }
  return renderTable(['Projects', 'Fetches', 'Down', 'Up', 'Kept by the server', 'Time against flat'], rows);
}

async function measureBatches(size: number, codex: string, publisher: Publisher): Promise<string> {
  tell('An organization');
  const { repositories, changed, same } = await measureOrganization(github, codex);
  const single = await publisher.publishChange();
  const per = (count: number) => (count / repositories).toFixed(1);
  const row = (name: string, cost: Cost, projects: number) => [
    name,
    (cost.codexApi / projects).toFixed(1),
    (cost.otherApi / projects).toFixed(1),
    (cost.fetches / projects).toFixed(1),
    per(cost.pushes * (repositories / projects)),
    bytes(cost.down / projects),
    cost.pushes > 0 ? `${cost.critical.toFixed(1)} s` : '',
  ];
  const columns = [
    `A project, of ${whole(size)}`,
    'API: codex',
    'API: itself',
    'Fetches',
    'Pushes',
    'Down',
    'Critical',
  ];
  return renderTable(columns, [
    row('by itself, changed', single, 1),
    row('by `sync-org`, changed', changed, repositories),
    row('by `sync-org`, nothing new', same, repositories),
  ]);
}
