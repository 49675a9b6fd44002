import type { WorldLog } from '../log.ts';
import { createRandom, type Random } from '../random.ts';
import type { Faults } from '../world/world.ts';
import { type DrawnEvent, FEATURES, type Feature, type History, Play, type Setup } from './play.ts';
import { KINDS } from './scenes.ts';

/** A history is drawn from its seed: first what is on and how often, then what happens. */
export function drawHistory(seed: number): History {
  const random = createRandom(seed, 'history');
  const setup = drawSetup(random.split('setup'));
  const kinds = weighted(setup, random.split('weights'));
  const length = 15 + random.below(70);
  const events = Array.from({ length }, (): DrawnEvent => drawEvent(kinds, random));
  return { seed, setup, events };
}

function drawEvent(kinds: readonly (readonly [string, number])[], random: Random): DrawnEvent {
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = random.next() * total;
  const kind = kinds.find(([, weight]) => {
    rest -= weight;
    return rest < 0;
  })?.[0];
  // Mostly one after the other; sometimes several at the same moment.
  const wait = random.pick([0, 0, 300, 2000, 20_000, 60_000]);
  return { kind: kind ?? 'deliver', draw: random.below(2 ** 31), wait };
}

/** Weights are drawn for each history, so that each kind has histories in which it dominates. */
function weighted({ features }: Setup, random: Random): (readonly [string, number])[] {
  return Object.entries(KINDS).flatMap(([kind, { weight, needs }]): (readonly [string, number])[] => {
    const factor = random.pick([0.3, 1, 1, 1, 3]);
    return needs !== undefined && !features.includes(needs) ? [] : [[kind, weight * factor]];
  });
}

/** Drawn apart, so that histories without them are what they were before these came. */
const LATER: readonly Feature[] = ['codex configuration', 'internal repositories', 'pulls'];

function drawSetup(random: Random): Setup {
  const density = random.pick([0.3, 0.6, 0.9]);
  const later = random.split('later');
  const features = FEATURES.filter((feature) => (LATER.includes(feature) ? later : random).chance(density));
  const has = (feature: Feature) => features.includes(feature);
  const rate = (...choices: number[]) => random.pick(choices);
  return {
    features,
    projects: random.pick([1, 1, 2, 3]),
    documents: random.pick([1, 3, 6, 8, 20]),
    faults: has('faults') ? drawFaults(random) : { latency: random.pick([50, 400, 2000]) },
    rates: {
      late: rate(0, 0.2, 0.6),
      cancelled: rate(0, 0.1, 0.3),
      repeated: rate(0, 0.1, 0.25),
      deep: rate(0, 0.5, 1),
      production: rate(0.1, 0.3, 0.6),
      dry: rate(0, 0.1, 0.3),
      dirty: rate(0.05, 0.3),
      strange: rate(0.02, 0.2),
    },
    isPublished: random.chance(0.5),
    hasConfiguration: random.chance(0.75),
  };
}

function drawFaults(random: Random): Partial<Faults> {
  const rate = () => random.pick([0, 0, 0.005, 0.02, 0.1]);
  return {
    noAnswer: rate(),
    stale: rate(),
    lag: random.pick([500, 2000, 10_000]),
    fetchFails: rate(),
    lostAnswer: rate(),
    pushFails: rate(),
    refused: random.pick([0, 0, 0, 0.02]),
    latency: random.pick([50, 400, 2000]),
  };
}

/** Plays a history in a world of its own. The same history always gives the same log. */
export async function playHistory(history: History): Promise<WorldLog> {
  const play = new Play(history);
  if (history.setup.isPublished) await play.publishAll();
  for (const { kind, draw, wait } of history.events) {
    play.begin(draw);
    await KINDS[kind]?.perform(play, createRandom(draw, kind));
    if (wait > 0) await play.world.advance(wait);
  }
  await play.world.settle();
  return play.log();
}
