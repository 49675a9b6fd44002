// Simulates organizations on the product's own code, and judges what happened by the promises alone: `--help` has the options.
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  addTotal,
  emptyTotal,
  examineSeed,
  replayCommand,
  shorten,
  type Total,
  tell,
} from '../__tests__/simulation/examine.ts';
import { drawHistory } from '../__tests__/simulation/histories/draw.ts';
import type { History } from '../__tests__/simulation/histories/play.ts';
import {
  type Counts,
  coveringHistories,
  LONG_RUN,
  neverReached,
  SITUATIONS,
} from '../__tests__/simulation/oracle/situations.ts';
import { MAX_SEED, nameOf, seedOf } from '../__tests__/simulation/random.ts';
import {
  brokenWithout,
  firstHistories,
  playAll,
  playSabotaged,
  recordOf,
  renderSabotages,
  SABOTAGES,
  type Sabotage,
  type SabotageRecord,
  SEEDS,
  writeRecords,
} from '../__tests__/simulation/sabotages/sabotages.ts';
import { exploreSmallWorlds, type SmallFailure, type SmallLevel } from '../__tests__/simulation/small-worlds.ts';
import { tellStory } from '../__tests__/simulation/story.ts';
import type { Share } from '../__tests__/simulation/worker.ts';
import { renderGenerated } from './generate.ts';
import { type GivenOptions, type OptionName, parseOptions, renderHelp } from './simulate-options.ts';

/** Histories that break one promise, named to be replayed. */
const MOST_SHOWN = 5;

const values = parseCommand();
if (values.help !== undefined) process.stdout.write(renderHelp());
else if (values.sabotage !== undefined) await showSabotage(values.sabotage);
else if (values.sabotages !== undefined) await showSabotages();
else if (values.situations !== undefined) await showSituations();
else if (values.small !== undefined) await exploreSmall(wholeNumber('small', values.small));
else if (values.replay !== undefined) await replay(historyOf(values.replay));
else await simulate();

/** Ends with one sentence about what was typed. */
function misuse(sentence: string): never {
  process.stderr.write(`${sentence}. npm run simulate -- --help has the options.\n`);
  process.exit(2);
}

function parseCommand(): GivenOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return misuse((error as Error).message);
  }
}

/** @param most numbers above it are refused */
function wholeNumber(name: OptionName, given: string, most = Number.MAX_SAFE_INTEGER, least = 1): number {
  const number = Number(given);
  if (given.trim() === '' || !Number.isSafeInteger(number) || number < least || number > most)
    misuse(`--${name} takes a whole number from ${least} to ${most}, not "${given}"`);
  return number;
}

function numberOf(name: 'seed' | 'histories' | 'workers' | 'minutes'): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  if (name === 'seed') return wholeNumber(name, given, MAX_SEED, 0);
  if (name !== 'minutes') return wholeNumber(name, given);
  const minutes = Number(given);
  if (!(minutes > 0) || !Number.isFinite(minutes)) misuse(`--minutes takes a number above 0, not "${given}"`);
  return minutes;
}

function historyOf(given: string): History {
  const named = seedOf(given);
  if (named !== undefined) return drawHistory(named);
  try {
    const history = JSON.parse(given) as History;
    if (Array.isArray(history.events) && Array.isArray(history.setup?.features) && history.setup.rates) return history;
  } catch {}
  return misuse(`--replay takes a history such as 7/12, or the JSON of one as a failure prints it, not "${given}"`);
}

async function replay(history: History): Promise<void> {
  const isShrunk = values.shrink !== undefined;
  const told = isShrunk ? await shorten(history) : history;
  const { story, violations } = await tell(told);
  process.stdout.write(`${story}\n`);
  if (violations.length > 0) process.exitCode = 1;
  if (isShrunk) {
    const next =
      violations.length > 0
        ? `Beside the bundle: ${replayCommand(told)}`
        : 'It breaks no promise: there is nothing to shorten.';
    process.stdout.write(`\n${next}\n`);
    return;
  }
  const { replayHistory } = await import('../__tests__/simulation/replay/replay.ts');
  const { runs, faults, difference, leftOut, log } = await replayHistory(history);
  if (difference !== undefined && log)
    process.stdout.write(
      `\nAs the simulator played it beside the bundle, one run after the other:\n${tellStory(log)}\n`,
    );
  const played = `On the bundle, one run after the other, without ${leftOut.join(', ')}: ${runs} runs, ${faults} faults`;
  const same =
    runs === 0
      ? 'On the bundle no run of it can be played, so nothing was compared.'
      : `${played}\nNo difference to the simulator.`;
  process.stdout.write(`\n${difference === undefined ? same : `${played}\n${difference}`}\n`);
  if (difference !== undefined) process.exitCode = 1;
}

