import { marked } from 'marked';
import { parseCommand } from '../../__tests__/support/workflow-commands.ts';
import { colour, escapeXml, FONTS, renderPicture } from '../svg.ts';

const WIDTH = 860;
/** A longer line of a log or a terminal continues in the next row. */
const COLUMNS = 105;
const ROW = 20;

const EDGE = colour('edge');

const STYLE = `
  .page { box-sizing: border-box; height: 100%; border: 1px solid ${EDGE}; border-radius: 8px; overflow: hidden; }
  .light { padding: 16px 24px; background: ${colour('page')}; color: ${colour('text')}; font: 14px/21px ${FONTS.sans}; }
  .dark { background: #0d1117; border-color: #30363d; color: #d1d7e0; font: 12px/${ROW}px ${FONTS.mono}; }
  .bar { display: flex; gap: 9px; margin-bottom: 10px; padding: 8px 18px; background: #21262d; color: #8b949e; }
  .bar b { color: #f0f6fc; } .prompt { color: #3fb950; }
  .shape { display: inline-block; box-sizing: border-box; width: .8em; height: .8em; background: currentcolor; }
  .green { color: ${colour('green')}; } .yellow { color: ${colour('yellow')}; } .red { color: ${colour('red')}; } .blue { color: ${colour('blue')}; }
  .dark .green { color: #3fb950; } .dark .yellow { color: #d29922; } .dark .red { color: #f85149; } .dark .blue { color: #4493f8; }
  .round { border-radius: 50%; } .ring { border: .2em solid; border-radius: 50%; background: none; }
  .check { clip-path: polygon(5% 50%, 22% 34%, 42% 54%, 80% 8%, 97% 24%, 42% 88%); } .alert { clip-path: polygon(50% 5%, 100% 95%, 0 95%); }
  .book { border-left: .3em solid; border-radius: .1em; background: ${colour('blue-fill')}; }
  .dot { width: 11px; height: 11px; align-self: center; border-radius: 50%; } .close { background: #ff5f57; } .hide { background: #febc2e; } .zoom { background: #28c840; }
  .open, .folded, .play { display: inline-block; width: 9px; height: 9px; background: currentcolor; }
  .open { clip-path: polygon(0 20%, 100% 20%, 50% 90%); } .folded, .play { clip-path: polygon(20% 0, 90% 50%, 20% 100%); }
  .done { width: 4px; height: 9px; margin: 3px 4px 0; border: solid #3fb950; border-width: 0 2px 2px 0; transform: rotate(45deg); }
  pre { margin: 0; padding: 0 18px; font: inherit; }
  .line { display: flex; gap: 18px; padding: 0 18px; white-space: pre; } .number { width: 28px; text-align: right; color: #6e7681; }
  .bold { font-weight: 600; color: #f0f6fc; } .dim { color: #8b949e; } .cyan, .notice b { color: #76e3ea; }
  .warn, .warning b { color: #e3b341; } .fail, .error b { color: #ff7b72; }
  .warning { background: #2b2310; } .error { background: #2d1618; } .notice { background: #12232d; }
  .column { display: flex; flex-direction: column; } .end { margin-top: auto; color: ${colour('faint')}; }
  .row { display: flex; gap: 16px; } .box { flex: 1; padding: 0 18px; border: 1px solid ${EDGE}; border-radius: 6px; }
  .head { margin: 0 -18px 16px; padding: 9px 18px; background: ${colour('panel')}; border-bottom: 1px solid ${EDGE}; color: ${colour('faint')}; }
  .head b { color: ${colour('text')}; } .bot { padding: 1px 6px; border: 1px solid ${EDGE}; border-radius: 9px; font-size: 12px; }
  .face { width: 40px; height: 40px; border-radius: 20px; background: #1f2328; color: #58a6ff; } .play { width: 16px; height: 16px; margin: 12px 13px; }
  h2 { margin: 16px 0; padding-bottom: 6px; border-bottom: 1px solid ${EDGE}; font: 600 21px/27px ${FONTS.sans}; }
  h3 { margin: 0 0 14px; font: 600 17.5px/23px ${FONTS.sans}; } p, ul, table, details { margin: 0 0 16px; } ul { padding-left: 28px; }
  li { margin-bottom: 4px; } a { color: ${colour('blue')}; } code { padding: 2px 5px; border-radius: 5px; background: ${colour('code')}; font: 12px ${FONTS.mono}; }
  table { align-self: start; border-collapse: collapse; } th, td { padding: 6px 13px; border: 1px solid ${EDGE}; text-align: left; white-space: nowrap; }
  tr:nth-child(even) td { background: ${colour('panel')}; }
`;

