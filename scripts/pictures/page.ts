import { type Block, parseMarkdown } from './markdown.ts';
import { type Run, renderBox, renderGroup, renderPicture, renderText, renderTriangle } from './svg.ts';
import { widthOf, wrapRuns } from './widths.ts';

const [WIDTH, EDGE, SIZE, LINE, GAP] = [860, 24, 14, 21, 16];
const [PAPER, SHADE, BORDER, TEXT, FAINT, CHIP] = ['#ffffff', '#f6f8fa', '#d1d9e0', '#1f2328', '#59636e', '#eff1f3'];
const HEADINGS: Readonly<Record<number, { size: number; line: number; ruled: boolean }>> = {
  2: { size: 21, line: 27, ruled: true },
  3: { size: 17.5, line: 23, ruled: false },
};
const CELL = { x: 13, y: 6 };

/** Parts of a picture from somewhere on down, and how far down they reach. */
interface Laid {
  readonly parts: string[];
  readonly bottom: number;
}

/** A job summary on the page of its run. */
export function renderSummary({ title, job, markdown }: Record<'title' | 'job' | 'markdown', string>): string {
  const body = layBlocks(parseMarkdown(markdown), EDGE, 66, WIDTH - 2 * EDGE);
  const size = { width: WIDTH, height: body.bottom + 50 };
  return renderPicture({ ...size, title }, [
    renderPaper(size),
    renderGroup('sans', SIZE, TEXT, [
      renderText(EDGE, 36, [{ text: `${job} summary`, bold: true }]),
      ...body.parts,
      renderText(EDGE, size.height - 20, [{ text: 'Job summary generated at run-time', fill: FAINT }]),
    ]),
  ]);
}

/** A comment in the conversation of a pull request. */
export function renderComment({ title, author, markdown }: Record<'title' | 'author' | 'markdown', string>): string {
  const [left, right, top, bar] = [72, WIDTH - 16, 16, 56];
  const body = layBlocks(parseMarkdown(markdown), left + 18, bar + 18, right - left - 36);
  const end = body.bottom + 4;
  const name: Run = { text: author, bold: true };
  const bot = Math.ceil(left + 18 + widthOf(name, SIZE)) + 8;
  const box = { x: left + 0.5, y: top + 0.5, width: right - left - 1, height: end - top - 1 };
  const size = { width: WIDTH, height: end + 16 };
  return renderPicture({ ...size, title }, [
    renderPaper(size),
    `<circle cx="36" cy="36" r="20" fill="${TEXT}"/>`,
    '<path d="M31 27.5l13 8.5l-13 8.5z" fill="#58a6ff"/>',
    renderBox({ ...box, stroke: BORDER, radius: 6 }),
    `<path d="M${left + 1} ${bar}v-33a6 6 0 0 1 6 -6H${right - 7}a6 6 0 0 1 6 6v33z" fill="${SHADE}"/>`,
    `<path d="M${left + 1} ${bar + 0.5}H${right - 1}" stroke="${BORDER}"/>`,
    `<path d="M${left + 1} 28l-8 8l8 8" fill="${SHADE}" stroke="${BORDER}"/>`,
    renderGroup('sans', SIZE, TEXT, [
      renderText(left + 18, 41, [name]),
      renderBox({ x: bot, y: 27.5, width: 32, height: 18, stroke: BORDER, radius: 9 }),
      renderText(bot + 16, 40.5, [{ text: 'bot', fill: FAINT }], ' font-size="12" text-anchor="middle"'),
      renderText(bot + 40, 41, [{ text: 'commented', fill: FAINT }]),
      ...body.parts,
    ]),
  ]);
}

/** A background of the picture's own, for whatever page it is shown on. */
function renderPaper({ width, height }: { width: number; height: number }): string {
  return renderBox({ x: 0.5, y: 0.5, width: width - 1, height: height - 1, fill: PAPER, stroke: BORDER, radius: 8 });
}

function layBlocks(blocks: readonly Block[], left: number, top: number, width: number): Laid {
  const parts: string[] = [];
  let bottom = top;
  for (const [index, block] of blocks.entries()) {
    if (block.kind === 'heading' && index > 0) bottom += 8;
    const laid = layBlock(block, left, bottom, width);
    parts.push(...laid.parts);
    bottom = laid.bottom + GAP;
  }
  return { parts, bottom };
}

