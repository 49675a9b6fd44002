import { parseAnsi } from './ansi.ts';
import { type Run, renderBox, renderGroup, renderPicture, renderText } from './svg.ts';
import { CELL, cellsOf, wrapRuns } from './widths.ts';

const [WIDTH, EDGE, BAR, SIZE, LINE] = [860, 18, 36, 13, 20];
const [PAPER, BAR_FILL, BORDER, TEXT, FAINT, GREEN] = [
  '#0d1117',
  '#21262d',
  '#30363d',
  '#c9d1d9',
  '#8b949e',
  '#3fb950',
];
const LIGHTS = ['#ff5f57', '#febc2e', '#28c840'];

/** A window of a terminal in which a command was typed. */
export function renderTerminal({
  title,
  folder,
  typed,
  output,
}: Record<'title' | 'folder' | 'typed' | 'output', string>) {
  const columns = Math.floor((WIDTH - 2 * EDGE) / (SIZE * CELL));
  const prompt: Run[] = [
    { text: folder, fill: GREEN, bold: true },
    { text: ' $ ', fill: FAINT },
    { text: typed, fill: '#f0f6fc' },
  ];
  const lines = [prompt, ...parseAnsi(output)].flatMap((runs) => wrapRuns(runs, columns, ({ text }) => cellsOf(text)));
  const height = BAR + EDGE + lines.length * LINE + EDGE / 2;
  const window = { x: 0.5, y: 0.5, width: WIDTH - 1 };
  return renderPicture({ width: WIDTH, height, title }, [
    renderBox({ ...window, height: height - 1, fill: PAPER, stroke: BORDER, radius: 10 }),
    `<path d="M1 ${BAR}V11A10 10 0 0 1 11 1H${WIDTH - 11}A10 10 0 0 1 ${WIDTH - 1} 11V${BAR}z" fill="${BAR_FILL}"/>`,
    ...LIGHTS.map((fill, index) => `<circle cx="${22 + index * 20}" cy="${BAR / 2}" r="6" fill="${fill}"/>`),
    renderGroup('sans', 13, FAINT, [renderText(WIDTH / 2, BAR / 2 + 4.5, [{ text: folder }], ' text-anchor="middle"')]),
    renderGroup(
      'mono',
      SIZE,
      TEXT,
      lines.map((runs, index) => renderText(EDGE, BAR + EDGE + 10 + index * LINE, runs)),
    ),
  ]);
}