/**
 * The emoji that reports use, by the shape that a picture has instead: what an emoji looks like, and whether there is one, is
 * up to the fonts of the reader's system.
 */
const SHAPES: Readonly<Record<string, string>> = {
  '✅': 'check green',
  '⚠️': 'alert yellow',
  '🟢': 'round green',
  '🟡': 'round yellow',
  '🔴': 'round red',
  '🎯': 'ring red',
  '🔍': 'ring blue',
  '📚': 'book blue',
};

function renderShapes(html: string): string {
  return html.replace(/\p{Extended_Pictographic}\ufe0f?/gu, (emoji) =>
    SHAPES[emoji] ? `<span class="shape ${SHAPES[emoji]}"></span>` : emoji,
  );
}

/** A page of HTML as a picture, which a browser lays out with the fonts of its system, so that nothing here is measured. */
function renderPage(title: string, height: number, look: string, html: string): string {
  const page = `<div xmlns="http://www.w3.org/1999/xhtml" class="page ${look}">${renderShapes(html)}</div>`;
  return renderPicture({ width: WIDTH, height, title }, [
    `<style>${STYLE}</style>`,
    `<foreignObject width="${WIDTH}" height="${height}">${page}</foreignObject>`,
  ]);
}

/** Breaks lines behind a blank, else behind a slash, else anywhere. */
export function wrap(text: string): string {
  return text.split('\n').map(wrapLine).join('\n');
}

function wrapLine(line: string): string {
  if (line.length <= COLUMNS) return line;
  const blank = line.lastIndexOf(' ', COLUMNS - 1) + 1;
  const end = blank > COLUMNS / 2 ? blank : line.lastIndexOf('/', COLUMNS - 1) + 1 || COLUMNS;
  return `${line.slice(0, end)}\n${wrapLine(line.slice(end))}`;
}

function heightOf(text: string): number {
  return text.split('\n').length * ROW;
}

/** Codes of a terminal that the console uses; all others that it uses end one of these. */
const CODES: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 31: 'fail', 33: 'warn', 36: 'cyan' };
const ENDS = ['22', '39'];

/**
 * What a terminal shows of an output.
 * @throws Error for a command that the console does not use
 */
