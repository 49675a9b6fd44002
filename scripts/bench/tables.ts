import type { Figure } from './figures.ts';
import type { Measurement, Results } from './results.ts';
import { renderCount, renderFigure, UNKNOWN } from './units.ts';

/** The figures of a case on one codex, the head row first. */
export interface Table {
  readonly case: string;
  readonly title: string;
  readonly codex: number;
  readonly rows: readonly (readonly string[])[];
}

const COLUMNS: Readonly<Partial<Record<Figure, string>>> = {
  served: 'GitHub at work',
  cpu: 'CPU',
  memory: 'memory',
  largest: 'largest process',
  disk: 'disk',
  requests: 'requests',
  connections: 'connections',
  pushes: 'pushes',
  up: 'up',
  down: 'down',
};

/** A table for each case and codex; the first contestant is the one that the others' times are divided by. */
export function tablesOf({ cases, measurements }: Results): Table[] {
  return Object.entries(cases).flatMap(([name, title]) => {
    const mine = measurements.filter((one) => one.case === name);
    return [...new Set(mine.map(({ codex }) => codex))].map((codex) => {
      const contestants = mine.filter((one) => one.codex === codex);
      const head = ['', 'time', 'lowest to highest', 'ratio', ...Object.values(COLUMNS), 'runs'];
      return { case: name, title, codex, rows: [head, ...contestants.map((one) => rowOf(one, contestants[0]))] };
    });
  });
}

function rowOf({ contestant, figures, rounds }: Measurement, first: Measurement | undefined): string[] {
  const [low, median, high] = figures.seconds ?? [];
  const [, compared] = first?.figures.seconds ?? [];
  const ratio = median && compared ? (median / compared).toFixed(median / compared < 10 ? 2 : 1) : UNKNOWN;
  const spread = `${renderFigure('seconds', low)} to ${renderFigure('seconds', high)}`;
  const others = (Object.keys(COLUMNS) as Figure[]).map((figure) => renderFigure(figure, figures[figure]?.[1]));
  return [contestant, renderFigure('seconds', median), spread, ratio, ...others, `${rounds}`];
}

/** As a terminal shows it. */
export function renderText({ title, codex, rows }: Table): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
  return `${title} (codex of ${renderCount(codex)} files)\n\n${lines.join('\n')}\n`;
}

/** Rows as Markdown; all but the first column are numbers. */
export function renderMarkdown(rows: Table['rows']): string {
  const [head = [], ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  const ruler = `|${(rows[0] ?? []).map((_, at) => (at === 0 ? '---|' : '--:|')).join('')}`;
  return `${[head, ruler, ...body].join('\n')}\n`;
}
