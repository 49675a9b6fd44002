// Tortures the committed bundle: many writers at once, runs that die, a network that lies, whatever a project does in
// whatever order, the histories of the simulator step by step beside it, more documents than anybody has.
// What goes wrong is chosen by a seed, which is printed and can be given: npm run torture -- --seed 7
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { keepBeginnings } from '../__tests__/support/beginnings.ts';
import { startGitHub } from '../__tests__/support/github.ts';
import { type Story, startStory } from '../__tests__/support/stage.ts';
import { death, deeds, signals } from '../__tests__/torture/death.ts';
import { drawHistories, histories } from '../__tests__/torture/histories.ts';
import { hostileCheckouts } from '../__tests__/torture/hostile.ts';
import { manyDocuments } from '../__tests__/torture/many-documents.ts';
import { network, troubles } from '../__tests__/torture/network.ts';
import { oneProject } from '../__tests__/torture/one-project.ts';
import { drawReplays, simulated } from '../__tests__/torture/simulated.ts';
import { storm } from '../__tests__/torture/storm.ts';
import type { Tally } from '../__tests__/torture/tally.ts';
import { writers } from '../__tests__/torture/writers.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(seed)) throw new Error(`--seed takes an integer, not "${values.seed}"`);

const point = fc.record({
  deed: fc.constantFrom(...deeds),
  signal: fc.constantFrom(...signals),
  after: fc.nat(13),
});
const trouble = fc.record({
  kind: fc.constantFrom(...troubles),
  after: fc.nat(11),
  times: fc.integer({ min: 1, max: 4 }),
});
const deaths = fc.sample(point, { seed, numRuns: 40 });
const nights = fc.sample(fc.array(trouble, { minLength: 1, maxLength: 3 }), { seed, numRuns: 24 });

const scenarios: Record<string, (story: Story) => Promise<Tally>> = {
  '64 writers and one by hand': (story) => writers(story, 64),
  'everything at once': (story) => storm(story, 6),
  'one project, several jobs': (story) => oneProject(story, 4),
  'sudden death': (story) => death(story, deaths),
  'a network that lies': (story) => network(story, nights),
  'hostile checkouts': (story) => hostileCheckouts(story, 8),
  'random histories': (story) => histories(story, drawHistories(seed, 50)),
  'simulated histories': () => simulated(drawReplays(seed, 200)),
  '50,000 documents': (story) => manyDocuments(story, 50_000),
};

const columns = ['scenario', 'runs', 'faults', 'expected', 'found', 'lost', 'leaked', 'wrong', 'seconds'];
const row = (cells: readonly (string | number)[]) =>
  cells.map((cell, index) => (index === 0 ? `${cell}`.padEnd(28) : `${cell}`.padStart(9))).join('');
const complaints: string[] = [];
process.stdout.write(`Seed ${seed}\n\n${row(columns)}\n`);
for (const [name, torture] of Object.entries(scenarios)) {
  if (values.only !== undefined && !name.includes(values.only)) continue;
  const start = performance.now();
  const github = await startGitHub();
  try {
    // Of a size that is told and not measured: measuring a codex that grows, at each answer, takes longer than a run.
    const hosted = { files: { 'README.md': '# Codex\n' }, size: 1 };
    const {
      runs,
      faults,
      expected,
      found,
      lost,
      leaked,
      wrong,
      notes = [],
    } = await torture(await startStory(github, hosted, keepBeginnings()));
    const unlike = [...github.violations, ...github.undocumented].map((one) => `the local GitHub: ${one}`);
    const seconds = Math.round((performance.now() - start) / 1000);
    const cells = [runs, faults, expected, found, lost.length, leaked.length, wrong.length + unlike.length, seconds];
    process.stdout.write(`${row([name, ...cells])}\n`);
    for (const note of notes) process.stdout.write(`  ${note}\n`);
    complaints.push(...[...lost, ...leaked, ...wrong, ...unlike].map((one) => `${name}: ${one}`));
    if (runs === 0 || expected === 0 || found !== expected) process.exitCode = 1;
  } finally {
    await github.close();
  }
}
for (const complaint of complaints) process.stdout.write(`\n${complaint}\n`);
if (complaints.length > 0) process.exitCode = 1;
