import { printable } from '../text/phrases.ts';
import type { Report, Row, Section, Span, Text, Undo } from './model.ts';

// GitHub decodes entities before it looks for mentions and references. An invisible space after the mark prevents them.
const BREAK = '&#8203;';

/**
 * Renders an untrusted text as Markdown that shows exactly this text. Every character with a meaning in Markdown, in HTML
 * or for GitHub (mentions, references) becomes an entity.
 */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[^\p{L}\p{N} /.,()-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/&#(?:64|35);/g, `$&${BREAK}`)
    .replace(/www\./gi, (address) => address.replace('.', '&#46;'));
}

/** The same, as code. */
export function markdownCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

/** @param url composed by this tool */
export function markdownLink(text: string, url: string): string {
  return `<a href="${url.replaceAll('"', '%22')}">${markdownText(text)}</a>`;
}

export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** GitHub accepts 1 MB a step: four lists of this size, or three and five of a fifth. Further rows are only counted. */
export const MAX_LIST_BYTES = 230_000;
/** Longer lists are folded. */
const FOLDED_ABOVE = 20;

/** The job summary: the result, the facts, the warnings, all lists, the next step. */
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

export function renderFailureSummary(message: string): string {
  const lines = message.split('\n').map((line) => `> ${markdownText(line)}`);
  return `## ❌ Codex Sync failed\n\n${lines.join('\n>\n')}\n`;
}

/** The summary of a run without secrets (a fork or Dependabot). */
export function renderSkippedSummary(reason: string): string {
  return `## ⏭️ Codex Sync\n\n${markdownText(reason)}\n`;
}

export function renderWarnings(warnings: readonly string[]): string[] {
  return renderSection(warningSection(warnings));
}

export function warningSection(warnings: readonly string[]): Section {
  const rows = warnings.map((warning) => ({ cells: [warning] }));
  return { title: '⚠️ Warnings', rows, limit: MAX_LIST_BYTES / 5 };
}

/** A list or a table under its title. A long one is folded, one over the limit is cut, an empty one is omitted. */
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

// People copy this text, so it must not contain the invisible spaces that prevent mentions.
function renderUndo({ text, inputs }: Undo): string[] {
  return [markdownText(text), ...(inputs.length > 0 ? [['```yaml', ...inputs, '```'].join('\n')] : [])];
}
