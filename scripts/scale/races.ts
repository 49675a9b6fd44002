import { renderMarkdown } from '../bench/tables.ts';
import { renderCount } from '../bench/units.ts';
import { independentRacers, raceFigures, seededRandom, simulateRace } from './race.ts';

/** Seconds from reading the tip to the push's answer. */
const CRITICAL = [0.5, 1, 2, 3, 5];
/** An hour. The first is what a thousand are in batches of 20. */
const RATES = [50, 360, 1000];
const FEWEST_RUNS = 1500;
const SEED = 1;
/** So many of a thousand may give up before a rate counts as too high. */
const FEW = 0.001;
/** Shares of what would fit if each push began where the one before ended. */
const SHARES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];

/** How runs fare at one branch, by the seconds that a push needs: the same on every machine. */
export async function renderRaces(): Promise<string> {
  const rows = [];
  for (const seconds of CRITICAL) {
    const cells = [];
    for (const rate of RATES) {
      const { attempts, most, failed } = await fare(seconds, rate);
      const gaveUp = failed > 0 ? `, ${percent(failed)} give up` : '';
      cells.push(`${attempts.toFixed(1)}, ${(most / 1000).toFixed(0)} s${gaveUp}`);
    }
    rows.push([`${seconds} s`, ...cells, renderCount(await highestRate(seconds)), `${await largestCrowd(seconds)}`]);
  }
  const rates = RATES.map((rate) => `${renderCount(rate)} pushes an hour`);
  return renderMarkdown([['A push needs', ...rates, 'Most an hour', 'Most at once'], ...rows]).trim();
}

async function fare(seconds: number, rate: number) {
  const random = seededRandom(SEED);
  // An hour of them at least: what does not converge may look as if it did for some minutes.
  const racers = independentRacers(rate, Math.ceil(Math.max(FEWEST_RUNS, rate)), seconds * 1000, random);
  return raceFigures(await simulateRace(racers, random));
}

/** The highest of some rates at which hardly anybody gives up. */
async function highestRate(seconds: number): Promise<number> {
  for (const share of SHARES) {
    const rate = (share * 3600) / seconds;
    if ((await fare(seconds, rate)).failed <= FEW) return rate;
  }
  return 0;
}

/** The largest number of runs, in tens, that can begin at the same moment so that all of them land. */
async function largestCrowd(seconds: number): Promise<number> {
  const allLand = async (count: number) => {
    const racers = Array.from({ length: count }, () => ({ arrival: 0, critical: seconds * 1000 }));
    return (await simulateRace(racers, seededRandom(SEED))).every(({ landed }) => landed);
  };
  let [low, high] = [0, Math.ceil(40 / seconds) * 10];
  while (high - low > 10) {
    const half = Math.round((low + high) / 20) * 10;
    if (await allLand(half)) low = half;
    else high = half;
  }
  return low;
}

/** How long pushes fare among short ones, by how many of those there are. */
const LONG = [5, 10, 20];
const SHORT = 1;
const AMONG = [100, 360, 1000];
const LONG_AN_HOUR = 20;

/** What becomes of long pushes (a batch, a promotion of many) among single ones. */
export async function renderLongPushes(): Promise<string> {
  const rows = [];
  for (const seconds of LONG) {
    const cells = [];
    for (const rate of AMONG) {
      const random = seededRandom(SEED);
      const long = independentRacers(LONG_AN_HOUR, 400, seconds * 1000, random);
      const hours = (long.at(-1)?.arrival ?? 0) / 3_600_000;
      const short = independentRacers(rate, Math.ceil(rate * hours), SHORT * 1000, random);
      const ended = (await simulateRace([...long, ...short], random)).slice(0, long.length);
      const { attempts, failed } = raceFigures(ended);
      cells.push(`${attempts.toFixed(1)}${failed > 0 ? `, ${percent(failed)} give up` : ''}`);
    }
    rows.push([`${seconds} s`, ...cells]);
  }
  const rates = AMONG.map((rate) => `among ${renderCount(rate)} an hour`);
  return renderMarkdown([['A push needs', ...rates], ...rows]).trim();
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${(share * 100).toFixed(0)}%`;
}
