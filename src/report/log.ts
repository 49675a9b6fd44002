import type { Environment } from '../inputs/environment.ts';
import { alignColumns, printable } from '../text/phrases.ts';
import type { Group, Report, Section, Span } from './model.ts';

export const RULE = '───────────────────────────────────────';

/** The opening lines of the log, as the specification shows them. */
export function renderBanner(name: string, lines: readonly string[]): string[] {
  return [`🎯 STARTING: ${name}`, ...lines, RULE];
}

/** The environment and its branch, with the same label in every mode. */
export function environmentLine({ name, branch }: Pick<Environment, 'name' | 'branch'>, label = 'Environment'): string {
  return `${label}: ${name} (branch: ${printable(branch)})`;
}

/** Reports that the configuration alone selects production. */
export function productionLine({ production, origin }: Environment, configFile: string | undefined): string[] {
  if (!production || origin !== 'config') return [];
  return [`Production, because environments.default in ${printable(configFile ?? '')} selects it`];
}

/** Writes the end of the log: the findings and changes, the warnings, the result with its links, then the failure. */
export function writeLog(report: Report, console: Console): void {
  for (const part of report.log) writePart(part, console);
  for (const warning of report.warnings) console.warning(warning);
  if (report.name !== undefined) {
    console.line(RULE);
    console.line(`${report.icon} COMPLETED: ${report.name}`);
  }
  if (report.conclusion !== undefined) console.line(report.conclusion);
  if (report.note !== undefined) console.line(report.note);
  for (const [label, url] of Object.entries(report.links ?? {}))
    if (url !== undefined) console.line(`${label}: ${url}`);
  if (report.next !== undefined) console.line(`Next: ${report.next}`);
  for (const { text, inputs } of report.undo ?? []) {
    console.line(text);
    for (const input of inputs) console.line(`  ${input}`);
  }
  if (report.failure === undefined) return;
  console.error(report.failure);
  console.fail();
}

function writePart(part: Report['log'][number], console: Console): void {
  if (part === undefined) return;
  if (typeof part === 'string') console.line(part);
  else if ('level' in part) console[part.level](part.text);
  else if ('lines' in part) writeGroup(part, console);
  else if (part.rows.length > 0) writeGroup(groupOf(part), console);
}

/** A group without lines is not folded. */
export function writeGroup({ title, lines }: Group, console: Console): void {
  if (lines.length > 0) console.group(title, lines);
  else console.line(title);
}

function groupOf({ title, columns, rows }: Section): Group {
  return { title: `${title} (${rows.length})`, lines: columns ? tableLines(columns, rows) : rows.map(listLine) };
}

function tableLines(columns: readonly string[], rows: Section['rows']): string[] {
  const lines = rows.flatMap(({ line }) => (line === undefined ? [] : [line]));
  if (lines.length === rows.length) return lines;
  return alignColumns(
    columns,
    rows.map(({ cells }) => cells.map((cell) => [cell].flat().map(plainText).join(''))),
  );
}

/** The log has no links, so each link's text is followed by its URL. */
function listLine({ cells }: Section['rows'][number]): string {
  const shown = (span: Span) => `${plainText(span)}${typeof span === 'object' && 'url' in span ? `: ${span.url}` : ''}`;
  return cells.flat().map(shown).join('');
}

function plainText(span: Span): string {
  if (typeof span === 'string') return printable(span);
  if ('own' in span) return span.own;
  return printable('code' in span ? span.code : span.text);
}

/** Output of a run for people and for the workflow; each entry point implements it. */
export interface Console {
  readonly line: (text: string) => void;
  readonly debug: (text: string) => void;
  readonly notice: (text: string) => void;
  readonly warning: (text: string) => void;
  readonly error: (text: string) => void;
  readonly group: (title: string, lines: readonly string[]) => void;
  /** Masks a text from now on. */
  readonly secret: (text: string) => void;
  readonly output: (name: string, value: string) => void;
  /** Shows the current step; without a text, clears it. */
  readonly progress: (text?: string) => void;
  readonly summary: (markdown: string) => Promise<void>;
  readonly fail: () => void;
}
