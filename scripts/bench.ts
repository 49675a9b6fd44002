// What a run costs, beside what people would do instead: the committed bundle and scripts written by hand, as processes
// against a local GitHub, in turns. npm run bench -- --quick for a look; all of it takes about half an hour.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CASES } from './bench/cases/all.ts';
import { handbook } from './bench/cases/fetch.ts';
import { CODEX_SIZES, warmCodex } from './bench/codexes.ts';
import { writePapers } from './bench/papers.ts';
import { judge } from './bench/requirements.ts';
import { packedSize, type Results, readFacts, readMachine, readVersions } from './bench/results.ts';
import { measureCase } from './bench/rounds.ts';
import { removeSpent } from './bench/spent.ts';
import { renderText, tablesOf } from './bench/tables.ts';

const RESULTS = 'docs/benchmark.json';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    codex: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    latency: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    draw: { type: 'boolean', default: false },
  },
});

/** A whole number from the command line. */
function numberOf(flag: 'rounds' | 'latency', least: number, usual: number): number {
  const number = Number(values[flag] ?? usual);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`--${flag} takes a number from ${least} on, not "${values[flag]}"`);
}

function sizeOf(given: string) {
  const size = CODEX_SIZES.find((one) => `${one}` === given);
  if (size === undefined) throw new Error(`--codex takes ${CODEX_SIZES.join(', ')}, not "${given}"`);
  return size;
}

async function measureAll(): Promise<Results> {
  const [rounds, latency] = [numberOf('rounds', 1, values.quick ? 2 : 5), numberOf('latency', 0, 30)];
  const sizes = values.codex?.map(sizeOf) ?? (values.quick ? [CODEX_SIZES[0]] : undefined);
  const cases = CASES.filter(({ name }) => name.includes(values.only ?? ''));
  if (cases.length === 0) throw new Error(`--only takes ${CASES.map(({ name }) => name).join(', ')}`);
  const used = [...new Set(cases.flatMap(({ codexes }) => sizes ?? codexes))];
  for (const size of used) await warmCodex(size);
  const measurements = [];
  for (const one of cases) {
    measurements.push(...(await measureCase(one, { codexes: sizes ?? one.codexes, rounds, latency })));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    latency,
    machine: readMachine(),
    versions: readVersions(),
    codexes: await Promise.all(used.map(readFacts)),
    documents: packedSize(Object.values(handbook)),
    cases: Object.fromEntries(cases.map(({ name, title }) => [name, title])),
    measurements,
  };
}

// However it ends: many gigabytes would stay behind.
process.on('exit', removeSpent);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const results: Results = values.draw ? JSON.parse(await readFile(RESULTS, 'utf8')) : await measureAll();
const verdicts = judge(results);
for (const table of tablesOf(results)) process.stdout.write(`\n${renderText(table)}`);
process.stdout.write('\n');
for (const { says, found, held } of verdicts) {
  if (held !== 'not measured') process.stdout.write(`${held.padEnd(7)} ${found.padStart(9)}  ${says}\n`);
}
if (values.write || values.draw) await writePapers(RESULTS, results);
if (verdicts.some(({ held }) => held === 'missed')) process.exitCode = 1;