export function renderAnsi(output: string): string {
  return (
    output
      .split('\n')
      // A live line is wiped away before the next one.
      .map((line) => line.split('\r\u001b[2K').at(-1) ?? '')
      .join('\n')
      .split('\u001b')
      .map((piece, index) => {
        if (index === 0) return escapeXml(piece);
        const [command = piece, code = ''] = /^\[(\d+)m/.exec(piece) ?? [];
        if (!CODES[code] && !ENDS.includes(code))
          throw new Error(`No picture knows the command ${JSON.stringify(command)}`);
        return `${CODES[code] ? `<span class="${CODES[code]}">` : '</span>'}${escapeXml(piece.slice(command.length))}`;
      })
      .join('')
  );
}

/** A window of a terminal in which a command was typed. */
export function renderTerminal(title: string, folder: string, typed: string, output: string): string {
  const text = wrap(output.trimEnd());
  const lights = ['close', 'hide', 'zoom'].map((light) => `<span class="dot ${light}"></span>`).join('');
  const prompt = `<span class="prompt">${escapeXml(folder)}</span> $ <b>${escapeXml(typed)}</b>`;
  const html = `<div class="bar">${lights} ${escapeXml(folder)}</div><pre>${prompt}\n${renderAnsi(text)}</pre>`;
  return renderPage(title, 36 + 10 + ROW + heightOf(text) + 12, 'dark', html);
}

// Shapes, since a font may have a letter of this kind as an emoji, or not at all.
const [OPEN, FOLDED] = ['<span class="open"></span> ', '<span class="folded"></span> '];

/** Lines of a step's log with the first group open and the others folded, whose lines only count. */
export function renderLogLines(output: string): { html: string; height: number } {
  let [html, height, number, group, next] = ['', 0, 0, '', OPEN];
  for (const said of output.trimEnd().split('\n')) {
    const { name = '', message: text } = parseCommand(said) ?? { message: said };
    if (name === 'endgroup') group = '';
    if (name !== '' && !['group', 'warning', 'error', 'notice'].includes(name)) continue;
    number += 1;
    if (name !== 'group' && group === FOLDED) continue;
    if (name === 'group') [group, next] = [next, FOLDED];
    const level = name === '' || name === 'group' ? '' : `${name[0]?.toUpperCase()}${name.slice(1)}: `;
    const line = wrap(`${name !== 'group' && group ? '  ' : ''}${level}${text}`);
    const shown = escapeXml(line.slice(level.length)).replace(/https:\/\/[^ ]+/g, '<u>$&</u>');
    const content =
      name === 'group' ? `${group}<b class="bold">${shown}</b>` : `<span>${level && `<b>${level}</b>`}${shown}</span>`;
    html += `<div class="line ${name}"><span class="number">${number}</span>${content}</div>`;
    height += heightOf(line);
  }
  return { html, height };
}

/** The log of a step, as GitHub shows it. */
export function renderLog(title: string, step: string, output: string): string {
  const { html, height } = renderLogLines(output);
  const bar = `<div class="bar">${OPEN}<span class="done"></span><b>${escapeXml(step)}</b></div>`;
  return renderPage(title, 36 + 10 + height + 12, 'dark', `${bar}${html}`);
}

/** Markdown as GitHub shows it: without comments, with folded details, and here without links. */
export function renderMarkdown(markdown: string): { html: string; height: number } {
  const html = marked
    .parse(markdown, { async: false })
    .replace(/<!--.*?-->/gs, '')
    .replace(/ href="[^"]*"/g, '')
    .replace(/(?<=<\/summary>).*?(?=<\/details>)/gs, '');
  const heights: Readonly<Record<string, number>> = {
    h2: 66,
    h3: 37,
    p: 37,
    li: 25,
    tr: 33,
    ul: 16,
    table: 17,
    summary: 37,
  };
  const blocks = [...html.matchAll(/<(\w+)>/g)].reduce((sum, [, tag = '']) => sum + (heights[tag] ?? 0), 0);
  // Rows of 100 letters are short ones: a page that is a row too high looks like one, a page that is too low cuts text off.
  const rows = html.split('\n').map((line) => Math.floor(line.replace(/<[^>]*>/g, '').length / 100) * 21);
  return { html, height: rows.reduce((sum, row) => sum + row, blocks) };
}

/** A job summary on the page of its run. */
export function renderSummary(title: string, job: string, markdown: string): string {
  const { html, height } = renderMarkdown(markdown);
  const end = '<div class="end">Job summary generated at run-time</div>';
  return renderPage(title, height + 76, 'light column', `<b>${escapeXml(job)} summary</b>${html}${end}`);
}

/** A comment in the conversation of a pull request. */
export function renderComment(title: string, author: string, markdown: string): string {
  const { html, height } = renderMarkdown(markdown);
  const head = `<div class="head"><b>${escapeXml(author)}</b> <span class="bot">bot</span> commented</div>`;
  const box = `<div class="face"><span class="play"></span></div><div class="box">${head}${html}</div>`;
  return renderPage(title, height + 92, 'light row', box);
}
