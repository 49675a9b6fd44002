import { printable } from '../text/printable.ts';

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

/** Longer tables are folded. */
const FOLDED_ABOVE = 20;
/** GitHub takes 1 MB a step: four lists may be as long as this, or three and five of a fifth of it. The rest is counted. */
export const MAX_LIST_BYTES = 230_000;

/**
 * A list under its title: folded when it is long, cut where it would not fit, nothing when it is empty.
 * @param render makes a row of what is no text yet; not called for what is left out
 */
export function fold<Row = string>(
  title: string,
  head: readonly string[],
  rows: readonly Row[],
  limit = MAX_LIST_BYTES,
  render: (row: Row) => string = String,
): string[] {
  if (rows.length === 0) return [];
  const shown: string[] = [];
  let left = limit;
  for (const one of rows) {
    const row = render(one);
    left -= Buffer.byteLength(row) + 1;
    if (left < 0) break;
    shown.push(row);
  }
  const rest = rows.length > shown.length ? [`\n…and ${rows.length - shown.length} more, left out here.`] : [];
  const table = [...head, ...shown, ...rest].join('\n');
  if (rows.length <= FOLDED_ABOVE) return [`### ${title}`, table];
  return [`<details><summary><b>${title}</b> (${rows.length})</summary>`, table, '</details>'];
}

/** The table at the head of a summary: names and what they are, and how often it was tried where that was more than once. */
export function renderFacts(rows: readonly (readonly string[])[], attempts: number): string {
  const tried =
    attempts > 1 ? [['Attempts', `${attempts}: others published at the same moment, or the connection broke`]] : [];
  return ['| | |', '|---|---|', ...[...rows, ...tried].map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}

/** What a person has to look at, as a list. */
export function renderWarnings(warnings: readonly string[]): string[] {
  const rows = warnings.map((warning) => `- ${markdownText(warning)}`);
  return fold('⚠️ To look at', [], rows, MAX_LIST_BYTES / 5);
}
