import { parseCommand } from '../../__tests__/support/workflow-commands.ts';
import { type Run, renderBox, renderGroup, renderPicture, renderText, renderTriangle } from './svg.ts';
import { CELL, cellsOf, wrapRuns } from './widths.ts';

const [WIDTH, EDGE, BAR, SIZE, LINE, GUTTER] = [860, 18, 48, 12, 20, 62];
const [PAPER, BORDER, TEXT, FAINT, BRIGHT] = ['#0d1117', '#30363d', '#d1d7e0', '#8b949e', '#f0f6fc'];
const LEVELS = {
  warning: { word: 'Warning: ', fill: '#e3b341', behind: '#2b2310' },
  error: { word: 'Error: ', fill: '#ff7b72', behind: '#2d1618' },
  notice: { word: 'Notice: ', fill: '#76e3ea', behind: '#12232d' },
} as const;
type Level = keyof typeof LEVELS;

interface Line {
  readonly number: number;
  readonly text: string;
  readonly level?: Level;
  readonly group?: 'open' | 'folded';
  readonly inside?: boolean;
}

/** The lines of a step's log as it looks when somebody opened the first group: those of the others are only counted. */
export function parseLog(output: string): Line[] {
  const lines: Line[] = [];
  let [number, group]: [number, Line['group']] = [0, undefined];
  let next: Line['group'] = 'open';
  for (const said of output.replace(/\n+$/, '').split('\n')) {
    const { name, message: text } = parseCommand(said) ?? { name: undefined, message: said };
    if (name === 'endgroup') group = undefined;
    if (name !== undefined && name !== 'group' && !isLevel(name)) continue;
    number += 1;
    if (name === 'group') {
      lines.push({ number, text, group: next });
      [group, next] = [next, 'folded'];
    } else if (group !== 'folded') {
      lines.push({ number, text, ...(name && { level: name }), inside: group !== undefined });
    }
  }
  return lines;
}

function isLevel(name: string): name is Level {
  return name in LEVELS;
}

/** The log of a step, as GitHub shows it. */
export function renderLog({ title, step, output }: Record<'title' | 'step' | 'output', string>): string {
  const columns = Math.floor((WIDTH - GUTTER - 2 * EDGE) / (SIZE * CELL));
  const measure = ({ text }: Run) => cellsOf(text);
  const rows = parseLog(output).map((line) => ({ line, shown: wrapRuns(runsOf(line), columns, measure) }));
  const [marks, numbers, texts] = [[], [], []] as [string[], string[], string[]];
  let top = BAR + 10;
  for (const { line, shown } of rows) {
    const height = shown.length * LINE;
    const box = { x: 1, y: top, width: WIDTH - 2, height };
    if (line.level) marks.push(renderBox({ ...box, fill: LEVELS[line.level].behind }));
    if (line.group) marks.push(renderTriangle(GUTTER, top + 6, line.group === 'open', FAINT));
    numbers.push(renderText(GUTTER - 18, top + 14, [{ text: `${line.number}` }], ' text-anchor="end"'));
    const left = GUTTER + (line.group || line.inside ? 16 : 0);
    for (const [index, runs] of shown.entries()) texts.push(renderText(left, top + 14 + index * LINE, runs));
    top += height;
  }
  const height = top + 12;
  return renderPicture({ width: WIDTH, height, title }, [
    renderBox({ x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, fill: PAPER, stroke: BORDER, radius: 8 }),
    `<path d="M1 ${BAR}H${WIDTH - 1}" stroke="${BORDER}"/>`,
    renderTriangle(20, BAR / 2 - 3, true, FAINT),
    `<circle cx="48" cy="${BAR / 2}" r="8" fill="#3fb950"/>`,
    `<path d="M44.5 ${BAR / 2}l2.5 2.8l4.6 -5.2" fill="none" stroke="${PAPER}" stroke-width="1.8"/>`,
    renderGroup('sans', 14, BRIGHT, [renderText(66, BAR / 2 + 5, [{ text: step, bold: true }])]),
    ...marks,
    renderGroup('mono', 12, '#6e7681', numbers),
    renderGroup('mono', SIZE, TEXT, texts),
  ]);
}

function runsOf({ text, level, group }: Line): Run[] {
  const words = text.split(/(https:\/\/\S+)/).filter((piece) => piece !== '');
  const runs = words.map((piece) => ({ text: piece, ...(piece.startsWith('https://') && { underlined: true }) }));
  if (group) return [{ text, bold: true, fill: BRIGHT }];
  if (level === undefined) return runs;
  return [{ text: LEVELS[level].word, fill: LEVELS[level].fill, bold: true }, ...runs];
}
