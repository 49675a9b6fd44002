import { ACTION } from './cases/case.ts';
import { type BarGroup, renderBars } from './chart.ts';
import type { Figure } from './figures.ts';
import type { Measurement, Results } from './results.ts';
import { renderCount } from './units.ts';

/** A picture of the benchmark, and what it says to whoever cannot see it. */
export interface Chart {
  readonly file: string;
  readonly title: string;
  readonly picture: string;
}

const PUBLISH = 'publish-100';
/** What other cases have to say is no matter of time alone. */
const NOT_TIMED = new Set([PUBLISH, 'start', 'documents-50000']);

const FIGURES = [
  { figure: 'seconds', name: 'time', title: 'Publish 100 documents: time' },
  { figure: 'down', name: 'down', title: 'Publish 100 documents: bytes that come down' },
  { figure: 'disk', name: 'disk', title: 'Publish 100 documents: disk' },
] as const;

/** Every chart that there are figures for. */
export function chartsOf(results: Results): Chart[] {
  const bySize = FIGURES.map(({ figure, name, title }) => {
    const mine = results.measurements.filter((one) => one.case === PUBLISH);
    return chartOf(
      name,
      title,
      figure,
      groupsOf(mine, figure, ({ codex }) => `Codex of ${renderCount(codex)} files`),
    );
  });
  const others = results.measurements.filter((one) => !NOT_TIMED.has(one.case));
  const label = (one: Measurement) => `${results.cases[one.case]} (codex of ${renderCount(one.codex)} files)`;
  const cases = chartOf('cases', 'Everything else: time', 'seconds', groupsOf(others, 'seconds', label));
  return [...bySize, cases].filter((chart) => chart !== undefined);
}

function chartOf(name: string, title: string, figure: Figure, groups: readonly BarGroup[]): Chart | undefined {
  if (groups.length === 0) return undefined;
  return { file: `docs/images/benchmark-${name}.svg`, title, picture: renderBars(title, figure, groups) };
}

function groupsOf(all: readonly Measurement[], figure: Figure, label: (one: Measurement) => string): BarGroup[] {
  const groups = Map.groupBy(all, label);
  const made = [...groups].map(([name, measurements]) => {
    const bars = measurements.flatMap(({ contestant, figures }) => {
      const spread = figures[figure];
      return spread ? [{ label: contestant, spread, ours: contestant.startsWith(ACTION) }] : [];
    });
    return { label: name, bars };
  });
  return made.filter(({ bars }) => bars.length > 0);
}
