import type { Case } from './cases/case.ts';
import type { CodexSize } from './codexes.ts';
import { type Figures, spreadsOf } from './figures.ts';
import type { Measurement } from './results.ts';
import { onStage } from './stage.ts';

/** What takes longer is known well enough after three rounds. */
const [SLOW, ROUNDS_OF_SLOW] = [10, 3];

export interface Plan {
  readonly codexes: readonly CodexSize[];
  readonly rounds: number;
  readonly latency: number;
}

/**
 * Measures a case: in each round every contestant once on every codex, so that all see the same machine; every second round
 * the other way round, so that nobody always comes behind the same one.
 */
export async function measureCase(one: Case, { codexes, rounds, latency }: Plan): Promise<Measurement[]> {
  const places = codexes.flatMap((codex) =>
    Object.entries(one.contestants).map(([contestant, measure]) => ({
      codex,
      contestant,
      measure,
      runs: [] as Figures[],
    })),
  );
  const all = one.rounds?.(rounds) ?? rounds;
  for (let round = 1; round <= all; round++) {
    for (const { codex, contestant, measure, runs } of round % 2 === 1 ? places : places.toReversed()) {
      if (round > ROUNDS_OF_SLOW && (runs[0]?.seconds ?? 0) > SLOW) continue;
      const figures = await onStage(codex, latency, measure);
      runs.push(figures);
      const seconds = (figures.seconds ?? 0).toFixed(2);
      process.stderr.write(
        `${one.name}, ${codex.toLocaleString('en')} files, round ${round} of ${all}: ${contestant} ${seconds} s\n`,
      );
    }
  }
  return places.map(({ codex, contestant, runs }) => ({
    case: one.name,
    codex,
    contestant,
    rounds: runs.length,
    figures: spreadsOf(runs),
  }));
}