async function simulate(): Promise<void> {
  const seed = numberOf('seed') ?? Math.floor(Math.random() * 1_000_000);
  const wanted = numberOf('histories');
  const minutes = numberOf('minutes') ?? (wanted === undefined ? 1 : Number.POSITIVE_INFINITY);
  const histories = wanted ?? Number.POSITIVE_INFINITY;
  const workers = numberOf('workers') ?? Math.min(2, availableParallelism());
  process.stdout.write(`Seed ${seed}\n`);
  const began = performance.now();
  const total = emptyTotal();
  let shown = began;
  await Promise.all(
    Array.from({ length: workers }, (_, first) =>
      runShare({ seed, first, step: workers, histories, minutes }, (part) => {
        addTotal(total, part);
        if (performance.now() - shown < 10_000) return;
        shown = performance.now();
        const seconds = (shown - began) / 1000;
        process.stderr.write(`${lastLine(total)}, ${Math.round(total.runs / seconds)} runs a second\n`);
      }),
    ),
  );
  await report(total, performance.now() - began);
}

function runShare(share: Share, receive: (part: Total) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../__tests__/simulation/worker.ts', import.meta.url), { workerData: share });
    worker.on('message', receive);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

function thousands(number: number): string {
  return number.toLocaleString('en');
}

function lastLine({ runs, histories, failures }: Total): string {
  const violations = failures.reduce((sum, one) => sum + one.violations.length, 0);
  return `${thousands(runs)} runs in ${thousands(histories)} histories: ${thousands(violations)} violations`;
}

async function report(total: Total, milliseconds: number): Promise<void> {
  const { runs, situations, failures } = total;
  process.stdout.write('\nSituations, for each million runs:\n');
  for (const name of [...SITUATIONS].sort()) {
    const count = situations.get(name) ?? 0;
    process.stdout.write(
      `${thousands(Math.round((count / Math.max(runs, 1)) * 1e6)).padStart(9)}  ${name}${count === 0 ? ' (never)' : ''}\n`,
    );
  }
  const never = neverReached(situations, runs);
  if (never.length > 0) {
    process.stdout.write(
      `\nIn ${thousands(LONG_RUN)} runs each situation is reached, and these were not: ${never.join('; ')}. The histories became weaker.\n`,
    );
    process.exitCode = 1;
  }
  failures.sort((one, other) => one.seed - other.seed);
  const promises = new Map<string, number[]>();
  for (const { seed, violations } of failures)
    for (const { promise } of violations) promises.set(promise, [...(promises.get(promise) ?? []), seed]);
  for (const [promise, seeds] of [...promises].sort()) {
    const shown = [...new Set(seeds)].slice(0, MOST_SHOWN).map(nameOf).join(', ');
    process.stdout.write(`\nBroken ${thousands(seeds.length)} times: ${promise} (in ${shown})`);
  }
  const [first] = failures;
  if (first) {
    process.stdout.write(
      `\n\nThe shortest part found of history ${nameOf(first.seed)} (all of it: npm run simulate -- --replay ${nameOf(first.seed)}):\n`,
    );
    const shortest = await shorten(drawHistory(first.seed));
    process.stdout.write(`${(await tell(shortest)).story}\n\nBeside the bundle: ${replayCommand(shortest)}\n`);
    process.exitCode = 1;
  }
  const seconds = milliseconds / 1000;
  process.stderr.write(`\n${seconds.toFixed(0)} seconds, ${thousands(Math.round(runs / seconds))} runs a second\n`);
  process.stdout.write(`\n${lastLine(total)}\n`);
}

async function exploreSmall(depth: number): Promise<void> {
  let last = performance.now();
  const receive = ({ depth: length, states, histories, played, runs }: SmallLevel) => {
    process.stdout.write(
      `${length === 1 ? '1 event' : `${length} events`}: ${thousands(histories)} histories, ${thousands(states)} new states (${thousands(played)} events and ${thousands(runs)} runs played)\n`,
    );
    const now = performance.now();
    process.stderr.write(`${((now - last) / 1000).toFixed(1)} seconds\n`);
    last = now;
  };
  const { levels, failures } = await exploreSmallWorlds(depth, { receive });
  const [first] = failures;
  if (first) {
    process.stdout.write(`\n${storyOf(first)}\n`);
    process.exitCode = 1;
  }
  const total = (count: (level: SmallLevel) => number) =>
    thousands(levels.reduce((sum, level) => sum + count(level), 0));
  process.stdout.write(
    `\nAll ${total(({ histories }) => histories)} histories of up to ${depth} events, ${total(({ states }) => states)} states, ` +
      `${total(({ runs }) => runs)} runs: ${thousands(failures.length)} violations\n`,
  );
}

function storyOf({ trail, violations, log }: SmallFailure): string {
  return `${trail.join(', then ')}:\n${tellStory(log, violations)}`;
}

async function showSabotage(name: string): Promise<void> {
  const sabotage = SABOTAGES.find((one) => one.name === name);
  if (!sabotage) return misuse(`--sabotage takes one of: ${SABOTAGES.map((one) => one.name).join('; ')}`);
  const seed = numberOf('seed') ?? SEEDS[0];
  const histories = firstHistories(seed, numberOf('histories') ?? sabotage.within);
  const [finding] = await playSabotaged({ sabotage, lists: [histories], tells: true });
  process.stdout.write(`In src/${sabotage.file}:\n- ${sabotage.from}\n+ ${sabotage.to}\n\n`);
  if (!finding?.found) process.exitCode = 1;
  const where = finding?.found
    ? `Found in history ${nameOf(finding.found.seed)}`
    : `Not found in ${histories.length} histories of seed ${seed}`;
  process.stdout.write(`${where} (${thousands(finding?.runs ?? 0)} runs).\n\n${finding?.story ?? ''}\n`);
}

async function showSabotages(): Promise<void> {
  const records = new Map<string, SabotageRecord>();
  const most = Math.max(...SABOTAGES.map(({ within }) => within));
  const broken = await brokenWithout(SEEDS.flatMap((seed) => firstHistories(seed, most)));
  for (const seed of broken) process.stderr.write(`History ${nameOf(seed)} breaks a promise without a sabotage.\n`);
  if (broken.size > 0) process.exitCode = 1;
  const listsOf = ({ within }: Sabotage) =>
    SEEDS.map((seed) => firstHistories(seed, within).filter((history) => !broken.has(history)));
  for (const [name, playing] of playAll(numberOf('workers') ?? Math.min(2, availableParallelism()), listsOf)) {
    const record = recordOf(await playing);
    records.set(name, record);
    const found = record.histories.map((history, index) => history ?? `none of seed ${SEEDS[index]}`);
    process.stderr.write(`${name}: ${found.join(', ')}\n`);
    if (record.histories.includes(null)) process.exitCode = 1;
  }
  const list = renderSabotages(records);
  process.stdout.write(`${list}\n`);
  if (values.write === undefined) return;
  writeRecords(records);
  for (const [file, text] of await renderGenerated()) await writeFile(file, text);
}

async function showSituations(): Promise<void> {
  const reached = new Map<number, Counts>();
  for (const seed of firstHistories(numberOf('seed') ?? SEEDS[0], numberOf('histories') ?? 500)) {
    const { situations, violations } = await examineSeed(seed);
    if (violations.length === 0) reached.set(seed, situations);
  }
  const { seeds, unreached } = coveringHistories(reached);
  const reach = unreached.length === 0 ? 'all situations' : `all situations but ${unreached.length}`;
  process.stdout.write(`These histories reach ${reach}: ${seeds.map(nameOf).join(', ')}\n`);
  for (const name of unreached) process.stdout.write(`Not reached: ${name}\n`);
  if (unreached.length > 0) process.exitCode = 1;
  else if (values.write !== undefined)
    await writeFile('__tests__/simulation/oracle/situations.json', `${JSON.stringify(seeds)}\n`);
}
