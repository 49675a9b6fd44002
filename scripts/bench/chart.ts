import { colour, renderBox, renderGroup, renderPicture, renderText } from '../svg.ts';
import type { Figure, Spread } from './figures.ts';
import { renderFigure } from './units.ts';

interface Bar {
  readonly label: string;
  readonly spread: Spread;
  /** What the picture is about. */
  readonly ours: boolean;
}

/** Bars that are compared with each other. */
export interface BarGroup {
  readonly label: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 860;
const EDGE = 24;
const [LEFT, RIGHT] = [216, WIDTH - 96];
const [TOP, ROW, HEAD] = [64, 22, 34];
const [PAPER, BORDER, TEXT, FAINT] = [colour('page'), colour('edge'), colour('text'), colour('faint')];
const END = ' text-anchor="end"';
const [OURS, THEIRS, WHISKER] = [colour('blue'), colour('bar'), colour('line')];

/**
 * Medians as bars, lowest to highest as whiskers. Every step to the right is ten times as much: what is compared is
 * unlike by more than a picture is wide.
 */
export function renderBars(title: string, figure: Figure, groups: readonly BarGroup[]): string {
  const all = groups.flatMap(({ bars }) => bars.flatMap(({ spread }) => spread)).filter((value) => value > 0);
  const [from, to] = [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))];
  const powers = Array.from({ length: Math.max(to, from + 1) - from + 1 }, (_, index) => from + index);
  const span = powers.length - 1;
  const at = (value: number) => {
    const way = value <= 0 ? 0 : (Math.log10(value) - from) / span;
    return Math.round((LEFT + way * (RIGHT - LEFT)) * 10) / 10;
  };

  const [rows, texts]: [string[], string[]] = [[], []];
  let y = TOP;
  for (const { label, bars } of groups) {
    texts.push(renderText(EDGE, y + 22, [{ text: label, bold: true }]));
    y += HEAD;
    const lines = powers.map((power) => `M${at(10 ** power)} ${y}v${bars.length * ROW}`);
    rows.push(`<path d="${lines.join('')}" stroke="${BORDER}"/>`);
    for (const bar of bars) {
      rows.push(...renderBar(bar, y, at));
      const [, median, high] = bar.spread;
      texts.push(
        renderText(LEFT - 10, y + 15, [{ text: bar.label }], END),
        renderText(at(high) + 8, y + 15, [{ text: renderFigure(figure, median), bold: bar.ours }]),
      );
      y += ROW;
    }
  }
  const size = { width: WIDTH, height: y + 44 };
  const scale = powers.map((power) => {
    const text = renderFigure(figure, 10 ** power).replace(/\.0+(?= )/, '');
    return renderText(at(10 ** power), y + 22, [{ text, fill: FAINT }], ' text-anchor="middle"');
  });
  return renderPicture({ ...size, title }, [
    renderBox({ x: 0.5, y: 0.5, width: WIDTH - 1, height: size.height - 1, fill: PAPER, stroke: BORDER, radius: 8 }),
    ...rows,
    renderGroup('sans', 13, TEXT, [
      renderText(EDGE, 36, [{ text: title, bold: true }], ' font-size="16"'),
      renderText(RIGHT, 36, [{ text: 'median, lowest to highest; each line is ten times the last', fill: FAINT }], END),
      ...texts,
      ...scale,
    ]),
  ]);
}

function renderBar({ spread, ours }: Bar, y: number, at: (value: number) => number): string[] {
  const [low, median, high] = spread;
  const width = Math.round((at(median) - LEFT) * 10) / 10;
  const middle = y + 10.5;
  const ends = [low, high].map((value) => `M${at(value)} ${middle - 4}v8`).join('');
  return [
    renderBox({ x: LEFT, y: y + 3, width, height: 15, fill: ours ? OURS : THEIRS, radius: 2 }),
    `<path d="M${at(low)} ${middle}H${at(high)}${ends}" stroke="${WHISKER}" fill="none"/>`,
  ];
}
