import { printable } from '../text/phrases.ts';
import type { Report, Row, Section, Span, Text, Undo } from './model.ts';

// Mentions and references are looked for after entities were read: an invisible space behind their mark ends them.
const BREAK = '&#8203;';

/**
 * A text from outside as a piece of Markdown that shows just that text: every character that Markdown, HTML or GitHub's
 * own marks (mentions, references) could read is written as an entity.
 */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[^\p{L}\p{N} /.,()-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/&#(?:64|35);/g, `$&${BREAK}`)
    .replace(/www\./gi, (address) => address.replace('.', '&#46;'));
}

/** The same in the type of code. */
export function markdownCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

/** A link; `url` is one that this tool composed. */
export function markdownLink(text: string, url: string): string {
  return `<a href="${url.replaceAll('"', '%22')}">${markdownText(text)}</a>`;
}

/** A path as the part of a URL that names it. */
export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** GitHub takes 1 MB a step: four lists may be as long as this, or three and five of a fifth of it. The rest is counted. */
export const MAX_LIST_BYTES = 230_000;
/** Longer lists are folded. */
const FOLDED_ABOVE = 20;

/** The job summary: the result, the facts, what needs review, every list, what to do next. */
export function renderSummary(report: Report): string {
  const blocks = [
    `## ${report.headingIcon ?? report.icon} Codex Sync: ${renderText(report.heading)}`,
    ...(report.conclusion === undefined ? [] : [`**${markdownText(report.conclusion)}**`]),
    ...report.overview.flatMap(renderBlock),
    ...renderWarnings(report.warnings),
    ...(report.note === undefined ? [] : [markdownText(report.note)]),
    ...report.sections.flatMap(renderBlock),
    ...(report.next === undefined ? [] : [`**Next:** ${markdownText(report.next)}`]),
    ...(report.undo ?? []).flatMap(renderUndo),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The summary of a run that broke off. */
export function renderFailureSummary(message: string): string {
  const lines = message.split('\n').map((line) => `> ${markdownText(line)}`);
  return `## ❌ Codex Sync failed\n\n${lines.join('\n>\n')}\n`;
}

/** The summary of a run that GitHub gave no secrets. */
export function renderSkippedSummary(reason: string): string {
  return `## ⏭️ Codex Sync\n\n${markdownText(reason)}\n`;
}

/** What needs review, as a list. */
export function renderWarnings(warnings: readonly string[]): string[] {
  return renderSection(warningSection(warnings));
}

export function warningSection(warnings: readonly string[]): Section {
  const rows = warnings.map((warning) => ({ cells: [warning] }));
  return { title: '⚠️ Warnings', rows, limit: MAX_LIST_BYTES / 5 };
}

/** A list or a table under its title: folded when it is long, cut where it would not fit, nothing when it is empty. */
export function renderSection({ title, columns, numeric = [], rows, limit = MAX_LIST_BYTES }: Section): string[] {
  if (rows.length === 0) return [];
  const renderRow = ({ cells }: Row) => {
    const texts = cells.map(renderText);
    return columns ? `| ${texts.join(' | ')} |` : `- ${texts.join('')}`;
  };
  const head = columns
    ? [
        `|${columns.map((name) => (name === '' ? ' ' : ` ${name} `)).join('|')}|`,
        `|${columns.map((name) => (numeric.includes(name) ? '---:|' : '---|')).join('')}`,
      ]
    : [];
  if (title === undefined) return [[...head, ...rows.map(renderRow)].join('\n')];
  const shown: string[] = [];
  let left = limit;
  for (const one of rows) {
    const row = renderRow(one);
    left -= Buffer.byteLength(row) + 1;
    if (left < 0) break;
    shown.push(row);
  }
  const rest = rows.length > shown.length ? [`\n…and ${rows.length - shown.length} more, left out here.`] : [];
  const list = [...head, ...shown, ...rest].join('\n');
  if (rows.length <= FOLDED_ABOVE) return [`### ${title}`, list];
  return [`<details><summary><b>${title}</b> (${rows.length})</summary>`, list, '</details>'];
}

function renderBlock(block: Text | Section | undefined): string[] {
  if (block === undefined) return [];
  return typeof block === 'object' && 'rows' in block ? renderSection(block) : [renderText(block)];
}

function renderText(text: Text): string {
  return [text].flat().map(renderSpan).join('');
}

function renderSpan(span: Span): string {
  if (typeof span === 'string') return markdownText(span);
  if ('own' in span) return span.own;
  return 'code' in span ? markdownCode(span.code) : markdownLink(span.text, span.url);
}

// To be copied, so without the invisible spaces that keep a text from being read as a mention.
function renderUndo({ text, inputs }: Undo): string[] {
  return [markdownText(text), ...(inputs.length > 0 ? [['```yaml', ...inputs, '```'].join('\n')] : [])];
}
