// How a codex grows: what a run costs where it has 1,000 projects and where it has 100,000, what another layout would, and
// when too many run at once. Bytes and requests are exact, times are compared with each other in turns, races are computed.
// With --write the tables go into docs/SCALE.md; --projects 1000,5000 measures fewer.
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { gitText } from '../__tests__/support/git.ts';
import { startGitHub } from '../__tests__/support/github.ts';
import { hostCodex, LATENCY } from './scale/codexes.ts';
import { type Codex, measureDocuments, measureLayouts, measureProjects, measureRequests } from './scale/measured.ts';
import { replaceBlock } from './scale/paper.ts';
import { renderLongPushes, renderRaces } from './scale/races.ts';
import { hostPublisher } from './scale/runs.ts';
import { whole } from './scale/table.ts';

const PAPER = 'docs/SCALE.md';
const ROUNDS = 3;
/** Large enough that the list of projects weighs something. */
const USUAL = 5000;

const projects = { type: 'string', default: '1000,5000,20000,100000' } as const;
const { values } = parseArgs({ options: { write: { type: 'boolean' }, projects } });
const blocks = new Map<string, string>();
const github = await startGitHub();
try {
  const codexes: Codex[] = [];
  for (const count of values.projects.split(',').map(Number)) {
    process.stderr.write(`A codex of ${whole(count)} projects\n`);
    const name = await hostCodex(github, count);
    codexes.push({ projects: count, name, publisher: await hostPublisher(github, name, `widgets-${count}`, 2) });
  }
  const usual = codexes.find((one) => one.projects >= USUAL) ?? codexes[0];
  if (!usual) throw new Error('--projects names no number');
  blocks.set('projects', await measureProjects(github, codexes, ROUNDS));
  blocks.set('layouts', await measureLayouts(github, codexes, ROUNDS));
  blocks.set('documents', await measureDocuments(github, usual.name));
  blocks.set('requests', await measureRequests(github, usual));
} finally {
  await github.close();
}
process.stderr.write('Races\n');
blocks.set('races', await renderRaces());
blocks.set('long-pushes', await renderLongPushes());
const date = new Date().toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const machine = `${cpus().length} cores, ${await gitText('.', ['--version'])}, Node ${process.versions.node}`;
blocks.set(
  'machine',
  `Measured on ${date} with ${LATENCY} ms a request: ${machine}; ${ROUNDS} rounds in turns, medians.`,
);
for (const [name, block] of blocks) process.stdout.write(`\n${name}\n\n${block}\n`);
if (values.write) {
  let paper = await readFile(PAPER, 'utf8');
  for (const [name, block] of blocks) paper = replaceBlock(paper, name, block);
  await writeFile(PAPER, paper);
}