function layBlock(block: Block, left: number, top: number, width: number): Laid {
  switch (block.kind) {
    case 'heading':
      return layHeading(block, left, top, width);
    case 'paragraph':
      return layText(block.runs, left, top, width);
    case 'list':
      return layList(block.items, left, top, width);
    case 'table':
      return layTable(block.rows, left, top, width);
    case 'folded': {
      const text = layText(block.runs, left + 18, top, width - 18);
      return { ...text, parts: [renderTriangle(left + 3, top + 8, false, TEXT), ...text.parts] };
    }
  }
}

function layHeading({ depth, runs }: Block & { kind: 'heading' }, left: number, top: number, width: number): Laid {
  const { size, line, ruled } = HEADINGS[depth] ?? { size: SIZE, line: LINE, ruled: false };
  const bold = runs.map((run) => ({ ...run, bold: true }));
  const text = layText(bold, left, top, width, size, line);
  if (!ruled) return { ...text, bottom: text.bottom - 2 };
  const rule = Math.round(text.bottom) + 6.5;
  return {
    parts: [...text.parts, `<path d="M${left} ${rule}H${left + width}" stroke="${BORDER}"/>`],
    bottom: rule + 0.5,
  };
}

function layList(items: readonly Run[][], left: number, top: number, width: number): Laid {
  const parts: string[] = [];
  let bottom = top;
  for (const runs of items) {
    parts.push(`<circle cx="${left + 15}" cy="${bottom + 11}" r="2.6"/>`);
    const text = layText(runs, left + 28, bottom, width - 28);
    parts.push(...text.parts);
    bottom = text.bottom + 4;
  }
  return { parts, bottom: bottom - 4 };
}

function layTable(rows: readonly Run[][][], left: number, top: number, width: number): Laid {
  const widths = columnWidths(rows, width);
  const parts: string[] = [];
  let y = top;
  for (const [index, row] of rows.entries()) {
    const head = index === 0;
    const shade = !head && index % 2 === 0 ? SHADE : PAPER;
    const texts: string[] = [];
    let [x, bottom] = [left, y];
    for (const [column, runs] of row.entries()) {
      const room = widths[column] ?? 0;
      const shown = head ? runs.map((run) => ({ ...run, bold: true })) : runs;
      const text = layText(shown, x + CELL.x, y + CELL.y, room - 2 * CELL.x);
      texts.push(...text.parts);
      bottom = Math.max(bottom, text.bottom + CELL.y);
      x += room;
    }
    const boxes = widths.map((room, column) => {
      const before = widths.slice(0, column).reduce((sum, one) => sum + one, left);
      return renderBox({ x: before + 0.5, y: y + 0.5, width: room, height: bottom - y, fill: shade, stroke: BORDER });
    });
    parts.push(...boxes, ...texts);
    y = bottom;
  }
  return { parts, bottom: y };
}

/** As wide as what is in them; where that is too much for the page, the widest gives way. */
function columnWidths(rows: readonly Run[][][], room: number): number[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  const wanted = Array.from({ length: columns }, (_, column) => {
    const widths = rows.map((row) => (row[column] ?? []).reduce((sum, run) => sum + widthOf(run, SIZE) + 1, 0));
    return Math.ceil(Math.max(...widths)) + 2 * CELL.x;
  });
  const excess = wanted.reduce((sum, one) => sum + one, 0) - room;
  const widest = Math.max(...wanted);
  return wanted.map((one) => (excess > 0 && one === widest ? one - excess : one));
}

/** Lines of text; a line that begins with code has a chip behind that, since only there it is known where it stands. */
function layText(runs: readonly Run[], left: number, top: number, width: number, size = SIZE, line = LINE): Laid {
  const lines = runs.length === 0 ? [] : wrapRuns(runs, width, (run) => widthOf(run, size));
  const parts = lines.flatMap((shown, index) => {
    const baseline = Math.round(top + index * line + line / 2 + size * 0.36);
    const more = size === SIZE ? '' : ` font-size="${size}"`;
    const [first] = shown;
    if (!first?.code) return [renderText(left, baseline, shown, more)];
    const chip = { x: left, y: baseline - 14, width: Math.ceil(widthOf(first, size)) + 10, height: 19 };
    return [renderBox({ ...chip, fill: CHIP, radius: 5 }), renderText(left + 5, baseline, shown, more)];
  });
  return { parts, bottom: top + lines.length * line };
}
